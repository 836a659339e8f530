"""What each effect does to the world. Everything service-specific comes from the documents and the behaviours.

Every effect checks first and changes last, so a refused act leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours import Behaviours
from contractkit.cloud.listing import list_things
from contractkit.cloud.traits import Collection, Identity
from contractkit.cloud.views import answer_with
from contractkit.cloud.world import Thing
from contractkit.errors import ContractError

__all__ = ["perform"]


def perform(act: Act, behaviours: Behaviours) -> Any:
    """Do what the act asks and give the response payload (None for an empty body). Raises Refusal."""
    special = behaviours.operations.get(act.plan.operation.qualified)
    if special is not None:
        return special(act)
    return _EFFECTS[act.effect.does](act, behaviours)


def _create(act: Act, behaviours: Behaviours) -> Any:
    bodies = _pointed(act.body, act.effect.each) if act.effect.each else [act.body]
    drafts = [_draft(act, body) for body in bodies]
    _require_parents(act)
    things = [_make(act, draft, behaviours) for draft in drafts]
    if act.effect.each:
        ids = [thing.members[act.kind.traits.id.member] for thing in things]
        return {act.effect.answers_ids: ids} if act.effect.answers_ids else None
    return answer_with(act, things[0], behaviours)


def _make(act: Act, draft: dict[str, Any], behaviours: Behaviours) -> Thing:
    _require_room(act, draft)
    creating = behaviours.creating.get(act.kind.name)
    if creating is not None:
        creating(act, draft)
    _require_unique(act, draft)
    thing = Thing(act.kind, _identify(act, draft), 0, draft, act.now, act.now)
    if act.kind.traits.state is not None:
        thing.enter(act.kind.traits.state.initial, act.now, act.world.settle)
    act.realm.add(thing)
    return thing


def _draft(act: Act, body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a thing to be: defaults of kind and operation, the body, then what stands in the path."""
    traits = act.kind.traits
    draft = {**traits.defaults, **act.plan.body_defaults, **_given(act, body)}
    for member in traits.parents.values():
        value = act.argument(member)
        if value is not None and not draft.get(member):
            draft[member] = value
    return draft


