"""Wire requests and their parts: everything the canonical request has an opinion about."""

from __future__ import annotations

import string
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from contractkit.message import QueryItems, Request

_UNRESERVED: Final = string.ascii_letters + string.digits + "-._~"
_RESERVED: Final = "%+ &=;,:@$!*'()[]{}|\\^`\"<>?#"
_SAMPLES: Final = "é测Ωй\u0301\u3000😀"
_METHODS: Final = st.sampled_from(("GET", "PUT", "POST", "DELETE", "HEAD"))
_BODIES: Final = st.binary(max_size=8)
_BOOLEANS: Final = st.booleans()
_VALUELESS: Final = st.sampled_from((None, ""))
_NAME: Final = string.ascii_letters + string.digits + "-"
# Set by the signer or the transport: drawing them would only draw contradictions.
_OWNED: Final = frozenset(
    ("host", "date", "authorization", "content-length", "x-bce-date", "x-bce-security-token", "x-bce-")
)


def _text(*, slash: bool = True, max_size: int = 12) -> SearchStrategy[str]:
    # Two texts and not one text of two alphabets: those are merged, and the telling characters drown in Unicode.
    telling = st.text(st.sampled_from("aZ0-._~" + _RESERVED + _SAMPLES + ("/" if slash else "")), max_size=max_size)
    return telling | st.text(st.characters(codec="utf-8", exclude_characters="" if slash else "/"), max_size=max_size)


_TELLING_PATHS: Final = (
    "/",
    "/v1/vpc/",
    "/0",
    "//",
    "/v1//vpc",
    "/./v1",
    "/v1/../v1",
    "/v1/vpc%2F",
    "/v1/a b",
    "/v1/é",
)


def paths() -> SearchStrategy[str]:
    """Decoded absolute paths: literal percent signs, blanks, non-ASCII, empty and dot segments, trailing slashes."""
    segment = st.sampled_from(("v1", "vpc", "0", "a%2Fb", "100%", "", ".", "..", "测试")) | _text(slash=False)
    drawn = st.lists(segment, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
    return st.sampled_from(_TELLING_PATHS) | drawn


_NAMES: Final = ("bind", "text", "text1", "text10", "Text", "a", "a-", "a.", "10", "0", "authorisation")
_SIGNATURE_NAMES: Final = ("authorization", "Authorization", "AUTHORIZATION")


def query_lists(*, unique: bool = False, min_size: int = 0, authorization: bool = True) -> SearchStrategy[QueryItems]:
    """Decoded query items: valueless, empty, duplicate, reserved, non-ASCII, `authorization` in any letter case.

    `unique` draws no name twice, for signers that take a mapping; `min_size` is the least number of items;
    `authorization` False leaves that item out.
    """
    common = st.sampled_from(_NAMES + _SIGNATURE_NAMES if authorization else _NAMES)
    item = st.tuples(common | _text().filter(bool), st.none() | st.just("") | _text())
    by = (lambda pair: pair[0]) if unique else None
    return st.lists(item, min_size=min_size, max_size=5, unique_by=by).map(tuple)


def headers(*, ascii_only: bool = False) -> SearchStrategy[tuple[tuple[str, str], ...]]:
    """Header fields a caller may set: names in any letter case, x-bce-* among them, blanks anywhere in values.

    No name twice, none that the signer or the transport owns, nothing that cannot be sent. `ascii_only` leaves
    non-ASCII values out, for clients whose HTTP library refuses them.
    """
    known = st.sampled_from(
        (
            "Content-Type",
            "content-type",
            "Content-MD5",
            "Accept",
            "x-bce-a",
            "X-Bce-A-B",
            "x-bce-ab",
            "x-bce-request-id",
        )
    )
    other = st.text(_NAME, min_size=1, max_size=8)
    name = known | other | other.map("x-bce-".__add__)
    letters = "aZ0-._~ \t" + _RESERVED + ("" if ascii_only else _SAMPLES + "\xa0")
    value = st.text(st.sampled_from(letters), max_size=12)
    field = st.tuples(name.filter(lambda each: each.lower() not in _OWNED), value)
    return st.lists(field, max_size=5, unique_by=lambda pair: pair[0].lower()).map(tuple)


def hosts() -> SearchStrategy[str]:
    """Authorities: documented hosts, explicit and default ports, a letter case nobody expects."""
    return st.sampled_from(
        (
            "bcc.bj.baidubce.com",
            "eip.gz.baidubce.com",
            "dns.baidubce.com",
            "127.0.0.1:8080",
            "localhost:443",
            "bcc.bj.baidubce.com:80",
            "Bcc.BJ.baidubce.com",
        )
    )


def instants(*, zoned: bool = False) -> SearchStrategy[datetime]:
    """Aware datetimes of this century, fractions of a second included, in UTC; `zoned` draws other offsets too."""
    minutes = st.integers(-12 * 60, 14 * 60).map(lambda each: timezone(timedelta(minutes=each)))
    zones: SearchStrategy[Any] = st.just(UTC) | minutes if zoned else st.just(UTC)
    return st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=zones)  # noqa: DTZ001 - bounds are naive by API


