"""Decoders of passwords that trust what they are given."""

from __future__ import annotations

from functools import partial
from typing import Final

from contractkit.errors import PasswordError
from contractkit.passwords import decrypt_blocks, decrypt_password, encrypt_password
from contractkit.properties.passwords import Decrypt, password_suite
from contractkit.properties.wrongs.encoders import read_key
from contractkit.properties.wrongs.planted import Wrong

__all__ = ["WRONGS"]


def _trust_the_last_byte(ciphertext: str, secret: str) -> str:
    data = decrypt_blocks(read_key(secret), bytes.fromhex(ciphertext))
    return data[: -data[-1]].decode()


def _forgive(ciphertext: str, secret: str) -> str:
    read_key(secret)
    try:
        return decrypt_password(ciphertext, secret)
    except PasswordError:
        return ""


def _wrong(law: str, about: str, decrypt: Decrypt) -> Wrong:
    return Wrong(about, f"test_{law}", partial(password_suite, encrypt=encrypt_password, decrypt=decrypt))


WRONGS: Final = (
    _wrong("round_trip", "zeros at the end are stripped", lambda text, key: decrypt_password(text, key).rstrip("\0")),
    _wrong("round_trip", "blanks around are stripped", lambda text, key: decrypt_password(text, key).strip()),
    _wrong(
        "round_trip",
        "letters beyond the first plane are lost",
        lambda text, key: "".join(each for each in decrypt_password(text, key) if ord(each) < 0x10000),
    ),
    _wrong("refuses_wrong_padding", "the last byte is trusted", _trust_the_last_byte),
    _wrong("refuses_damaged_ciphertexts", "damage is forgiven", _forgive),
    _wrong(
        "decrypts_the_known_answers",
        "hex in lower case only",
        lambda text, key: decrypt_password(text, key) if text == text.lower() else "",
    ),
    _wrong(
        "refuses_unusable_keys_on_the_way_back",
        "short keys are filled",
        lambda text, key: decrypt_password(text, key.ljust(16, "0")) if key.isascii() and len(key) > 15 else "",
    ),
)