def _given(act: Act, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the request sets: body members of the operation's schema, renamed, and the effect's own values."""
    effect, schema = act.effect, act.plan.operation.body or {}
    renamed = {pointer.strip("/").partition("/")[0] for pointer in effect.takes.values()}
    if effect.collection is not None:
        renamed.add(effect.collection.items.strip("/").partition("/")[0])
    known = schema.get("properties", {}) if not effect.each else body
    given = {name: value for name, value in body.items() if name in known and name not in renamed and value is not None}
    for member, pointer in effect.takes.items():
        value = _pointed(body, pointer)
        if value is not None:
            given[member] = value
    return {**given, **effect.puts, **dict.fromkeys(effect.clears)}


def _pointed(value: Any, pointer: str) -> Any:
    for part in pointer.strip("/").split("/"):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _require_parents(act: Act) -> None:
    for kind, member in act.kind.traits.parents.items():
        identity = act.argument(member)
        if identity and kind in act.world.kinds:
            act.find(act.world.kinds[kind], str(identity))


def _siblings(act: Act, members: Mapping[str, Any]) -> Mapping[str, Thing]:
    """The things that share the first parent, or all of the kind where there is none."""
    for kind, member in act.kind.traits.parents.items():
        parent = act.realm.find(kind, str(members.get(member)))
        if parent is not None:
            return act.realm.children(parent, act.kind.name)
    return act.realm.all(act.kind.name)


def _require_room(act: Act, draft: Mapping[str, Any]) -> None:
    kind, quota = act.kind, act.kind.traits.quota
    limit = act.account.quotas.get(kind.name, act.world.quotas.get(kind.name, quota.limit if quota else None))
    if limit is None:
        return
    there = _siblings(act, draft) if quota and quota.per else act.realm.all(kind.name)
    if len(there) >= limit:
        what = kind.name.replace("_", " ")
        raise act.refusal("quota", f"the quota of {limit} for this kind ({what}) is used up; delete one first")


def _require_unique(act: Act, members: Mapping[str, Any], itself: Thing | None = None) -> None:
    for group in act.kind.traits.unique:
        values = [members.get(name) for name in group]
        if None in values:
            continue
        for other in _siblings(act, members).values():
            if other is not itself and [other.members.get(name) for name in group] == values:
                raise act.refusal("duplicate", f"another one has the same {' and '.join(group)}; choose another")


def _identify(act: Act, draft: dict[str, Any]) -> str:
    traits = act.kind.traits
    for identity in filter(None, (traits.id, traits.short_id)):
        if identity.drawn:
            draft[identity.member] = _draw(act, identity)
    identified = draft.get(traits.id.member)
    if identified is None:
        raise ContractError(f"{act.kind.name}: nothing gives {traits.id.member!r}; add a prefix or a behaviour")
    if act.realm.find(act.kind.name, str(identified)) is not None:
        raise act.refusal("duplicate", "one of this name exists already; choose another name")
    return str(identified)


def _draw(act: Act, identity: Identity) -> str:
    while True:
        dice = act.world.dice
        drawn = dice.decimal() if identity.form == "decimal" else dice.identifier(identity.prefix, identity.length)
        if act.realm.find(act.kind.name, drawn) is None and (act.kind.name, drawn) not in act.realm.numbers:
            return drawn


def _read(act: Act, behaviours: Behaviours) -> Any:
    return answer_with(act, act.target(), behaviours)


def _list(act: Act, behaviours: Behaviours) -> Any:
    _require_parents(act)
    return list_things(act, behaviours)


def _change(act: Act, behaviours: Behaviours) -> Any:
    thing = act.target()
    _require_state(act, thing)
    given = _given(act, act.body)
    changed = {**thing.members, **given}
    changing = behaviours.changing.get(act.kind.name)
    if changing is not None:
        changing(act, thing, changed)
    _require_unique(act, changed, thing)
    if act.effect.collection is not None:
        changed[act.effect.collection.member] = _collect(act, thing, act.effect.collection, behaviours)
    thing.members.update(changed)
    thing.updated = act.now
    if act.effect.via:
        thing.enter(act.effect.via, act.now, act.world.settle)
    return answer_with(act, thing, behaviours)


def _require_state(act: Act, thing: Thing) -> None:
    rule, effect = act.kind.traits.state, act.effect
    state = thing.members.get(rule.member) if rule else None
    if effect.states and state not in effect.states:
        raise act.refusal("state", f"its state is {state}; wait until it is {' or '.join(effect.states)}")
    for member, value in effect.requires.items():
        if thing.members.get(member) != value:
            raise act.refusal("state", f"its {member} forbids this; change {member} first")


def _collect(act: Act, thing: Thing, rule: Collection, behaviours: Behaviours) -> list[Any]:
    """The list after adding or taking what the request names."""
    given = _pointed(act.body, rule.items) or []
    items = [_item(each, rule) for each in (given if isinstance(given, list) else [given])]
    there = list(thing.members.get(rule.member, ()))
    keys = {_key(each, rule) for each in there}
    named = {_key(each, rule): each for each in items}
    if act.effect.does == "unbind":
        if named.keys() - keys:
            raise act.refusal("state", f"{rule.member} does not hold everything named; read it first")
        return [each for each in there if _key(each, rule) not in named]
    if keys & named.keys():
        raise act.refusal("state", f"{rule.member} holds some of what is named already; name only what is new")
    collecting = behaviours.collecting.get(act.kind.name)
    added = list(named.values())
    return [*there, *(collecting(act, thing, added) if collecting else added)]


def _item(value: Any, rule: Collection) -> Any:
    return value if isinstance(value, Mapping) or not rule.key else {rule.key: value}


def _key(item: Any, rule: Collection) -> Any:
    return item.get(rule.key) if isinstance(item, Mapping) else item


def _delete(act: Act, behaviours: Behaviours) -> Any:
    thing = act.target()
    deleting = behaviours.deleting.get(act.kind.name)
    if deleting is None or not deleting(act, thing):
        _require_state(act, thing)
    if act.kind.traits.children == "refuse" and any(_inhabited(act, thing)):
        raise act.refusal("children", "something still lives inside; delete it first")
    payload = answer_with(act, thing, behaviours)
    act.realm.remove(thing)
    return payload


def _inhabited(act: Act, thing: Thing) -> Iterator[bool]:
    for kind in act.world.kinds.values():
        if thing.kind.name in kind.traits.parents:
            yield bool(act.realm_of(kind).children(thing, kind.name))


def _inquire(act: Act, behaviours: Behaviours) -> Any:  # noqa: ARG001 - one signature for every effect
    return dict(act.effect.answers) or None


_EFFECTS: Final[Mapping[str, Callable[[Act, Behaviours], Any]]] = {
    "create": _create,
    "read": _read,
    "list": _list,
    "update": _change,
    "bind": _change,
    "unbind": _change,
    "delete": _delete,
    "inquire": _inquire,
}
