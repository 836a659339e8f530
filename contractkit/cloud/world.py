"""What exists: things of every kind, per account and region, with who lives inside whom.

Plain tables; no rule about what may happen lives here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from contractkit.cloud.dice import Dice
from contractkit.cloud.times import read_time
from contractkit.cloud.traits import Traits
from contractkit.contract import Resource

__all__ = ["Kind", "Realm", "Thing", "World"]

# When the things were made that exist from the start.
_EVER_SINCE: Final = datetime(2014, 1, 1, tzinfo=UTC)


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
    """One resource that exists. `number` orders the things of a realm by when they were made; `given` ones nobody made.

    The values of `members` may be shared, with the defaults of the kind for one: a change puts another value in
    their place and leaves them as they are.
    """

    kind: Kind
    id: str
    number: int
    members: dict[str, Any]
    created: datetime
    updated: datetime
    settles_at: datetime | None = None
    settles_to: Any = None
    given: bool = False
    gone_at: datetime | None = None

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
    def deadline(self) -> datetime | None:
        """When something will happen to this thing by itself."""
        if self.gone_at is not None:
            return self.gone_at
        rule = self.kind.traits.lapses
        text = self.members.get(rule.at) if rule else None
        return read_time(text, self.kind.traits.times.form) if text else None

    @property
    def marker(self) -> str:
        """What names this thing in paging."""
        return str(self.members[self.kind.traits.marker])

    def parents(self) -> tuple[tuple[str, str], ...]:
        """The (kind, id) of everything this thing lives inside."""
        named = [(kind, self.members.get(member)) for kind, member in self.kind.traits.parents.items()]
        return tuple([(kind, identity) for kind, identity in named if identity])


@dataclass(slots=True)
class Realm:
    """Everything one account has in one region."""

    things: dict[str, dict[str, Thing]] = field(default_factory=dict)
    inside: dict[tuple[str, str], dict[str, dict[str, Thing]]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    last_number: int = 0
    deadlines: list[tuple[datetime, int, Thing]] = field(default_factory=list)
    pushes: Iterator[int] = field(default_factory=count)

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
        self._house(thing)
        self._watch(thing)

    def change(self, thing: Thing, members: Mapping[str, Any]) -> None:
        """Give a thing these members; it moves when they name other parents, and has another deadline when they do."""
        before, deadline = thing.parents(), thing.deadline
        thing.members.update(members)
        if thing.parents() != before:
            self._unhouse(thing, before)
            self._house(thing)
        if thing.deadline != deadline:
            self._watch(thing)

    def leave(self, thing: Thing, at: datetime) -> None:
        """Let a thing be gone from an instant on; until then it is shown, in the state it is in."""
        thing.gone_at = at
        self._watch(thing)

    def due(self, now: datetime) -> Iterator[Thing]:
        """Things whose deadline has come, in order; one that gets a new deadline meanwhile can come again."""
        while self.deadlines and self.deadlines[0][0] <= now:
            deadline, _, thing = heappop(self.deadlines)
            if self.find(thing.kind.name, thing.id) is thing and thing.deadline == deadline:
                yield thing

    def _house(self, thing: Thing) -> None:
        for parent in thing.parents():
            self.inside.setdefault(parent, {}).setdefault(thing.kind.name, {})[thing.id] = thing

    def _unhouse(self, thing: Thing, parents: Iterable[tuple[str, str]]) -> None:
        for parent in parents:
            self.inside.get(parent, {}).get(thing.kind.name, {}).pop(thing.id, None)

    def _watch(self, thing: Thing) -> None:
        deadline = thing.deadline
        if deadline is not None:
            heappush(self.deadlines, (deadline, next(self.pushes), thing))

    def remove(self, thing: Thing) -> None:
        """Let a thing, and everything inside it, be gone. Its place in the order stays known to paging."""
        for kind in self.inside.pop((thing.kind.name, thing.id), {}).values():
            for child in list(kind.values()):
                self.remove(child)
        self.things[thing.kind.name].pop(thing.id, None)
        self._unhouse(thing, thing.parents())


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
        region = "" if kind.everywhere else region
        return self.realms.get((account, region)) or self.realm_at(account, region)

    def realm_at(self, account: str, region: str) -> Realm:
        """The realm of an account in a region, "" for what is in no region."""
        key = (account, region)
        if key not in self.realms:
            self.realms[key] = self._furnish(Realm(), everywhere=not region)
        return self.realms[key]

    def _furnish(self, realm: Realm, *, everywhere: bool) -> Realm:
        """Put in what exists from the start."""
        for kind in self.kinds.values():
            for members in kind.traits.given if kind.everywhere == everywhere else ():
                identity = str(members[kind.traits.id.member])
                realm.add(Thing(kind, identity, 0, dict(members), _EVER_SINCE, _EVER_SINCE, given=True))
        return realm

    def due(self, now: datetime) -> Iterator[tuple[Realm, Thing]]:
        """Every thing whose deadline has come, and where it is."""
        for realm in list(self.realms.values()):
            for thing in realm.due(now):
                yield realm, thing
