"""What each effect does to the world. Everything service-specific comes from the documents and the behaviours.

A refused act leaves no trace: effects check first and change last, and what was made is taken back when the rest
of it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours import Behaviours
from contractkit.cloud.listing import list_things
from contractkit.cloud.making import make_thing, require_room, require_unique
from contractkit.cloud.refusals import Refusal
from contractkit.cloud.traits import Collection
from contractkit.cloud.views import answer_with
from contractkit.cloud.world import Thing

__all__ = ["perform"]


def perform(act: Act, behaviours: Behaviours) -> Any:
    """Do what the act asks and give the response payload (None for an empty body). Raises Refusal."""
    special = behaviours.operations.get(act.plan.operation.qualified)
    if special is not None:
        return special(act)
    return _EFFECTS[act.effect.does](act, behaviours)


def _create(act: Act, behaviours: Behaviours) -> Any:
    _parents(act, act.path)  # also where the list of what is to be made is empty
    drafts = [_draft(act, body) for body in (_items(act) if act.effect.each else [act.body])]
    for draft in drafts:
        for parent in _parents(act, draft):
            _require_staying(act, parent)
    things = _make_all(act, drafts, behaviours)
    return _answer_each(act, things) if act.effect.each else answer_with(act, things[0], behaviours)


def _answer_each(act: Act, things: Iterable[Thing]) -> Any:
    name = act.effect.answers_ids
    return {name: [thing.id for thing in things], **act.effect.answers} if name else None


def _make_all(act: Act, drafts: Iterable[dict[str, Any]], behaviours: Behaviours) -> list[Thing]:
    """All of them or none: each may depend on the ones before it, so a refusal takes those back."""
    made: list[Thing] = []
    try:
        for draft in drafts:
            made.append(_make(act, draft, behaviours))  # noqa: PERF401 - what was made is needed when one is refused
    except Refusal:
        for thing in made:
            act.realm.remove(thing)
        raise
    return made


def _make(act: Act, draft: dict[str, Any], behaviours: Behaviours) -> Thing:
    require_room(act, act.kind, draft)
    creating = behaviours.creating.get(act.kind.name)
    if creating is not None:
        creating(act, draft)
    thing = make_thing(act, act.kind, draft)
    created = behaviours.created.get(act.kind.name)
    try:
        if created is not None:
            created(act, thing)
    except Refusal:
        act.realm.remove(thing)
        raise
    return thing


def _draft(act: Act, body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a thing to be: defaults of kind and operation, the body, then the parents it is put into."""
    traits = act.kind.traits
    draft = {**traits.defaults, **act.plan.body_defaults, **_given(act, body)}
    for member in traits.parents.values():
        value = act.argument(member)
        if value is not None and (member in act.path or not draft.get(member)):
            draft[member] = value
    return draft


