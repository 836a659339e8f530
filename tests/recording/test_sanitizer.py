"""What is stored: verifiable, stable, and the same however often it is sanitized."""

import base64
import contextlib
import gzip
import hashlib
import json
import re
import time
import zlib
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contractkit.contract import Contract, validate_request
from contractkit.errors import LeakError, SanitizerError
from contractkit.message import Interaction, Request, Response
from contractkit.passwords import decrypt_password, encrypt_password
from contractkit.recording import Cassette, Sanitizer, open_cassette
from contractkit.recording.cassette import EPOCH, encode_line
from contractkit.recording.guard import Guard
from contractkit.recording.hosts import ForeignHostError, Hosts
from contractkit.recording.key import Forms
from contractkit.recording.sanitizer.members import Members
from contractkit.recording.sanitizer.values import Values
from contractkit.recording.scan import scan_bytes
from contractkit.recording.store import load_cassette
from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials, authorize, format_time, sign, verify

OTHER = Credentials("abcdefabcdefabcdefabcdefabcdef00", "00112233445566778899aabbccddeeff")
UUID = "6f1a8b52-99d4-4c7a-b7a0-3c31b95e8d11"


def lookup(access_key_id):
    return {EXAMPLE.access_key_id: EXAMPLE, UNVERIFIED.access_key_id: UNVERIFIED}.get(access_key_id)


@pytest.fixture
def sanitizer(kit):
    return Sanitizer(kit.contract, credentials=kit.own, unverified=OTHER)


def verdict_of(entry):
    return verify(entry.to_interaction().request, lookup, now=EPOCH)


# --- signatures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signed", [None, ["host"], ["host", "x-bce-date"], ["content-type", "host", "user-agent"]])
def test_a_request_that_verified_verifies_as_stored_under_the_example_pair(kit, sanitizer, signed):
    request = kit.request(
        "POST",
        "/v1/vpc?b=%2d&a",
        {"name": "x"},
        signed_headers=signed,
        headers=[("Content-Type", "application/json"), ("User-Agent", "u")],
    )
    entry = sanitizer.sanitize(kit.interaction(request), at=kit.now + timedelta(seconds=20))
    assert verdict_of(entry).ok
    assert entry.verdict == ""
    assert "user-agent" not in entry.request.headers["Authorization"]


def test_the_account_that_is_not_real_name_verified_keeps_its_own_published_pair(kit, sanitizer):
    entry = sanitizer.sanitize(kit.interaction(kit.request(credentials=OTHER)), at=kit.now)
    assert verdict_of(entry).access_key_id == UNVERIFIED.access_key_id
    assert verdict_of(entry).ok


def test_a_wrong_signature_stays_wrong_and_keeps_its_shape(kit, sanitizer):
    request = kit.request(signed_headers=["host", "x-bce-date"], expires_in=77)
    wrong = request.replace(url=request.url + "?more=1")
    entry = sanitizer.sanitize(kit.interaction(wrong), at=kit.now)
    assert entry.verdict == verdict_of(entry).code == "SignatureDoesNotMatch"
    assert entry.request.headers["Authorization"] == (
        f"bce-auth-v1/{'a' * 32}/2015-04-27T08:23:49Z/77/host;x-bce-date/{'0' * 64}"
    )


def test_a_key_that_the_run_does_not_know_is_hidden_and_marked(kit, sanitizer):
    stranger = Credentials("ALTAKabcdefgh12345", "whatever-secret-it-has")
    entry = sanitizer.sanitize(kit.interaction(kit.request(credentials=stranger)), at=kit.now)
    assert entry.verdict == "InvalidAccessKeyId"
    assert "ALTAK" not in entry.request.headers["Authorization"]


def test_a_request_without_authorization_stays_without(kit, sanitizer):
    request = kit.request()
    entry = sanitizer.sanitize(
        kit.interaction(request.replace(headers=request.headers.without("authorization"))), at=kit.now
    )
    assert "Authorization" not in entry.request.headers
    assert entry.verdict == "AccessDenied"


@pytest.mark.parametrize("late", [1801, 1830, 1859.5, 4000, 10**7])
def test_what_was_expired_stays_expired_and_in_whole_minutes(kit, sanitizer, late):
    entry = sanitizer.sanitize(kit.interaction(kit.request()), at=kit.now + timedelta(seconds=late))
    assert entry.verdict == verdict_of(entry).code == "RequestExpired"
    stamp = entry.request.headers["x-bce-date"]
    assert stamp.endswith(":49Z")
    genuine = verify(entry.to_interaction().request, lookup, now=verdict_of(entry).at)
    assert genuine.ok, "an expired signature was a right one"


@pytest.mark.parametrize("seconds", [0.1, 59, -59, 300, 1799, -1700])
def test_what_was_good_stays_good_whatever_the_delay(kit, sanitizer, seconds):
    entry = sanitizer.sanitize(kit.interaction(kit.request()), at=kit.now + timedelta(seconds=seconds))
    assert verdict_of(entry).ok


def test_a_session_token_leaves_no_trace_and_the_request_verifies(kit):
    temporary = Credentials(
        kit.own.access_key_id, kit.own.secret_access_key, "sts/token+with=odd characters".replace(" ", "-")
    )
    sanitizer = Sanitizer(kit.contract, credentials=temporary)
    request = kit.request("PUT", "/v1/vpc/x?modifyAttribute", {"note": temporary.session_token}, credentials=temporary)
    entry = sanitizer.sanitize(kit.interaction(request), at=kit.now)
    assert verdict_of(entry).ok
    assert "odd" not in msgspec.json.encode(entry).decode()
    assert "security-token" not in msgspec.json.encode(entry).decode()


