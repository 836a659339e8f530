"""A refused signature is explained: each known divergence, signed here by hand, is recognised by its own words."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from contractkit.message import Request
from contractkit.signing import EXAMPLE, verify

AT = datetime(2025, 10, 16, 8, 0, 0, tzinfo=UTC)
PREFIX = f"bce-auth-v1/{'a' * 32}/2025-10-16T08:00:00Z/1800"
DATE = "2025-10-16T08:00:00Z"
DATE_LINE = "x-bce-date:2025-10-16T08%3A00%3A00Z"


def hex_hmac(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def reason(request: Request, canonical: str, listed: str = "host", key: bytes | None = None) -> str:
    """What verify says about `request` carrying the signature of `canonical`."""
    key = key or hex_hmac(b"b" * 32, PREFIX.encode()).encode()
    value = f"{PREFIX}/{listed}/{hex_hmac(key, canonical.encode())}"
    verdict = verify(request.replace(headers=request.headers.set("Authorization", value)), lambda _: EXAMPLE, now=AT)
    assert (verdict.code, verdict.status) == ("SignatureDoesNotMatch", 400)
    assert hex_hmac(key, verdict.canonical_request.encode()) not in verdict.reason
    return verdict.reason


def get(target: str, headers: dict[str, str] | list[tuple[str, str]] | None = None) -> Request:
    return Request("GET", f"http://h{target}", headers or {"Host": "h"})


PATHS = [
    ("/a%20b", "/a%2520b", "encoded twice"),
    ("/a%2Bb%C3%A9", "/a%252Bb%25C3%25A9", "encoded twice"),
    ("/a+b%20", "/a%2Bb%2520", "encoded again as it stands in the URL"),
    ("/a:b", "/a:b", "as it stands in the URL; encode it"),
    ("/a%20b", "/a b", "without encoding"),
    ("/v1/vpc", "%2Fv1%2Fvpc", "slashes of the path were encoded"),
    ("/v1/./x/../vpc//a/", "/v1/vpc/a/", "resolved"),
    ("/v1/..", "/", "resolved"),
    ("/v1/vpc/", "/v1/vpc", "trailing slash of the path was dropped"),
    ("/v1/vpc", "/v1/vpc/", "trailing slash was added"),
    ("/v1/vpc", "v1/vpc", "without its leading slash"),
]


@pytest.mark.parametrize(("target", "path", "says"), PATHS)
def test_divergent_paths_are_named(target, path, says):
    """What was done to the path is said in the reason."""
    assert says in reason(get(target), f"GET\n{path}\n\nhost:h")


QUERIES = [
    ("a=1&authorization=x", "a=1&authorization=x", "`authorization` was signed"),
    ("a%2Fb=%2F", "a/b=%2F", "names in the query were signed without encoding"),
    ("a%21=1&a0=2", "a0=2&a%21=1", None),
    ("text1=v&text10=w&text=", "text=&text1=v&text10=w", "sorted before encoding"),
    ("b=1&a=2", "b=1&a=2", "not sorted"),
    ("B=1&a=2", "a=2&B=1", "without regard to case"),
    ("bind&a=1", "a=1&bind", "without `=`"),
    ("cidr=10.0.0.0%2F8", "cidr=10.0.0.0/8", "slashes in the query"),
    ("a=b%20c", "a=b+c", "blanks in the query were signed as `+`"),
    ("a=b+c", "a=b%20c", "taken for a blank"),
    ("a=1&a=2", "a=2", "only the last of repeated"),
    ("z=%2a&b=%2f", "z=%2a&b=%2f", "as it stands in the URL"),
    ("a=%2A", "a=%252A", "encoded twice"),
    ("a=1", "", "left out of the signature"),
]


@pytest.mark.parametrize(("raw", "signed", "says"), QUERIES)
def test_divergent_queries_are_named(raw, signed, says):
    """What was done to the query is said in the reason."""
    expected = says or "not sorted"
    if says is None:
        raw = signed
    assert expected in reason(get(f"/?{raw}"), f"GET\n/\n{signed}\nhost:h")


def test_a_path_signed_with_its_query_is_named():
    """Signing the whole target as path is recognised."""
    assert "together with the query" in reason(get("/v1?a=1"), "GET\n/v1?a=1\na=1\nhost:h")


HEADERS = [
    ({"Host": "h:8080"}, "host", "host:h", "without its port"),
    ({"Host": "h"}, "host", "host:h%3A80", "with port 80"),
    ({"Host": "h"}, "host", "host:h%3A443", "with port 443"),
    ({"Host": "H.Com"}, "host", "host:h.com", "in lower case"),
    (
        {"Host": "h", "x-bce-b": "1", "x-bce-a": "2"},
        "host;x-bce-a;x-bce-b",
        "host:h\nx-bce-b:1\nx-bce-a:2",
        "headers were not sorted",
    ),
    (
        {"x-bce-a-b": "2", "Host": "h", "x-bce-a": "1"},
        "host;x-bce-a;x-bce-a-b",
        "host:h\nx-bce-a:1\nx-bce-a-b:2",
        "sorted by name alone",
    ),
    ({"Host": "h", "Content-Type": " "}, "", "content-type:\nhost:h", "empty header was signed"),
    ({"Host": "h"}, "host;x-gone", "host:h\nx-gone:", "listed header that is absent"),
    ({"Host": "h", "x-bce-a": "1"}, "host", "host:h\nx-bce-a:1", "does not list"),
    ({"Host": "h", "Content-Type": "t"}, "host", "content-type:t\nhost:h", "default set of headers was signed"),
    ({"Host": "h", "x-bce-a": " 1 "}, "", "host:h\nx-bce-a:%201%20", "with the blanks around it"),
    ({"Host": "h", "x-bce-a": "\u30001\u3000"}, "", "host:h\nx-bce-a:1", "more than ASCII blanks"),
    ({"Host": "h", "x-bce-a": "1  2"}, "", "host:h\nx-bce-a:1%202", "blanks inside"),
    ({"Host": "h", "x-bce-a": "1/2"}, "", "host:h\nx-bce-a:1/2", "without encoding"),
    ([("Host", "h"), ("x-bce-a", "2"), ("x-bce-a", "1")], "", "host:h\nx-bce-a:1\nx-bce-a:2", "line by line"),
    ({"Host": "h"}, "host", "host:h\n", "end in a line end"),
    ({"Host": "h", "x-bce-a": "1"}, "", "", "no header was signed"),
    ({"Host": "h", "Content-Length": "1"}, "", "host:h", "content-length was not signed, or was added on the way"),
]


@pytest.mark.parametrize(("headers", "listed", "lines", "says"), HEADERS)
def test_divergent_headers_are_named(headers, listed, lines, says):
    """What was done to the headers is said in the reason."""
    assert says in reason(get("/", headers), f"GET\n/\n\n{lines}", listed)


def test_a_method_in_another_case_or_another_method_is_named():
    """The method that was signed instead is said."""
    assert "signed as PUT" in reason(get("/"), "PUT\n/\n\nhost:h")
    assert "signed as get" in reason(get("/"), "get\n/\n\nhost:h")


KEYS = [
    (hmac.new(b"b" * 32, PREFIX.encode(), hashlib.sha256).digest(), "raw digest"),
    (b"b" * 32, "secret access key was used as signing key"),
    (hex_hmac(b"b" * 32 + b"\n", PREFIX.encode()).encode(), "line end after the secret access key"),
    (hex_hmac(b"b" * 32, PREFIX.encode()).upper().encode(), "upper case"),
    (hex_hmac(b"b" * 32, PREFIX.replace("08:00:00", "08:00:01").encode()).encode(), "got mixed up"),
]


@pytest.mark.parametrize(("key", "says"), KEYS, ids=[says for _, says in KEYS])
def test_divergent_keys_are_named(key, says):
    """How the signing key was made otherwise is said, and never the key."""
    date = "2025-10-16T08:00:01Z" if "mixed" in says else DATE
    request = get("/", {"Host": "h", "x-bce-date": date})
    line = DATE_LINE.replace("00Z", "01Z") if "mixed" in says else DATE_LINE
    told = reason(request, f"GET\n/\n\nhost:h\n{line}", "host;x-bce-date", key)
    assert says in told
    assert "b" * 32 not in told


def test_a_key_made_with_another_expiry_is_named():
    """The signing key of expiry 1800 under a value that says 60 is recognised."""
    key = hex_hmac(b"b" * 32, PREFIX.encode()).encode()
    signature = hex_hmac(key, b"GET\n/\n\nhost:h")
    value = f"{PREFIX.removesuffix('1800')}60/host/{signature}"
    verdict = verify(get("/", {"Host": "h", "Authorization": value}), lambda _: EXAMPLE, now=AT)
    assert "expiry 1800" in verdict.reason


def test_what_no_row_explains_names_what_to_compare():
    """An unexplained mismatch lists the signed headers and points at key and target."""
    told = reason(get("/"), "entirely\nsomething\nelse\n")
    assert "no known divergence" in told
    assert "host" in told


def test_long_requests_are_not_searched():
    """Beyond the bound the refusal stays cheap and unexplained."""
    target = "/?b=1&a=" + "x" * 20000
    assert "no known divergence" in reason(get(target), f"GET\n/\n{target[2:]}\nhost:h")
