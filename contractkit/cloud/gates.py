"""The gates a request passes before it may act, each a small function that raises a Refusal.

In order: size, authentication, real name, route, contract (malformed JSON, then shape and values), clientToken.
Weather stands before all of them, idempotency and state after; `cloud.py` walks through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contractkit.cloud.accounts import Account
from contractkit.cloud.refusals import Refusal, refuse_route, refuse_violations
from contractkit.contract import Appraisal, Match, NoRoute, Operation, appraise_request
from contractkit.errors import ClientTokenError
from contractkit.idempotency import ClientToken, LedgerPolicy
from contractkit.message import Request
from contractkit.signing import Credentials, verify

__all__ = [
    "MAX_BODY",
    "Doorman",
    "read_token",
    "require_contract",
    "require_qualified",
    "require_route",
    "require_size",
]

MAX_BODY: Final = 1024 * 1024
"""The most bytes a request body may have."""

MAX_TARGET: Final = 16 * 1024
"""The most characters path and query may have together."""


def require_size(request: Request) -> None:
    """Refuse what is too large to be looked at."""
    if len(request.body) > MAX_BODY:
        raise Refusal("InvalidHTTPRequest", f"the body is larger than {MAX_BODY} bytes; send less")
    if len(request.raw_path) + len(request.raw_query) > MAX_TARGET:
        raise Refusal("InvalidHTTPRequest", f"path and query are longer than {MAX_TARGET} characters; shorten them")


@dataclass(frozen=True, slots=True)
class Doorman:
    """Knows which key pair belongs to which account."""

    credentials: Mapping[str, Credentials]
    accounts: Mapping[str, Account]

    @classmethod
    def of(cls, accounts: Mapping[Credentials, Account]) -> Doorman:
        """The doorman of these accounts."""
        by_key = {each.access_key_id: each for each in accounts}
        return cls(by_key, {each.access_key_id: account for each, account in accounts.items()})

    def require_authentic(self, request: Request, now: datetime) -> Account:
        """The account that signed; refuses with the code that verification names."""
        verdict = verify(request, self.credentials.get, now=now)
        if not verdict.ok:
            raise Refusal(verdict.code, verdict.reason)
        return self.accounts[verdict.access_key_id]


def require_qualified(account: Account) -> None:
    """Refuse an account that has not passed real-name verification."""
    if not account.qualified:
        raise Refusal("QualifyNotPass", "The User has not pass qualify.")


def require_route(route: Match | NoRoute) -> Match:
    """The operation meant; refuses a request that means none."""
    if isinstance(route, NoRoute):
        raise refuse_route(route)
    return route


def require_contract(match: Match, request: Request) -> Appraisal:
    """The arguments of a request; refuses one that its operation does not take.

    What official clients are known to add is let pass.
    """
    appraisal = appraise_request(match, request)
    refusal = refuse_violations(appraisal.violations)
    if refusal is not None:
        raise refusal
    return appraisal


def read_token(operation: Operation, request: Request, policy: LedgerPolicy) -> ClientToken | None:
    """The clientToken of an operation that takes one; refuses one that is too long or not ASCII."""
    if operation.client_token == "none":  # noqa: S105 - the word of the documents, not a token
        return None
    try:
        return policy.read_token(request.query_value("clientToken"))
    except ClientTokenError as error:
        raise Refusal("BadRequest", str(error)) from None
