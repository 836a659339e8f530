"""A failed call is repeated where that is safe and may help, patiently, and never otherwise."""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractkit import Response, RetryPolicy, ServiceError
from contractkit.client.retry import Retries, read_retry_after
from contractkit.contract import Operation
from contractkit.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    QualificationError,
    ServiceFaultError,
    ThrottledError,
    TransportError,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
# Described operations all read or take a clientToken; this one does neither.
UNSAFE = Operation(
    "vpc", "act", "POST", "/v1/vpc", None, "Act", "", (), None, False, None, 200, None, "none", {"x-bce-effect": {}}
)


def failure(status, code=""):
    return Response(status, {}, f'{{"code": "{code}"}}'.encode() if code else b"")


@given(
    repeat=st.integers(1, 10_000),
    chance=st.floats(0, 1, exclude_max=True),
    retry_after=st.none() | st.floats(0, 1e9),
    jitter=st.floats(0, 1),
)
def test_a_wait_stays_between_its_bounds(repeat, chance, retry_after, jitter):
    """Never negative, never above the cap, never shorter than a Retry-After below the cap."""
    policy = RetryPolicy(base=0.3, cap=20, jitter=jitter)
    wait = policy.delay(repeat, chance, retry_after)
    assert 0 <= wait <= 20
    assert wait >= min(20, retry_after or 0)


def test_waits_double_up_to_the_cap():
    policy = RetryPolicy(base=0.3, cap=2.0, jitter=0.5)
    assert [policy.delay(each, 0.0) for each in range(1, 6)] == [0.3, 0.6, 1.2, 2.0, 2.0]
    assert policy.delay(1, 0.999999) == pytest.approx(0.15, abs=1e-6)


@pytest.mark.parametrize(
    "options",
    [{"attempts": 0}, {"base": -1}, {"base": 30}, {"cap": float("inf")}, {"cap": float("nan")}, {"jitter": 1.5}],
)
def test_a_policy_that_makes_no_sense_is_refused(options):
    with pytest.raises(ConfigurationError):
        RetryPolicy(**options)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1e9", None),
        ("٣", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, seconds):
    assert read_retry_after(text, NOW) == seconds


@pytest.mark.parametrize("trouble", [None, *map(failure, (500, 502, 503, 429)), failure(400, "RequestLimitExceeded")])
def test_temporary_trouble_is_outlived(loopback, client, waits, trouble):
    """Cut connections, 500, 502, 503 and throttling are repeated with growing waits."""
    loopback.answers = [trouble, trouble, Response(200, {}, b'{"ok": 1}')]
    assert client.vpc.delete_vpc("v") == {"ok": 1}
    assert waits == [0.3, 0.6]
    assert len({each.query_value("clientToken") for each in loopback.requests}) == 1


@pytest.mark.parametrize(
    "answer",
    [
        failure(400, "BadRequest"),
        failure(403, "QualifyNotPass"),
        failure(503, "QualifyNotPass"),
        failure(429, "QualifyNotPass"),
        failure(403, "IdempotentParameterMismatch"),
        failure(404),
        failure(409),
        failure(501),
        failure(504),
        failure(302),
    ],
)
def test_other_answers_are_final(loopback, client, waits, answer):
    loopback.answers = [answer, Response(200)]
    with pytest.raises(ServiceError) as caught:
        client.vpc.delete_vpc("v")
    assert len(loopback.requests) == 1
    assert waits == []
    assert caught.value.__notes__ == ["vpc.delete_vpc: after 1 attempt"]


def test_the_last_error_tells_how_often_it_was_tried(loopback, connect, waits):
    loopback.answers = [failure(500), failure(503), failure(502, "InternalError")]
    with pytest.raises(ServiceFaultError) as caught:
        connect(retry=RetryPolicy(attempts=3)).vpc.get_vpc("v")
    assert (caught.value.status, caught.value.code) == (502, "InternalError")
    assert caught.value.__notes__ == ["vpc.get_vpc: after 3 attempts"]
    assert len(waits) == 2


def test_send_gives_the_last_answer_after_the_same_repeats(loopback, client):
    loopback.answers = [failure(500), failure(503)]
    assert client.send("vpc.get_vpc", {"vpcId": "v"}).status == 503
    assert len(loopback.requests) == 4


