"""Laws of signing that hold for any request: what is signed verifies, whatever its spelling, and any change is noticed."""

from __future__ import annotations

import os
import random
import string
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contractkit.message import Request
from contractkit.signing import EXAMPLE, Credentials, Verdict, authorize, parse_authorization, sign, verify
from contractkit.signing.canonical import canonical_path, canonical_query, uri_encode

AT = datetime(2025, 10, 16, 8, 0, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=8)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=12)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD"])
ITEMS = st.lists(st.tuples(TEXT.filter(bool), st.none() | TEXT), max_size=5)
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone beside


def url_of(path: str, items: Sequence[tuple[str, str | None]]) -> str:
    query = "&".join(
        quote(name, safe="") + ("" if value is None else "=" + quote(value, safe="")) for name, value in items
    )
    return f"http://bcc.bj.baidubce.com/{quote(path)}" + (f"?{query}" if query else "")


@st.composite
def requests(draw: st.DrawFn) -> Request:
    headers = draw(st.dictionaries(NAMES.map("x-bce-z-{}".format), VALUES, max_size=3))
    return Request(draw(METHODS), url_of(draw(TEXT), draw(ITEMS)), headers)


def examine(request: Request, now: datetime = AT, credentials: Credentials = EXAMPLE) -> Verdict:
    return verify(request, lambda _: credentials, now=now)


@given(requests(), INSTANTS, st.integers(1, 2**31 - 1))
def test_what_is_signed_verifies(request, at, expires_in):
    """Any request, at any instant, with any expiry, verifies at that instant and to its last second."""
    signed = sign(request, EXAMPLE, at=at, expires_in=expires_in)
    assert examine(signed, at).ok
    assert examine(signed, at.replace(microsecond=0) + timedelta(seconds=min(expires_in, 1800))).ok


@given(TEXT, ITEMS, st.randoms(use_true_random=False))
def test_the_wire_spelling_does_not_matter(path, items, chance):
    """Needless and lower-case escapes, item order, empty items and `=` after a bare name are the same request."""
    signed = sign(Request("GET", url_of(path, items)), EXAMPLE, at=AT)

    def spell(text: str) -> str:
        return "".join(chance.choice((quote(c, safe=""), "".join(f"%{b:02x}" for b in c.encode()))) for c in text)

    parts = [spell(n) + (chance.choice(("", "=")) if not v else "=" + spell(v)) for n, v in items]
    chance.shuffle(parts)
    parts.insert(0, "")
    path_spelled = "/".join(spell(segment) for segment in path.split("/"))
    other = f"http://bcc.bj.baidubce.com/{path_spelled}?{'&'.join(parts)}"
    assert examine(signed.replace(url=other)).ok


@given(TEXT)
def test_encoding_is_reversible_and_final(text):
    """Encoded text is of the unreserved characters and escapes only, and decodes to what it was."""
    encoded = uri_encode(text)
    assert encoded == quote(text, safe="~")
    assert canonical_path("/" + text) == "/" + quote(text, safe="~/")


@given(ITEMS)
def test_the_canonical_query_does_not_depend_on_order(items):
    """Any permutation of the items gives the same canonical query."""
    assert canonical_query(reversed(items)) == canonical_query(items)


@given(INSTANTS, st.integers(), st.sets(NAMES))
def test_a_value_is_parsed_back(at, expires_in, names):
    """Parsing an Authorization value gives what made it."""
    assume(abs(expires_in) < 10**10)
    headers = {"host": "h", **dict.fromkeys(names, "v")}
    made = authorize(
        method="GET", path="/", query=[], headers=headers, credentials=EXAMPLE, at=at, expires_in=expires_in,
        signed_headers=headers,
    )  # fmt: skip
    parsed = parse_authorization(made.value)
    assert (parsed.timestamp, parsed.expires_in) == (at.replace(microsecond=0), expires_in)
    assert (parsed.signed_headers, parsed.signature) == (made.signed_headers, made.signature)


FIELDS = ["method", "path", "query", "host", "x-bce-date", "x-bce-z", "key", "id", "time", "expiry", "signature"]


def flip(text: str, chance: random.Random) -> str:
    """`text` with one bit of one of its (ASCII) characters changed."""
    at = chance.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ 1 << chance.randrange(7)) + text[at + 1 :]


