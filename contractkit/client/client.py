"""The client: from an operation and its arguments to a signed request, and from the answer to a value or an error."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, NoReturn, Self
from urllib.parse import quote
from uuid import uuid4

from contractkit.client.arguments import find_secrets
from contractkit.client.endpoint import Endpoint, Endpoints
from contractkit.client.failures import read_failure, read_result
from contractkit.client.retry import Failure, Retries, RetryPolicy
from contractkit.client.services import Services
from contractkit.clock import Clock, utc_now
from contractkit.contract import Call, Operation, build_call, load_contract
from contractkit.errors import ArgumentError, TransportError
from contractkit.idempotency import ClientToken
from contractkit.message import Request, Response, Transport
from contractkit.signing import Credentials, sign

__all__ = ["Client"]

CONTENT_TYPE: Final = "application/json; charset=utf-8"
DEFAULT_RETRY: Final = RetryPolicy()
_log: Final = logging.getLogger("contractkit.client")


def _new_token() -> str:
    return str(uuid4())


class Client(Services):
    """A signed client of every described service: `client.vpc.create_vpc(name="net", cidr="10.0.0.0/16")`.

    Arguments go by their wire names (path parameters also by position); None means "not given". The result
    is the decoded JSON object, {} when the answer has no body. Failures raise a ServiceError by error code,
    a TransportError when no answer came, an ArgumentError before anything is sent.

    `endpoint` is a base URL for every service or a mapping by service; without it requests go by HTTPS to the
    documented host of the region. `allow_http` lets an endpoint beyond loopback use plain HTTP. `transport`
    sends one request and returns the answer, redirects not followed, or raises TransportError; without it one
    over `requests` is made, which ignores proxies and netrc of the environment; `timeout` is its (connect, read)
    in seconds. `clock` returns aware datetimes, `tokens` new clientTokens, `sleep` waits for seconds, `chance`
    returns random numbers in [0, 1).

    Operations that take a clientToken get one, kept over all attempts; the caller's own wins. Every attempt is
    dated and signed anew. Safe to share between threads; never pickled, since it holds credentials.
    Raises ConfigurationError for a region, service or endpoint that cannot be used.
    """

    def __init__(
        self,
        credentials: Credentials,
        region: str = "bj",
        *,
        endpoint: Endpoint | None = None,
        allow_http: bool = False,
        transport: Transport | None = None,
        retry: RetryPolicy = DEFAULT_RETRY,
        clock: Clock = utc_now,
        tokens: Callable[[], str] = _new_token,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        timeout: tuple[float, float] = (5.0, 30.0),
    ) -> None:
        contract = load_contract()
        super().__init__(contract, self.call)
        self._contract = contract
        self._credentials = credentials
        self._endpoints = Endpoints(contract, region, endpoint, allow_http=allow_http)
        self._transport, self._close = (transport, None) if transport else _open_transport(timeout)
        self._retry = retry
        self._clock = clock
        self._tokens = tokens
        self._sleep = sleep
        self._chance = chance
        self.region = region

    def call(self, operation: Operation | str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Perform an operation (`vpc.create_vpc`) by name: what the methods of the services do.

        Raises ServiceError, TransportError, ArgumentError, ClientTokenError, or ConfigurationError for an
        unknown operation. A note on the error says how many attempts were made.
        """
        operation = self._find(operation)
        response, failure = self._perform(operation, arguments)
        if response is None or failure is not None:
            raise failure or AssertionError("an attempt ends in an answer or a failure")
        return read_result(response, operation=operation.qualified)

    def send(self, operation: Operation | str, arguments: Mapping[str, Any]) -> Response:
        """Perform an operation with the same retries and return the last answer, whatever its status.

        Raises what `call` raises, but no ServiceError.
        """
        response, failure = self._perform(self._find(operation), arguments)
        if response is None:
            raise failure or AssertionError("an attempt ends in an answer or a failure")
        return response

    def prepare(self, operation: Operation | str, arguments: Mapping[str, Any]) -> Request:
        """The signed request `call` would send first; nothing is sent. Raises ArgumentError, ClientTokenError."""
        return self._sign(self._build(self._find(operation), arguments))

    def exchange(self, request: Request, *, sign: bool = True) -> Response:
        """Send one request as it is, once, and return the answer whatever its status.

        `sign` replaces its Authorization and sets its Content-Length; an x-bce-date it carries stays. For requests
        that no method would make, deliberately wrong ones among them. Raises ConfigurationError when it goes neither
        to a documented host nor to an endpoint of this client, and TransportError.
        """
        self._endpoints.require_allowed(request)
        return self._transport(self._sign(request) if sign else request)

    def close(self) -> None:
        """Close the connections of the built-in transport; one that was handed in stays open."""
        if self._close is not None:
            self._close()

    def _find(self, operation: Operation | str) -> Operation:
        return self._contract.operation(operation) if isinstance(operation, str) else operation

    def _build(self, operation: Operation, arguments: Mapping[str, Any]) -> Request:
        if _takes_token(operation):
            arguments = {**arguments, "clientToken": self._choose_token(arguments.get("clientToken"))}
        base = self._endpoints.base_url(operation.service)
        try:
            call = build_call(operation, arguments)
            url = base + _write_target(call)
        except (ValueError, TypeError):  # without its cause, which may hold the value
            problem = "an argument holds what JSON in UTF-8 cannot: a lone surrogate, bytes, or an object of your own"
            raise ArgumentError(operation.qualified, (problem,)) from None
        return Request(call.method, url, {"Content-Type": CONTENT_TYPE}, call.body)

    def _choose_token(self, given: Any) -> Any:
        token = self._tokens() if given is None else given
        # What is no text at all is for the check of the arguments to refuse.
        return str(ClientToken(token)) if isinstance(token, str) else token

    def _sign(self, request: Request) -> Request:
        # Without a length a body would travel in chunks, and with a stale one never arrive.
        if request.body or request.headers.has("content-length") or request.method in ("POST", "PUT"):
            request = request.replace(headers=request.headers.set("Content-Length", str(len(request.body))))
        return sign(request, self._credentials, at=self._clock())

    def _perform(self, operation: Operation, arguments: Mapping[str, Any]) -> tuple[Response | None, Failure | None]:
        """Attempt until success or until the policy gives up; the last answer and failure."""
        request = self._build(operation, arguments)
        hidden = (*self._secrets(), *find_secrets(operation, arguments))
        safe = operation.is_read or _takes_token(operation)
        retries = Retries(self._retry, safe=safe, chance=self._chance)
        while True:
            response, failure = self._attempt(request, retries.attempt, operation, hidden)
            delay = None if failure is None else retries.delay_after(failure)
            if delay is None:
                break
            self._sleep(delay)
        if failure is not None:
            failure.add_note(f"{operation.qualified}: {retries.explain(failure)}")
        return response, failure

    def _attempt(
        self, request: Request, attempt: int, operation: Operation, hidden: tuple[str, ...]
    ) -> tuple[Response | None, Failure | None]:
        try:
            response = self._transport(self._sign(request))
        except TransportError as error:
            _log.debug("%s %s: no answer, attempt %d", request.method, request.raw_path, attempt)
            return None, error
        _log.debug("%s %s: %d, attempt %d", request.method, request.raw_path, response.status, attempt)
        return response, read_failure(response, operation=operation.qualified, now=self._clock(), secrets=hidden)

    def _secrets(self) -> tuple[str, ...]:
        return self._credentials.secret_access_key, self._credentials.session_token or ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds credentials and is not pickled; build one in each process")

    def __repr__(self) -> str:
        return f"<Client region={self.region!r}>"


def _takes_token(operation: Operation) -> bool:
    return operation.client_token != "none"  # noqa: S105 - whether it takes one, not a token


def _write_target(call: Call) -> str:
    """Path and query percent-encoded as BCE signs them; a flag has no `=`."""
    path = "/" + "/".join(quote(each, safe="") for each in call.path_segments)
    query = "&".join(
        quote(name, safe="") + ("" if value is None else "=" + quote(value, safe="")) for name, value in call.query
    )
    return f"{path}?{query}" if query else path


def _open_transport(timeout: tuple[float, float]) -> tuple[Transport, Callable[[], None] | None]:
    from contractkit.adapters.requests import RequestsTransport  # noqa: PLC0415 - slow to import, and often replaced

    transport = RequestsTransport(timeout=timeout)
    return transport, transport.close
