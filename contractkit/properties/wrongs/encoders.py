"""Password encoders with another padding, key, alphabet or mode."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from typing import Final

from contractkit.passwords import encrypt_blocks, encrypt_password
from contractkit.properties.passwords import Encrypt, password_suite
from contractkit.properties.wrongs.planted import Wrong

__all__ = ["WRONGS", "pad", "read_key"]


def pad(data: bytes) -> bytes:
    """PKCS#7 to blocks of 16 bytes."""
    count = 16 - len(data) % 16
    return data + bytes([count]) * count


def read_key(secret: str) -> bytes:
    """The first 16 characters; raises ValueError when they are none."""
    if len(secret) < 16 or not secret[:16].isascii():
        raise ValueError("unusable key")
    return secret[:16].encode()


def _with_padding(padding: Callable[[str], bytes]) -> Encrypt:
    return lambda plaintext, secret: encrypt_blocks(read_key(secret), padding(plaintext)).hex()


def _with_key(choose: Callable[[str], bytes]) -> Encrypt:
    return lambda plaintext, secret: encrypt_blocks(choose(secret), pad(plaintext.encode())).hex()


def _by_characters(plaintext: str) -> bytes:
    count = 16 - len(plaintext) % 16
    data = (plaintext + chr(count) * count).encode()
    return data[: len(data) - len(data) % 16]


def _at_the_border(plaintext: str) -> bytes:
    data = plaintext.encode()
    return data if data and len(data) % 16 == 0 else pad(data)


def _ansi(plaintext: str) -> bytes:
    padded = pad(plaintext.encode())
    return padded[: -padded[-1]] + bytes(padded[-1] - 1) + padded[-1:]


def _chained(plaintext: str, secret: str) -> str:
    data, before, done = pad(plaintext.encode()), bytes(16), b""
    for start in range(0, len(data), 16):
        mixed = bytes(one ^ other for one, other in zip(data[start : start + 16], before, strict=True))
        before = encrypt_blocks(read_key(secret), mixed)
        done += before
    return done.hex()


class _Restless:
    """Ends in another byte each time."""

    def __init__(self) -> None:
        self._calls = 0

    def __call__(self, plaintext: str, secret: str) -> str:
        self._calls += 1
        return f"{encrypt_password(plaintext, secret)[:-2]}{self._calls % 256:02x}"


def _nibbles(secret: str) -> bytes:
    return bytes(int(digit, 16) if digit in "0123456789abcdef" else 0 for digit in read_key(secret).decode())


def _wrong(law: str, about: str, encrypt: Encrypt) -> Wrong:
    return Wrong(about, f"test_{law}", partial(password_suite, encrypt=encrypt))


_LENGTH: Final = "length_follows_the_blocks"

WRONGS: Final = (
    _wrong(_LENGTH, "padded with zeros", _with_padding(lambda text: text.encode() + bytes(-len(text.encode()) % 16))),
    _wrong(_LENGTH, "no block of padding at the border", _with_padding(_at_the_border)),
    _wrong(_LENGTH, "padded by characters, not bytes", _with_padding(_by_characters)),
    _wrong(_LENGTH, "a second block of padding", _with_padding(lambda text: pad(pad(text.encode())))),
    _wrong("reproduces_the_known_answers", "padded with zeros and a count", _with_padding(_ansi)),
    _wrong("reproduces_the_known_answers", "padded in front", _with_padding(lambda text: _front(text.encode()))),
    _wrong(_LENGTH, "encoded as Latin-1", _with_padding(lambda text: pad(text.encode("latin-1", "replace")))),
    _wrong(_LENGTH, "encoded as UTF-16", _with_padding(lambda text: pad(text.encode("utf-16-le")))),
    _wrong(
        "reproduces_the_known_answers", "encoded as GBK", _with_padding(lambda text: pad(text.encode("gbk", "replace")))
    ),
    _wrong("writes_lower_case_hex", "hex in upper case", lambda text, key: encrypt_password(text, key).upper()),
    _wrong(
        "writes_lower_case_hex",
        "Base64 for hex",
        lambda text, key: b64encode(bytes.fromhex(encrypt_password(text, key))).decode(),
    ),
    _wrong("encrypts_each_block_alone", "blocks are chained", _chained),
    _wrong(
        "only_the_head_of_the_key_matters",
        "the whole secret is the key",
        _with_key(lambda secret: hashlib.sha256(secret.encode()).digest()[:16]),
    ),
    _wrong(
        "reproduces_the_known_answers",
        "the head of the secret is hashed",
        _with_key(lambda secret: hashlib.sha256(read_key(secret)).digest()[:16]),
    ),
    _wrong("every_character_of_the_head_matters", "the key is read as hex digits", _with_key(_nibbles)),
    _wrong(
        "only_the_head_of_the_key_matters",
        "the last 16 characters are the key",
        _with_key(lambda secret: read_key(secret) and secret.encode()[-16:]),
    ),
    _wrong(
        "every_character_of_the_head_matters",
        "8 characters are the key",
        _with_key(lambda secret: read_key(secret)[:8] * 2),
    ),
    _wrong("refuses_unusable_keys", "short keys are filled", _with_key(lambda secret: secret.encode()[:16].ljust(16))),
    _wrong(
        "is_deterministic",
        "padded at random",
        _Restless(),
    ),
)


def _front(data: bytes) -> bytes:
    count = 16 - len(data) % 16
    return bytes([count]) * count + data
