"""The laws as the report of a conformance run knows them: examined on this package, or on the live cloud."""

from __future__ import annotations

import os
import secrets
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from contractkit.cli.console import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from contractkit.conformance.report import Law
    from contractkit.conformance.run import Announce
    from contractkit.properties.page import Examined
    from contractkit.signing import Credentials

__all__ = ["examine_here", "examine_there", "to_law"]


def examine_here(profile: str) -> Callable[[Announce], tuple[Law, ...]]:
    """Examine this package itself under a profile. Raises ConfigurationError for an unknown profile."""
    from contractkit.properties.profiles import load_profile

    load_profile(profile)

    def examine(announce: Announce) -> tuple[Law, ...]:
        from contractkit.properties.own import own_suites
        from contractkit.properties.page import examine_suites

        announce(f"examining the laws, profile {profile}")
        return tuple(map(to_law, examine_suites(own_suites())))

    return examine


def examine_there(
    credentials: Credentials, region: str, *, budget: int, allow_create: bool, seed: int
) -> Callable[[Announce], tuple[Law, ...]]:
    """Examine the live cloud with at most `budget` requests.

    What is made is written down before, and removed at the end; removing does not count.
    """
    from contractkit.conformance.settings import ENVIRONMENT

    def examine(announce: Announce) -> tuple[Law, ...]:
        from contractkit.adapters.requests import RequestsTransport
        from contractkit.client import Client
        from contractkit.conformance.live import gated, open_live
        from contractkit.properties.live import LiveLaws, examine_live

        announce(f"examining the laws on the live cloud, with at most {count(budget, 'request')}")
        with (
            closing(RequestsTransport(verify=os.environ.get(ENVIRONMENT["ca_bundle"]) or True)) as transport,
            open_live(
                lambda gate: Client(credentials, region, transport=gated(gate, transport)),
                credentials=credentials,
                region=region,
                allow_create=allow_create,
                folder=Path.cwd(),
            ) as way,
        ):
            live = LiveLaws(
                gated(way.gate, transport),
                credentials,
                lambda: datetime.now(UTC),
                budget,
                f"ck{secrets.token_hex(4)}",
                region,
                may_create=allow_create,
                seed=seed,
            )
            laws = tuple(map(to_law, examine_live(live)))
        announce(f"{count(live.spent, 'request')} sent")
        for each in way.leftovers:
            announce(f"still there: {each}")
        return laws

    return examine


def to_law(each: Examined) -> Law:
    """What was examined, as reports know it."""
    from contractkit.conformance.report import Law

    tally = each.tally
    return Law(each.suite, each.law, each.demand, tally.examples, dict(tally.classes), each.broken, each.left_out)
