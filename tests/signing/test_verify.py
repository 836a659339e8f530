"""Verifying requests as received: every spelling of a right one, and each refusal with code, status and words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contractkit.errors import SigningError
from contractkit.message import Request
from contractkit.signing import EXAMPLE, Credentials, Verdict, authorize, sign, verify
from contractkit.signing.limits import MAX_HEADERS, MAX_TEXT

AT = datetime(2025, 10, 16, 8, 0, 0, tzinfo=UTC)
URL = "http://eip.bj.baidubce.com/v1/eip/192.0.2.10?bind&clientToken=a%20b%2Bc&name=%E6%B5%8B~_"
TEMPORARY = Credentials("a" * 32, "b" * 32, "to+ken/==")


def examine(request: Request, *, credentials: Credentials = EXAMPLE, now: datetime = AT) -> Verdict:
    return verify(request, {credentials.access_key_id: credentials}.get, now=now)


def signed(url: str = URL, headers: object = (), **options: object) -> Request:
    return sign(Request("PUT", url, headers), EXAMPLE, **{"at": AT, **options})


def refused(request: Request, code: str, status: int, *says: str, **options: object) -> Verdict:
    verdict = examine(request, **options)
    assert (verdict.ok, verdict.code, verdict.status) == (False, code, status)
    for words in says:
        assert words in verdict.reason
    for secret in ("b" * 32, "to+ken/=="):
        assert secret not in verdict.reason + repr(verdict)
    return verdict


def test_a_right_request_verifies_and_says_who_and_when():
    """The verdict of a right request names the key, the instant and the canonical request."""
    verdict = examine(signed())
    assert verdict.ok
    assert (verdict.code, verdict.status, verdict.reason) == ("", 200, "")
    assert (verdict.access_key_id, verdict.at) == ("a" * 32, AT)
    assert verdict.canonical_request.startswith(
        "PUT\n/v1/eip/192.0.2.10\nbind=&clientToken=a%20b%2Bc&name=%E6%B5%8B~_\nhost:eip.bj.baidubce.com\n"
    )


@pytest.mark.parametrize(
    "query",
    [
        "bind=&clientToken=a%20b%2Bc&name=%E6%B5%8B~_",
        "name=%e6%b5%8b%7e%5f&bind&clientToken=%61%20b+c",
        "&&clientToken=a%20b%2bc&name=测~_&&bind=&",
        "bind&clientToken=a%20b%2Bc&name=%E6%B5%8B~_&authorization=x",
        "bind&clientToken=a%20b%2Bc&name=%E6%B5%8B~_#fragment",
    ],
)
def test_the_spelling_of_the_query_does_not_matter(query):
    """Order, letter case of escapes, needless escapes, `?bind=` and empty items are the same request."""
    request = signed()
    assert examine(request.replace(url=f"{URL.partition('?')[0]}?{query}")).ok


def test_the_spelling_of_the_path_does_not_matter():
    """Escapes of any case in the path are decoded before they are signed."""
    request = signed("http://h/v1/dns/zone/%E4%BE%8B/a%2Ab")
    assert examine(request.replace(url="http://h/v1/dns/%7aone/%e4%be%8b/a*b")).ok


def test_an_empty_field_stands_for_the_default_set():
    """A value without signed headers verifies over the default set of what was received."""
    request = signed(headers={"Content-Type": "text/plain", "Accept": "*/*"})
    names = "content-type;host;x-bce-date"
    value = request.headers.get("authorization")
    assert f"/{names}/" in value
    assert examine(request.replace(headers=request.headers.set("Authorization", value.replace(names, "")))).ok


@pytest.mark.parametrize(("body", "length", "ok"), [(b"", "0", True), (b"", "1", False), (b"x", "0", False)])
def test_with_an_empty_field_a_length_of_nothing_may_be_left_unsigned(body, length, ok):
    """HTTP libraries add `Content-Length: 0` after the Java client has signed; no other length is passed over."""
    request = signed()
    value = request.headers.get("authorization").replace("/host;x-bce-date/", "//")
    fields = [*request.headers.set("Authorization", value), ("Content-Length", length)]
    sent = request.replace(headers=fields, body=body)
    assert examine(sent).ok is ok


def test_a_list_in_any_order_and_case_verifies():
    """Clients that do not sort or lower their list sign the same canonical request."""
    request = signed()
    value = request.headers.get("authorization").replace("host;x-bce-date", "X-Bce-Date;HOST")
    assert examine(request.replace(headers=request.headers.set("Authorization", value))).ok


def test_unsigned_headers_may_change():
    """A hop may add and change what was not signed."""
    request = signed(headers={"Content-Type": "text/plain"}, signed_headers=["host"])
    changed = request.headers.set("Content-Type", "application/json").set("Via", "1.1 proxy")
    assert examine(request.replace(headers=changed)).ok


def test_a_host_that_was_not_recorded_is_taken_from_the_url():
    """Recorders see requests before the HTTP client adds Host."""
    request = signed()
    assert examine(request.replace(headers=request.headers.without("host"))).ok


@pytest.mark.parametrize("text", ["测试", "café", "🚀", "\x85"])
def test_utf8_header_values_verify_however_the_server_decoded_them(text):
    """The UTF-8 bytes read as Latin-1, and the text itself, are both accepted."""
    request = signed(headers={"x-bce-note": text})
    assert examine(request).ok
    as_latin1 = text.encode().decode("latin-1")
    assert examine(request.replace(headers=request.headers.set("x-bce-note", as_latin1))).ok


def test_a_target_decoded_as_latin1_verifies():
    """http.server hands over raw UTF-8 in the target as Latin-1."""
    request = signed("http://h/v1/zone/例?a=b")
    assert examine(request.replace(url=request.url.encode().decode("latin-1"))).ok


def test_undecodable_bytes_verify_as_bytes():
    """A byte that is not UTF-8 is encoded as that byte, whether escaped or raw."""
    request = signed("http://h/v1/%FF?a=%ff", headers={"x-bce-note": "caf\udce9"})
    assert examine(request).ok
    assert "/v1/%FF\na=%FF\n" in examine(request).canonical_request


def test_header_blanks_and_repeats_on_the_way_do_not_matter():
    """Blanks around a value and splitting a list value over lines change nothing."""
    request = signed(headers={"x-bce-note": "1, 2"})
    fields = [*request.headers.without("x-bce-note"), ("X-Bce-Note", " 1\t"), ("x-bce-note", "2")]
    assert examine(request.replace(headers=fields)).ok


def test_no_authorization_is_access_denied():
    """An anonymous request is AccessDenied 403, not a bad header."""
    verdict = refused(Request("GET", URL), "AccessDenied", 403, "sign the request")
    assert (verdict.access_key_id, verdict.at, verdict.canonical_request) == ("", None, "")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("Bearer abc", "scheme"),
        ("bce-auth-v2/a/2025-10-16T08:00:00Z/bj/vpc/host/" + "0" * 64, "scheme"),
        ("bce-auth-v1/a", "6 fields"),
        (f"bce-auth-v1/{'a' * 32}/yesterday/1800/host/" + "0" * 64, "timestamp"),
        (f"bce-auth-v1/{'a' * 32}/2025-10-16T08:00:00Z/0/host/" + "0" * 64, "below 1 second"),
        (f"bce-auth-v1/{'a' * 32}/2025-10-16T08:00:00Z/-1/host/" + "0" * 64, "below 1 second"),
        (f"bce-auth-v1/{'a' * 32}/2025-10-16T08:00:00Z/1800/x-bce-date/" + "0" * 64, "host is not among"),
    ],
)
def test_an_unusable_authorization_is_invalid_auth_header(value, says):
    """Whatever cannot be a v1 value over host is InvalidHTTPAuthHeader 400."""
    request = Request("GET", URL, {"Host": "h", "Authorization": value})
    refused(request, "InvalidHTTPAuthHeader", 400, says)


def test_other_broken_envelopes_are_refused():
    """Two Authorization or Host headers, no host at all, and dates that are none."""
    request = signed()
    twice = request.replace(headers=[*request.headers, ("authorization", "x")])
    refused(twice, "InvalidHTTPAuthHeader", 400, "several Authorization")
    refused(request.replace(headers=[*request.headers, ("host", "x")]), "InvalidHTTPRequest", 400, "several Host")
    blank = request.replace(headers=request.headers.set("Host", " "))
    refused(blank, "InvalidHTTPAuthHeader", 400, "no Host")
    bare = request.replace(url="/v1/vpc", headers=request.headers.without("host"))
    refused(bare, "InvalidHTTPAuthHeader", 400, "no Host")
    dated = request.replace(headers=request.headers.set("x-bce-date", "today"))
    refused(dated, "InvalidHTTPAuthHeader", 400, "x-bce-date header is not a BCE time")
    old = request.replace(headers=request.headers.without("x-bce-date").set("Date", "today"))
    refused(old, "InvalidHTTPAuthHeader", 400, "date header is not an HTTP date")
    two = request.replace(headers=[*request.headers, ("x-bce-date", "2025-10-16T08:00:01Z")])
    refused(two, "InvalidHTTPAuthHeader", 400, "several x-bce-date headers")


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (Request("GET", URL + "x" * MAX_TEXT), "URL is longer"),
        (Request("GET", URL, {"a": "x" * MAX_TEXT}), "headers are longer"),
        (Request("GET", URL, [("a", "b")] * (MAX_HEADERS + 1)), "more than 256 headers"),
        (Request("GET", URL + "\ud800"), "lone surrogate"),
    ],
)
def test_oversize_and_unreadable_requests_are_refused_before_any_work(request_, says):
    """The limits hold for requests without any signature, too."""
    refused(request_, "InvalidHTTPRequest", 400, says)


def test_a_signed_header_without_utf8_form_is_refused():
    """A lone surrogate in a signed header is a refusal, not a crash."""
    request = signed()
    refused(
        request.replace(headers=request.headers.set("x-bce-date2", "\ud800")).replace(
            headers=request.headers.set("Host", "\ud800")
        ),
        "InvalidHTTPRequest",
        400,
        "lone surrogate",
    )


def test_an_unknown_access_key_is_refused():
    """InvalidAccessKeyId 403, with the id as sent."""
    verdict = refused(signed(), "InvalidAccessKeyId", 403, "no account", credentials=Credentials("other", "b" * 32))
    assert verdict.access_key_id == "a" * 32


@pytest.mark.parametrize(
    ("minutes", "seconds", "ok"), [(0, 0, True), (30, 0, True), (30, 1, False), (-30, 0, True), (-30, -1, False)]
)
def test_the_date_may_be_half_an_hour_off(minutes, seconds, ok):
    """x-bce-date may be 30 minutes off either way, and not a second more."""
    request = signed(expires_in=7200)
    now = AT + timedelta(minutes=minutes, seconds=seconds)
    if ok:
        assert examine(request, now=now).ok
    else:
        refused(request, "RequestExpired", 400, "30 minutes", now=now)


def test_the_expiry_of_the_signature_counts():
    """A signature is good for its seconds, even while the date is fresh."""
    request = signed(expires_in=60)
    assert examine(request, now=AT + timedelta(seconds=60)).ok
    refused(request, "RequestExpired", 400, "60 seconds", now=AT + timedelta(seconds=61))


def test_a_long_expiry_outlives_the_skew_when_the_date_is_fresh():
    """An unsigned fresh x-bce-date lets a signature of an hour live its hour, but not one from the future."""
    request = signed(expires_in=3600, signed_headers=["host"])
    later = request.replace(headers=request.headers.set("x-bce-date", "2025-10-16T08:45:00Z"))
    assert examine(later, now=AT + timedelta(minutes=45)).ok
    early = request.replace(headers=request.headers.set("x-bce-date", "2025-10-16T07:00:00Z"))
    refused(early, "RequestExpired", 400, "ahead", now=AT - timedelta(hours=1))


def test_date_stands_in_for_a_missing_bce_date_and_the_timestamp_for_both():
    """Without x-bce-date the Date header is compared, and without either the signature's own time."""
    request = signed(signed_headers=["host"], expires_in=86400)
    bare = request.replace(headers=request.headers.without("x-bce-date"))
    assert examine(bare).ok
    refused(bare, "RequestExpired", 400, "30 minutes", now=AT + timedelta(minutes=31))
    dated = bare.replace(headers=bare.headers.set("Date", "Thu, 16 Oct 2025 09:00:00 GMT"))
    assert examine(dated, now=AT + timedelta(minutes=50)).ok
    refused(dated, "RequestExpired", 400, "30 minutes")


