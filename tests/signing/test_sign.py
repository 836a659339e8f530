"""Signing wire requests: what is added, what is obeyed, what is refused."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from contractkit.errors import SigningError
from contractkit.message import Request
from contractkit.signing import (
    EXAMPLE,
    UNVERIFIED,
    AuthorizationError,
    Credentials,
    CredentialsError,
    authorize,
    format_time,
    parse_authorization,
    parse_time,
    sign,
)
from contractkit.signing.limits import MAX_HEADERS, MAX_TEXT
from contractkit.signing.times import parse_http_date

AT = datetime(2025, 10, 16, 8, 0, 0, tzinfo=UTC)
URL = "http://bcc.bj.baidubce.com/v1/vpc?clientToken=t"
TEMPORARY = Credentials("a" * 32, "b" * 32, "to+ken/==")


def signed_names(request: Request) -> tuple[str, ...]:
    return parse_authorization(request.headers.get("authorization")).signed_headers


def test_sign_adds_host_date_and_authorization_only():
    """A bare request gets exactly the three headers it needs, and the rest of it is untouched."""
    request = sign(Request("POST", URL, {"Content-Type": "text/plain"}, b"{}"), EXAMPLE, at=AT)
    assert [name for name, _ in request.headers] == ["Content-Type", "Host", "x-bce-date", "Authorization"]
    assert request.headers.get("host") == "bcc.bj.baidubce.com"
    assert request.headers.get("x-bce-date") == "2025-10-16T08:00:00Z"
    assert (request.method, request.url, request.body) == ("POST", URL, b"{}")
    assert signed_names(request) == ("content-type", "host", "x-bce-date")


def test_sign_keeps_host_and_date_that_are_there():
    """Host and x-bce-date of the caller are signed as they stand, the port included."""
    given = {"host": "127.0.0.1:8080", "X-Bce-Date": "2025-10-16T07:59:59Z"}
    request = sign(Request("GET", URL, given), EXAMPLE, at=AT)
    assert [name for name, _ in request.headers] == ["host", "X-Bce-Date", "Authorization"]
    assert dict(request.headers)["X-Bce-Date"] == "2025-10-16T07:59:59Z"


def test_sign_takes_the_port_of_the_url_into_host():
    """A port in the URL is part of Host, without the userinfo."""
    assert sign(Request("GET", "http://u:p@h:8080/"), EXAMPLE, at=AT).headers.get("host") == "h:8080"


def test_sign_replaces_an_authorization():
    """Signing twice leaves one Authorization, the same as signing once."""
    once = sign(Request("GET", URL), EXAMPLE, at=AT)
    assert sign(once, EXAMPLE, at=AT) == once
    assert len(sign(once, UNVERIFIED, at=AT).headers.get_all("authorization")) == 1


def test_sign_sends_and_signs_a_session_token():
    """Temporary credentials put their token in place of any other, and sign it even if the list forgets it."""
    request = sign(Request("GET", URL, {"x-bce-security-token": "old"}), TEMPORARY, at=AT, signed_headers=["host"])
    assert request.headers.get_all("x-bce-security-token") == ("to+ken/==",)
    assert signed_names(request) == ("host", "x-bce-security-token")


def test_sign_leaves_a_token_in_the_query_where_it_is():
    """A token that travels in the query is not sent a second time as a header."""
    request = sign(Request("GET", URL + "&x-bce-security-token=to%2Bken/=="), TEMPORARY, at=AT)
    assert not request.headers.has("x-bce-security-token")


def test_a_list_is_obeyed_and_normalized():
    """Letter case, blanks, order and repeats of the list do not matter; absent names fall out."""
    request = sign(Request("GET", URL), EXAMPLE, at=AT, signed_headers=["X-BCE-Date ", "HOST", "host", "x-absent"])
    assert signed_names(request) == ("host", "x-bce-date")
    assert signed_names(sign(request, EXAMPLE, at=AT, signed_headers=("host",))) == ("host",)


def test_repeated_headers_sign_as_one_joined_value():
    """Two lines of one name and one line with both values are the same request to every hop, so they sign alike."""
    apart = sign(Request("GET", URL, [("x-bce-a", "1 "), ("X-Bce-A", " 2"), ("x-bce-a", " ")]), EXAMPLE, at=AT)
    joined = sign(Request("GET", URL, {"x-bce-a": "1, 2"}), EXAMPLE, at=AT)
    assert apart.headers.get("authorization") == joined.headers.get("authorization")


@pytest.mark.parametrize(
    ("request_", "options", "says"),
    [
        (Request("GET", URL), {"expires_in": 0}, "below 1 second"),
        (Request("GET", URL), {"expires_in": -1}, "below 1 second"),
        (Request("GET", URL), {"at": datetime(2025, 1, 1)}, "aware datetime"),  # noqa: DTZ001 - naive on purpose
        (Request("GET", URL), {"signed_headers": ["x-bce-date"]}, "leave out host"),
        (Request("GET", URL), {"signed_headers": "host;x-bce-date"}, "pass them apart"),
        (Request("GET", "/v1/vpc"), {}, "absolute URL or a Host header"),
        (Request("GE T", URL), {}, "no HTTP method"),
        (Request("", URL), {}, "no HTTP method"),
        (Request("GET", URL, {"x-a": "b\r\nx-c: d"}), {}, "cannot be sent"),
        (Request("GET", URL, {"x a": "b"}), {}, "cannot be sent"),
        (Request("GET", URL, [("Host", "a"), ("host", "b")]), {}, "several Host"),
        (Request("GET", URL, [(f"x-{n}", "") for n in range(MAX_HEADERS + 1)]), {}, "more than 256 headers"),
        (Request("GET", URL, {"x-a": "b" * MAX_TEXT}), {}, "headers are longer"),
        (Request("GET", URL + "b" * MAX_TEXT), {}, "URL is longer"),
        (Request("GET", URL + "\ud800"), {}, "lone surrogate"),
        (Request("GET", URL, {"x-bce-a": "\ud800"}), {}, "lone surrogate"),
    ],
)
def test_what_cannot_be_signed_is_refused_with_a_remedy(request_, options, says):
    """Each refusal is a SigningError that says what is wrong."""
    with pytest.raises(SigningError, match=says):
        sign(request_, EXAMPLE, **{"at": AT, **options})


def test_authorize_adds_nothing_and_computes_for_any_expiry():
    """The law takes exactly the headers given, an empty choice included."""
    made = authorize(
        method="GET", path="", query=[], headers={"accept": "*/*"}, credentials=EXAMPLE, at=AT, expires_in=-1
    )
    assert made.signed_headers == ()
    assert made.canonical_request == "GET\n/\n\n"
    assert made.value == f"bce-auth-v1/{'a' * 32}/2025-10-16T08:00:00Z/-1//{made.signature}"


def test_authorize_refuses_text_without_utf8_form():
    """A lone surrogate anywhere in path, query or headers is a SigningError, bytes kept as surrogates are not."""
    for parts in ({"path": "/\ud800"}, {"query": [("\ud800", None)]}, {"headers": {"host": "\ud800"}}):
        given = {"method": "GET", "path": "/", "query": [], "headers": {}, **parts}
        with pytest.raises(SigningError, match="lone surrogate"):
            authorize(**given, credentials=EXAMPLE, at=AT)
    kept = authorize(method="GET", path="/\udcff", query=[], headers={}, credentials=EXAMPLE, at=AT)
    assert kept.canonical_request == "GET\n/%FF\n\n"


def test_no_repr_shows_a_secret():
    """repr, str and format of credentials and of an authorization hide key, token, signature and signing key."""
    credentials = Credentials("AKIDENT", "SECRETKEY", "SESSIONTOKEN")
    made = authorize(method="GET", path="/", query=[], headers={"host": "h"}, credentials=credentials, at=AT)
    shown = f"{credentials} {credentials!r} {credentials!s} {made} {made!r} {parse_authorization(made.value)!r}"
    for secret in ("SECRETKEY", "SESSIONTOKEN", made.signature, made.signing_key):
        assert secret not in shown
    assert "session_token" not in repr(EXAMPLE)


def test_credentials_are_frozen_compare_and_stay_in_memory():
    """Credentials cannot be changed or pickled; copies are the same object; equality sees every part."""
    with pytest.raises(AttributeError, match="create new ones"):
        EXAMPLE.secret_access_key = "x"
    with pytest.raises(AttributeError, match="create new ones"):
        del EXAMPLE.access_key_id
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(EXAMPLE)
    assert copy.deepcopy(EXAMPLE) is copy.copy(EXAMPLE) is EXAMPLE
    assert Credentials("a" * 32, "b" * 32) == EXAMPLE
    assert hash(Credentials("a" * 32, "b" * 32)) == hash(EXAMPLE)
    assert len({EXAMPLE, UNVERIFIED, TEMPORARY}) == 3
    assert EXAMPLE != "a" * 32


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (("", "s"), "access key id is empty"),
        (("a", ""), "secret access key is empty"),
        (("a", "s", ""), "session token is empty"),
        (("a/b", "s"), "holds a '/'"),
        (("a b", "s"), "access key id holds a blank"),
        (("é", "s"), "access key id holds a blank or a non-ASCII"),
        (("a", "HUSH\n"), "secret access key holds a control character"),
        (("a", "s", "HUSH\r"), "session token holds a control character"),
        (("a", "HUSH\ud800"), "secret access key holds a control character"),
    ],
)
def test_impossible_credentials_are_refused_without_showing_them(parts, says):
    """CredentialsError names the part and the remedy, never the value."""
    with pytest.raises(CredentialsError, match=says) as caught:
        Credentials(*parts)
    assert "HUSH" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "scheme is not"),
        ("Bearer abc", "scheme is not"),
        ("bce-auth-v2/a/2025-10-16T08:00:00Z/bj/vpc/host/" + "0" * 64, "scheme is not"),
        ("BCE-AUTH-V1/a/2025-10-16T08:00:00Z/1800//" + "0" * 64, "scheme is not"),
        ("bce-auth-v1/a/2025-10-16T08:00:00Z/1800/" + "0" * 64, "6 fields"),
        ("bce-auth-v1/a/2025-10-16T08:00:00Z/1800/host/x/" + "0" * 64, "6 fields"),
        ("bce-auth-v1//2025-10-16T08:00:00Z/1800/host/" + "0" * 64, "access key id is empty"),
        ("bce-auth-v1/a/2025-10-16 08:00:00/1800/host/" + "0" * 64, "timestamp"),
        ("bce-auth-v1/a/2025-02-30T08:00:00Z/1800/host/" + "0" * 64, "timestamp"),
        ("bce-auth-v1/a/2025-10-16T08:00:00Z/1e3/host/" + "0" * 64, "expiry"),
        ("bce-auth-v1/a/2025-10-16T08:00:00Z/٣٠/host/" + "0" * 64, "expiry"),
        ("bce-auth-v1/a/2025-10-16T08:00:00Z/1800/host/" + "0" * 63, "64 hexadecimal digits"),
        ("bce-auth-v1/a/2025-10-16T08:00:00Z/1800/host/" + "0" * 63 + "g", "64 hexadecimal digits"),
    ],
)
def test_a_value_that_is_no_authorization_is_refused_by_field(value, says):
    """parse_authorization says which field is wrong."""
    with pytest.raises(AuthorizationError, match=says):
        parse_authorization(value)


def test_times_are_utc_whole_seconds():
    """Zones are converted, fractions cut off, and what is written is read back."""
    east = datetime(2015, 4, 27, 16, 23, 49, 999999, tzinfo=timezone(timedelta(hours=8)))
    assert format_time(east) == "2015-04-27T08:23:49Z"
    assert format_time(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"
    assert parse_time("2015-04-27T08:23:49Z") == east.replace(microsecond=0)


@pytest.mark.parametrize(
    "text", ["2015-04-27T08:23:49", "2015-04-27T08:23:49.0Z", "20150427T082349Z", "", "2015-13-01T00:00:00Z"]
)
def test_other_spellings_of_a_time_are_refused(text):
    """Exactly one spelling is a BCE time."""
    with pytest.raises(SigningError, match="2015-04-27T08:23:49Z"):
        parse_time(text)


def test_http_dates_are_read_with_their_zone():
    """The Date of RFC 9110, with an offset or none, gives the instant; nonsense is refused."""
    expected = datetime(2015, 4, 27, 8, 23, 49, tzinfo=UTC)
    assert parse_http_date("Mon, 27 Apr 2015 08:23:49 GMT") == expected
    assert parse_http_date("Mon, 27 Apr 2015 16:23:49 +0800") == expected
    assert parse_http_date("Mon, 27 Apr 2015 08:23:49 -0000") == expected
    for text in ("", "yesterday", "Mon, 99 Apr 2015 08:23:49 GMT", "Mon, 27 Apr 99999 08:23:49 GMT"):
        with pytest.raises(SigningError, match="not an HTTP date"):
            parse_http_date(text)
