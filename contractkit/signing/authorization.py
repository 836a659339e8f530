"""The law itself: from decoded parts to an Authorization value, and from a value back to its fields."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from contractkit.errors import SigningError
from contractkit.message import HeaderInput
from contractkit.signing.canonical import Query, canonical_request, choose_headers, normalize_names
from contractkit.signing.credentials import Credentials
from contractkit.signing.times import format_time, parse_time

SCHEME: Final = "bce-auth-v1"
DEFAULT_EXPIRES_IN: Final = 1800
"""Seconds an Authorization value is good for when nothing else is asked."""

_FIELDS: Final = 6
_SECONDS: Final = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_SIGNATURE: Final = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


class AuthorizationError(SigningError):
    """A text is no `bce-auth-v1` Authorization value."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """An Authorization value with all that led to it. Its repr shows only which headers were signed.

    `signing_key` is the hex text that keys the second step; with it anyone signs for this key, second and
    expiry, so it is as secret as the secret access key.
    """

    value: str = field(repr=False)
    signature: str = field(repr=False)
    signed_headers: tuple[str, ...]
    canonical_request: str = field(repr=False)
    signing_key: str = field(repr=False, compare=False)


def authorize(
    *,
    method: str,
    path: str,
    query: Query,
    headers: HeaderInput,
    credentials: Credentials,
    at: datetime,
    expires_in: int = DEFAULT_EXPIRES_IN,
    signed_headers: Iterable[str] | None = None,
) -> Authorization:
    """Compute the Authorization value of a request (BCE authentication, steps 1 to 5).

    `path` and `query` are decoded, `headers` exactly those that will be sent: nothing is added. `at` is an
    aware datetime, `expires_in` seconds (any integer: this is arithmetic only). `signed_headers` None signs
    the default set; a list signs exactly its members that are present and not blank. The value always lists
    what was signed. Raises SigningError for a naive `at` or text without a UTF-8 form.
    """
    chosen = choose_headers(headers, signed_headers)
    canonical = canonical_request(method, path, query, chosen)
    prefix = f"{SCHEME}/{credentials.access_key_id}/{format_time(at)}/{expires_in}"
    key = keyed_hex(credentials.secret_access_key.encode(), prefix)
    signature = keyed_hex(key.encode(), canonical)
    names = sorted(chosen)
    return Authorization(f"{prefix}/{';'.join(names)}/{signature}", signature, tuple(names), canonical, key)


def keyed_hex(key: bytes, message: str) -> str:
    """HMAC-SHA256 in lower-case hex: the text, not the digest, keys the second step (BCE authentication, step 4)."""
    return hmac.digest(key, message.encode("utf-8", "surrogateescape"), "sha256").hex()


@dataclass(frozen=True, slots=True)
class ParsedAuthorization:
    """The fields of an Authorization value; `expires_in` in seconds, `signed_headers` () when the field is empty.

    `prefix` is the text before the signed headers exactly as received: it is what the signing key is made from.
    """

    access_key_id: str
    timestamp: datetime
    expires_in: int
    signed_headers: tuple[str, ...]
    signature: str = field(repr=False)
    prefix: str = field(repr=False)


def parse_authorization(value: str) -> ParsedAuthorization:
    """Take an Authorization value apart. Raises AuthorizationError (a SigningError) saying which field is wrong."""
    parts = value.strip(" \t").split("/", _FIELDS)
    if parts[0] != SCHEME:
        raise AuthorizationError(f"the scheme is not {SCHEME}; these services take no other")
    if len(parts) != _FIELDS:
        raise AuthorizationError(
            f"a {SCHEME} value has 6 fields separated by '/': scheme, access key id, time, expiry, headers, signature"
        )
    _, access_key_id, time, seconds, names, signature = parts
    if not access_key_id:
        raise AuthorizationError("the access key id is empty; put it in the second field")
    if not (access_key_id.isascii() and access_key_id.isprintable()):
        raise AuthorizationError("the access key id holds more than printable ASCII; no such key was ever given out")
    if not _SECONDS.fullmatch(seconds):
        raise AuthorizationError("the expiry is no whole number of seconds, such as 1800")
    if not _SIGNATURE.fullmatch(signature):
        raise AuthorizationError("the signature is not 64 hexadecimal digits")
    try:
        timestamp = parse_time(time)
    except SigningError as error:
        raise AuthorizationError(f"the timestamp is {error}") from None
    listed = tuple(sorted(normalize_names(names.split(";"))))
    prefix = f"{SCHEME}/{access_key_id}/{time}/{seconds}"
    return ParsedAuthorization(access_key_id, timestamp, int(seconds), listed, signature, prefix)