# --- secrets ----------------------------------------------------------------------------------------------------


def test_a_ciphertext_of_the_run_becomes_one_under_the_example_key(kit, sanitizer):
    cipher = encrypt_password("Geheim_123", kit.own.secret_access_key)
    request = kit.request(
        "POST", "/v1/vpc", {"adminPass": cipher, "password": "Geheim_123", "other": {"passwd": "Else_9876"}}
    )
    body = sanitizer.sanitize(kit.interaction(request), at=kit.now).request.json
    assert decrypt_password(body["adminPass"], EXAMPLE.secret_access_key) == "!Example_Pass1"
    assert body["password"] == "!Example_Pass1", "equal plaintexts stay equal, encrypted or not"
    assert body["other"]["passwd"] == "!Example_Pass2"


def test_secret_places_of_the_contract_are_replaced_whatever_their_name():
    seen = []
    Members(["/users/*/hush"]).walk(
        {"users": [{"hush": "a", "name": "b"}], "hush": "c"}, lambda kind, v: seen.append((kind, v))
    )
    assert seen == [("secret", "a"), ("", "b"), ("", "c")]


class SecretiveContract(Contract):
    """The shipped contract, but create_vpc has a secret member under a name that tells nothing."""

    def route(self, request):
        match = super().route(request)
        schema = {"properties": {"users": {"items": {"properties": {"hush": {"x-bce-secret": True}}}}}}
        return replace(match, operation=replace(match.operation, body=schema, response=schema))


@pytest.mark.parametrize(("off", "stored"), [({}, "!Example_Pass1"), ({"CK-SEC-001": "to see it stay"}, "Hunter_22")])
def test_what_the_contract_calls_secret_is_replaced_in_request_and_response(kit, off, stored):
    sanitizer = Sanitizer(SecretiveContract(), credentials=kit.own, off=off)
    body = {"users": [{"hush": "Hunter_22", "name": "public"}]}
    entry = sanitizer.sanitize(kit.interaction(kit.request("POST", "/v1/vpc", body), kit.response(body)), at=kit.now)
    assert entry.request.json == entry.response.json == {"users": [{"hush": stored, "name": "public"}]}


def test_a_request_with_a_secret_stays_as_valid_as_it_was(kit, sanitizer):
    """The stand-in is of the documented form of passwords: 8 to 17 letters, digits and symbols, several kinds of them."""
    body = {"name": "x", "cidr": "10.0.0.0/16", "password": "Hunter_22"}
    request = kit.request("POST", "/v1/vpc", body)
    entry = sanitizer.sanitize(kit.interaction(request), at=kit.now)
    stored = entry.to_interaction().request
    route = kit.contract.route
    assert validate_request(route(stored), stored) == validate_request(route(request), request)
    assert re.fullmatch(
        r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])(?=.*[!_])[A-Za-z0-9!_]{8,17}", entry.request.json["password"]
    )


def test_the_stand_in_fits_every_secret_field_of_the_contract(kit):
    """Each schema that is marked secret accepts it, so what is stored can be sent to a server that checks."""
    for operation in kit.contract.operations():
        for pointer in operation.secret_fields:
            schema = operation.body
            for step in pointer.split("/")[1:]:
                schema = schema["items"] if step == "*" else schema["properties"][step]
            assert schema.get("minLength", 0) <= len("!Example_Pass1")
            assert len("!Example_Pass1") <= schema.get("maxLength", 99)
            assert re.search(schema.get("pattern", ""), "!Example_Pass1")


def test_a_secret_that_is_a_plain_word_renames_nothing(kit, sanitizer):
    """The password `password` is hidden where it is a value; members, paths and media types keep their names."""
    words = {"password": "password", "secretKey": "application", "note": "the password is password"}
    request = kit.request("PUT", "/v1/application/password?password=password", words)
    entry = sanitizer.sanitize(kit.interaction(request, kit.response({"password": 1, "m": "application"})), at=kit.now)
    assert entry.request.url.endswith("/v1/application/password?password=%21Example_Pass1")
    assert (
        entry.request.headers["Content-Type"]
        == entry.response.headers["Content-Type"]
        == "application/json;charset=UTF-8"
    )
    assert entry.request.json == {
        "password": "!Example_Pass1",
        "secretKey": "!Example_Pass2",
        "note": "the !Example_Pass1 is !Example_Pass1",
    }
    assert entry.response.json == {"password": 0, "m": "!Example_Pass2"}
    forms = Forms(kit.contract, Hosts(kit.contract))
    assert forms.of(entry.to_interaction().request).key == forms.of(request).key


def test_numbers_and_nested_values_under_a_secret_name_are_replaced(kit, sanitizer):
    body = {"secret": {"a": "hidden-one", "b": [12345678, None, True, ""]}}
    stored = sanitizer.sanitize(kit.interaction(kit.request("POST", "/v1/vpc", body)), at=kit.now).request.json
    assert stored == {"secret": {"a": "!Example_Pass1", "b": [0, None, True, ""]}}


# --- stand-ins --------------------------------------------------------------------------------------------------


def test_equal_tokens_stay_equal_in_every_place(kit, sanitizer):
    one = sanitizer.sanitize(kit.interaction(kit.request("POST", f"/v1/vpc?clientToken={UUID}")), at=kit.now)
    two = sanitizer.sanitize(
        kit.interaction(
            kit.request("POST", "/v1/vpc?clientToken=other"), kit.response({"message": f"not {UUID}!"}, 403)
        ),
        at=kit.now,
    )
    three = sanitizer.sanitize(kit.interaction(kit.request("POST", f"/v1/vpc?clientToken={UUID}")), at=kit.now)
    assert [e.request.url.rpartition("=")[2] for e in (one, two, three)] == ["token-1", "token-2", "token-1"]
    assert two.response.json["message"] == "not token-1!"


