"""Encode and decode password fields: AES-128-ECB, PKCS#7, lower-case hex, keyed by the secret access key.

Knows the one transformation the BCE documentation prescribes. Must never know which field of which operation
uses it, and never show a key, a password or a ciphertext.

The scheme is weak by design: equal passwords give equal ciphertexts and the key is half of the secret access
key, so a ciphertext is to be kept as secret as the password.
"""

from __future__ import annotations

import hmac
import re
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import ECB

from contractkit.errors import PasswordError

__all__ = [
    "CiphertextLengthError",
    "HexError",
    "KeyCharactersError",
    "KeyLengthError",
    "PaddingError",
    "PlaintextError",
    "decrypt_blocks",
    "decrypt_password",
    "encrypt_blocks",
    "encrypt_password",
]

_BLOCK: Final = 16
_HEX: Final = re.compile(r"[0-9a-fA-F]*")


class KeyLengthError(PasswordError):
    """The secret access key has fewer than 16 characters."""


class KeyCharactersError(PasswordError):
    """One of the first 16 characters of the secret access key is not ASCII."""


class HexError(PasswordError):
    """The ciphertext is not hexadecimal."""


class CiphertextLengthError(PasswordError):
    """The ciphertext is no whole number of 16-byte blocks, or empty."""


class PaddingError(PasswordError):
    """The padding is wrong; how, is not said."""


class PlaintextError(PasswordError):
    """The password is, or decodes to, something without a UTF-8 form."""


def encrypt_password(plaintext: str, secret_access_key: str) -> str:
    """The ciphertext of a password in lower-case hex (BCE general description, password encoding).

    AES-128-ECB over the UTF-8 bytes with PKCS#7 padding; the key is the first 16 characters of the secret
    access key as they stand, not decoded. An empty password gives one block. Some official SDKs refuse
    non-ASCII passwords; here they are encoded. Raises a PasswordError when the key is too short or not ASCII
    where it counts, or the text has no UTF-8 form.
    """
    key = _key(secret_access_key)
    try:
        data = plaintext.encode()
    except UnicodeEncodeError:
        raise PlaintextError("the password holds a lone surrogate, which has no UTF-8 form; pass valid text") from None
    pad = _BLOCK - len(data) % _BLOCK
    return encrypt_blocks(key, data + bytes([pad]) * pad).hex()


def decrypt_password(ciphertext: str, secret_access_key: str) -> str:
    """The password of a ciphertext that `encrypt_password`, or a client like it, made; hex in either case.

    Raises a PasswordError of its own class for each reason; all padding faults are one and the same error, so
    that it cannot be used to probe.
    """
    key = _key(secret_access_key)
    if not _HEX.fullmatch(ciphertext):
        raise HexError("the ciphertext is not hexadecimal; is the password sent in clear?")
    if not ciphertext or len(ciphertext) % (2 * _BLOCK):
        raise CiphertextLengthError("the ciphertext is not 32, 64, 96... digits long; it was cut or is none")
    data = _unpad(decrypt_blocks(key, bytes.fromhex(ciphertext)))
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise PlaintextError("the password is not UTF-8; encode it as UTF-8 before encrypting") from None


def _key(secret_access_key: str) -> bytes:
    head = secret_access_key[:_BLOCK]
    if len(head) < _BLOCK:
        raise KeyLengthError("the secret access key has fewer than 16 characters; use the one the console shows")
    if not head.isascii():
        raise KeyCharactersError("the secret access key is not ASCII in its first 16 characters; copy it again")
    return head.encode()


def _unpad(data: bytes) -> bytes:
    pad = data[-1]
    count = pad if 1 <= pad <= _BLOCK else _BLOCK
    fits = hmac.compare_digest(data[-count:], bytes([count]) * count)
    if not fits:
        raise PaddingError("the padding is wrong: another secret access key was used, or the ciphertext was changed")
    return data[:-count]


def encrypt_blocks(key: bytes, blocks: bytes) -> bytes:
    """Whole blocks of 16 bytes, each alone, under a key of 16 bytes; without padding. For examining other encoders."""
    encryptor = Cipher(AES128(key), ECB()).encryptor()  # noqa: S305 - ECB is what the services prescribe
    return encryptor.update(blocks) + encryptor.finalize()


def decrypt_blocks(key: bytes, blocks: bytes) -> bytes:
    """The way back of `encrypt_blocks`; no padding is taken off."""
    decryptor = Cipher(AES128(key), ECB()).decryptor()  # noqa: S305 - ECB is what the services prescribe
    return decryptor.update(blocks) + decryptor.finalize()