def test_times_at_the_end_of_the_calendar_do_not_overflow():
    """The largest expiry on the largest date is arithmetic, not a crash."""
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert examine(signed(at=end, expires_in=2147483647), now=end).ok


def test_temporary_credentials_need_their_own_token():
    """Without its token, or with another, a temporary key is InvalidAccessKeyId; header and query both carry it."""
    good = sign(Request("GET", URL), TEMPORARY, at=AT)
    assert examine(good, credentials=TEMPORARY).ok
    query = sign(Request("GET", URL + "&x-bce-security-token=to%2Bken/=="), TEMPORARY, at=AT)
    assert examine(query, credentials=TEMPORARY).ok
    refused(signed(), "InvalidAccessKeyId", 403, "no x-bce-security-token", credentials=TEMPORARY)
    wrong = signed(headers={"x-bce-security-token": "other"})
    refused(wrong, "InvalidAccessKeyId", 403, "another x-bce-security-token", credentials=TEMPORARY)
    unsigned = signed(signed_headers=["host"]).headers.set("x-bce-security-token", "to+ken/==")
    assert examine(signed().replace(headers=unsigned), credentials=TEMPORARY).ok


def test_a_naive_clock_is_the_callers_mistake():
    """Verify raises only for a naive `now`."""
    with pytest.raises(SigningError, match="aware datetime"):
        examine(signed(), now=datetime(2025, 1, 1))  # noqa: DTZ001 - naive on purpose


def test_a_listed_header_missing_from_the_request_changes_nothing_but_itself():
    """A list that names an absent header verifies if the signer left it out as well."""
    made = authorize(
        method="GET", path="/", query=[], headers={"host": "h"}, credentials=EXAMPLE, at=AT, signed_headers=["host"]
    )
    value = made.value.replace("/host/", "/host;x-absent/")
    assert examine(Request("GET", "http://h/", {"Host": "h", "Authorization": value})).ok