def test_a_value_learnt_late_is_taken_out_of_what_was_stored_before(kit, sanitizer):
    early = sanitizer.sanitize(
        kit.interaction(kit.request("POST", f"/v1/vpc?note={UUID}", {"x": "hush-hush"})), at=kit.now
    )
    assert UUID in early.request.url
    sanitizer.sanitize(
        kit.interaction(kit.request("POST", f"/v1/vpc?clientToken={UUID}", {"password": "hush-hush"})), at=kit.now
    )
    settled = sanitizer.settle(early)
    assert UUID not in settled.request.url
    assert settled.request.json == {"x": "!Example_Pass1"}
    assert verdict_of(settled).ok


def test_header_and_body_request_ids_agree(kit, sanitizer):
    entry = sanitizer.sanitize(
        kit.interaction(response=kit.response({"code": "c", "message": "m", "requestId": UUID}, 404, request_id=UUID)),
        at=kit.now,
    )
    assert entry.response.json["requestId"] == entry.response.headers["x-bce-request-id"] != UUID


def test_times_near_the_answer_are_now_and_others_keep_side_and_format(kit, sanitizer):
    body = {
        "made": format_time(kit.now),
        "seen": format_time(kit.now + timedelta(minutes=5)),
        "old": "2021-04-10T11:40:57Z",
        "old_again": "2021-04-10 11:40:57",
        "older": "2020-01-01T00:00:00Z",
        "expires": format_time(kit.now + timedelta(days=30)),
        "expires_a_second_later": format_time(kit.now + timedelta(days=30, seconds=1)),
        "no_time": "2021-13-45T99:00:00Z",
    }
    stored = sanitizer.sanitize(kit.interaction(response=kit.response(body)), at=kit.now).response.json
    assert stored == {
        "made": "2015-04-27T08:23:49Z",
        "seen": "2015-04-27T08:23:49Z",
        "old": "2015-04-26T08:23:49Z",
        "old_again": "2015-04-26 08:23:49",
        "older": "2015-04-25T08:23:49Z",
        "expires": "2015-04-28T08:23:49Z",
        "expires_a_second_later": "2015-04-28T08:23:49Z",
        "no_time": "2021-13-45T99:00:00Z",
    }


def test_a_time_that_the_caller_chose_stays_even_where_it_is_echoed(kit, sanitizer):
    """Replay will be asked for it again, so it must be recognised."""
    chosen = "2031-01-01T00:00:00Z"
    request = kit.request("POST", "/v1/vpc", {"startTime": chosen})
    entry = sanitizer.sanitize(kit.interaction(request, kit.response({"startTime": chosen})), at=kit.now)
    assert entry.request.json == entry.response.json == {"startTime": chosen}


def test_a_retry_after_given_as_a_date_becomes_seconds_and_nothing_else_is_changed(kit, sanitizer):
    """What the client would have read (a number of seconds, with a fraction perhaps) it reads in replay too."""
    late = format_datetime(kit.now + timedelta(seconds=30), usegmt=True)
    for date, seconds in ((late, "30"), ("7", "7"), ("1.5", "1.5"), ("whenever", "whenever")):
        entry = sanitizer.sanitize(kit.interaction(response=Response(503, {"Retry-After": date})), at=kit.now)
        assert entry.response.headers["Retry-After"] == seconds


def test_the_order_of_query_items_leaves_no_trace(kit, sanitizer):
    urls = {
        sanitizer.sanitize(kit.interaction(kit.request(target=f"/v1/vpc?{query}")), at=kit.now).request.url
        for query in ("a=1&b=%2d&c", "c&b=-&a=1")
    }
    assert urls == {"https://bcc.bj.baidubce.com/v1/vpc?a=1&b=-&c"}


def test_a_minted_id_is_replaced_in_later_requests_too(kit):
    sanitizer = Sanitizer(kit.contract, credentials=kit.own, on=["CK-ALIAS-005"])
    sanitizer.sanitize(kit.interaction(kit.request("POST"), kit.response({"vpcId": "vpc-IyWRtII7"})), at=kit.now)
    entry = sanitizer.sanitize(kit.interaction(kit.request(target="/v1/vpc/vpc-IyWRtII7")), at=kit.now)
    assert entry.request.url == "https://bcc.bj.baidubce.com/v1/vpc/vpc-00000001"
    assert verdict_of(entry).ok


# --- bodies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda raw: zlib.compress(raw, wbits=-15)),
        ("gzip, deflate", lambda raw: zlib.compress(gzip.compress(raw))),
        ("gzip", lambda raw: raw),
        ("identity", lambda raw: raw),
    ],
)
def test_content_codings_are_opened_before_storing(kit, sanitizer, coding, pack):
    raw = pack(json.dumps({"secretKey": "Hunter_22"}).encode())
    response = Response(200, [("Content-Type", "application/json"), ("Content-Encoding", coding)], raw)
    assert sanitizer.sanitize(kit.interaction(response=response), at=kit.now).response.json == {
        "secretKey": "!Example_Pass1"
    }


