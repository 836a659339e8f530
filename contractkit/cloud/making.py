"""Bringing a thing into the world: room for it, no double, an id, its first state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contractkit.cloud.acts import Act
from contractkit.cloud.dice import Dice
from contractkit.cloud.traits import Identity
from contractkit.cloud.world import Kind, Realm, Thing
from contractkit.errors import ContractError

__all__ = ["give_along", "make_along", "make_thing", "require_room", "require_unique"]


def make_along(act: Act, kind: str, members: Mapping[str, Any]) -> Thing:
    """Let a thing of another kind come along with what the act makes, with the defaults of its kind."""
    made = act.world.kinds[kind]
    return make_thing(act, made, {**made.traits.defaults, **members})


def give_along(act: Act, kind: str, members: Mapping[str, Any]) -> Thing:
    """Let a thing come along that nobody asked for: it counts for nothing that the account has made.

    Nothing is compared with it: what the cloud gives differs from what it has given.
    """
    made = act.world.kinds[kind]
    thing = _let_exist(act, made, {**made.traits.defaults, **members})
    thing.given = True
    return thing


def make_thing(act: Act, kind: Kind, draft: dict[str, Any]) -> Thing:
    """Let a thing of these members exist, at once or after its passing first state. Raises Refusal."""
    require_unique(act, kind, draft)
    return _let_exist(act, kind, draft)


def _let_exist(act: Act, kind: Kind, draft: dict[str, Any]) -> Thing:
    realm = act.realm_of(kind)
    thing = Thing(kind, _identify(act, kind, draft, realm), 0, draft, act.now, act.now)
    if kind.traits.state is not None:
        thing.enter(kind.traits.state.initial, act.now, act.world.settle)
    realm.add(thing)
    return thing


def _siblings(act: Act, kind: Kind, members: Mapping[str, Any]) -> Mapping[str, Thing]:
    """The things that share the first parent, or all of the kind where there is none."""
    realm = act.realm_of(kind)
    for name, member in kind.traits.parents.items():
        parent = realm.find(name, str(members.get(member)))
        if parent is not None:
            return realm.children(parent, kind.name)
    return realm.all(kind.name)


def require_room(act: Act, kind: Kind, draft: Mapping[str, Any], more: int = 1) -> None:
    """Refuse so many things of these members for which the quota leaves no room."""
    quota = kind.traits.quota
    limit = act.account.quotas.get(kind.name, act.world.quotas.get(kind.name, quota.limit if quota else None))
    if limit is None:
        return
    there = _siblings(act, kind, draft) if quota and quota.per else act.realm_of(kind).all(kind.name)
    if quota and quota.split:
        values = [draft.get(name) for name in quota.split]
        count = sum([each.members.get(name) for name in quota.split] == values for each in there.values())
    else:
        count = len(there)
    if count + more > limit:
        what = kind.name.replace("_", " ")
        raise act.refusal("quota", f"the quota of {limit} for this kind ({what}) is used up; delete one first", kind)


def require_unique(act: Act, kind: Kind, members: Mapping[str, Any], itself: Thing | None = None) -> None:
    """Refuse members that repeat what has to be unique."""
    for group in kind.traits.unique:
        values = [members.get(name) for name in group]
        if None in values or (itself and [itself.members.get(name) for name in group] == values):
            continue
        for other in _siblings(act, kind, members).values():
            if other is not itself and [other.members.get(name) for name in group] == values:
                raise act.refusal("duplicate", f"another one has the same {' and '.join(group)}; choose another", kind)


def _identify(act: Act, kind: Kind, draft: dict[str, Any], realm: Realm) -> str:
    """The id of a thing to be, which its members name; refuses one that exists already."""
    named, short = kind.traits.id, kind.traits.short_id
    for identity in (named, short):
        if identity is not None and identity.drawn:
            draft[identity.member] = _draw(act.world.dice, kind.name, identity, realm)
    identified = draft.get(named.member)
    if identified is None:
        raise ContractError(f"{kind.name}: nothing gives {named.member!r}; add a prefix or a behaviour")
    if not named.drawn and realm.find(kind.name, str(identified)) is not None:
        raise act.refusal("duplicate", "one of this name exists already; choose another name", kind)
    return str(identified)


def _draw(dice: Dice, kind: str, identity: Identity, realm: Realm) -> str:
    while True:
        drawn = dice.decimal() if identity.form == "decimal" else dice.identifier(identity.prefix, identity.length)
        if realm.find(kind, drawn) is None and (kind, drawn) not in realm.numbers:
            return drawn
