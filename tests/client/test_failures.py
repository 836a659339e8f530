"""Whatever the service answers, the caller gets the right class with what can be known."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractkit import Response, ServiceError, load_contract
from contractkit.client.failures import UnreadableAnswerError, classify, read_failure, read_result
from contractkit.errors import (
    AccessDeniedError,
    AuthenticationError,
    ConflictError,
    IdempotencyError,
    InvalidRequestError,
    NotFoundError,
    QualificationError,
    QuotaError,
    ServiceFaultError,
    ThrottledError,
)

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def read(status, body=b"", headers=()):
    return read_failure(Response(status, headers, body), operation="vpc.get_vpc", now=NOW)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("QualifyNotPass", 403, QualificationError),
        ("QualifyNotPass", 429, QualificationError),
        ("SignatureDoesNotMatch", 400, AuthenticationError),
        ("InvalidAccessKeyId", 403, AuthenticationError),
        ("RequestExpired", 400, AuthenticationError),
        ("AccessDenied", 403, AccessDeniedError),
        ("IdempotentParameterMismatch", 403, IdempotencyError),
        ("NoSuchObject", 404, NotFoundError),
        ("EipNotFound", 404, NotFoundError),
        ("NoSuchNat", 400, NotFoundError),
        ("ResourceNotFoundException", 400, NotFoundError),
        ("InvalidVersion", 404, InvalidRequestError),
        ("ExceedLimit", 413, QuotaError),
        ("QuotaExceeded", 400, QuotaError),
        ("Subnet.LimitExceeded", 400, QuotaError),
        ("RequestLimitExceeded", 400, ThrottledError),
        ("Throttling", 400, ThrottledError),
        ("TooManyRequests", 503, ThrottledError),
        ("BadRequest", 429, ThrottledError),
        ("VpcConflict", 429, ThrottledError),
        ("SubnetInuse", 400, ConflictError),
        ("SecurityGroup.InstancesAssociatedSecurityGroupCanNotBeDeleted", 400, ConflictError),
        ("OperationDenied", 409, ConflictError),
        ("InternalError", 500, ServiceFaultError),
        ("ServiceUnavailable", 503, ServiceFaultError),
        ("InappropriateJSON", 400, InvalidRequestError),
        ("", 400, InvalidRequestError),
        ("", 401, AuthenticationError),
        ("", 403, AccessDeniedError),
        ("", 404, NotFoundError),
        ("", 409, ConflictError),
        ("", 418, InvalidRequestError),
        ("", 429, ThrottledError),
        ("SomethingNew", 500, ServiceFaultError),
        ("", 599, ServiceFaultError),
        ("", 302, ServiceError),
        ("", 100, ServiceError),
    ],
)
def test_code_and_status_choose_the_class(code, status, kind):
    assert classify(code, status) is kind


def test_every_documented_code_has_a_class_that_fits_its_status():
    """5xx codes are faults of the service and nothing else is; no code is left to the bare class."""
    errors = load_contract().errors
    assert len(errors) > 20
    for code, told in errors.items():
        kind = classify(code, told["status"])
        assert kind is not ServiceError, code
        assert issubclass(kind, ServiceFaultError) == (told["status"] >= 500), code


def test_everything_told_is_kept():
    error = read(404, b'{"code": "NoSuchObject", "message": "gone", "requestId": "r-1", "more": 1}')
    assert (error.code, error.message, error.request_id, error.status) == ("NoSuchObject", "gone", "r-1", 404)
    assert error.operation == "vpc.get_vpc"
    assert str(error) == "vpc.get_vpc: 404 NoSuchObject: gone (request id r-1)"


def test_the_header_names_the_request_id_first():
    assert read(500, b'{"requestId": "body"}', {"X-Bce-Request-Id": "header"}).request_id == "header"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b"{}",
        b"[]",
        b"null",
        b'"text"',
        b'{"code": 7, "message": null, "requestId": {}}',
        b"\xff\xfe\x00",
        b'{"code": "X',
        b"\x1f\x8b\x08",
    ],
)
def test_a_body_that_tells_nothing_leaves_the_status_to_decide(body):
    """Empty, HTML, cut, other types, not UTF-8: no exception but the typed one, and no body text in it."""
    error = read(502, body, {"Content-Type": "text/html; charset=<b>"})
    assert type(error) is ServiceFaultError
    assert (error.code, error.request_id) == ("", "")
    assert "Bad Gateway" not in str(error)
    assert "<b>" not in str(error)


def test_a_success_is_no_failure():
    assert all(read(status) is None for status in (200, 201, 204, 299))


def test_retry_after_is_told():
    assert read(429, b"", {"Retry-After": "12"}).retry_after == 12.0
    assert read(503).retry_after is None


@given(status=st.integers(100, 599), body=st.binary(max_size=60), kind=st.text(max_size=20))
def test_no_answer_breaks_the_reader(status, body, kind):
    """Any bytes give a dict or a typed error."""
    response = Response(status, {"Content-Type": kind, "Retry-After": kind}, body)
    failure = read_failure(response, operation="vpc.get_vpc", now=NOW)
    assert (failure is None) == (200 <= status < 300)
    with contextlib.suppress(UnreadableAnswerError):  # the typed error
        assert isinstance(read_result(response, operation="vpc.get_vpc"), dict)
