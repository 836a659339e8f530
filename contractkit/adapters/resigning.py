"""What every authentication hook does, whatever the library: sign a request and say which headers that sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from contractkit.message import Request
from contractkit.signing import Credentials, sign

SET_BY_SIGNING: Final = ("Host", "x-bce-date", "x-bce-security-token", "Authorization")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


class Resigner:
    """Credentials, a clock giving aware datetimes, seconds to expiry, and the headers to sign (as for `sign`)."""

    def __init__(
        self, credentials: Credentials, clock: Clock, expires_in: int, signed_headers: Iterable[str] | None
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._expires_in = expires_in
        self._signed_headers = None if signed_headers is None else tuple(signed_headers)

    def headers_for(self, request: Request) -> dict[str, str]:
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
        return repr(self._credentials)
