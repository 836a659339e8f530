"""The laws of a signer at the borders of what it can be asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Protocol

from hypothesis import strategies as st

from contractkit.message import Request
from contractkit.properties.suite import LawBrokenError, Laws, law
from contractkit.signing import EXAMPLE, Credentials

__all__ = ["BorderLaws", "Sign"]


class Sign(Protocol):
    """A signer: a signed copy of the request, with whatever headers the signature needs added."""

    def __call__(self, request: Request, credentials: Credentials, *, at: datetime, expires_in: int) -> Request: ...


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN: Final = Request("GET", "https://bcc.bj.baidubce.com/v1/vpc")


class BorderLaws(Laws):
    """A signer refuses what makes no sense, or signs it as it was said; it puts nothing else in its place."""

    sign: Sign

    @law(scale=0.1, expires_in=st.sampled_from((0, -1)))
    def test_puts_no_other_expiry_in_place(self, expires_in: int) -> None:
        """Law: an expiry of no seconds is refused, or signed as it is; it is not turned into the default."""
        said = self._said(datetime(2026, 1, 1, tzinfo=UTC), expires_in)
        if said and said[3] != str(expires_in):
            raise LawBrokenError(f"asked for an expiry of {expires_in} seconds, it signs {said[3]}")

    def test_puts_no_other_instant_in_place(self) -> None:
        """Law: the instant at which counting starts is refused, or signed as it is; it does not mean "now"."""
        said = self._said(_EPOCH, 1800)
        if said and said[2] != "1970-01-01T00:00:00Z":
            raise LawBrokenError(f"asked for 1970-01-01T00:00:00Z, it signs {said[2]}")

    def _said(self, at: datetime, expires_in: int) -> list[str]:
        """The fields of the Authorization value, none when the signer refuses."""
        try:
            signed = self.sign(_PLAIN, EXAMPLE, at=at, expires_in=expires_in)
        except Exception:  # noqa: BLE001 - any refusal is one
            return []
        return signed.headers.get("authorization").split("/")
