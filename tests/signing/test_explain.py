"""Explaining a signature: every step is shown, nothing secret is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contractkit.errors import SigningError
from contractkit.message import Request
from contractkit.signing import EXAMPLE, Credentials, authorize, explain, parse_authorization, sign

AT = datetime(2025, 10, 16, 8, 0, 0, tzinfo=UTC)
URL = "http://h:8080/v1/%E4%BE%8B?b=a%20b&bind&authorization=x&x-bce-security-token=TOKEN/="
TEMPORARY = Credentials("a" * 32, "b" * 32, "TOKEN/=")
REQUEST = Request("PUT", URL, {"Content-Type": "text/plain", "Content-MD5": " ", "Accept": "*/*"})


def lines(explanation, label: str) -> list[str]:
    return [text for name, text in explanation.lines if name == label]


def test_an_unsigned_request_is_signed_and_laid_open():
    """The canonical request of the lines, and the signature, are those of `sign`."""
    request = Request("PUT", "http://h:8080/v1/%E4%BE%8B?b=a%20b&bind&authorization=x", REQUEST.headers)
    told = explain(request, EXAMPLE, AT)
    made = authorize(
        method="PUT",
        path=request.path,
        query=request.query,
        headers={"Content-Type": "text/plain", "Host": "h:8080", "x-bce-date": "2025-10-16T08:00:00Z"},
        credentials=EXAMPLE,
        at=AT,
    )
    canonical = [text for label, text in told.lines if label.startswith("canonical request")]
    assert "\n".join(canonical) == made.canonical_request
    assert lines(told, "signature") == [made.signature]
    assert lines(told, "signed headers") == ["content-type;host;x-bce-date"]
    assert lines(told, "path decoded") == ["/v1/例"]
    assert lines(told, "query item") == ["b=a%20b", "bind=", "authorization: not signed"]
    assert lines(told, "header left out") == [
        "content-md5: not among those to sign",
        "accept: not among those to sign",
    ]
    assert told.verdict is None
    assert str(told).startswith("method                   PUT\npath as sent")


def test_no_secret_is_shown():
    """Neither key, signing key nor session token stand anywhere in the explanation; only where the key came from."""
    for request in (REQUEST, Request("GET", "http://h/"), sign(Request("GET", "http://h/"), TEMPORARY, at=AT)):
        told = str(explain(request, TEMPORARY, AT))
        key = authorize(method="GET", path="/", query=[], headers={}, credentials=TEMPORARY, at=AT).signing_key
        assert f"bce-auth-v1/{'a' * 32}/2025-10-16T08:00:00Z/1800" in told
        assert "x-bce-security-token" in told
        assert "***" in told
        for secret in ("b" * 32, key, "TOKEN"):
            assert secret not in told


def test_a_right_signature_is_confirmed_with_its_own_prefix_and_list():
    """A signed request is explained as received, not signed anew."""
    signed = sign(REQUEST, EXAMPLE, at=AT, expires_in=60, signed_headers=["host"])
    told = explain(signed, EXAMPLE, AT)
    assert told.verdict is not None
    assert told.verdict.ok
    assert lines(told, "verdict") == ["the signature is right"]
    assert lines(told, "signing key")[0].endswith("/2025-10-16T08:00:00Z/60")
    assert lines(told, "signature") == []
    assert "x-bce-date: not among those to sign" in lines(told, "header left out")


def test_a_refused_signature_is_told_with_what_differs():
    """The verdict and the divergence are lines of the explanation; the expected signature is not."""
    made = authorize(method="PUT", path="/", query=[], headers={"host": "h"}, credentials=EXAMPLE, at=AT)
    request = Request("PUT", "http://h:8080/", {"Host": "h:8080", "Content-MD5": " ", "Authorization": made.value})
    told = explain(request, EXAMPLE, AT)
    assert lines(told, "verdict") == ["SignatureDoesNotMatch (400)"]
    assert "without its port" in lines(told, "what differs")[0]
    right = parse_authorization(
        sign(request, EXAMPLE, at=AT, signed_headers=["host"]).headers.get("authorization")
    ).signature
    assert right not in str(told)


def test_blank_and_absent_listed_headers_are_told():
    """Headers that the list names and the request lacks, or has blank, are told apart."""
    signed = sign(REQUEST, EXAMPLE, at=AT, signed_headers=["host"])
    value = signed.headers.get("authorization").replace("/host/", "/content-md5;host;x-gone/")
    told = explain(signed.replace(headers=signed.headers.set("Authorization", value)), EXAMPLE, AT)
    assert "content-md5: blank" in lines(told, "header left out")
    assert "x-gone: absent" in lines(told, "header left out")


def test_an_unreadable_authorization_is_explained_over_the_default_set():
    """Another scheme gets its verdict, and the canonical request this one would need."""
    told = explain(Request("GET", "http://h/", {"Authorization": "Bearer x"}), EXAMPLE, AT)
    assert lines(told, "verdict") == ["InvalidHTTPAuthHeader (400)"]
    assert lines(told, "signed headers") == ["host"]


def test_what_cannot_be_signed_cannot_be_explained():
    """Oversize and undecodable requests are refused as by sign."""
    with pytest.raises(SigningError, match="lone surrogate"):
        explain(Request("GET", "http://h/\ud800", {"Authorization": "x"}), EXAMPLE, AT)
