"""requests: sign its requests, send ours over it, and let a tape stand between it and the network."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final, Self

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.hooks import default_hooks
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from contractkit.adapters.headers import decoded_headers, read_fields, write_field
from contractkit.adapters.resigning import SET_BY_SIGNING, Resigner
from contractkit.errors import ConfigurationError, TransportError
from contractkit.message import Request, Response, Transport

__all__ = [
    "RequestsAuth",
    "RequestsTransport",
    "TapeAdapter",
    "from_request",
    "make_fault",
    "to_request",
    "to_response",
]

MAX_BODY: Final = 32 * 1024 * 1024
"""Bytes of a decoded response body; a longer one is refused while it arrives."""

_CHUNK: Final = 64 * 1024

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LINE_END: Final = re.compile(r"[\r\n\0]")

Exchange = Callable[[Request, Transport], Response]


class RequestsAuth(Resigner, AuthBase):
    """Signs what a requests session sends: `requests.get(url, auth=RequestsAuth(credentials))`.

    `clock` gives aware datetimes, `expires_in` is in seconds, `signed_headers` as for `sign`. A redirect is
    followed without the signature, date, host and session token, since none of them is meant for another place.
    """

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign a prepared request in place. Raises SigningError as `sign` does."""
        r.headers.update(self._headers_for(Request(r.method or "", r.url or "", read_fields(r.headers.items()))))
        r.register_hook("response", _unsign_redirect)  # type: ignore[no-untyped-call]  # the stubs leave it open
        return r


def _unsign_redirect(response: requests.Response, *_: Any, **__: Any) -> None:
    if response.is_redirect:
        for name in SET_BY_SIGNING:
            response.request.headers.pop(name, None)


def to_request(prepared: requests.PreparedRequest) -> Request:
    """A prepared request as a Request; a body that can be read only once is read and put back as bytes."""
    body = _body(prepared.body)
    if prepared.body is not None and not isinstance(prepared.body, str):
        prepared.body = body
    return Request(prepared.method or "", prepared.url or "", read_fields(prepared.headers.items()), body)


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    if hasattr(body, "read"):
        return _body(body.read())
    return b"".join(_body(part) for part in body)


def from_request(request: Request) -> requests.PreparedRequest:
    """A Request as a prepared one, its URL and headers untouched.

    Raises ConfigurationError for what requests cannot send: a header that repeats, or a method or header with a
    character that HTTP has no place for.
    """
    unsendable = [name for name, value in request.headers if not _TOKEN.fullmatch(name) or _LINE_END.search(value)]
    if unsendable or not _TOKEN.fullmatch(request.method):
        raise ConfigurationError("the method or a header cannot be sent; remove line ends, and blanks from names")
    names = [name.lower() for name, _ in request.headers]
    if len(set(names)) < len(names):
        raise ConfigurationError("requests cannot send a header twice; join the values by ', ' before signing")
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url = request.method, request.url
    prepared.headers = CaseInsensitiveDict((name, _sendable(value)) for name, value in request.headers)
    prepared.body = request.body or None
    prepared.hooks = default_hooks()
    prepared.prepare_cookies({})
    return prepared


def _sendable(value: str) -> str:
    # requests lets bytes through to the wire, but its stubs and most readers of a prepared request know text only.
    return value if value.isascii() else write_field(value).decode("latin-1")


def to_response(response: requests.Response) -> Response:
    """A response with its body read whole and content codings undone.

    The headers that described the coding on the wire (content-encoding, transfer-encoding) are dropped and
    content-length, if there was one, tells the decoded length. Raises TransportError beyond 32 MiB, and what
    requests raises when the body breaks off.
    """
    body = _read(response)
    raw = response.raw.headers if isinstance(response.raw, HTTPResponse) else response.headers
    return Response(response.status_code, decoded_headers(read_fields(raw.items()), body), body)


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > MAX_BODY:
            response.close()
            raise TransportError("the response is longer than 32 MiB; ask for a smaller page (maxKeys)", sent=True)
    return bytes(body)


def _raw(response: Response, method: str | None) -> HTTPResponse:
    known = response.status in HTTPStatus._value2member_map_
    return HTTPResponse(
        body=BytesIO(response.body),
        headers=HTTPHeaderDict([(name, _sendable(value)) for name, value in response.headers]),
        status=response.status,
        reason=HTTPStatus(response.status).phrase if known else "",
        preload_content=False,
        enforce_content_length=False,  # an answer to HEAD, or a sanitized one, has another length
        request_method=method,
    )