def changed(request: Request, field: str, chance: random.Random) -> tuple[Request, Credentials]:
    """The request, or the credentials of the account, with one bit changed in `field`."""
    if field == "method":
        return request.replace(method=flip(request.method, chance)), EXAMPLE
    if field in ("path", "query"):
        where = request.url.index("?")
        start, end = (request.url.index("/", 7), where) if field == "path" else (where + 1, len(request.url))
        return request.replace(
            url=request.url[:start] + flip(request.url[start:end], chance) + request.url[end:]
        ), EXAMPLE
    if field == "key":
        return request, Credentials("a" * 32, flip_digit("b" * 32, chance))
    if field in ("host", "x-bce-date", "x-bce-z"):
        return request.replace(headers=request.headers.set(field, flip(request.headers.get(field), chance))), EXAMPLE
    parts = request.headers.get("authorization").split("/")
    index = {"id": 1, "time": 2, "expiry": 3, "signature": 5}[field]
    parts[index] = flip(parts[index], chance)
    return request.replace(headers=request.headers.set("Authorization", "/".join(parts))), EXAMPLE


def flip_digit(text: str, chance: random.Random) -> str:
    """One bit changed so that the text stays printable."""
    at = chance.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


def means_the_same(one: Request, other: Request) -> bool:
    """Whether two requests differ in spelling only (a flipped bit can turn `%2F` into `%2f`, or ` ` into a blank)."""

    def meaning(request: Request) -> tuple:
        trimmed = sorted((n.lower(), v.strip(" \t\n\r\f\v")) for n, v in request.headers)
        items = sorted((n, v or "") for n, v in request.query if n.lower() != "authorization")
        return request.method, request.path, items, trimmed

    return meaning(one) == meaning(other)


@pytest.mark.parametrize("field", FIELDS)
@given(requests(), st.randoms(use_true_random=False))
def test_one_changed_bit_is_refused(field, request_, chance):
    """A bit changed in anything that is signed, in the signature or in the key, is refused."""
    one = request_.replace(url=request_.url.replace("?", "?q=1&") if "?" in request_.url else request_.url + "?q=1")
    signed = sign(one.replace(headers=[*one.headers, ("x-bce-z", "value")]), EXAMPLE, at=AT)
    other, credentials = changed(signed, field, chance)
    assume(credentials != EXAMPLE or not means_the_same(signed, other))
    assert not examine(other, credentials=credentials).ok


ALPHABET = string.ascii_letters + string.digits + "-._~ !*'();:@&=+$,/[]%#?\t\"<>{}|\\^`é例🚀\u3000"


def random_request(chance: random.Random) -> Request:
    def text(most: int) -> str:
        return "".join(chance.choices(ALPHABET, k=chance.randint(0, most)))

    items = [("q" + text(6), chance.choice((None, text(10)))) for _ in range(chance.randint(1, 4))]
    headers = {"x-bce-z": "v" + text(10), "Content-Type": "application/json; charset=utf-8"}
    return Request(chance.choice(("GET", "POST", "PUT", "DELETE")), url_of(text(20), items), headers)


@pytest.mark.slow
def test_many_random_requests_sign_verify_and_are_refused_when_changed():
    """CONTRACTKIT_SIGNING_EXAMPLES (10,000 by default) random requests: each verifies, none with one bit changed."""
    count = int(os.environ.get("CONTRACTKIT_SIGNING_EXAMPLES", "10000"))
    chance = random.Random(20251016)  # noqa: S311 - reproducible examples
    refused = 0
    for number in range(count):
        request = random_request(chance)
        signed = sign(request, EXAMPLE, at=AT + timedelta(seconds=number))
        assert examine(signed, AT + timedelta(seconds=number)).ok, number
        field = FIELDS[number % len(FIELDS)]
        if not signed.headers.get(field if field in ("host", "x-bce-date", "x-bce-z") else "host").isascii():
            continue
        other, credentials = changed(signed, field, chance)
        if credentials == EXAMPLE and means_the_same(signed, other):
            continue
        assert not examine(other, AT + timedelta(seconds=number), credentials).ok, (number, field)
        refused += 1
    assert refused > count * 0.9


def test_verifying_grows_linearly():
    """Eight times the headers and query items take no more than about eight times as long, never the square."""

    def seconds(size: int) -> float:
        headers = {"Host": "h", **{f"x-bce-{n}": "v" * 20 for n in range(size)}}
        url = "http://h/?" + "&".join(f"k{n}=v" for n in range(size * 8))
        signed = sign(Request("GET", url, headers), EXAMPLE, at=AT)
        best = float("inf")
        for _ in range(5):
            fresh = Request("GET", url, signed.headers)
            start = time.perf_counter()
            assert examine(fresh).ok
            best = min(best, time.perf_counter() - start)
        return best

    assert seconds(240) < 24 * seconds(30)
