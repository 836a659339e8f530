"""What exists: things of every kind, per account and region, with who lives inside whom.

Plain tables; no rule about what may happen lives here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contractkit.cloud.dice import Dice
from contractkit.cloud.traits import Traits
from contractkit.contract import Resource

__all__ = ["Kind", "Realm", "Thing", "World"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource and its traits. `everywhere` kinds exist once per account, not once per region."""

    name: str
    service: str
    traits: Traits
    everywhere: bool

    @classmethod
    def of(cls, resource: Resource, traits: Traits, *, everywhere: bool) -> Kind:
        """The kind a document describes."""
        return cls(resource.kind, resource.service, traits, everywhere)


@dataclass(slots=True)
class Thing:
    """One resource that exists. `number` orders the things of a realm by when they were made."""

    kind: Kind
    id: str
    number: int
    members: dict[str, Any]
    created: datetime
    updated: datetime
    settles_at: datetime | None = None
    settles_to: Any = None

    def settle(self, now: datetime) -> None:
        """Let a passing state pass, if its time has come."""
        rule = self.kind.traits.state
        if rule is not None and self.settles_at is not None and now >= self.settles_at:
            self.members[rule.member] = self.settles_to
            self.settles_at = None

    def enter(self, state: str, now: datetime, settle: timedelta) -> None:
        """Go into a state; a passing one leaves by itself after `settle`."""
        rule = self.kind.traits.state
        if rule is None:
            return
        before = self.members.get(rule.member)
        self.members[rule.member] = state
        self.settles_at = None
        if state in rule.settles:
            self.settles_at, self.settles_to = now + settle, rule.settles[state] or before

    @property
    def marker(self) -> str:
        """What names this thing in paging."""
        return str(self.members[self.kind.traits.marker])

    def parents(self) -> Iterator[tuple[str, str]]:
        """The (kind, id) of everything this thing lives inside."""
        for kind, member in self.kind.traits.parents.items():
            if self.members.get(member):
                yield kind, self.members[member]


@dataclass(slots=True)
class Realm:
    """Everything one account has in one region."""

    things: dict[str, dict[str, Thing]] = field(default_factory=dict)
    inside: dict[tuple[str, str], dict[str, dict[str, Thing]]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    last_number: int = 0

    def find(self, kind: str, identity: str) -> Thing | None:
        """The thing of that id, if it exists."""
        return self.things.get(kind, {}).get(identity)

    def all(self, kind: str) -> Mapping[str, Thing]:
        """Every thing of a kind by id, oldest first."""
        return self.things.get(kind, {})

    def children(self, parent: Thing, kind: str) -> Mapping[str, Thing]:
        """Every thing of a kind inside `parent` by id, oldest first."""
        return self.inside.get((parent.kind.name, parent.id), {}).get(kind, {})

    def add(self, thing: Thing) -> None:
        """Let a thing exist."""
        self.last_number += 1
        thing.number = self.last_number
        self.things.setdefault(thing.kind.name, {})[thing.id] = thing
        self.numbers[thing.kind.name, thing.marker] = thing.number
        for parent in thing.parents():
            self.inside.setdefault(parent, {}).setdefault(thing.kind.name, {})[thing.id] = thing

    def remove(self, thing: Thing) -> None:
        """Let a thing, and everything inside it, be gone. Its place in the order stays known to paging."""
        for kind in self.inside.pop((thing.kind.name, thing.id), {}).values():
            for child in list(kind.values()):
                self.remove(child)
        self.things[thing.kind.name].pop(thing.id, None)
        for parent in thing.parents():
            self.inside.get(parent, {}).get(thing.kind.name, {}).pop(thing.id, None)


@dataclass(slots=True)
class World:
    """Everything that exists, by account and region, and the dice it is made with."""

    kinds: Mapping[str, Kind]
    dice: Dice
    settle: timedelta
    quotas: Mapping[str, int]
    realms: dict[tuple[str, str], Realm] = field(default_factory=dict)

    def realm(self, account: str, kind: Kind, region: str) -> Realm:
        """Where an account keeps a kind: in the region, or in the one place of kinds that are everywhere."""
        return self.realm_at(account, "" if kind.everywhere else region)

    def realm_at(self, account: str, region: str) -> Realm:
        """The realm of an account in a region, "" for what is in no region."""
        key = (account, region)
        if key not in self.realms:
            self.realms[key] = Realm()
        return self.realms[key]
