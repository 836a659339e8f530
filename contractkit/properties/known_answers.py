"""Published requests and ciphertexts with their answers; facts, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from contractkit.message import Request

__all__ = ["PASSWORDS", "SIGNATURES", "KnownSignature"]


@dataclass(frozen=True)
class KnownSignature:
    """A request of the example account, the headers that get signed, and the signature it must get."""

    name: str
    request: Request
    signature: str
    at: datetime = datetime(2015, 4, 27, 8, 23, 49, tzinfo=UTC)
    expires_in: int = 1800
    signed_headers: tuple[str, ...] = ("content-length", "content-md5", "content-type", "host", "x-bce-date")


_HEADERS: Final = (
    ("Host", "bj.bcebos.com"),
    ("Date", "Mon, 27 Apr 2015 16:23:49 +0800"),
    ("Content-Type", "text/plain"),
    ("Content-Length", "8"),
    ("Content-Md5", "NFzcPqhviddjRNnSOGo4rw=="),
    ("x-bce-date", "2015-04-27T08:23:49Z"),
)
_URL: Final = "http://bj.bcebos.com/v1/test/myfolder/readme.txt"

SIGNATURES: Final = (
    KnownSignature(
        "upload of a part",
        Request("PUT", f"{_URL}?partNumber=9&uploadId=a44cc9bab11cbd156984767aad637851", _HEADERS),
        "d74a04362e6a848f5b39b15421cb449427f419c95a480fd6b8cf9fc783e2999e",
    ),
    KnownSignature(
        "upload without a query",
        Request("PUT", _URL, _HEADERS),
        "0558aac491bbef484d3aaa30ac1e65d4ff10daccd351f15c91e922ee4ce72690",
    ),
)

PASSWORDS: Final = (
    ("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "Fake@1234", "ee2481f71834e7d4dab029f75bca7473"),
    ("0dec0ded0dec0ded0dec0ded0dec0ded", "Fake-Pass_01234", "9f8a09a242b1201fc72343ff28acbe2b"),
    (
        "0dec0ded0dec0ded0dec0ded0dec0ded",
        "Fake-Pass_0123456",
        "f7328080f04075a68dcd6087c85651485f6c12ad091aa2b8d279976d1836bbba",
    ),
    ("0123456789ABCDEF0123456789ABCDEF", "Fake@1234", "e4f62542d59adb4724f86d5bb8000ffb"),
    ("+/=_-.~!@#$%^&*()fake", "Fake@1234", "2e4cda2b77a6a303de5a4e361ff7b7f3"),
    ("0dec0ded0dec0ded0dec0ded0dec0ded", "密码", "ef7e40ffbc87e350f58f58d2b1ef5d86"),
    ("0dec0ded0dec0ded0dec0ded0dec0ded", "\x01\x02\x03", "2ec6c431376531b2cb94bf5649de15c3"),
    (
        "0dec0ded0dec0ded0dec0ded0dec0ded",
        "\x10" * 16,
        "91b67ef84e33fbf30c9bb6e023bd6dbe91b67ef84e33fbf30c9bb6e023bd6dbe",
    ),
)
"""Secret access key, password, ciphertext: each from official clients that agree with one another."""
