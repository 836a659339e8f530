"""The password suite: ours passes it, wrong encoders are caught."""

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES, AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

from contractkit.errors import PasswordError
from contractkit.passwords import decrypt_password, encrypt_password
from contractkit.properties import LawBrokenError, password_suite

TestOurs = password_suite(encrypt=encrypt_password, decrypt=decrypt_password)


def run_blocks(cipher: Cipher, data: bytes) -> str:
    encryptor = cipher.encryptor()
    return (encryptor.update(data) + encryptor.finalize()).hex()


def pad(data: bytes, size: int = 16) -> bytes:
    count = size - len(data) % size
    return data + bytes([count]) * count


def key(secret: str) -> bytes:
    if len(secret) < 16 or not secret[:16].isascii():
        raise ValueError("unusable key")
    return secret[:16].encode()


def ecb(data: bytes, head: bytes) -> str:
    return run_blocks(Cipher(AES128(head), ECB()), data)  # noqa: S305 - the documented mode


def zero_padding(plaintext, secret):
    data = plaintext.encode()
    return ecb(data + bytes(-len(data) % 16), key(secret))


def no_block_at_the_border(plaintext, secret):
    data = plaintext.encode()
    return ecb(data if data and len(data) % 16 == 0 else pad(data), key(secret))


def padded_by_characters(plaintext, secret):
    count = 16 - len(plaintext) % 16
    data = (plaintext + chr(count) * count).encode()
    return ecb(data[: len(data) - len(data) % 16], key(secret))


def upper_case_hex(plaintext, secret):
    return encrypt_password(plaintext, secret).upper()


def base64_instead_of_hex(plaintext, secret):
    from base64 import b64encode  # noqa: PLC0415 - one wrong encoder's own

    return b64encode(bytes.fromhex(encrypt_password(plaintext, secret))).decode()


def chained(plaintext, secret):
    return run_blocks(Cipher(AES128(key(secret)), CBC(bytes(16))), pad(plaintext.encode()))


def whole_secret_as_key(plaintext, secret):
    return run_blocks(Cipher(AES(secret.encode()[:32].ljust(32, b"0")), ECB()), pad(plaintext.encode()))  # noqa: S305 - as above


def hashed_key(plaintext, secret):
    return ecb(pad(plaintext.encode()), hashlib.sha256(key(secret)).digest()[:16])


def key_decoded_from_hex(plaintext, secret):
    head = bytes(int(digit, 16) if digit in "0123456789abcdef" else 0 for digit in key(secret).decode())
    return ecb(pad(plaintext.encode()), head)


def short_keys_filled(plaintext, secret):
    return ecb(pad(plaintext.encode()), secret.encode()[:16].ljust(16, b"\0"))


def latin_1(plaintext, secret):
    return ecb(pad(plaintext.encode("latin-1", "replace")), key(secret))


WRONG_ENCODERS = {
    zero_padding: "test_length_follows_the_blocks",
    no_block_at_the_border: "test_length_follows_the_blocks",
    padded_by_characters: "test_length_follows_the_blocks",
    latin_1: "test_length_follows_the_blocks",
    upper_case_hex: "test_writes_lower_case_hex",
    base64_instead_of_hex: "test_writes_lower_case_hex",
    chained: "test_encrypts_each_block_alone",
    whole_secret_as_key: "test_only_the_head_of_the_key_matters",
    hashed_key: "test_reproduces_the_known_answers",
    key_decoded_from_hex: "test_every_character_of_the_head_matters",
    short_keys_filled: "test_refuses_unusable_keys",
}


def strip_zeros(ciphertext, secret):
    return decrypt_password(ciphertext, secret).rstrip("\0")


def trust_the_last_byte(ciphertext, secret):
    key(secret)
    decryptor = Cipher(AES128(key(secret)), ECB()).decryptor()  # noqa: S305 - as above
    data = decryptor.update(bytes.fromhex(ciphertext)) + decryptor.finalize()
    return data[: -data[-1]].decode()


def forgive_damage(ciphertext, secret):
    try:
        return decrypt_password(ciphertext, secret)
    except PasswordError:
        key(secret)
        return ""


def lower_case_only(ciphertext, secret):
    if ciphertext != ciphertext.lower():
        return ""
    return decrypt_password(ciphertext, secret)


WRONG_DECODERS = {
    strip_zeros: "test_round_trip",
    trust_the_last_byte: "test_refuses_wrong_padding",
    forgive_damage: "test_refuses_damaged_ciphertexts",
    lower_case_only: "test_decrypts_the_known_answers",
}


@pytest.mark.parametrize("wrong", [*WRONG_ENCODERS, *WRONG_DECODERS])
def test_every_wrong_encoder_is_caught(wrong, without_shrinking):
    """Each planted encoder or decoder breaks the law that is named for it."""
    law = {**WRONG_ENCODERS, **WRONG_DECODERS}[wrong]
    if wrong in WRONG_ENCODERS:
        suite = password_suite(encrypt=wrong)
    else:
        suite = password_suite(encrypt=encrypt_password, decrypt=wrong)
    with pytest.raises(LawBrokenError) as broken:
        getattr(suite(), law)()
    print(f"{wrong.__name__:28} {law}")  # noqa: T201 - the table is the proof
    assert "0123456789" not in str(broken.value)
