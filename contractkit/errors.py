"""Every error contractkit raises, in one tree; the branch says whose fault it is.

    ContractkitError
    ├── CallerError              the calling code is wrong; the same call will fail again
    │   ├── ConfigurationError   an option, environment variable or endpoint cannot be used
    │   ├── SigningError         a request or time that cannot be signed
    │   ├── PasswordError        a password, ciphertext or key that cannot be encoded
    │   ├── ClientTokenError     a clientToken outside 1 to 64 ASCII characters
    │   └── ArgumentError        arguments that the contract of the operation forbids
    ├── ServiceError             the cloud understood and said no (code, message, request id, status)
    │   ├── AuthenticationError  who you are was not accepted
    │   │   └── QualificationError   the account has not passed real-name verification
    │   ├── AccessDeniedError    you are known, and may not
    │   ├── InvalidRequestError  the request breaks a documented rule
    │   ├── NotFoundError        no such resource, or none any more
    │   ├── ConflictError        the state of the resource forbids it
    │   │   └── IdempotencyError     the clientToken was used for another request
    │   ├── QuotaError           a limit of the account is reached
    │   ├── ThrottledError       too many requests; `retry_after` says when to come back
    │   └── ServiceFaultError    the cloud failed (5xx)
    ├── TransportError           no whole answer arrived: timeout, refused or cut connection
    ├── ContractError            a description shipped with (or handed to) the toolkit is broken
    └── RecordingError           a cassette, or what was asked of it, is wrong
        ├── CassetteFormatError  the file is not a cassette this version can read, or is damaged
        ├── CassetteMiss         replay was asked for something that was not recorded
        ├── SanitizerError       an interaction could not be made safe, so it was not stored
        ├── LeakError            the guard found a secret in the bytes about to be written
        └── NetworkClosedError   something tried to reach the network during replay

No message, attribute or repr in this tree ever carries a secret.
"""

from __future__ import annotations

from typing import Any


class ContractkitError(Exception):
    """Root of the tree: catch this to catch everything contractkit raises on purpose."""


class CallerError(ContractkitError):
    """The calling code is wrong; repeating the call cannot help."""


class ConfigurationError(CallerError):
    """An option, environment variable, region or endpoint cannot be used."""


class SigningError(CallerError):
    """A request, credential or instant that cannot be signed."""


class PasswordError(CallerError):
    """Base of what `encrypt_password` and `decrypt_password` refuse."""


class ClientTokenError(CallerError):
    """A clientToken that is not 1 to 64 ASCII characters."""


class ArgumentError(CallerError):
    """Arguments that the contract of the operation forbids.

    `operation` is the dotted operation name, `problems` one line for each offending argument.
    """

    def __init__(self, operation: str, problems: tuple[str, ...]) -> None:
        self.operation = operation
        self.problems = problems
        super().__init__(f"{operation}: " + "; ".join(problems))


class ServiceError(ContractkitError):
    """The cloud answered with an error.

    `status` is the HTTP status, `code` the BCE error code, `message` the cloud's words, `request_id`
    the value of x-bce-request-id (each "" when the answer carried none), `operation` the dotted
    operation name or "".
    """

    def __init__(
        self,
        *,
        status: int,
        code: str = "",
        message: str = "",
        request_id: str = "",
        operation: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id
        self.operation = operation
        self.retry_after = retry_after
        super().__init__(status, code, message, request_id, operation)

    def __str__(self) -> str:
        where = f"{self.operation}: " if self.operation else ""
        trace = f" (request id {self.request_id})" if self.request_id else ""
        return f"{where}{self.status} {self.code or 'no error code'}: {self.message or 'no message'}{trace}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_service_error, (type(self), dict(self.__dict__))


def _rebuild_service_error(kind: type[ServiceError], fields: dict[str, Any]) -> ServiceError:
    return kind(**fields)


class AuthenticationError(ServiceError):
    """Who you are was not accepted: signature, access key, expiry or no Authorization at all."""


class QualificationError(AuthenticationError):
    """`QualifyNotPass`: the account has not passed real-name verification."""


class AccessDeniedError(ServiceError):
    """You are known, and may not."""


class InvalidRequestError(ServiceError):
    """The request breaks a documented rule."""


class NotFoundError(ServiceError):
    """No such resource, or none any more."""


class ConflictError(ServiceError):
    """The state of the resource forbids the operation now."""


class IdempotencyError(ConflictError):
    """`IdempotentParameterMismatch`: the clientToken was used for another request."""


class QuotaError(ServiceError):
    """A limit of the account is reached."""


class ThrottledError(ServiceError):
    """Too many requests; `retry_after` is in seconds, None when the cloud named no time."""


class ServiceFaultError(ServiceError):
    """The cloud failed (5xx)."""


class TransportError(ContractkitError):
    """No whole answer arrived.

    `sent` says whether the request may have reached the cloud: True or None (unknown) means that the
    operation may have happened, so only an idempotent call can be repeated safely.
    """

    def __init__(self, message: str, *, sent: bool | None = None) -> None:
        self.sent = sent
        super().__init__(message)


class ContractError(ContractkitError):
    """A contract document is broken: it names the file, the place and the remedy."""


class RecordingError(ContractkitError):
    """A cassette, or what was asked of it, is wrong."""


class CassetteFormatError(RecordingError):
    """The file is not a cassette this version can read, or it is damaged."""


class CassetteMiss(RecordingError):  # noqa: N818 - the field calls it a miss
    """Replay was asked for something that was not recorded."""


class SanitizerError(RecordingError):
    """An interaction could not be made safe, so it was not stored."""


class LeakError(RecordingError):
    """The guard found a secret in the bytes about to be written; nothing was written."""


class NetworkClosedError(RecordingError):
    """Something tried to reach the network during replay."""