@pytest.mark.parametrize(
    ("coding", "raw"),
    [
        ("br", b"x"),
        ("gzip", gzip.compress(b" " * 4_000_000 + b"{}")),
        ("gzip, gzip", gzip.compress(gzip.compress(b" " * 40_000_000 + b"{}"))),
        ("gzip", gzip.compress(b'{"a": 1}')[:-4]),
        ("gzip", gzip.compress(b'{"a": 1}') + b"more"),
        ("deflate", b"\x78\x9cbroken"),
        ("gzip,gzip,gzip", b"x"),
    ],
    ids=["unknown", "bomb", "bomb in a bomb", "cut", "more behind", "broken", "too many"],  # gzip holds the time
)
def test_a_coding_that_is_unknown_broken_or_bursting_is_refused(kit, sanitizer, coding, raw):
    response = Response(200, [("Content-Type", "application/json"), ("Content-Encoding", coding)], raw)
    with pytest.raises(SanitizerError, match=r"^response body: "):
        sanitizer.sanitize(kit.interaction(response=response), at=kit.now)


@pytest.mark.parametrize(
    "media", ["application/json", "Application/JSON ; Charset=utf-8", "application/problem+json", "", "text/plain"]
)
def test_json_is_recognised_under_any_label(kit, sanitizer, media):
    response = Response(200, [("Content-Type", media)] if media else [], b'\xef\xbb\xbf {"password": "Hunter_22"}')
    assert sanitizer.sanitize(kit.interaction(response=response), at=kit.now).response.json == {
        "password": "!Example_Pass1"
    }


@pytest.mark.parametrize(
    "response",
    [
        Response(200, {"Content-Type": "application/json"}, b'{"password": "Hunter_22"'),
        Response(200, {"Content-Type": "application/octet-stream"}, b"Hunter_22"),
        Response(200, {}, b"\x00Hunter_22"),
        Response(200, {"Content-Type": "text/plain"}, b"Hunter_22\xff"),
        Response(200, {"Content-Type": "text/html"}, b"<b>1password = Hunter_22</b>"),
        Response(200, {"Content-Type": "application/json"}, b"[" * 60 + b"]" * 60),
        Response(200, {"Content-Type": "application/json"}, b"[" * 900 + b"]" * 900),
    ],
)
def test_what_cannot_be_made_safe_is_refused_without_showing_it(kit, sanitizer, response):
    with pytest.raises(SanitizerError, match=r"^response body: ") as caught:
        sanitizer.sanitize(kit.interaction(response=response), at=kit.now)
    assert "Hunter" not in str(caught.value)


def wrapped(times):
    """JSON in a text in JSON, so many times."""
    value = {"password": "Hunter_22"}
    for _ in range(times):
        value = {"note": json.dumps(value)}
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "body",
    [b'{"note": "' + b"[" * depth + b"]" * depth + b'"}' for depth in (49, 80, 900)] + [wrapped(5), wrapped(9)],
    ids=["49", "80", "900", "5 texts", "9 texts"],
)
def test_json_in_a_text_is_refused_where_it_is_too_deep_to_be_looked_through(kit, sanitizer, body):
    """In whatever place it is; replay finds nothing for it, and does not break."""
    request = kit.request("POST", "/v1/vpc", body)
    for interaction in (kit.interaction(request), kit.interaction(response=Response(200, {}, body))):
        with pytest.raises(SanitizerError, match="it is not stored"):
            sanitizer.sanitize(interaction, at=kit.now)
    Forms(kit.contract, Hosts(kit.contract)).of(request)


def test_json_in_a_text_in_a_text_is_looked_through(kit, sanitizer):
    entry = sanitizer.sanitize(kit.interaction(response=Response(200, {}, wrapped(4))), at=kit.now)
    assert "Hunter" not in str(entry.response.json)
    assert "password" in str(entry.response.json)


def test_a_malformed_request_body_is_kept_for_negative_tests_only(kit, sanitizer):
    request = kit.request("POST", "/v1/vpc", b'{"name": "x", ')
    refused = kit.response({"code": "MalformedJSON", "message": "m", "requestId": "r"}, 400)
    entry = sanitizer.sanitize(kit.interaction(request, refused), at=kit.now)
    assert entry.request.text == '{"name": "x", '
    for answer, body in ((kit.response({}, 200), b'{"name": "x", '), (refused, b'{"password": "Hunter_22", ')):
        with pytest.raises(SanitizerError, match=r"^request body: ") as caught:
            sanitizer.sanitize(kit.interaction(kit.request("POST", "/v1/vpc", body), answer), at=kit.now)
        assert "Hunter" not in str(caught.value)


# --- hosts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "target", "documented"),
    [
        ("127.0.0.1:34567", "/v1/vpc", "bcc.bj.baidubce.com"),
        ("localhost:1", "/v1/eip", "eip.bj.baidubce.com"),
        ("[::1]:80", "/v1/dns/zone", "dns.baidubce.com"),
        ("127.0.0.1", "/v1/privatezone", "privatezone.baidubce.com"),
        ("BCC.gz.baidubce.com:80", "/v1/vpc", "bcc.gz.baidubce.com"),
    ],
)
def test_what_is_stored_names_the_documented_host(kit, sanitizer, host, target, documented):
    request = kit.request(target=target, host=host)
    answer = kit.response({"message": f"see http://{host}/help"}, 400)
    entry = sanitizer.sanitize(kit.interaction(request, answer), at=kit.now)
    assert entry.request.url == f"https://{documented}{target}"
    assert entry.request.headers["Host"] == documented
    assert entry.response.json["message"] == f"see http://{documented}/help"
    assert verdict_of(entry).ok


@pytest.mark.parametrize(
    "host", ["example.com", "bcc.bj.baidubce.com.evil.example", "169.254.169.254", "127.0.0.1.nip.io"]
)
def test_a_host_that_is_not_documented_is_refused_with_the_remedy(kit, sanitizer, host):
    with pytest.raises(ForeignHostError, match=r"no documented host: leave.*passthrough=.*hosts="):
        sanitizer.sanitize(kit.interaction(kit.request(host=host)), at=kit.now)


