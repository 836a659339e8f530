"""Calls that break their contract in exactly one named way, for every constraint of an operation.

A constraint that text cannot break (a query value is always a string, an empty one is none) has no fault. Nor
has one whose breach would select another operation of the same path.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from contractkit.contract.calls import Call, place_call, write_value
from contractkit.contract.examples import Example, demand, find_examples, make_value
from contractkit.contract.model import Operation, Parameter, Schema
from contractkit.contract.schemas import Problem, find_code, find_problems
from contractkit.contract.validation import find_query_problems, read_value
from contractkit.errors import ConfigurationError

__all__ = ["Fault", "find_faults", "find_unbroken"]

_MOST_BASES: Final = 12
_NONSENSE: Final = "no-such-value"


@dataclass(frozen=True)
class Fault:
    """A call with one constraint broken: where, at which place (JSON pointer), which rule.

    `code` is the error code documented for just this, "" where there is none.
    """

    where: Literal["path", "query", "body"]
    pointer: str
    rule: str
    call: Call
    code: str = ""

    def __str__(self) -> str:
        return f"{self.where} {self.pointer or '/'}: {self.rule}"


class _Site(NamedTuple):
    """One constraint of a body: the path to the value, the keyword, its schema, and what must hold for it to count."""

    path: tuple[str, ...]
    rule: str
    schema: Schema
    context: tuple[Schema, ...]


def find_faults(operation: Operation) -> Iterator[Fault]:
    """Every constraint of an operation, each broken once."""
    for parameter in operation.parameters:
        yield from _break_parameter(operation, parameter)
    yield from _break_query_rule(operation)
    yield from _break_whole_body(operation)
    for site in _find_sites(operation.body or {}):
        fault = _break_site(operation, site)
        if fault is not None:
            yield fault


def find_unbroken(operation: Operation) -> tuple[str, ...]:
    """The constraints of the body that no fault was found for: those that nothing but another constraint guards."""
    return tuple(
        f"/{'/'.join(site.path)}: {site.rule}"
        for site in _find_sites(operation.body or {})
        if _break_site(operation, site) is None
    )


def _break_parameter(operation: Operation, parameter: Parameter) -> Iterator[Fault]:
    base = next(find_examples(operation, parameter=parameter.name), None)
    if base is None:
        return
    kept = ("clientToken", *operation.traits.get("x-bce-selected-by", {}).get("query", ()))
    if parameter.required and parameter.where == "query" and parameter.name not in kept:
        left = {name: value for name, value in base.parameters.items() if name != parameter.name}
        yield Fault("query", f"/{parameter.name}", "required", place_call(operation, left, base.body))
    value = base.parameters[parameter.name]
    for rule, wrong in _break_value(parameter.schema, value):
        text = write_value(parameter, wrong)
        problems = find_problems(parameter.schema, read_value(parameter, text)) if text else ()
        if rule in {each.keyword for each in problems} and _fits_place(parameter, text):
            code = find_code(parameter.schema, problems[0])
            call = place_call(operation, {**base.parameters, parameter.name: wrong}, base.body)
            yield Fault(parameter.where, f"/{parameter.name}", rule, call, code)


def _break_value(schema: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    """Wrong values by rule; of a list also with one wrong item."""
    for rule in schema:
        for wrong in _WRONG[rule](schema, value) if rule in _WRONG else ():
            yield rule, wrong
            break
    if isinstance(value, list) and value:
        for rule, wrong in _break_value(schema.get("items", {}), value[0]):
            yield rule, [wrong]


def _fits_place(parameter: Parameter, text: str) -> bool:
    return parameter.where == "query" or ("/" not in text and text not in (".", ".."))


def _break_query_rule(operation: Operation) -> Iterator[Fault]:
    rule = operation.query_rule or {}
    named = {name for key in ("oneOf", "anyOf") for branch in rule.get(key, ()) for name in branch["required"]}
    named |= {*rule.get("dependentRequired", {}), *itertools.chain(*rule.get("dependentRequired", {}).values())}
    base = next(find_examples(operation), None)
    if base is None:
        return
    others = {name: value for name, value in base.parameters.items() if name not in named}
    every = {each.name: make_value(each.schema) for each in operation.parameters if each.name in named}
    for size in range(len(every) + 1):
        for chosen in itertools.combinations(every, size):
            given = {**others, **{name: every[name] for name in chosen}}
            if any(find_query_problems(operation, given)):
                rule_name = f"together ({', '.join(chosen) or 'none'})"
                yield Fault("query", "", rule_name, place_call(operation, given, base.body))


def _break_whole_body(operation: Operation) -> Iterator[Fault]:
    base = next(find_examples(operation), None)
    if operation.body is None or base is None:
        return
    call = place_call(operation, base.parameters, {})
    yield Fault("body", "", "malformed", Call(call.method, call.path_segments, call.query, b'{"'))
    if operation.body_required:
        yield Fault("body", "", "required", Call(call.method, call.path_segments, call.query, b""))


def _find_sites(
    schema: Schema, path: tuple[str, ...] = (), context: tuple[Schema, ...] = (), members: Schema | None = None
) -> Iterator[_Site]:
    """Every constraint of a body schema; `members` are those of the object a branch speaks of."""
    known = {**(members or {}), **schema.get("properties", {})}
    for rule in schema:
        if rule == "required":
            for name in schema["required"]:
                yield _Site((*path, name), rule, schema, context)
        elif rule in _WRONG or rule in ("not", "anyOf", "oneOf", "dependentRequired"):
            yield _Site(path, rule, {**schema, "properties": known} if known else schema, context)
    for name, member in schema.get("properties", {}).items():
        yield from _find_sites(member, (*path, name), context, (members or {}).get(name, {}).get("properties"))
    if "items" in schema:
        yield from _find_sites(schema["items"], (*path, "*"), context)
    for branch in schema.get("allOf", ()):
        yield from _find_sites(branch, path, context, known)
    if "if" in schema:
        held = demand(path, schema["if"])
        yield from _find_sites(schema.get("then", {}), path, (*context, held), known)
        yield from _find_sites(schema.get("else", {}), path, context, known)


def _break_site(operation: Operation, site: _Site) -> Fault | None:
    """The first variant of a valid body that breaks this constraint, and, where there is one, no other."""
    path = site.path[:-1] if site.rule == "required" else site.path
    wanted = (*site.context, demand(path), *((demand(site.path),) if site.rule == "required" else ()))
    if site.rule == "dependentRequired":
        wanted = (*wanted, demand(path, {"required": list(site.schema["dependentRequired"])}))
    second: Fault | None = None
    for base in itertools.islice(find_examples(operation, body=wanted), _MOST_BASES):
        for body in _break_body(site, base):
            problems = find_problems(operation.body or {}, body)
            if not _is_of(problems, site) or not _stays(operation, body):
                continue
            code = find_code(operation.body or {}, problems[0])
            pointer = "".join(f"/{0 if part == '*' else part}" for part in site.path)
            fault = Fault("body", pointer, site.rule, place_call(operation, base.parameters, body), code)
            if len(problems) == 1:
                return fault
            second = second or fault
    return second


def _break_body(site: _Site, base: Example) -> Iterator[Any]:
    value = _get(base.body, site.path[:-1] if site.rule == "required" else site.path)
    if site.rule == "required":
        yield _put(base.body, site.path[:-1], {name: each for name, each in value.items() if name != site.path[-1]})
    elif site.rule in ("anyOf", "oneOf"):
        yield from (_put(base.body, site.path, wrong) for wrong in _miss_branches(site.schema, value))
    elif site.rule == "not":
        yield from (_put(base.body, site.path, wrong) for wrong in _do_forbidden(site.schema, value))
    elif site.rule == "dependentRequired":
        for needed in site.schema["dependentRequired"].values():
            yield _put(base.body, site.path, {name: each for name, each in value.items() if name not in needed})
    else:
        yield from (_put(base.body, site.path, wrong) for wrong in _WRONG[site.rule](site.schema, value))


def _is_of(problems: Sequence[Problem], site: _Site) -> bool:
    """Whether the problems are those of this site: its rule among them, and all of them at its place."""
    place = "".join(f"/{0 if part == '*' else part}" for part in site.path)
    found = {(f"{each.pointer}/{each.member}" if each.member else each.pointer) for each in problems}
    return bool(problems) and found == {place} and site.rule in {each.keyword for each in problems}


def _stays(operation: Operation, body: Any) -> bool:
    """Whether the broken call still selects the operation among those of its path."""
    selecting = set(operation.traits.get("x-bce-selected-by", {}).get("body", ()))
    return not selecting or (isinstance(body, dict) and bool(selecting & body.keys()))


def _miss_branches(schema: Schema, value: Any) -> Iterator[Any]:
    """What fits no branch: an object without the members they ask for, or with these at nothing; else nonsense."""
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    asked = {name for branch in branches for name in branch.get("required", ())}
    if asked and isinstance(value, dict):
        yield {name: each for name, each in value.items() if name not in asked}
        yield {**value, **dict.fromkeys(asked & value.keys(), 0)}
        for name in asked:
            yield {each: member for each, member in value.items() if each != name}
    else:
        yield from (_NONSENSE, 987_654_321)


def _do_forbidden(schema: Schema, value: Any) -> Iterator[Any]:
    """What a `not` forbids: its constant, or every member it names (any, where it lists several ways)."""
    forbidden = schema["not"]
    if "const" in forbidden:
        yield forbidden["const"]
    for way in forbidden.get("anyOf", (forbidden,)):
        members = schema.get("properties", {})
        if "required" in way and isinstance(value, dict):
            made = {}
            for name in way["required"]:
                narrowed = way.get("properties", {}).get(name, {})
                made[name] = make_value({"allOf": [members.get(name, {}), narrowed]})
            yield {**value, **made}


def _get(value: Any, path: Sequence[str]) -> Any:
    for part in path:
        value = value[0 if part == "*" else part]
    return value


def _put(body: Any, path: Sequence[str], wrong: Any) -> Any:
    """A copy of a body with another value at a path."""
    if not path:
        return wrong
    changed = copy.deepcopy(body)
    _get(changed, path[:-1])[0 if path[-1] == "*" else path[-1]] = wrong
    return changed


def _wrong_type(schema: Schema, _: Any) -> Iterator[Any]:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    wrongs: Mapping[str, Any] = {"object": {}, "array": [], "string": "many", "integer": 7, "boolean": True}
    yield from (wrong for kind, wrong in wrongs.items() if kind not in kinds)


def _longer(schema: Schema, value: Any) -> Iterator[Any]:
    missing = schema["maxLength"] + 1 - len(value)
    yield from (value + letter * missing for letter in (value[-1:] or "a", "a", "0"))


def _more_items(schema: Schema, value: Any) -> Iterator[Any]:
    try:
        item = value[0] if value else make_value(schema.get("items", {}))
    except ConfigurationError:  # no item can be made, so there cannot be too many either
        return
    yield [item] * (schema["maxItems"] + 1)


_WRONG: Final[Mapping[str, Callable[[Schema, Any], Iterator[Any]]]] = {
    "type": _wrong_type,
    "enum": lambda _schema, value: iter((987_654_321,) if isinstance(value, int) else (_NONSENSE,)),
    "minimum": lambda schema, _: iter((schema["minimum"] - 1,)),
    "maximum": lambda schema, _: iter((schema["maximum"] + 1,)),
    "minLength": lambda schema, value: iter((value[: schema["minLength"] - 1],) if schema["minLength"] else ()),
    "maxLength": _longer,
    "minItems": lambda schema, value: iter((value[: schema["minItems"] - 1],) if schema["minItems"] else ()),
    "maxItems": _more_items,
    "pattern": lambda _schema, value: iter((f"{value}\t", "\t", "!", f"{value[:-1]}!")),
    "format": lambda _schema, _value: iter((_NONSENSE,)),
    "x-bce-range": lambda schema, _: iter((str(schema["x-bce-range"][1] + 1),)),
}