@pytest.mark.parametrize("answer", [None, failure(500), failure(429)])
def test_what_could_act_twice_is_not_repeated(loopback, client, answer):
    """Without a clientToken a write whose fate is unknown is left to the caller, who is told so."""
    loopback.answers = [answer, Response(200)]
    with pytest.raises((ServiceError, TransportError)) as caught:
        client.call(UNSAFE, {})
    assert len(loopback.requests) == 1
    assert "look first whether it happened" in caught.value.__notes__[0]


def test_what_never_left_is_repeated_even_if_unsafe(connect, waits):
    """A refused connection proves that nothing happened."""
    with pytest.raises(TransportError) as caught:
        connect(endpoint="http://127.0.0.1:9").call(UNSAFE, {})
    assert caught.value.sent is False
    assert len(waits) == 3
    assert caught.value.__notes__ == ["vpc.act: after 4 attempts"]


@pytest.mark.parametrize("code", ["RequestExpired", "RequestTimeTooSkewed"])
def test_an_expired_request_is_signed_afresh_once(loopback, client, code):
    """Refused unread, so even an unsafe call is repeated, but a wrong clock is not hammered on."""
    loopback.answers = [failure(400, code), Response(200, {}, b'{"ok": 1}')]
    assert client.call(UNSAFE, {}) == {"ok": 1}
    loopback.answers = [failure(400, code)]
    loopback.requests.clear()
    with pytest.raises(AuthenticationError) as caught:
        client.vpc.get_vpc("v")
    assert len(loopback.requests) == 2
    assert "after 2 attempts" in caught.value.__notes__[0]


@pytest.mark.parametrize(("value", "wait"), [("3", 3.0), ("9999", 20.0), ("0", 0.3), ("nonsense", 0.3)])
def test_retry_after_is_honoured_and_capped(loopback, client, waits, value, wait):
    loopback.answers = [Response(429, {"Retry-After": value}), Response(200)]
    client.vpc.get_vpc("v")
    assert waits == [wait]


def test_a_retry_date_counts_from_the_clients_clock(loopback, connect, waits):
    date = format_datetime(NOW + timedelta(seconds=8), usegmt=True)
    loopback.answers = [Response(503, {"Retry-After": date}), Response(200)]
    connect(clock=lambda: NOW).vpc.get_vpc("v")
    assert waits == [8.0]


def test_a_read_timeout_is_repeated(connect, waits):
    """A service that accepts and stays silent is a timeout, not a hang."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = connect(endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=(0.2, 0.05))
        with pytest.raises(TransportError) as caught:
            client.vpc.get_vpc("v")
    assert caught.value.sent is None
    assert len(waits) == 3


outcomes = st.lists(
    st.sampled_from(
        [
            TransportError("x", sent=False),
            TransportError("x", sent=None),
            TransportError("x", sent=True),
            ServiceFaultError(status=500),
            ServiceFaultError(status=504),
            ThrottledError(status=429, retry_after=5.0),
            AuthenticationError(status=400, code="RequestExpired"),
            QualificationError(status=403, code="QualifyNotPass"),
            InvalidRequestError(status=400),
        ]
    ),
    min_size=12,
    max_size=12,
)


@given(outcomes=outcomes, safe=st.booleans(), attempts=st.integers(1, 6))
def test_no_sequence_of_failures_breaks_the_law(outcomes, safe, attempts):
    """Never more attempts than allowed; unsafe calls go on only after what surely did not happen; one renewal."""
    retries = Retries(RetryPolicy(attempts=attempts), safe=safe, chance=lambda: 0.5)
    repeated = []
    for each in outcomes:
        if retries.delay_after(each) is None:
            break
        repeated.append(each)
    assert len(repeated) + 1 == retries.attempt <= attempts
    assert sum(getattr(each, "code", "") == "RequestExpired" for each in repeated) <= 1
    for each in repeated:
        surely_not_done = getattr(each, "sent", None) is False or getattr(each, "code", "") == "RequestExpired"
        assert safe or surely_not_done
        assert not isinstance(each, QualificationError | InvalidRequestError)