class RequestsTransport:
    """Sends a Request as it stands over requests and returns the whole answer.

    `timeout` is (connect, read) in seconds; `verify` is True, or a file of certificates to trust. No redirect
    is followed, and no proxy, netrc or certificate of the environment is used unless a `session` of your own
    says so. Calling it raises TransportError (`sent` False when the request cannot have left, None when that
    is unknown) or ConfigurationError for a URL that requests cannot use; neither shows query or headers.
    """

    def __init__(
        self,
        session: requests.Session | None = None,
        timeout: tuple[float, float] = (5, 30),
        verify: bool | str = True,
    ) -> None:
        self._session = session or _plain_session()
        self._timeout = timeout
        self._verify = verify

    def __call__(self, request: Request) -> Response:
        prepared = from_request(request)
        try:
            with self._session.send(
                prepared, timeout=self._timeout, verify=self._verify, allow_redirects=False, stream=True
            ) as answer:
                return to_response(answer)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema):
            raise ConfigurationError("the endpoint is no http or https URL; give it as https://host[:port]") from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _transport_error(error, request) from None

    def close(self) -> None:
        """Close the connections of the session."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _plain_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def _transport_error(error: Exception, request: Request) -> TransportError:
    kind = _cause(error)
    if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(kind, NewConnectionError):
        text = f"no connection to {request.authority} ({type(kind).__name__}); check the endpoint and the network"
        return TransportError(text, sent=False)
    if isinstance(error, requests.exceptions.SSLError):
        text = f"no trusted TLS connection to {request.authority}; check its certificate, or pass verify=<file>"
        return TransportError(text, sent=None)
    text = f"no whole answer from {request.authority} ({type(error).__name__}); it may have been carried out"
    return TransportError(f"{text}, so repeat it only with the same clientToken", sent=None)


def _cause(error: Exception) -> BaseException:
    """The error that requests wrapped."""
    inner = error.args[0] if error.args else error
    if isinstance(inner, MaxRetryError):
        inner = inner.reason
    return inner if isinstance(inner, BaseException) else error


_FAULTS: Final[dict[str, type[requests.RequestException]]] = {
    "refused": requests.exceptions.ConnectionError,
    "unresolved": requests.exceptions.ConnectionError,
    "connect-timeout": requests.exceptions.ConnectTimeout,
    "timeout": requests.exceptions.ReadTimeout,
    "cut": requests.exceptions.ConnectionError,
    "half": requests.exceptions.ChunkedEncodingError,
    "untrusted": requests.exceptions.SSLError,
}


def make_fault(kind: str) -> requests.RequestException:
    """What requests raises for a fault of the network: refused, unresolved, connect-timeout, timeout, cut, half, untrusted."""
    return _FAULTS[kind](f"{kind} (recorded)")


class TapeAdapter(HTTPAdapter):
    """A requests transport adapter that puts a tape between the session and the network.

    `exchange(request, send)` gets each request and a way to really send it, and returns the response that the
    session is to see: from the network, from a cassette, or from both. `inner` is the adapter that really
    sends, by default this one. Nothing is patched and nothing is kept between calls, so sessions and threads
    may share it. Errors of requests (from `send`) and of `exchange` reach the caller unchanged.
    """

    def __init__(self, exchange: Exchange, inner: HTTPAdapter | None = None, **options: Any) -> None:
        self._exchange = exchange
        self._inner = inner
        super().__init__(**options)

    def send(  # noqa: PLR0917 - the signature is that of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - as above
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Hand one request to the exchange; the answer's body is in memory, whatever `stream` says."""
        ours = to_request(request)

        def send_live(wanted: Request) -> Response:
            prepared = request if wanted is ours else from_request(wanted)
            real = super(TapeAdapter, self).send if self._inner is None else self._inner.send
            with real(prepared, stream=True, timeout=timeout, verify=verify, cert=cert, proxies=proxies) as answer:
                return to_response(answer)

        return self.build_response(request, _raw(self._exchange(ours, send_live), request.method))

    def close(self) -> None:
        """Close the connections of this adapter and of the inner one."""
        super().close()
        if self._inner is not None:
            self._inner.close()
