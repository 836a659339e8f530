"""Lists: filters that all have to hold, then one page between markers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours import Behaviours
from contractkit.cloud.traits import Filter
from contractkit.cloud.views import view_thing
from contractkit.cloud.world import Thing
from contractkit.contract import Parameter
from contractkit.contract.model import Schema
from contractkit.errors import ContractError

__all__ = ["list_things"]

# Parameters that any list may take, and that narrow none.
_COMMON = ("marker", "maxKeys", "clientToken")


def list_things(act: Act, behaviours: Behaviours) -> dict[str, Any]:
    """The payload of a list: one page where the operation pages, everything where it does not.

    What the response names beside the list and the path has (the id of the parent) is repeated.
    """
    page, envelope = _filtered(act, behaviours), _repeated(act)
    name, schema = _items(act)
    if act.plan.operation.paging is not None:
        page, around = _cut_page(act, page)
        envelope |= around
    return {**envelope, name: [view_thing(act, each, schema, behaviours) for each in page]}


def _repeated(act: Act) -> dict[str, Any]:
    named = (act.plan.operation.response or {}).get("properties", {})
    return {name: value for name, value in act.path.items() if name in named}


def _items(act: Act) -> tuple[str, Schema]:
    """The response member that holds the list, and the schema of one item."""
    operation = act.plan.operation
    members = (operation.response or {}).get("properties", {})
    name = operation.paging.items if operation.paging else next((n for n, s in members.items() if "items" in s), "")
    if name not in members:
        raise ContractError(f"{operation.qualified}: its response names no list; describe it or add x-bce-paging")
    return name, members[name].get("items", {})


def _cut_page(act: Act, things: list[Thing]) -> tuple[list[Thing], dict[str, Any]]:
    """A page and its envelope: `marker` is its first item, `nextMarker` the first item of the page after it."""
    operation = act.plan.operation
    size = act.query.get("maxKeys") or (operation.paging.usual if operation.paging else 1000)
    start = _start(act, things)
    page, rest = things[start : start + size], things[start + size : start + size + 1]
    envelope: dict[str, Any] = {"isTruncated": bool(rest), "maxKeys": size}
    if page:
        envelope["marker"] = page[0].marker
    if rest:
        envelope["nextMarker"] = rest[0].marker
    return page, envelope


def _start(act: Act, things: list[Thing]) -> int:
    """Where the page of a marker starts; a marker whose item is gone starts at what came after it."""
    marker = act.query.get("marker")
    if not marker:
        return 0
    number = act.realm.numbers.get((act.kind.name, marker))
    if number is None:
        raise act.refusal("value", "the marker names no item; start without one, then use the nextMarker of each page")
    return next((index for index, each in enumerate(things) if each.number >= number), len(things))


def _filtered(act: Act, behaviours: Behaviours) -> list[Thing]:
    things: Iterable[Thing] = _candidates(act)
    tests = [test for parameter in act.plan.operation.parameters if (test := _test(act, parameter)) is not None]
    tests += behaviours.listing[act.kind.name](act) if act.kind.name in behaviours.listing else ()
    found = []
    for thing in things:
        thing.settle(act.now)
        if all(test(thing) for test in tests):
            found.append(thing)
    return found


def _candidates(act: Act) -> Iterable[Thing]:
    """What lives inside the parent named in the path, else every thing of the kind."""
    for kind, member in act.kind.traits.parents.items():
        parent = act.realm.find(kind, act.path[member]) if member in act.path else None
        if parent is not None:
            return act.realm.children(parent, act.kind.name).values()
    return act.realm.all(act.kind.name).values()


def _test(act: Act, parameter: Parameter) -> Callable[[Thing], bool] | None:
    name = parameter.name
    rule = act.effect.filters.get(name, Filter())
    if parameter.where != "query" or name in _COMMON or rule is None:
        return None
    wanted = act.query.get(name, act.plan.query_defaults.get(name))
    if wanted is None:
        return None
    if parameter.comma_separated:
        member, allowed = rule.member or name.removesuffix("s"), set(wanted)
        return lambda thing: thing.members.get(member) in allowed
    return _compare(rule.member or name, wanted, contains=_contains(act, rule))


def _contains(act: Act, rule: Filter) -> bool:
    if rule.mode_from:
        return bool(act.query.get(rule.mode_from, act.plan.query_defaults.get(rule.mode_from)) == "LIKE")
    return rule.mode == "contains"


def _compare(member: str, wanted: Any, *, contains: bool) -> Callable[[Thing], bool]:
    if contains:
        return lambda thing: str(wanted) in str(thing.members.get(member) or "")
    return lambda thing: bool(thing.members.get(member) == wanted)
