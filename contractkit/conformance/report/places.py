"""Places of the contract that requests can exercise: parameters, body members, and the values of enumerations.

A place is one line of text: the dotted operation, a kind of place, and where (`vpc.create_vpc member /cidr`,
`vpc.list_subnets value query/subnetType=BCC`). Only requests that were answered with success exercise any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from contractkit.contract import Contract, Match, Operation
from contractkit.contract.model import Schema
from contractkit.contract.validation import read_body, read_query, read_value
from contractkit.message import Interaction

__all__ = ["PLACES", "find_places", "list_places"]

PLACES: Final[Mapping[str, str]] = {"parameter": "parameters", "member": "body members", "value": "enum values"}
"""The kinds of places, each with what many of them are called."""

_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_Found = Iterator[tuple[str, str]]


def list_places(operation: Operation) -> tuple[tuple[str, str], ...]:
    """Kind and whereabouts of every place that an operation describes, each once, in the order of its documents."""
    return tuple(dict.fromkeys(_described_of(operation)))


def find_places(interaction: Interaction, contract: Contract) -> frozenset[str]:
    """The described places that a request exercised; none when it was refused or means no operation."""
    match = contract.route(interaction.request)
    if not isinstance(match, Match) or interaction.response.status >= 400:
        return frozenset()
    found = (*_found_parameters(match, interaction), *_found_members(match.operation, interaction))
    return frozenset(f"{match.operation.qualified} {kind} {where}" for kind, where in found)


def _described_of(operation: Operation) -> _Found:
    for each in operation.parameters:
        yield "parameter", f"{each.where}/{each.name}"
        yield from _described(each.schema, f"{each.where}/{each.name}")
    yield from _described(operation.body or {}, "")


def _described(schema: Schema, where: str) -> _Found:
    yield from _values(schema, where)
    for step, inner in _steps(schema):
        if step.startswith("/") and step != "/*":
            yield "member", where + step
        yield from _described(inner, where + step)


def _found_parameters(match: Match, interaction: Interaction) -> _Found:
    given: Mapping[str, str] = {**read_query(match.operation, interaction.request), **match.path_params}
    for each in match.operation.parameters:
        text = given.get(each.name)
        if text:
            yield "parameter", f"{each.where}/{each.name}"
            yield from _found(each.schema, read_value(each, text), f"{each.where}/{each.name}")


def _found_members(operation: Operation, interaction: Interaction) -> _Found:
    if operation.body is None or not interaction.request.body:
        return
    try:
        body = read_body(operation, interaction.request)
    except ValueError:
        return
    yield from _found(operation.body, body, "")


def _found(schema: Schema, value: Any, where: str) -> _Found:
    """What a value exercises of its schema; null is as good as absent."""
    yield from (each for each in _values(schema, where) if each == ("value", f"{where}={_text(value)}"))
    for step, inner in _steps(schema):
        if not step:
            yield from _found(inner, value, where)
        elif step == "/*":
            for item in value if isinstance(value, list) else ():
                yield from _found(inner, item, where + step)
        elif isinstance(value, Mapping) and value.get(step[1:]) is not None:
            yield "member", where + step
            yield from _found(inner, value[step[1:]], where + step)


def _steps(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Every schema inside a schema, and the step to what it describes: a member, `/*` for items, "" for itself."""
    for name, inner in schema.get("properties", {}).items():
        yield f"/{name}", inner
    if isinstance(schema.get("items"), Mapping):
        yield "/*", schema["items"]
    for keyword in _BRANCHES:
        for branch in schema.get(keyword, ()):
            yield "", branch
    for keyword in ("then", "else"):
        if isinstance(schema.get(keyword), Mapping):
            yield "", schema[keyword]


def _values(schema: Schema, where: str) -> _Found:
    for each in schema.get("enum", ()):
        if each is not None:
            yield "value", f"{where}={_text(each)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
