"""Turn an answer that is no success into the right class of the error tree, whatever the answer looks like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from contractkit.client.retry import read_retry_after
from contractkit.errors import (
    AccessDeniedError,
    AuthenticationError,
    ConflictError,
    IdempotencyError,
    InvalidRequestError,
    NotFoundError,
    QualificationError,
    QuotaError,
    ServiceError,
    ServiceFaultError,
    ThrottledError,
)
from contractkit.message import Response

__all__ = ["UnreadableAnswerError", "classify", "read_code", "read_failure", "read_result"]


class UnreadableAnswerError(ServiceFaultError):
    """The status says success, the body is no JSON object; the operation may well have happened."""


# Codes of the documented tables, and those seen in official sources.
_BY_CODE: Final[Mapping[str, type[ServiceError]]] = {
    "QualifyNotPass": QualificationError,
    "RealNameQualify": QualificationError,
    "InvalidAccessKeyId": AuthenticationError,
    "InvalidHTTPAuthHeader": AuthenticationError,
    "RequestExpired": AuthenticationError,
    "RequestTimeTooSkewed": AuthenticationError,
    "SignatureDoesNotMatch": AuthenticationError,
    "AccessDenied": AccessDeniedError,
    "OptInRequired": AccessDeniedError,
    "IdempotentParameterMismatch": IdempotencyError,
    "BadRequest": InvalidRequestError,
    "InappropriateJSON": InvalidRequestError,
    "InvalidHTTPRequest": InvalidRequestError,
    "InvalidURI": InvalidRequestError,
    "InvalidVersion": InvalidRequestError,
    "MalformedJSON": InvalidRequestError,
    "NotAllowDeleteVpc": ConflictError,
    "NotAllowOperateSubnet": ConflictError,
    "OperationDenied": ConflictError,
    "PreconditionFailed": ConflictError,
    "ResourceNeedRelease": ConflictError,
    "InternalError": ServiceFaultError,
    "ServiceInternalError": ServiceFaultError,
    "ServiceUnavailable": ServiceFaultError,
}
# Families of codes, for the many that no table lists; the first that fits counts.
_BY_FAMILY: Final[tuple[tuple[re.Pattern[str], type[ServiceError]], ...]] = (
    (re.compile(r"Throttl|TooManyRequests|RequestLimit", re.IGNORECASE), ThrottledError),
    (re.compile(r"Quota|ExceedLimit|LimitExceed", re.IGNORECASE), QuotaError),
    (re.compile(r"^NoSuch|Not_?Found|NotExist", re.IGNORECASE), NotFoundError),
    (re.compile(r"Conflict|InUse|CanNotBeDeleted|AlreadyExist", re.IGNORECASE), ConflictError),
)
_BY_STATUS: Final[Mapping[int, type[ServiceError]]] = {
    401: AuthenticationError,
    403: AccessDeniedError,
    404: NotFoundError,
    409: ConflictError,
    412: ConflictError,
    413: QuotaError,  # the services answer an exhausted quota with it
    429: ThrottledError,
}


def read_failure(
    response: Response, *, operation: str, now: datetime, secrets: Iterable[str] = ()
) -> ServiceError | None:
    """The error an answer stands for, None when its status says success (2xx).

    Code, message and request id come from the JSON body where it has them as text, the request id first
    from x-bce-request-id; a missing or unreadable body leaves them "" and the status decides. `secrets` are
    values that are taken out of the message, should the service repeat one.
    """
    if 200 <= response.status < 300:
        return None
    told = _read_object(response)
    code = _text(told, "code")
    kind = classify(code, response.status)
    return kind(
        status=response.status,
        code=code,
        message=_hide(_text(told, "message") or _fallback_message(response), secrets),
        request_id=response.headers.get("x-bce-request-id") or _text(told, "requestId"),
        operation=operation,
        retry_after=read_retry_after(response.headers.get("retry-after"), now),
    )


def read_code(response: Response) -> str:
    """The BCE error code of an answer, "" when it has none."""
    return "" if response.status < 400 else _text(_read_object(response), "code")


def classify(code: str, status: int) -> type[ServiceError]:
    """The class for a BCE error code and HTTP status: by code, by family of codes, then by status."""
    # An overloaded gateway may put any code, or none, beside its 429.
    if status == 429 and code != "QualifyNotPass":
        return ThrottledError
    if code in _BY_CODE:
        return _BY_CODE[code]
    for family, kind in _BY_FAMILY:
        if family.search(code):
            return kind
    return _BY_STATUS.get(status) or _by_century(status)


def read_result(response: Response, *, operation: str) -> dict[str, Any]:
    """The JSON object of a success; {} for an empty body (most writes) or a bare `null`.

    Raises UnreadableAnswerError for anything else.
    """
    if not response.body.strip():
        return {}
    try:
        value = response.json()
    except ValueError:
        value = response
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise UnreadableAnswerError(
        status=response.status,
        message=f"the answer says success, but {_describe_body(response)} is no JSON object; "
        "look whether the operation happened, and whether the endpoint is the service itself",
        request_id=response.headers.get("x-bce-request-id"),
        operation=operation,
    )


def _by_century(status: int) -> type[ServiceError]:
    if 400 <= status < 500:
        return InvalidRequestError
    return ServiceFaultError if status >= 500 else ServiceError


def _read_object(response: Response) -> Mapping[str, Any]:
    try:
        value = response.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _fallback_message(response: Response) -> str:
    if 300 <= response.status < 400:
        return "the answer is a redirect, and signed requests follow none; check the endpoint"
    if not response.body:
        return ""
    return f"no message, {_describe_body(response)} came instead of the error JSON; is the endpoint the service itself?"


def _describe_body(response: Response) -> str:
    kind = re.sub(r"[^\w/+.-].*", "", response.headers.get("content-type"), flags=re.DOTALL)
    return f"a body of {len(response.body)} bytes ({kind or 'no content type'})"


def _hide(message: str, secrets: Iterable[str]) -> str:
    # The longest first: one secret may be a part of another.
    for secret in sorted({each for each in secrets if each}, key=len, reverse=True):
        message = message.replace(secret, "***")
    return message