# --- laws -------------------------------------------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
names = st.sampled_from(
    ["name", "password", "requestId", "accountId", "clientToken", "createTime", "data", "secretKey", "note"]
)
leaves = st.one_of(
    words,
    st.integers(-(2**70), 2**70),
    st.booleans(),
    st.none(),
    st.sampled_from(
        [
            UUID,
            "token-2",
            "!Example_Pass2",
            "0" * 31 + "3",
            "f" * 32,
            "2026-05-01T01:02:03Z",
            "2020-01-01 00:00:00",
            "vpc-IyWRtII7",
            "vpc-00000002",
            '{"pwd":"Hunter_22"}',
            "fedcba9876543210fedcba9876543210",
            "2015-04-26T08:23:49Z",
            "https://u:p@x/",
        ]
    ),
)
trees = st.recursive(
    leaves, lambda below: st.lists(below, max_size=3) | st.dictionaries(names, below, max_size=4), max_leaves=12
)
bodies = st.dictionaries(names, trees, max_size=5)
exchanges = st.lists(st.tuples(bodies, bodies, words, words), min_size=1, max_size=4)


def record(kit, sanitizer, exchanges, at):
    entries = []
    for asked, answered, token, segment in exchanges:
        target = (
            "/v1/vpc/" + "".join(f"%{byte:02x}" for byte in segment.encode()) + "?clientToken=" + token.encode().hex()
        )
        response = kit.response(answered, request_id=token)
        entries.append(sanitizer.sanitize(Interaction(kit.request("PUT", target, asked), response), at=at))
    return entries


@settings(max_examples=60, deadline=None)
@given(exchanges=exchanges)
def test_sanitizing_what_is_sanitized_changes_nothing(kit, exchanges):
    on = ["CK-ALIAS-005"]
    once = record(kit, Sanitizer(kit.contract, credentials=kit.own, on=on), exchanges, kit.now)
    again = Sanitizer(kit.contract, credentials=kit.own, on=on)
    assert [again.sanitize(entry.to_interaction(), at=EPOCH) for entry in once] == once
    assert all(verdict_of(entry).ok for entry in once)


def test_the_same_traffic_with_other_tokens_dates_and_ids_gives_the_same_bytes(kit, service):
    """Two recordings of unchanged behaviour, a year and a half apart, are byte for byte equal."""

    def recording(salt, at):
        sanitizer = Sanitizer(kit.contract, credentials=kit.own, on=["CK-ALIAS-005"])
        answers, entries = service(salt), []
        for number in range(4):
            target = f"/v1/vpc?clientToken={salt}-token-{number // 2}-of-this-run"
            request = kit.request("POST", target, {"name": "x"}, at=at, host="127.0.0.1:3456" if salt == "q" else "")
            entries.append(
                sanitizer.sanitize(Interaction(request, answers(request)), at=at + timedelta(seconds=number))
            )
        made = kit.response(
            {"createTime": format_time(at), "expires": format_time(at + timedelta(days=30))}, request_id=salt
        )
        entries.append(sanitizer.sanitize(kit.interaction(kit.request(at=at), made), at=at + timedelta(seconds=9)))
        return Cassette(tuple(map(sanitizer.settle, entries)), kit.contract.digest, sanitizer.record).encode()

    first, second = recording("q", kit.now), recording("w", kit.now + timedelta(days=500, seconds=17))
    assert first == second


@pytest.mark.parametrize("credentials", [EXAMPLE, UNVERIFIED])
def test_the_published_pairs_stand_for_themselves(kit, credentials):
    sanitizer = Sanitizer(kit.contract)
    request = sign(kit.request(credentials=credentials), credentials, at=EPOCH)
    entry = sanitizer.sanitize(kit.interaction(request), at=EPOCH)
    assert verdict_of(entry).access_key_id == credentials.access_key_id


@settings(max_examples=60, deadline=None)
@given(exchanges=exchanges)
def test_a_stored_request_is_the_same_request_to_the_matcher(kit, exchanges):
    """Whatever is replaced, replay recognises the request that was recorded."""
    assume(
        not any(alias in json.dumps([asked for asked, *_ in exchanges]) for alias in ("Example_", "token-2", "0" * 20))
    )
    forms = Forms(kit.contract, Hosts(kit.contract))
    for asked, _, token, segment in exchanges:
        target = "/v1/vpc/x" + segment.encode().hex() + "?clientToken=" + token.encode().hex()
        request = kit.request("PUT", target, asked)
        entry = Sanitizer(kit.contract, credentials=kit.own).sanitize(kit.interaction(request), at=kit.now)
        # What stands for the run's own secret key is the published one, which is what replay's client holds.
        again = json.loads(json.dumps(asked).replace(kit.own.secret_access_key, EXAMPLE.secret_access_key))
        assert forms.of(entry.to_interaction().request).key == forms.of(kit.request("PUT", target, again)).key


