"""A signing case: what a signer is handed, in a form that can be shown without a secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from contractkit.message import Request
from contractkit.properties.strategies.keys import credentials as any_credentials
from contractkit.properties.strategies.messages import expiries, instants, requests
from contractkit.signing import Credentials, authorize
from contractkit.signing.wire import complete_headers

__all__ = ["Case", "cases"]


class Case:
    """One request to sign, with the keys, the instant and the expiry in seconds. Its repr shows no secret."""

    def __init__(self, request: Request, credentials: Credentials, at: datetime, expires_in: int) -> None:
        self.request, self.credentials, self.at, self.expires_in = request, credentials, at, expires_in

    def lookup(self, access_key_id: str) -> Credentials | None:
        """The credentials of this case, for a verifier."""
        return self.credentials if access_key_id == self.credentials.access_key_id else None

    def replace(self, **changes: Any) -> Case:
        """A copy with some members changed."""
        return Case(**{**self.__dict__, **changes})

    def expected(self, signed: Request, listed: tuple[str, ...]) -> str:
        """The canonical request that the specification demands for what was sent and listed."""
        return authorize(
            method=signed.method,
            path=signed.path,
            query=signed.query,
            headers=complete_headers(signed),
            credentials=self.credentials,
            at=self.at,
            signed_headers=listed or None,
        ).canonical_request

    def hide(self, text: str) -> str:
        """The text without any secret of this case."""
        secrets = (self.credentials.secret_access_key, self.credentials.session_token or "")
        for secret in filter(None, secrets):
            text = text.replace(secret, "***").replace(quote(secret, safe="~"), "***")
        return text

    def __repr__(self) -> str:
        kind = "temporary" if self.credentials.session_token else "permanent"
        return f"<Case {self.request.method} {self.request.url}, {kind} keys, {self.expires_in} s>"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        # Hypothesis would otherwise print every field of the dataclasses inside.
        printer.text(repr(self))


def cases(
    request: SearchStrategy[Request] | None = None,
    *,
    session: bool | None = False,
    zoned: bool = False,
    expiry: SearchStrategy[int] | None = None,
) -> SearchStrategy[Case]:
    """Signing cases; each part from its own strategy unless a narrower one is passed."""
    return _draw_case(
        requests() if request is None else request,
        any_credentials(session=session),
        instants(zoned=zoned),
        expiries() if expiry is None else expiry,
    )


@st.composite
def _draw_case(draw: DrawFn, *parts: SearchStrategy[Any]) -> Case:
    return Case(*[draw(part) for part in parts])
