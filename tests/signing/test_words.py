"""What a person reads: each refusal in full, since its words are the remedy, and what is shown of credentials."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from contractkit.errors import ContractkitError
from contractkit.idempotency import ClientToken, Ledger, LedgerPolicy, Scope, fingerprint
from contractkit.message import Request
from contractkit.passwords import decrypt_password, encrypt_password
from contractkit.signing import EXAMPLE, Credentials, authorize, format_time, parse_authorization, sign, verify
from contractkit.signing.limits import MAX_HEADERS, MAX_TEXT

AT = datetime(2025, 10, 16, 8, 0, 0, tzinfo=UTC)
URL = "https://bcc.bj.baidubce.com/v1/vpc"
PREFIX = f"bce-auth-v1/{'a' * 32}/2025-10-16T08:00:00Z"
TEMPORARY = Credentials("a" * 32, "b" * 32, "example-token")


def sign_with(**changes):
    given = {"request": Request("GET", URL), "credentials": EXAMPLE, "at": AT, **changes}
    return sign(given.pop("request"), given.pop("credentials"), **given)


RAISED = {
    "the password holds a lone surrogate, which has no UTF-8 form; pass valid text": lambda: encrypt_password(
        "\ud800", "b" * 32
    ),
    "the ciphertext is not hexadecimal; is the password sent in clear?": lambda: decrypt_password("secret", "b" * 32),
    "the ciphertext is not 32, 64, 96... digits long; it was cut or is none": lambda: decrypt_password("00", "b" * 32),
    "the secret access key has fewer than 16 characters; use the one the console shows": lambda: encrypt_password(
        "x", "b" * 15
    ),
    "the secret access key is not ASCII in its first 16 characters; copy it again": lambda: encrypt_password(
        "x", "é" + "b" * 31
    ),
    "expires_in is below 1 second, so nothing could accept the signature; use 1800": lambda: sign_with(expires_in=0),
    "the headers to sign leave out host, which every BCE service insists on; add it": lambda: sign_with(
        signed_headers=["x-bce-date"]
    ),
    "no host to sign; give the request an absolute URL or a Host header": lambda: sign_with(
        request=Request("GET", "/v1/vpc")
    ),
    "the method is no HTTP method; use GET, POST, PUT or DELETE": lambda: sign_with(request=Request("G T", URL)),
    "the request has several Host headers; keep one": lambda: sign_with(
        request=Request("GET", URL, [("Host", "a"), ("host", "b")])
    ),
    "a time without a zone cannot be signed; pass an aware datetime such as datetime.now(UTC)": lambda: format_time(
        AT.replace(tzinfo=None)
    ),
    "`now` has no time zone; pass an aware datetime such as datetime.now(UTC)": lambda: verify(
        sign_with(), {}.get, now=AT.replace(tzinfo=None)
    ),
    "the access key id holds a '/'; copy it again from the console": lambda: Credentials("a/b", "b" * 32),
    "the access key id is empty; put it in the second field": lambda: parse_authorization(
        f"bce-auth-v1//2025-10-16T08:00:00Z/1800//{'0' * 64}"
    ),
    "the access key id holds more than printable ASCII; no such key was ever given out": lambda: parse_authorization(
        f"bce-auth-v1/\udc80/2025-10-16T08:00:00Z/1800//{'0' * 64}"
    ),
    "the expiry is no whole number of seconds, such as 1800": lambda: parse_authorization(f"{PREFIX}/soon//{'0' * 64}"),
    "the signature is not 64 hexadecimal digits": lambda: parse_authorization(f"{PREFIX}/1800//{'x' * 64}"),
    'the header names to sign are one text; pass them apart, like ("host", "x-bce-date")': lambda: sign_with(
        signed_headers="host"
    ),
    "the request holds a lone surrogate, which has no UTF-8 form; send valid text": lambda: authorize(
        method="GET", path="/\ud800", query=(), headers=[("host", "a")], credentials=EXAMPLE, at=AT
    ),
}


@pytest.mark.parametrize("words", RAISED)
def test_each_error_says_what_to_do(words):
    """The text of an error is what is wrong and the next step, and nothing else."""
    with pytest.raises(ContractkitError) as raised:
        RAISED[words]()
    assert str(raised.value) == words


def test_a_password_that_is_no_utf8_is_told_apart():
    """Bytes that are no UTF-8 under right padding are a fault of the encoder, and told so."""
    from contractkit.passwords import encrypt_blocks  # noqa: PLC0415 - used here alone

    ciphertext = encrypt_blocks(b"b" * 16, b"\xff" + b"\x0f" * 15).hex()
    with pytest.raises(ContractkitError) as raised:
        decrypt_password(ciphertext, "b" * 32)
    assert str(raised.value) == "the password is not UTF-8; encode it as UTF-8 before encrypting"


def test_a_whole_block_of_padding_needs_all_of_its_bytes():
    """Of a block of padding every byte counts, also when it says 16."""
    from contractkit.passwords import encrypt_blocks  # noqa: PLC0415 - used here alone

    for spoilt in (b"\x0f" + b"\x10" * 15, b"\x10" * 14 + b"\x11\x10"):
        with pytest.raises(ContractkitError, match="padding"):
            decrypt_password(encrypt_blocks(b"b" * 16, spoilt).hex(), "b" * 32)


def send(*headers, url=URL, drop=(), credentials=EXAMPLE, **options):
    signed = sign(Request("GET", url), EXAMPLE, at=AT, **options)
    kept = [(name, value) for name, value in signed.headers if name.lower() not in drop]
    return Request("GET", url, [*kept, *headers])


def listed(names):
    value = sign_with().headers.get("authorization").split("/")
    return "/".join([*value[:4], names, value[5]])


TOLD = {
    "no Authorization header: sign the request before sending it": lambda: send(drop=("authorization",)),
    "several Authorization headers; send one": lambda: send(("Authorization", "x")),
    "the expiry is below 1 second; use 1800": lambda: send(
        ("Authorization", f"{PREFIX}/0//{'0' * 64}"), drop=("authorization",)
    ),
    "several Host headers; send one": lambda: send(("Host", "other")),
    "host is not among the signed headers; sign it": lambda: send(
        ("Authorization", listed("x-bce-date")), drop=("authorization",)
    ),
    "no account has this access key id; check which credentials are in use": lambda: send(
        ("Authorization", sign_with().headers.get("authorization").replace("a" * 32, "0" * 32)), drop=("authorization",)
    ),
    "the request has no Host header, and host must be signed": lambda: Request(
        "GET", "/v1/vpc", [pair for pair in sign_with().headers if pair[0].lower() != "host"]
    ),
}


@pytest.mark.parametrize("words", TOLD)
def test_each_refusal_says_what_to_do(words):
    """The reason of a verdict is what is wrong and the next step, and nothing else."""
    verdict = verify(TOLD[words](), {EXAMPLE.access_key_id: EXAMPLE}.get, now=AT)
    assert verdict.reason == words


UNREADABLE = {
    "the URL holds a lone surrogate, which has no UTF-8 form; send valid text": Request("GET", URL + "/\ud800"),
    "the method or a header holds a lone surrogate, which has no UTF-8 form; send valid text": Request(
        "GET",
        URL,
        [("Host", "bcc.bj.baidubce.com"), ("x-bce-a", "\ud800"), ("Authorization", f"{PREFIX}/1800//{'0' * 64}")],
    ),
}


@pytest.mark.parametrize("words", UNREADABLE)
def test_text_without_a_utf8_form_is_refused_in_words(words):
    """A lone surrogate anywhere in a request is told by its place."""
    assert verify(UNREADABLE[words], {EXAMPLE.access_key_id: EXAMPLE}.get, now=AT).reason == words


def test_single_bytes_in_a_method_are_no_lone_surrogates():
    """Bytes that are no UTF-8 stand for themselves, in the method too."""
    request = Request("G\udcffT", URL, [("Host", "a"), ("Authorization", f"{PREFIX}/1800//{'0' * 64}")])
    assert verify(request, {EXAMPLE.access_key_id: EXAMPLE}.get, now=AT).code == "SignatureDoesNotMatch"


def test_a_clock_that_is_off_is_told_either_way():
    """A date too old and a signature too far ahead name the clock."""
    late = verify(sign_with(), {EXAMPLE.access_key_id: EXAMPLE}.get, now=AT + timedelta(minutes=31))
    assert late.code == "RequestExpired"
    dated = sign_with(expires_in=7200)
    off = verify(dated, {EXAMPLE.access_key_id: EXAMPLE}.get, now=AT + timedelta(minutes=31))
    assert off.reason == "the date of the request is more than 30 minutes off; set the clock right"
    value = sign_with().headers.get("authorization").replace("08:00:00", "08:31:00")
    ahead = verify(
        Request("GET", URL, [("x-bce-date", format_time(AT)), ("Authorization", value)]),
        {EXAMPLE.access_key_id: EXAMPLE}.get,
        now=AT,
    )
    assert ahead.reason == "the request is signed more than 30 minutes ahead; set the clock right"


def test_a_refusal_keeps_what_was_read_of_the_request():
    """The instant and the canonical request are told of refused requests too, once they are known."""
    wrong = sign_with(credentials=Credentials("a" * 32, "c" * 32))
    verdict = verify(wrong, {EXAMPLE.access_key_id: EXAMPLE}.get, now=AT)
    assert (verdict.code, verdict.at) == ("SignatureDoesNotMatch", AT)
    assert verdict.canonical_request.startswith("GET\n/v1/vpc\n\nhost:bcc.bj.baidubce.com\n")
    tokenless = verify(sign_with(), {EXAMPLE.access_key_id: TEMPORARY}.get, now=AT)
    assert tokenless.code == "InvalidAccessKeyId"
    assert tokenless.canonical_request.startswith("GET\n/v1/vpc\n\nhost:")


def test_a_surrogate_in_a_session_token_is_a_refusal():
    """A session token that has no UTF-8 form is another token, not a failure of the verifier."""
    request = sign_with(credentials=TEMPORARY)
    changed = request.replace(headers=request.headers.set("x-bce-security-token", "\udc80"))
    assert not verify(changed, {EXAMPLE.access_key_id: TEMPORARY}.get, now=AT).ok


def test_bytes_that_are_no_utf8_in_method_and_headers_are_kept():
    """What a server read as single bytes is canonicalized byte by byte, not refused as unreadable."""
    request = Request("GET", URL, [("x-bce-raw", "\udcff")])
    signed = sign(request, EXAMPLE, at=AT)
    assert verify(signed, {EXAMPLE.access_key_id: EXAMPLE}.get, now=AT).ok


def test_credentials_show_four_characters_and_whether_they_are_temporary():
    """The repr tells accounts apart and no more; pickling is refused in words."""
    own = Credentials("ABCDEFGH", "secret-of-many-letters")
    assert repr(own) == "Credentials(access_key_id='ABCD***', secret_access_key='***')"
    assert repr(Credentials("ABCDEFGH", "secret-of-many-letters", "token")) == (
        "Credentials(access_key_id='ABCD***', secret_access_key='***', session_token='***')"
    )
    with pytest.raises(TypeError) as raised:
        pickle.dumps(own)
    assert str(raised.value) == (
        "credentials are not pickled, so that they reach no file; build them where they are needed"
    )
    assert hash(own) == hash(Credentials("ABCDEFGH", "secret-of-many-letters")) != hash(EXAMPLE)


def test_credentials_differ_by_each_part():
    """Parts that only meet at another place are other credentials; no token is not an empty word."""
    assert Credentials("aaaa", "bbbb", "XXXX") != Credentials("aaaa", "bbbb")


def test_only_the_name_itself_is_the_authorization_item():
    """A query item whose name is as long as `authorization` is signed like any other."""
    one = sign_with(request=Request("GET", f"{URL}?authorisation=1"))
    other = sign_with(request=Request("GET", f"{URL}?authorisation=2"))
    assert one.headers.get("authorization") != other.headers.get("authorization")


def test_only_ascii_blanks_are_trimmed_from_names_and_values():
    """A name that is padded by other blanks than those of ASCII is another name."""
    signed = sign_with(signed_headers=["host", "x-bce-date\u3000"])
    assert parse_authorization(signed.headers.get("authorization")).signed_headers == ("host",)
    with pytest.raises(ContractkitError):
        parse_authorization("\u3000" + sign_with().headers.get("authorization"))
    with pytest.raises(ContractkitError):
        parse_authorization("X" + sign_with().headers.get("authorization") + "X")


def test_the_limits_themselves_are_within():
    """A request of exactly the largest size is judged, one beyond is not."""
    lookup = {EXAMPLE.access_key_id: EXAMPLE}.get
    fits = sign(Request("GET", f"{URL}?{'x' * (MAX_TEXT - len(URL) - 1)}"), EXAMPLE, at=AT)
    assert len(fits.url) == MAX_TEXT
    assert verify(fits, lookup, now=AT).ok
    empty = sign(Request("GET", URL), EXAMPLE, at=AT)
    more = [(f"y-{number}", "1") for number in range(MAX_HEADERS - len(empty.headers))]
    full = empty.replace(headers=[*empty.headers, *more])
    assert verify(full, lookup, now=AT).ok


def test_the_form_of_a_fingerprint_is_fixed():
    """Processes of different versions that share a table must agree on what the same request is."""
    assert fingerprint("GET", "/", (), b"{}") == "ecd823bbd058387b6f643f71a315a63a0a04bab52160c5c1fed8ab7edc3b2213"
    assert (
        fingerprint("GET", "/", (("a", None),), b"\xff")
        == "1b35f3ff0b49c86f4451a8c1c9cc7f40533243a2e63167c9a6e89fbdabe011c6"
    )


def test_a_ledger_obeys_its_policy_and_its_scope():
    """The policy reaches the law, and a failure is forgotten in the scope where it happened."""
    ledger = Ledger(LedgerPolicy(window=timedelta(hours=1), scope=Scope.REGION))
    token = ClientToken("one")
    where = {"service": "vpc", "region": "bj"}
    assert ledger.receive("a", token, "1", AT, **where).kind.value == "fresh"
    ledger.complete("a", token, None, failed=True, **where)
    assert ledger.receive("a", token, "2", AT, **where).kind.value == "fresh"
    ledger.complete("a", token, "answer", **where)
    assert ledger.receive("a", token, "1", AT + timedelta(minutes=61), **where).kind.value == "fresh"


@pytest.mark.parametrize(
    "policy", [LedgerPolicy(mismatch_extends_window=False), LedgerPolicy(repeat_extends_window=False)]
)
def test_a_ledger_extends_as_its_policy_says(policy):
    """What does not extend the window lets the token be forgotten a day after its first use."""
    ledger, token = Ledger(policy), ClientToken("one")
    ledger.receive("a", token, "1", AT)
    ledger.complete("a", token, "answer")
    ledger.receive("a", token, "2" if not policy.mismatch_extends_window else "1", AT + timedelta(hours=23))
    assert ledger.receive("a", token, "1", AT + timedelta(hours=25)).kind.value == "fresh"


def test_times_are_told_in_utc_whatever_the_zone_of_the_machine(monkeypatch):
    """The zone of the machine plays no part."""
    import time  # noqa: PLC0415 - used here alone

    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert format_time(AT) == "2025-10-16T08:00:00Z"
        dated = [("Date", "Thu, 16 Oct 2025 08:00:00 GMT"), ("Host", "bcc.bj.baidubce.com")]
        value = authorize(method="GET", path="/v1/vpc", query=(), headers=dated[1:], credentials=EXAMPLE, at=AT).value
        request = Request("GET", URL, [*dated, ("Authorization", value)])
        assert verify(request, {EXAMPLE.access_key_id: EXAMPLE}.get, now=AT).ok
    finally:
        monkeypatch.undo()
        time.tzset()