def _given(act: Act, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the request sets: members of the body as they are and renamed, and the effect's own values."""
    effect, settable = act.effect, act.plan.settable
    given = {name: value for name, value in body.items() if name in settable}
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


def _parents(act: Act, members: Mapping[str, Any]) -> list[Thing]:
    """The things that the members name as parents. Refuses one that does not exist."""
    named = [(act.world.kinds.get(kind), members.get(member)) for kind, member in act.kind.traits.parents.items()]
    return [act.find(kind, str(identity)) for kind, identity in named if kind is not None and identity]


def _read(act: Act, behaviours: Behaviours) -> Any:
    return answer_with(act, act.target(), behaviours)


def _list(act: Act, behaviours: Behaviours) -> Any:
    _parents(act, act.path)
    return list_things(act, behaviours)


def _targets(act: Act) -> list[tuple[Thing, Mapping[str, Any]]]:
    """The things the act is about, each with the body that is meant for it."""
    if not act.effect.each:
        return [(act.target(), act.body)]
    _parents(act, act.path)  # also where the list of things is empty
    found = []
    for item in _items(act):
        body = item if isinstance(item, Mapping) else {act.plan.names_by: item}
        found.append((act.target(str(body.get(act.plan.names_by))), body))
    return found


def _items(act: Act) -> list[Any]:
    """What `each` points at, as a list."""
    given = _pointed(act.body, act.effect.each)
    return given if isinstance(given, list) else [] if given is None else [given]


def _change(act: Act, behaviours: Behaviours) -> Any:
    changes = [(thing, _changed(act, thing, body, behaviours)) for thing, body in _targets(act)]
    for thing, members in changes:
        act.realm.change(thing, members)
        thing.updated = act.now
        if act.effect.via:
            thing.enter(act.effect.via, act.now, act.world.settle)
        _follow(behaviours.changed, act, thing)
    return (
        _answer_each(act, [thing for thing, _ in changes])
        if act.effect.each
        else answer_with(act, changes[0][0], behaviours)
    )


def _changed(act: Act, thing: Thing, body: Mapping[str, Any], behaviours: Behaviours) -> dict[str, Any]:
    """The members the thing will have. Raises Refusal when it may not."""
    _require_state(act, thing)
    changed = {**thing.members, **_given(act, body)}
    for name in (act.kind.name, act.plan.operation.qualified):
        changing = behaviours.changing.get(name)
        if changing is not None:
            changing(act, thing, changed)
    require_unique(act, act.kind, changed, thing)
    if act.effect.collection is not None:
        changed[act.effect.collection.member] = _collect(act, thing, act.effect.collection, behaviours)
    return changed


def _require_state(act: Act, thing: Thing) -> None:
    _require_staying(act, thing)
    rule, effect = act.kind.traits.state, act.effect
    state = thing.members.get(rule.member) if rule else None
    if effect.states and state not in effect.states:
        raise act.refusal("state", f"its state is {state}; wait until it is {' or '.join(effect.states)}")
    for member, value in effect.requires.items():
        if thing.members.get(member) != value:
            raise act.refusal("state", f"its {member} forbids this; change {member} first")


def _require_staying(act: Act, thing: Thing) -> None:
    if thing.gone_at is not None:
        raise act.refusal("state", "it is being deleted; nothing can be done with it, or put into it, any more")


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
    things = [thing for thing, _ in _targets(act)]
    for thing in things:
        _require_deletable(act, thing, behaviours)
    payload = _answer_each(act, things) if act.effect.each else answer_with(act, things[0], behaviours)
    for thing in things:
        _let_go(act, thing)
        _follow(behaviours.deleted, act, thing)
    return payload


def _let_go(act: Act, thing: Thing) -> None:
    """Let a thing be gone: at once, or once it has been in its last state for as long as passing states last."""
    if act.effect.via and act.world.settle:
        thing.enter(act.effect.via, act.now, act.world.settle)
        act.realm.leave(thing, act.now + act.world.settle)
    else:
        act.realm.remove(thing)


def _follow(table: Mapping[str, Callable[[Act, Thing], None]], act: Act, thing: Thing) -> None:
    follow = table.get(thing.kind.name)
    if follow is not None:
        follow(act, thing)


def _require_deletable(act: Act, thing: Thing, behaviours: Behaviours) -> None:
    shield = act.kind.traits.shield
    if shield and thing.members.get(shield):
        raise act.refusal("state", f"it is protected against deletion; set {shield} to false first")
    deleting = behaviours.deleting.get(act.kind.name)
    if deleting is None or not deleting(act, thing):
        _require_state(act, thing)
    if act.kind.traits.children == "refuse" and any(_inhabited(act, thing)):
        raise act.refusal("children", "something still lives inside; delete it first")


def _inhabited(act: Act, thing: Thing) -> Iterator[bool]:
    for kind in act.world.kinds.values():
        if thing.kind.name in kind.traits.parents:
            within = act.realm_of(kind).children(thing, kind.name).values()
            yield any(not _goes_with(each, thing.kind.name) for each in within)


def _goes_with(thing: Thing, parent: str) -> bool:
    """Whether a thing goes along when its parent of that kind does."""
    needed = thing.kind.traits.goes_with.get(parent)
    return needed is not None and all(thing.members.get(name) == value for name, value in needed.items())


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
