"""What raw traffic tells about its own secrets: values under names that say so, and what a signature is made of.

Part of the guard: its list of names and its reading of bodies are its own, not the sanitizer's.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from contractkit.recording.encodings import open_stream

__all__ = ["derive_signing_key", "find_signatures", "find_values"]

_SECRET: Final = re.compile(
    r"(?:pass(?:word|wd|phrase)?|pwd|psk|secret|secretkey|accesskey|sharedkey|privatekey|apikey|credentials?|signature"
    r"|cookie|authorization|(?<!client)token)s?$"
)
_ACCOUNT: Final = re.compile(r"(?:account|user|owner|tenant)ids?$")
_ACCOUNT_ID: Final = re.compile(r"[0-9a-f]{32}")
_ITEM: Final = re.compile(r"(?:^|[?&;#])([^=&?;#\s]{1,100})=([^&;#\s\"']{8,4096})")
_SIGNED: Final = re.compile(
    r"(bce-auth-v1/[^/\s\"]{1,200}/[^/\s\"]{1,40}/[0-9]{1,12})/[^/\s\"]{0,2000}/([0-9A-Fa-f]{32,128})"
)
_MAX_DEPTH: Final = 64
_MIN_LENGTH: Final = 8
_MIN_RANDOM: Final = 16  # letters: no word that a name would consist of


def find_values(url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Iterator[tuple[str, str]]:
    """(kind, value) of what stands under a telling name in a URL, in header fields, JSON or a form.

    Values of fewer than 8 characters and plain words are left out: they would be found everywhere.
    """
    for kind, value in _named(url, headers, body):
        plain_word = value.isalpha() and len(value) < _MIN_RANDOM
        if len(value) >= _MIN_LENGTH and not plain_word and len(set(value)) > 1:
            yield kind, value


def find_signatures(url: str, headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """(the part of an Authorization that its signing key is made from, its signature), from headers and query."""
    for text in (unquote(url), *(value for _, value in headers)):
        yield from _SIGNED.findall(text)


def derive_signing_key(secret_access_key: str, prefix: str) -> str:
    """The key that signs everything under a prefix (BCE authentication, step 2)."""
    return hmac.new(secret_access_key.encode(), prefix.encode(), hashlib.sha256).hexdigest()


def _named(url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Iterator[tuple[str, str]]:
    authority = url.partition("://")[2].partition("/")[0]
    yield "password of the URL", unquote(authority.rpartition("@")[0].partition(":")[2])
    for name, value in headers:
        if not value.startswith("bce-auth-v"):  # that is one for `find_signatures`
            yield from _judge(name, value.rpartition(" ")[2])
            yield from _halves(value)
            if _plain(name).endswith("cookie"):
                yield from (("cookie", unquote(each)) for _, each in _ITEM.findall(value))
    for part in url.partition("://")[2].split("?"):  # a path may hold items too
        for name, value in _ITEM.findall(part):
            yield from _judge(unquote(name), unquote(value))
    for text in _texts(body):
        document = _parse(text)
        if document is not None:
            yield from _walk(document, "", _MAX_DEPTH)
        else:
            for name, value in _ITEM.findall(text):
                yield from _judge(unquote(name), unquote(value.replace("+", " ")))


def _halves(value: str) -> Iterator[tuple[str, str]]:
    """Name and password of Basic authentication."""
    scheme, _, packed = value.strip().partition(" ")
    if scheme.lower() == "basic":
        with contextlib.suppress(ValueError):  # no pair in base64 has no halves
            yield from (("half of Basic", each) for each in base64.b64decode(packed).decode().split(":", 1))


def _texts(body: bytes) -> Iterator[str]:
    for each in (body, *open_stream(body)):
        yield each.decode("utf-8-sig", "replace")


def _parse(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _walk(node: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0:
        return
    if isinstance(node, Mapping):
        for key, each in node.items():
            yield from _walk(each, name if name and _SECRET.search(_plain(name)) else str(key), depth - 1)
    elif isinstance(node, list):
        for each in node:
            yield from _walk(each, name, depth - 1)
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield from _judge(name, str(node))
    elif isinstance(node, str):
        yield from _judge(name, node)
        nested = _parse(node)
        if nested is not None:
            yield from _walk(nested, "", depth - 1)


def _judge(name: str, value: str) -> Iterator[tuple[str, str]]:
    plain = _plain(name)
    if _SECRET.search(plain):
        yield "value of a secret member", value
    elif _ACCOUNT.search(plain) and _ACCOUNT_ID.fullmatch(value):
        yield "account id", value


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
