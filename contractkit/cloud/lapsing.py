"""Deadlines: what happens by itself once the instant has come that a thing carries (the trait `lapses`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from contractkit.cloud.behaviours import Behaviours
from contractkit.cloud.world import World

__all__ = ["let_lapse"]


def let_lapse(world: World, now: datetime, behaviours: Behaviours) -> None:
    """Let every deadline pass that has come, the earliest first in each realm; costs nothing when none has."""
    for realm, thing in world.due(now):
        if thing.gone_at is not None:
            realm.remove(thing)
            continue
        rule, averts = thing.kind.traits.lapses, behaviours.lapsing.get(thing.kind.name)
        if rule is None or (averts is not None and averts(realm, thing)):
            continue
        if rule.to:
            thing.enter(rule.to, now, timedelta(0))
        else:
            realm.remove(thing)
