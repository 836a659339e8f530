"""Who the cloud knows: accounts, and the key pairs that speak for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials

__all__ = ["Account", "example_accounts"]


@dataclass(frozen=True, slots=True)
class Account:
    """One tenant: `id` is 32 hex digits, `qualified` says whether real-name verification was passed.

    `quotas` limits how many resources of a kind (`{"private_zone": 20}`) may exist; it wins over the limits
    of the cloud and of the documents.
    """

    id: str
    qualified: bool = True
    quotas: Mapping[str, int] = field(default_factory=dict)


def example_accounts() -> dict[Credentials, Account]:
    """The accounts of a cloud that was given none: one verified, one that gets QualifyNotPass."""
    return {EXAMPLE: Account("a0" * 16), UNVERIFIED: Account("c0" * 16, qualified=False)}