@settings(max_examples=60, deadline=None)
@given(
    given=st.lists(
        st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8, max_size=12), min_size=1, max_size=8
    )
)
def test_equal_values_stay_equal_and_different_ones_different(kit, given):
    sanitizer = Sanitizer(kit.contract, credentials=kit.own)
    for name in ("password", "clientToken", "requestId"):
        stored = [
            sanitizer.sanitize(kit.interaction(kit.request("PUT", "/v1/vpc/x", {name: each})), at=kit.now).request.json[
                name
            ]
            for each in given
        ]
        assert [stored.index(each) for each in stored] == [given.index(each) for each in given]


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "a ",
        "%2d",
        "\\u00e9",
        '\\"',
        "{",
        "0",
        "2021-01-01T",
        "vpc-",
        "bce-auth-v1/",
        "bce-auth-v1/" + "a" * 40,
        "ALTAK",
        "Basic ",
        "password",
        "A-",
        "token-1 ",
        "Bearer " + "a" * 20,
    ],
)
def test_no_text_takes_more_than_linear_time(kit, piece):
    """A quarter of a megabyte of what each pattern likes least is sanitized or refused, and guarded, within a second."""
    text = (piece * (250_000 // len(piece)))[:250_000]
    started = time.process_time()
    sanitizer = Sanitizer(kit.contract, credentials=kit.own, on=["CK-ALIAS-005"])
    sanitizer.sanitize(kit.interaction(response=kit.response({"message": text})), at=kit.now)
    with contextlib.suppress(SanitizerError):  # to refuse is as good
        plain = Response(400, {"Content-Type": "text/plain"}, text.encode())
        sanitizer.sanitize(kit.interaction(response=plain), at=kit.now)
    Guard({"secret access key": kit.own.secret_access_key}).check(
        json.dumps(["x" if "bce" in piece else text]).encode(), "c"
    )
    assert time.process_time() - started < 1


def test_a_secret_inside_a_longer_word_is_replaced_too(kit, sanitizer):
    own = kit.own
    body = {"password": "hunter2word", "description": f"x{own.secret_access_key}y{own.access_key_id} zhunter2wordz"}
    entry = sanitizer.sanitize(kit.interaction(kit.request("POST", body=body)), at=kit.now)
    stored = msgspec.json.encode(entry).decode()
    for secret in (own.secret_access_key, own.access_key_id, "hunter2word"):
        assert secret not in stored


@pytest.mark.parametrize(
    "value",
    [
        "bce-auth-v1/too/short",
        "bce-auth-v1/5bb1c2d3e4f5061728394a5b6c7d8e9f",
        "bce-auth-v1/5bb1c2d3e4f5061728394a5b6c7d8e9f/2026-05-01T01:02:03Z/soon/host/00",
        "bce-auth-v1/a/b/c/d/e/f/g/5bb1c2d3e4f5061728394a5b6c7d8e9f",
        "BCE-AUTH-V1/5bb1c2d3e4f5061728394a5b6c7d8e9f",
        "bce-auth-v1 5bb1c2d3e4f5061728394a5b6c7d8e9f",
        "bce-auth-v3/5bb1c2d3e4f5061728394a5b6c7d8e9f",
        "5bb1c2d3e4f5061728394a5b6c7d8e9f",
        "",
    ],
)
def test_a_malformed_authorization_is_refused_as_stored_for_the_same_reason_and_shows_nothing(kit, sanitizer, value):
    request = Request("GET", "http://bcc.bj.baidubce.com/v1/vpc", {"Authorization": value, "x-bce-date": "now"})
    lookup = {kit.own.access_key_id: kit.own, EXAMPLE.access_key_id: EXAMPLE}.get
    entry = sanitizer.sanitize(Interaction(request, kit.response({}, status=403)), at=kit.now)
    stored = entry.to_interaction().request
    assert verify(stored, lookup, now=EPOCH).code == verify(request, lookup, now=kit.now).code == entry.verdict
    assert "5bb1c2d3" not in stored.headers.get("authorization")
    assert "short" not in stored.headers.get("authorization")
    Guard({"secret access key": kit.own.secret_access_key}).check(encode_line(entry), "c.json")


def test_own_rules_change_what_is_stored_and_what_is_compared_and_leave_the_signature_right(kit, tmp_path):
    """A conftest's function hides a value in the query; replay finds the request that still sends it."""

    def hide(interaction):
        return interaction.replace(
            request=interaction.request.replace(url=interaction.request.url.replace("acme", "x"))
        )

    options = {"own_rules": [hide], "credentials": kit.own, "clock": lambda: kit.now, "foreign": False}
    request = kit.request(target="/v1/vpc?marker=acme")
    for mode in ("record", "replay"):
        with open_cassette(tmp_path / "c.json", mode, **options) as cassette:
            assert cassette.transport(lambda _: kit.response({"vpcs": []}))(request).status == 200
    cassette = load_cassette(tmp_path / "c.json")
    assert cassette.sanitizer.own == ("function " + hide.__qualname__,)
    assert "acme" not in (tmp_path / "c.json").read_text()
    assert [entry.verdict for entry in cassette.entries] == [""]


def test_names_of_ones_own_are_secret_everywhere_and_replay(kit, tmp_path):
    options = {"secret_names": ["License-Key"], "credentials": kit.own, "clock": lambda: kit.now, "foreign": False}
    answer = kit.response({"licenseKey": "Fresh_4242"})
    for mode, value in (("record", "Hunter_22"), ("replay", "Hunter_23")):
        request = kit.request("POST", "/v1/vpc", {"deep": [{"LICENSE_KEY": value}], "name": "n"})
        with open_cassette(tmp_path / "c.json", mode, **options) as cassette:
            assert cassette.transport(lambda _: answer)(request).status == 200
    text = (tmp_path / "c.json").read_text()
    assert "Hunter" not in text
    assert "Fresh" not in text
    assert load_cassette(tmp_path / "c.json").sanitizer.own == ("secret licensekey",)


def test_a_signature_and_its_key_told_in_an_answer_are_replaced(kit, sanitizer):
    request = kit.request()
    signature = request.headers.get("authorization").rpartition("/")[2]
    key = authorize(
        method="GET", path="/", query=(), headers=[("host", "h")], credentials=kit.own, at=kit.now
    ).signing_key
    answer = kit.response({"message": f"{signature} is not made with {key}"}, status=403)
    stored = sanitizer.sanitize(kit.interaction(request, answer), at=kit.now)
    assert stored.response.json["message"] == f"{'0' * 64} is not made with {'0' * 64}"


@pytest.mark.parametrize("coding", ["br", "gzip", "deflate", "zstd"])
def test_an_answer_without_a_body_is_stored_whatever_coding_it_names(kit, sanitizer, coding):
    """As HEAD is answered: with the header fields of a body that does not come."""
    answer = kit.response(headers=[("Content-Encoding", coding)])
    stored = sanitizer.sanitize(kit.interaction(kit.request("HEAD"), answer), at=kit.now).response
    assert (stored.status, stored.text) == (200, "")


def test_header_fields_given_as_bytes_are_read(kit, sanitizer):
    request = Request(
        "GET", "http://bcc.bj.baidubce.com/v1/vpc", {b"Cookie": b"secret=1", b"Content-Type": b"text/plain"}
    )
    stored = sanitizer.sanitize(kit.interaction(request), at=kit.now).request
    assert stored.headers == {"Content-Type": "text/plain", "Host": "bcc.bj.baidubce.com"}


def test_the_signatures_of_earlier_requests_are_replaced_wherever_they_stand_at_no_cost_for_each():
    """Inside longer runs of digits too; looked up, since a recording learns one with every request."""
    values = Values()
    digests = [hashlib.sha256(bytes([number % 256, number >> 8])).hexdigest() for number in range(3000)]
    for digest in digests:
        values.add_secret(digest, "0" * 64)
    first, last = digests[0], digests[-1]
    for text in (first, f"of {first}, {last}.", f"abc{first}{last}0f", f"{first[:63]}{first}", f"x{last}x"):
        expected = text.replace(first, "0" * 64).replace(last, "0" * 64)
        assert values.replace(text) == values.replace_in_name(text) == expected
    assert values.replace(first[:63]) == first[:63]
    assert values.replace(first.upper()) == first.upper()
    began = time.perf_counter()
    for _ in range(1000):
        values.replace(f"a text with {'0123456789abcdef' * 5} in it")
    assert time.perf_counter() - began < 0.5


# --- secrets that are told in another place than under their own member ------------------------------------------

UNKNOWN = Credentials(
    "7a8b9c0d1e2f30415263748596a7b8c9", "a1b2c3d4e5f60718293a4b5c6d7e8f90", "c2Vzc2lvbi1vZi1zb21lYm9keQ"
)
BASIC = base64.b64encode(b"operator-7:Hunter2xQ9z").decode()
TOLD = {
    "a number, repeated in a sentence": (
        ("8675309123",),
        {"body": {"adminPass": 8675309123}},
        {"message": "adminPass 8675309123 must be a string"},
    ),
    "the access key id of a key that the run does not know": (
        (UNKNOWN.access_key_id,),
        {"credentials": UNKNOWN},
        {"message": f"no access key {UNKNOWN.access_key_id}"},
    ),
    "the session token of a key that the run does not know": (
        (UNKNOWN.session_token,),
        {"credentials": UNKNOWN},
        {"message": f"{UNKNOWN.session_token} has expired"},
    ),
    "a cookie": (
        ("q8fzk3wE71aa",),
        {"headers": [("Cookie", "sid=q8fzk3wE71aa; lang=en")]},
        {"message": "no session q8fzk3wE71aa"},
    ),
    "a token of another protocol": (
        ("q8fzk3wE71aa",),
        {"headers": [("X-Auth-Token", "q8fzk3wE71aa")]},
        {"message": "q8fzk3wE71aa is for another service"},
    ),
    "Basic, decoded": (
        ("Hunter2xQ9z", "operator-7"),
        {"raw_headers": [("Authorization", f"Basic {BASIC}")]},
        {"message": "no user operator-7 with Hunter2xQ9z"},
    ),
    "a list under a plural": (("Hunter2xQ9z", "Sesame_77"), {"body": {"passwords": ["Hunter2xQ9z", "Sesame_77"]}}, {}),
    "account ids": ((UNKNOWN.access_key_id,), {"body": {"accountIds": [UNKNOWN.access_key_id]}}, {}),
    "behind ; in the query": (("Hunter2xQ9z",), {"target": "/v1/vpc?a=1;password=Hunter2xQ9z"}, {}),
    "behind ; in the path": (("Hunter2xQ9z",), {"target": "/v1/vpc;password=Hunter2xQ9z"}, {}),
    "behind ; in a form": (
        ("Hunter2xQ9z",),
        {"body": b"a=1;password=Hunter2xQ9z", "headers": [("Content-Type", "application/x-www-form-urlencoded")]},
        {},
    ),
    "in the start script of a server": (
        ("Hunter2xQ9z",),
        {"body": {"userData": "#cloud-config\npassword: Hunter2xQ9z\nchpasswd: {expire: False}"}},
        {},
    ),
    "in a sentence": (("Hunter2xQ9z",), {}, {"message": "your initial password=Hunter2xQ9z, change it"}),
    "in JSON in base64": (
        ("Hunter2xQ9z", base64.b64encode(b'{"password": "Hunter2xQ9z"}').decode()),
        {"body": {"userData": base64.b64encode(b'{"password": "Hunter2xQ9z"}').decode()}},
        {},
    ),
    "in a script in base64": (
        (base64.b64encode(b"#cloud-config\npassword: Hunter2xQ9z\n").decode(),),
        {"body": {"userData": base64.b64encode(b"#cloud-config\npassword: Hunter2xQ9z\n").decode()}},
        {},
    ),
}


def told(kit, asked, answered):
    """The exchange of a case above."""
    headers, raw_headers = asked.get("headers", ()), asked.get("raw_headers", ())
    request = kit.request(
        "POST",
        asked.get("target", "/v1/vpc"),
        asked.get("body"),
        headers=headers,
        credentials=asked.get("credentials"),
    )
    if raw_headers:
        request = request.replace(headers=[("Host", "bcc.bj.baidubce.com"), *raw_headers])
    return kit.interaction(request, kit.response(answered))


@pytest.mark.parametrize(("secrets", "asked", "answered"), TOLD.values(), ids=TOLD)
def test_a_secret_told_in_another_place_is_not_stored(kit, sanitizer, secrets, asked, answered):
    """Nor does the scan report what was stored, and to sanitize it again changes nothing."""
    exchange = told(kit, asked, answered)
    entry = sanitizer.sanitize(exchange, at=kit.now)
    line = encode_line(entry)
    assert [secret for secret in secrets if secret.encode() in line] == []
    assert scan_bytes(line, "c.json") == []
    assert Sanitizer(kit.contract, credentials=kit.own).sanitize(entry.to_interaction(), at=EPOCH) == entry
    guard = Guard({"secret access key": kit.own.secret_access_key})
    guard.learn(exchange)
    guard.check(line, "c.json")


@pytest.mark.parametrize(("secrets", "asked", "answered"), TOLD.values(), ids=TOLD)
def test_a_request_that_tells_a_secret_is_found_again(kit, sanitizer, secrets, asked, answered):
    """In replay the stored request and the incoming one, with another secret perhaps, have one form."""
    exchange = told(kit, asked, answered)
    stored = sanitizer.sanitize(exchange, at=kit.now).to_interaction().request
    assert Forms(kit.contract, Hosts(kit.contract)).of(stored) == Forms(kit.contract, Hosts(kit.contract)).of(
        exchange.request
    )


def test_a_ciphertext_under_a_key_of_the_run_is_made_anew_in_a_member_that_nobody_described(kit, sanitizer):
    """In an answer too; it stays one that the published key opens, and equal ones stay equal."""
    secret = encrypt_password("Hunter2xQ9z-and-a-block", kit.own.secret_access_key)
    published = encrypt_password("Hunter2xQ9z-and-a-block", EXAMPLE.secret_access_key)
    answer = kit.response({"code": "InvalidParameter", "blob": secret, "etag": "5b" * 32, "old": published})
    stored = sanitizer.sanitize(kit.interaction(kit.request("POST", "/v1/vpc", {"blob": secret}), answer), at=kit.now)
    assert stored.request.json == {"blob": stored.response.json["blob"]}
    assert decrypt_password(stored.request.json["blob"], EXAMPLE.secret_access_key) == "!Example_Pass1"
    assert (stored.response.json["etag"], stored.response.json["old"]) == ("5b" * 32, published)
    assert Sanitizer(kit.contract, credentials=kit.own).sanitize(stored.to_interaction(), at=EPOCH) == stored


def test_a_text_does_not_cost_a_search_for_each_secret_ever_seen():
    """Counted: each secret counts how often it is looked for; what holds one is still found."""

    class Counted(str):
        __slots__ = ()
        searched = 0

        def __contains__(self, part):
            Counted.searched += 1
            return super().__contains__(part)

    values = Values()
    for number in range(2000):
        values.add_secret(f"{number:04d}!Hunter", f"!Example_Pass{number}")
    for text in ("a text with nothing in it", "0000", "", "vpc-IyWRtII7"):
        assert values.replace(Counted(text)) == text
    assert Counted.searched == 0
    assert values.replace("say 1999!Hunter.") == values.replace_in_name("say 1999!Hunter.") == "say !Example_Pass1999."
    assert values.replace("x" * 3000 + "0007!Hunter") == "x" * 3000 + "!Example_Pass7"


@pytest.mark.parametrize("secret", ["Hunter2xQ9z", UNKNOWN.session_token, UNKNOWN.access_key_id])
@pytest.mark.parametrize("keys", [{}, {"secret access key": "f" * 31 + "0"}], ids=["without keys", "with keys"])
def test_the_guard_finds_what_such_an_exchange_tells_without_the_sanitizer(kit, secret, keys):
    """A hole in the sanitizer is none in the guard, also where the run has no keys of its own (an import)."""
    request = kit.request("POST", "/v1/vpc;password=Hunter2xQ9z?a=1", credentials=UNKNOWN)
    guard = Guard(keys)
    guard.learn(kit.interaction(request))
    with pytest.raises(LeakError, match=r"c\.json: the .* stands at"):
        guard.check(f"text {secret} text".encode(), "c.json")


@pytest.mark.parametrize(
    "text",
    [
        "password: required",
        "the password must be changed",
        "signature: mismatched, token: expired",
        "https://bcc.bj.baidubce.com/v1/vpc?page=2;size=10",
        "userData: #cloud-config",
        "a=1;b=2",
        "YXBwbGljYXRpb24gc2VydmVy",  # base64 of ordinary text
        "0123456789abcdef0123",
    ],
)
def test_a_text_that_speaks_of_secrets_and_tells_none_stays(kit, sanitizer, text):
    body = {"message": text, "description": f"say: {text}"}
    assert sanitizer.sanitize(kit.interaction(response=kit.response(body)), at=kit.now).response.json == body


def test_a_location_has_its_secret_items_hidden_whatever_separates_them(kit, sanitizer):
    answer = kit.response(status=302, headers=[("Location", "/next;token=q8fzk3wE71?a=1;accessToken=q8fzk3wE72&b=2")])
    stored = sanitizer.sanitize(kit.interaction(response=answer), at=kit.now).response.headers["Location"]
    assert re.fullmatch(r"/next;token=!Example_Pass[0-9]\?a=1;accessToken=redacted&b=2", stored)
