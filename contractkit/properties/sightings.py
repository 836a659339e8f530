"""What can be seen of a wish from outside: the answer, and the lists before and after it.

How an effect shows is read from the contract: what `x-bce-effect` says an operation does to a kind, and in which list
and under which member things of that kind stand. No kind is a case of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contractkit.client.failures import read_code
from contractkit.message import Response
from contractkit.properties.families import Family, Wish, family

__all__ = [
    "Items",
    "Outcome",
    "Sighting",
    "could_be",
    "differ",
    "is_done",
    "is_sure",
    "read_items",
    "read_states",
]

Items = Mapping[str, Mapping[str, Any]]
"""Things of one kind as they are listed, by id."""

Outcome = Literal["done", "mismatch", "refused", "lost"]

_MISMATCH = (403, "IdempotentParameterMismatch")
_TEMPORARY = frozenset({408, 429})


@dataclass(frozen=True)
class Sighting:
    """One wish as it went: what was answered, whether anything changed, and whether that may be its effect.

    `told` is the value of a success. `sure` says that nothing known stood in the way of a first use, `single` that
    what the lists show is this wish carried out once (of a deletion or change also: that it was so already).
    """

    outcome: Outcome
    changed: bool
    single: bool
    sure: bool
    told: Any = None
    refusal: tuple[int, str] = (0, "")

    @property
    def words(self) -> str:
        """What was answered."""
        if self.outcome == "lost":
            return "not answered"
        return f"refused with {self.refusal[0]} {self.refusal[1]}" if self.refusal[0] else "answered with success"

    @classmethod
    def of(cls, wish: Wish, response: Response | None, before: Items, after: Items, *, sure: bool) -> Sighting:
        """What an answer (None: it was lost) and the lists of the kind before and after it show."""
        changed = before != after
        if response is None or response.status in _TEMPORARY or response.status >= 500:
            return cls("lost", changed, could_be(wish, before, after), sure)
        if response.status >= 400:
            refusal = response.status, read_code(response)
            return cls("mismatch" if refusal == _MISMATCH else "refused", changed, False, sure, None, refusal)
        told = response.json() if response.body else {}
        return cls("done", changed, is_done(wish, before, after, told), sure, told)


def read_items(kind: Family, answer: Any, mark: str = "") -> dict[str, dict[str, Any]]:
    """The things in the answer of a list, without what changes by itself; with a `mark`, those that bear it."""
    paging = kind.listing.paging
    listed = answer[paging.items] if paging else ()
    shown = (each for each in listed if not mark or mark in json.dumps(each))
    return {str(each[kind.id_member]): {name: each[name] for name in each if name not in kind.fickle} for each in shown}


def read_states(kind: Family, answer: Any) -> dict[str, Any]:
    """The state of each thing in the answer of a list, None where the kind has none."""
    paging, member = kind.listing.paging, kind.traits.get("state", {}).get("member")
    return {str(each[kind.id_member]): each.get(member) for each in (answer[paging.items] if paging else ())}


def is_done(wish: Wish, before: Items, after: Items, told: Any) -> bool:
    """Whether the lists show a wish carried out once, and the answer says so."""
    if wish.does != "create":
        return could_be(wish, before, after)
    named = _told_id(family(wish.kind), wish, told)
    return could_be(wish, before, after) and named in ("", *(after.keys() - before.keys()))


def could_be(wish: Wish, before: Items, after: Items) -> bool:
    """Whether the lists show a wish carried out once."""
    new = after.keys() - before.keys()
    own = new if wish.does == "create" else {wish.about}
    others = all(after.get(each) == before.get(each) for each in {*before, *after} - own)
    if wish.does == "create":
        return others and len(new) == 1 and _agrees(wish, after[next(iter(new))])
    if wish.about not in before or not others:
        return False
    return wish.about not in after if wish.does == "delete" else _agrees(wish, after.get(wish.about, {}))


def is_sure(wish: Wish, known: Mapping[str, Items], state: Mapping[str, Any], *, again: bool) -> bool:
    """Whether nothing known stands in the way of a first use, given everything listed by kind and the thing's state.

    What was made `again` may have to be the only one of its name or range, what is deleted may be needed by something
    else, what is bound may be bound already, and what is changed has to be in a state that allows it.
    """
    needed = all(each in known.get(kind, {}) for kind, each in wish.place.ids.items())
    mine = known.get(wish.kind, {})
    if wish.does == "create":
        return needed and not again
    allowed = wish.operation.effect.get("from")
    return (
        needed
        and wish.method == wish.operation.method
        and wish.about in mine
        and not (wish.does in ("bind", "unbind") and could_be(wish, mine, mine))
        and (allowed is None or state.get(wish.about) in allowed)
        and not (wish.does == "delete" and _is_mentioned(wish.about, known.values()))
    )


def differ(before: Items, after: Items) -> str:
    """What changed between two lists, in numbers."""
    changed = [each for each in before.keys() & after.keys() if before[each] != after[each]]
    return f"(added {len(after.keys() - before.keys())}, removed {len(before.keys() - after.keys())}, changed {len(changed)})"


def _told_id(kind: Family, wish: Wish, told: Any) -> str:
    """The id in the answer to a creation, "" when the answer names none."""
    tells = {to: name for name, to in wish.operation.effect.get("tells", {}).items()}
    named = told.get(tells.get(kind.id_member, kind.id_member)) if isinstance(told, Mapping) else None
    return "" if named is None else str(named)


def _agrees(wish: Wish, item: Mapping[str, Any]) -> bool:
    """Whether a thing is as the wish said: each plain member, and what was to be added to a collection."""
    said = {
        **wish.members,
        **{name: _find(wish.members, at) for name, at in wish.operation.effect.get("takes", {}).items()},
    }
    plain = all(item.get(name, value) == value for name, value in said.items() if isinstance(value, str | int))
    return plain and bool(item) and _agrees_collection(wish, item)


def _agrees_collection(wish: Wish, item: Mapping[str, Any]) -> bool:
    collection = wish.operation.effect.get("collection")
    if collection is None or collection["member"] not in item:
        return True
    key = collection.get("key")
    there = [each[key] if isinstance(each, Mapping) else each for each in item[collection["member"]]]
    named = _find(wish.members, collection["items"])
    wanted = [each[key] if isinstance(each, Mapping) else each for each in named]
    return all((each in there) == (wish.does == "bind") for each in wanted)


def _find(members: Mapping[str, Any], pointer: str) -> Any:
    found: Any = members
    for step in pointer.strip("/").split("/"):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _is_mentioned(identifier: str, everything: Iterable[Items]) -> bool:
    return any(
        identifier in json.dumps(item) for items in everything for each, item in items.items() if each != identifier
    )
