"""Who the cloud knows: accounts, and the key pairs that speak for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials

__all__ = ["NEIGHBOUR", "Account", "example_accounts"]

NEIGHBOUR: Final = Credentials("1" * 32, "2" * 32)
"""The key pair of another tenant, for what it takes two accounts to do; only a reference cloud knows it."""


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
    """The accounts of a cloud that was given none: two verified, one that gets QualifyNotPass."""
    return {
        EXAMPLE: Account("a0" * 16),
        NEIGHBOUR: Account("b0" * 16),
        UNVERIFIED: Account("c0" * 16, qualified=False),
    }
