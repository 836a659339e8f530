"""What every authentication hook does, whatever the library: sign a request and say which headers that sets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contractkit.clock import Clock, utc_now
from contractkit.message import Request
from contractkit.signing import Credentials, sign

SET_BY_SIGNING: Final = ("Host", "x-bce-date", "x-bce-security-token", "Authorization")


class Resigner:
    """The half of an authentication hook that knows no library: credentials, and how to sign with them.

    `clock` gives aware datetimes, `expires_in` is in seconds, `signed_headers` as for `sign`.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        clock: Clock = utc_now,
        expires_in: int = 1800,
        signed_headers: Iterable[str] | None = None,
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._expires_in = expires_in
        self._signed_headers = None if signed_headers is None else tuple(signed_headers)

    def _headers_for(self, request: Request) -> dict[str, str]:
        """The headers to set so that `request` is signed now. Raises SigningError as `sign` does."""
        if request.headers.has("authorization"):  # signed before, so its date is that of then
            request = request.replace(headers=request.headers.without("authorization", "x-bce-date"))
        signed = sign(
            request,
            self._credentials,
            at=self._clock(),
            expires_in=self._expires_in,
            signed_headers=self._signed_headers,
        )
        return {name: signed.headers.get(name) for name in SET_BY_SIGNING if signed.headers.has(name)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._credentials!r})"
