"""httpx: sign its requests, and translate them to ours."""

from __future__ import annotations

from collections.abc import Generator

from contractkit.adapters.headers import read_fields
from contractkit.adapters.resigning import Resigner
from contractkit.errors import ConfigurationError
from contractkit.message import Request

try:
    import httpx
except ImportError:  # pragma: no cover - httpx is there when the tests run; shown by a test in its own process
    raise ConfigurationError("httpx is not installed; pip install 'pytest-contractkit[httpx]'") from None

__all__ = ["HttpxAuth", "to_request"]


class HttpxAuth(Resigner, httpx.Auth):
    """Signs what an httpx client sends, synchronous or not: `httpx.Client(auth=HttpxAuth(credentials))`.

    `clock` gives aware datetimes, `expires_in` is in seconds, `signed_headers` as for `sign`. httpx follows no
    redirect unless told to; do not tell it, since it would carry a session token to wherever it is sent.
    """

    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign one request in place and send it. Raises SigningError as `sign` does."""
        for name, value in self._headers_for(to_request(request)).items():
            request.headers[name] = value
        yield request


def to_request(request: httpx.Request) -> Request:
    """A request whose body was read (`request.read()`) as a Request; the URL as it goes over the wire."""
    return Request(request.method, str(request.url), read_fields(request.headers.raw), request.content)