def expiries() -> SearchStrategy[int]:
    """Seconds an Authorization value is good for: the default, the borders in use, anything up to a day and a half."""
    return st.sampled_from((1800, 1, 300, 3600, 129600)) | st.integers(1, 129600)


def requests(
    *,
    path: SearchStrategy[str] | None = None,
    query: SearchStrategy[QueryItems] | None = None,
    fields: SearchStrategy[tuple[tuple[str, str], ...]] | None = None,
) -> SearchStrategy[Request]:
    """Unsigned wire requests in canonical spelling; pass a narrower strategy for any part of them."""
    base = st.tuples(st.sampled_from(("https", "http")), hosts(), paths() if path is None else path).map(_write_base)
    return _draw_request(base, query_lists() if query is None else query, headers() if fields is None else fields)


@st.composite
def _draw_request(
    draw: DrawFn,
    bases: SearchStrategy[str],
    queries: SearchStrategy[QueryItems],
    fields: SearchStrategy[tuple[tuple[str, str], ...]],
) -> Request:
    method, base, items, given = draw(_METHODS), draw(bases), draw(queries), draw(fields)
    body = draw(_BODIES) if method in ("PUT", "POST") else b""
    length = (("Content-Length", str(len(body))),) if body and draw(_BOOLEANS) else ()
    return Request(method, f"{base}?{write_query(items)}" if items else base, (*given, *length), body)


def _write_base(parts: tuple[str, str, str]) -> str:
    scheme, host, path = parts
    return f"{scheme}://{host}{quote(path, safe='/~')}"


def write_query(items: Sequence[tuple[str, str | None]]) -> str:
    """Query items on the wire: `name` when valueless, else `name=value`, escapes in upper case."""
    return "&".join(_write(name) if value is None else f"{_write(name)}={_write(value)}" for name, value in items)


def _write(text: str) -> str:
    return quote(text, safe="~")


@st.composite
def spellings(draw: DrawFn, request: Request) -> Request:
    """Other spellings of the same request, as official clients write them.

    Escapes in lower case, unreserved characters escaped, query items in any order, `bind` for `bind=` and back,
    empty query items.
    """
    items = draw(st.permutations(request.query))
    turned = [(name, draw(_VALUELESS)) if not value else (name, value) for name, value in items]
    escape_all, lower = draw(_BOOLEANS), draw(_BOOLEANS)
    path = "/".join(_spell(part, escape_all=escape_all, lower=lower) for part in request.path.split("/"))
    parts = [
        _spell(name, escape_all=escape_all, lower=lower)
        + ("" if value is None else "=" + _spell(value, escape_all=escape_all, lower=lower))
        for name, value in turned
    ]
    query = "&".join(parts) + draw(st.sampled_from(("", "&", "&&") if parts else ("",)))
    url = f"{request.scheme}://{request.authority}{path}" + (f"?{query}" if query else "")
    return request.replace(url=url)


def _spell(text: str, *, escape_all: bool, lower: bool) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    kept = "" if escape_all else _UNRESERVED
    escape = "%{:02x}" if lower else "%{:02X}"
    return "".join(chr(byte) if chr(byte) in kept else escape.format(byte) for byte in raw)
