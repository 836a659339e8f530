"""Example arguments of any operation: the least that its contract accepts, the same every time.

Nothing is drawn at random: of every enumeration the first value, of every bound the least. What conditionals
demand is found by trying the readings of a schema in order and keeping the first that validates.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from contractkit.contract.calls import Call, place_call
from contractkit.contract.merging import BRANCHING, guess_type, merge_keyword
from contractkit.contract.model import Operation, Parameter, Schema
from contractkit.contract.schemas import find_problems
from contractkit.contract.validation import find_query_problems
from contractkit.errors import ConfigurationError

__all__ = ["Example", "demand", "example_arguments", "find_examples", "make_value", "read_shapes"]

_MOST_TRIES: Final = 200
# Like no other value, since recordings give a token another name wherever it stands.
_TOKEN: Final = "client-token-of-an-example"  # noqa: S105 - it guards nothing
_FORMATS: Final[Mapping[str, str]] = {
    "ip": "192.0.2.1",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "cidr": "10.0.0.0/16",
    "ip-or-cidr": "192.0.2.1",
    "date-time": "2024-01-01T00:00:00Z",
}
# Texts that patterns are tried with, the plainest first.
_SAMPLES: Final = ("ck", "a", "1", "80", "100", "80-90", "all", "Contract1!", "2024-01-01T00:00:00Z", "example.com", "")


class Example(NamedTuple):
    """Arguments by where they go: parameters by wire name, and the members of the body."""

    parameters: dict[str, Any]
    body: dict[str, Any] | None

    def call(self, operation: Operation) -> Call:
        """The parts of the request, unchecked."""
        return place_call(operation, self.parameters, self.body)


def example_arguments(operation: Operation) -> dict[str, Any]:
    """The fewest arguments by wire name that `build_call` accepts. Raises ConfigurationError when there are none."""
    found = next(find_examples(operation), None)
    if found is None:
        raise ConfigurationError(
            f"no example satisfies the contract of {operation.qualified}; look at its conditionals"
        )
    return {**(found.body or {}), **found.parameters}


def find_examples(
    operation: Operation, *, parameter: str | None = None, body: Sequence[Schema] = ()
) -> Iterator[Example]:
    """Valid examples, the least first, that have a certain parameter, and a body that also fulfils these schemas."""
    chosen = next(_find_parameters(operation, parameter), None)
    if chosen is None:
        return
    if operation.body is None:
        yield Example(chosen, None)
        return
    selecting = {"required": operation.traits.get("x-bce-selected-by", {}).get("body", ())[:1]}
    names = {each.name for each in operation.parameters}
    for value in find_values(operation.body, (*body, selecting)):
        members = {name: member for name, member in value.items() if name not in names}
        yield Example(chosen, members if members or operation.body_required or body else None)


def _find_parameters(operation: Operation, wanted: str | None) -> Iterator[dict[str, Any]]:
    """Parameters that the rule over the query takes together: the required ones, the wanted one, and a branch."""
    selecting = operation.traits.get("x-bce-selected-by", {}).get("query", ())
    rule = operation.query_rule or {}
    branches = [branch["required"] for name in ("oneOf", "anyOf") for branch in rule.get(name, ())]
    for more in ((), *branches, *rule.get("dependentRequired", {}).values()):
        names = {wanted, *selecting, *more, *(each.name for each in operation.parameters if each.required)}
        given = {each.name: _make_argument(each) for each in operation.parameters if each.name in names}
        if not any(find_query_problems(operation, given)):
            yield given


def _make_argument(parameter: Parameter) -> Any:
    """A value that is something even as text: an empty one would be no value at all."""
    schema = parameter.schema
    if parameter.name == "clientToken":
        return _TOKEN
    return make_value({**schema, "minItems": 1} if parameter.comma_separated else {**schema, "minLength": 1})


def make_value(schema: Schema) -> Any:
    """The least value that satisfies a schema. Raises ConfigurationError when none is found."""
    for value in find_values(schema):
        return value
    raise ConfigurationError(f"no value satisfies the schema {dict(schema)!r}; look at its pattern or conditionals")


def find_values(schema: Schema, demands: Sequence[Schema] = ()) -> Iterator[Any]:
    """Values that satisfy a schema, the least first, that were also made to fulfil the demands."""
    whole = {"allOf": [schema, *demands]} if demands else schema
    for shape in itertools.islice(read_shapes(whole), _MOST_TRIES):
        try:
            value = _make_plain(shape)
        except ConfigurationError:  # of this shape there is no value; the next may have one
            continue
        if not (find_problems(schema, value) or any(find_problems(each, value) for each in demands)):
            yield value


def read_shapes(schema: Schema) -> Iterator[dict[str, Any]]:
    """The schema without branches, once for each way to take them; the ways that add least come first."""
    plain = {name: value for name, value in schema.items() if name not in BRANCHING}
    if len(plain) == len(schema):
        yield plain
        return
    ways: list[Sequence[Schema]] = [[each] for each in schema.get("allOf", ())]
    ways += [schema[name] for name in ("anyOf", "oneOf") if name in schema]
    if "if" in schema:
        ways.append([{}, merge(schema["if"], schema.get("then", {})), schema.get("else", {})])
    for chosen in itertools.product(*ways):
        merged = plain
        for each in chosen:
            merged = merge(merged, each)
        yield from read_shapes(merged)


def demand(path: Sequence[str], schema: Schema | None = None) -> dict[str, Any]:
    """A schema by which a member at a path is there, and fulfils another; `*` stands for the first item."""
    if not path:
        return dict(schema or {})
    head, *rest = path
    inner = demand(rest, schema)
    if head == "*":
        return {"minItems": 1, "items": inner}
    return {"required": [head], "properties": {head: inner}}


def merge(one: Schema, other: Schema) -> dict[str, Any]:
    """One schema for what both ask; branches of both are kept."""
    merged, branches = dict(one), {name: other[name] for name in other if name in BRANCHING}
    for name, value in other.items():
        if name not in branches:
            merged[name] = merge_keyword(name, merged[name], value, merge) if name in merged else value
    if branches and BRANCHING & merged.keys():
        return {**merged, "allOf": [*merged.get("allOf", ()), branches]}
    return {**merged, **branches}


def _make_plain(schema: Schema) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return _pick(sorted(schema["enum"], key=lambda each: each in ("", None)), schema)
    kind = schema.get("type") or guess_type(schema)
    kind = next(each for each in kind if each != "null") if isinstance(kind, list) else kind
    return _MAKE[kind](schema)


def _pick(values: Sequence[Any], schema: Schema) -> Any:
    """The first of the values that satisfies the rest of the schema."""
    for each in values:
        if not find_problems(schema, each):
            return each
    raise ConfigurationError(f"none of the values {list(values)!r} satisfies the schema {dict(schema)!r}")


def _make_object(schema: Schema) -> dict[str, Any]:
    members, names = schema.get("properties", {}), list(schema.get("required", ()))
    for name in names:  # grows while it is walked through
        names += [each for each in schema.get("dependentRequired", {}).get(name, ()) if each not in names]
    return {name: make_value(members.get(name, {"type": "string"})) for name in names}


def _make_array(schema: Schema) -> list[Any]:
    least = schema.get("minItems", 0)
    return [make_value(schema.get("items", {}))] * least if least else []


def _make_integer(schema: Schema) -> int:
    step = schema.get("multipleOf", 1)
    least = schema.get("minimum", schema.get("exclusiveMinimum", min(0, schema.get("maximum", 1) - 1)) + 1)
    return int(-(-least // step) * step)


def _make_string(schema: Schema) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 1000)
    if "x-bce-id-prefix" in schema:
        return f"{schema['x-bce-id-prefix']}{'0' * 12}"[:most].ljust(least, "0")
    if "x-bce-range" in schema:
        return str(schema["x-bce-range"][0])
    if schema.get("format") in _FORMATS and most:
        return _FORMATS[schema["format"]]
    if "pattern" in schema:
        pattern = re.compile(schema["pattern"])
        fitting = [each for each in _SAMPLES if pattern.search(each) and least <= len(each) <= most]
        return str(_pick(fitting or [each.ljust(least, "a") for each in _SAMPLES], {"pattern": schema["pattern"]}))
    return "ck"[:most].ljust(least, "a")


_MAKE: Final[dict[str, Any]] = {
    "object": _make_object,
    "array": _make_array,
    "integer": _make_integer,
    "number": _make_integer,
    "boolean": lambda _: True,
    "string": _make_string,
    "null": lambda _: None,
}
