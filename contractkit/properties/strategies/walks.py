"""Sequences of operations that respect parents: what is needed is made first, and its id is handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from contractkit.contract import Match, Operation, load_contract
from contractkit.errors import ArgumentError
from contractkit.message import Request
from contractkit.properties.strategies.operations import arguments, write_request

__all__ = ["Step", "Walk", "walks"]

Ids = dict[str, list[str]]
"""The ids known so far, by kind of resource."""


@dataclass(frozen=True)
class Step:
    """One call: arguments as drawn, where a name that holds an id is filled with one that is known by then."""

    operation: Operation
    arguments: Mapping[str, Any]
    pick: int

    def __repr__(self) -> str:
        return self.operation.qualified

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        # Hypothesis would otherwise print the whole description of the operation.
        printer.text(repr(self))

    def write(self, ids: Ids) -> tuple[Request, bool]:
        """The request, and whether every id it names was known."""
        filled = {name: self._fill(name, value, ids) for name, value in self.arguments.items()}
        own = str(self.operation.effect.get("resource", ""))
        known = bool(ids.get(own)) and _id_member(own) in self.arguments
        try:
            request = write_request(self.operation, filled)
        except ArgumentError:
            return write_request(self.operation, self.arguments), False
        found = load_contract().route(request)
        if isinstance(found, Match) and found.operation is self.operation:
            return request, known
        return write_request(self.operation, self.arguments), False

    def note(self, ids: Ids, answer: Any) -> None:
        """Learn the ids that a successful answer made, forget those that it removed."""
        does, kind = self.operation.effect.get("does"), str(self.operation.effect.get("resource", ""))
        member = _id_member(kind)
        if does == "create" and isinstance(answer, Mapping) and isinstance(answer.get(member), str):
            ids.setdefault(kind, []).append(answer[member])
        elif does == "delete":
            ids.clear()  # what went with it is the server's to say; later steps make their own

    def _fill(self, name: str, value: Any, ids: Ids) -> Any:
        own = str(self.operation.effect.get("resource", ""))
        kinds = [kind for kind in ids if _id_member(kind) == name]
        kind = own if own in kinds else next(iter(kinds), "")
        return ids[kind][self.pick % len(ids[kind])] if kind and isinstance(value, str) else value


Walk = list[Step]


def walks(operations: Sequence[Operation], *, longest: int = 4) -> SearchStrategy[Walk]:
    """Up to `longest` calls of some operations, each with the creations before it that its parents need."""
    return _draw_walk(tuple(operations), longest)


@st.composite
def _draw_walk(draw: DrawFn, operations: tuple[Operation, ...], longest: int) -> Walk:
    chosen = draw(st.lists(st.sampled_from(operations), min_size=1, max_size=longest))
    served = {each.qualified for each in operations}
    walk: Walk = []
    made: set[str] = set()
    for operation in chosen:
        for needed in [*_creators(operation), operation]:
            if needed.qualified in made or needed.qualified not in served:
                continue
            if needed is not operation:
                made.add(needed.qualified)
            walk.append(Step(needed, draw(arguments(needed)), draw(st.integers(0, 3))))
            reader = _find(str(needed.effect.get("resource", "")), "read")
            if needed.effect.get("does") == "create" and reader and reader.qualified in served:
                walk.append(Step(reader, draw(arguments(reader)), draw(st.integers(0, 3))))
    return walk


def _creators(operation: Operation, seen: tuple[str, ...] = ()) -> list[Operation]:
    """The creations that an operation needs, parents before children."""
    effect = operation.effect
    kind = str(effect.get("resource", ""))
    needed = _parents(kind) if effect.get("does") in ("create", "list", "inquire") else (kind,)
    found: list[Operation] = []
    for each in needed:
        creator = _find(each, "create")
        if creator is not None and each not in seen and creator is not operation:
            found += [*_creators(creator, (*seen, each)), creator]
    return found


def _find(kind: str, does: str) -> Operation | None:
    """The simplest operation that does this to one of a kind, None when there is none."""
    resource = load_contract().resources.get(kind)
    operations = load_contract().operations(resource.service) if resource else ()
    found = [each for each in operations if (each.effect.get("does"), each.effect.get("resource")) == (does, kind)]
    return min(found, key=lambda each: len(each.parameters)) if found else None


def _parents(kind: str) -> tuple[str, ...]:
    resource = load_contract().resources.get(kind)
    return tuple(resource.traits.get("parents", {})) if resource else ()


def _id_member(kind: str) -> str:
    resource = load_contract().resources.get(kind)
    return str(resource.traits.get("id", {}).get("member", "")) if resource else ""
