"""Hold a request against the contract of its operation.

A violation is *tolerated* when official clients are known to send it and the service is known, or must
be assumed, to accept it: the reference cloud lets it pass, and `check` reports it as a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from contractkit.contract.model import Operation, Parameter, Schema
from contractkit.contract.router import Match
from contractkit.contract.schemas import Problem, find_code, find_problems, find_unknown_members, unescape
from contractkit.message import Request, parse_json

__all__ = ["Appraisal", "Violation", "appraise_request", "validate_request"]

_MALFORMED: Final = "malformed"
# No number here needs more characters than those of 64 bits; longer digits stay text, and fail as such.
_LONGEST_NUMBER: Final = 20
_TOGETHER: Final = {
    "oneOf": "give exactly one of {names}",
    "anyOf": "give at least one of {names}",
    "dependentRequired": "the first of {names} needs the others",
}
# Items that belong to the protocol, not to one operation: any request may carry them.
_PROTOCOL_ITEMS: Final = frozenset({"authorization", "x-bce-security-token", "clienttoken"})


@dataclass(frozen=True)
class Violation:
    """One broken promise of a request: where, which rule, and a sentence that shows no value.

    `code` is the error code documented for just this, "" where there is none.
    """

    where: Literal["path", "query", "body"]
    pointer: str
    rule: str
    message: str
    tolerated: bool = False
    code: str = ""

    def __str__(self) -> str:
        return f"{self.where} {self.pointer or '/'}: {self.message}"


def _read_fraction(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


_DECODER: Final = msgspec.json.Decoder(float_hook=_read_fraction)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """A request as its operation reads it.

    `query` and `body` are its arguments as typed values, without what stands for absent; they are good to act on
    where every violation is tolerated.
    """

    violations: tuple[Violation, ...]
    query: Mapping[str, Any]
    body: Mapping[str, Any]


def appraise_request(match: Match, request: Request) -> Appraisal:
    """Read the arguments of a request, and find everything that the contract of the matched operation forbids in it."""
    operation = match.operation
    query = _read_arguments(operation, request)
    body, body_violations = _appraise_body(operation, request)
    found = (*_validate_path(match), *_validate_query(operation, request, query), *body_violations)
    return Appraisal(found, query, body)


def validate_request(match: Match, request: Request) -> tuple[Violation, ...]:
    """Everything the contract of the matched operation forbids in this request."""
    return appraise_request(match, request).violations


def read_query(operation: Operation, request: Request) -> dict[str, str]:
    """The query by name: of a repeated item the last counts, but a list may come joined by commas or repeated."""
    parameters, given = operation.query_parameters, dict[str, str]()
    for name, value in request.query:
        if given.get(name) and name in parameters and parameters[name].comma_separated:
            given[name] += f",{value}" if value else ""
        else:
            given[name] = value or ""
    return given


def _read_arguments(operation: Operation, request: Request) -> dict[str, Any]:
    """The described query parameters that have a value, typed."""
    given = read_query(operation, request)
    described = operation.query_parameters
    return {name: read_value(described[name], text) for name, text in given.items() if text and name in described}


def read_value(parameter: Parameter, text: str) -> Any:
    """A parameter as the type its schema names; text that has no such reading stays text (and then fails)."""
    if parameter.comma_separated:
        return text.split(",") if text else []
    return _read_scalar(parameter.schema.get("type"), text)


def _read_scalar(kind: Any, text: str) -> Any:
    kinds = kind if isinstance(kind, list) else [kind]
    if "integer" in kinds and len(text) <= _LONGEST_NUMBER and text.isascii() and text.removeprefix("-").isdigit():
        return int(text)
    if "boolean" in kinds and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def without_nulls(value: Any) -> Any:
    """A JSON value without the object members that are null; items of arrays keep their places."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def without_unset(schema: Schema, body: Any) -> Any:
    """A body without what official clients send for members that nobody gave: null, and empty text.

    Empty text counts as unset only where it could not be meant: the member takes an address, one of some words or
    another form, and the schema is content without it. Where empty is a value (a description), or expressly too
    short (`minLength`), or the member is required, it stays.
    """
    settled = without_nulls(body)
    problems = find_problems(schema, settled)
    too_short = {each.pointer for each in problems if each.keyword == "minLength"}
    for pointer in dict.fromkeys(each.pointer for each in problems if each.pointer not in too_short):
        shorter = _without_empty(settled, [unescape(part) for part in pointer.split("/")[1:]])
        if shorter is not settled and set(left := find_problems(schema, shorter)) < set(problems):
            settled, problems = shorter, left
    return settled


def _without_empty(value: Any, path: list[str]) -> Any:
    """A copy of a JSON value without the member at a path if that is empty text; else the value itself."""
    match value, path:
        case dict(), [name] if value.get(name) == "":
            return {each: member for each, member in value.items() if each != name}
        case dict(), [name, *rest] if rest and name in value:
            shorter = _without_empty(value[name], rest)
            return value if shorter is value[name] else {**value, name: shorter}
        case list(), [index, *rest] if rest:
            shorter = _without_empty(value[int(index)], rest)
            return value if shorter is value[int(index)] else [*value[: int(index)], shorter, *value[int(index) + 1 :]]
    return value


def read_body(operation: Operation, request: Request) -> Any:
    """The decoded body, digits in a string read as the number where the contract says so. Raises ValueError.

    A number without a fraction is whole however it is written: `5.0` is the integer 5, for JSON Schema as well.
    """
    body = parse_json(request.body, _DECODER.decode)
    for pointer in operation.digit_fields:
        body = _read_digits(body, pointer.split("/")[1:])
    return body


def _read_digits(value: Any, path: list[str]) -> Any:
    """A copy of a JSON value with the digits at a path as numbers; `*` stands for every item."""
    if not path:
        return _read_scalar("integer", value) if isinstance(value, str) else value
    head, *rest = path
    if head == "*":
        return [_read_digits(each, rest) for each in value] if isinstance(value, list) else value
    return {**value, head: _read_digits(value[head], rest)} if isinstance(value, dict) and head in value else value


def _validate_path(match: Match) -> Iterator[Violation]:
    for name, value in match.path_params.items():
        parameter = match.operation.parameter(name)
        if parameter is not None:
            for problem in find_problems(parameter.schema, read_value(parameter, value)):
                code = find_code(parameter.schema, problem)
                yield Violation("path", f"/{name}", problem.keyword, problem.message, code=code)


def _validate_query(operation: Operation, request: Request, arguments: Mapping[str, Any]) -> Iterator[Violation]:
    for name, parameter in operation.query_parameters.items():
        if name in arguments:
            for problem in find_problems(parameter.schema, arguments[name]):
                place, code = f"/{name}{problem.pointer}", find_code(parameter.schema, problem)
                yield Violation("query", place, problem.keyword, problem.message, code=code)
        elif parameter.required:
            # Official clients leave an unset clientToken out, or send it empty, even where it is required.
            message = f"the parameter {name!r} is missing"
            yield Violation("query", f"/{name}", "required", message, tolerated=name == "clientToken")
    for message in find_query_problems(operation, arguments):
        yield Violation("query", "", "together", message)
    yield from _unknown_items(operation, request)


def find_query_problems(operation: Operation, given: Iterable[str]) -> Iterator[str]:
    """What is wrong with giving just these query parameters together (`x-bce-query-rule`, a JSON Schema)."""
    rule = operation.query_rule
    if rule is None:
        return
    for problem in find_problems(rule, dict.fromkeys(given, "")):
        yield _TOGETHER.get(problem.keyword, "{names} are not given together as they have to be").format(
            names=", ".join(_names(rule))
        )


def _names(rule: Any) -> Iterator[str]:
    """Every parameter a rule speaks of, in its order."""
    for branch in (*rule.get("oneOf", ()), *rule.get("anyOf", ())):
        yield from branch["required"]
    for name, needed in rule.get("dependentRequired", {}).items():
        yield from (name, *needed)


def _unknown_items(operation: Operation, request: Request) -> Iterator[Violation]:
    known = operation.known_names
    for name, _ in request.query:
        if name not in known and name.lower() not in _PROTOCOL_ITEMS:
            yield Violation("query", f"/{name}", "unknown", "no such parameter; it is ignored", tolerated=True)


def _appraise_body(operation: Operation, request: Request) -> tuple[Mapping[str, Any], tuple[Violation, ...]]:
    """The members of the body, none where it is no object, and what is wrong with it."""
    if not request.body:
        missing = Violation("body", "", "required", "the operation needs a JSON body")
        return {}, (missing,) if operation.body_required else ()
    try:
        body = read_body(operation, request)
    except ValueError:
        return {}, (Violation("body", "", _MALFORMED, "the body is not JSON in UTF-8"),)
    if operation.body is None:
        # Official clients send `{}`, `null` or a copy of the path parameters with GET and DELETE.
        return {}, (Violation("body", "", "unknown", "the operation takes no body; it is ignored", tolerated=True),)
    problems = find_problems(operation.body, body)
    # Right as it is, and nothing in it that counts as not given: so are nearly all.
    settled = body if not problems and b"null" not in request.body else without_unset(operation.body, body)
    found = tuple(_validate_body(operation.body, body, settled, problems))
    return settled if isinstance(settled, dict) else {}, found


def _validate_body(schema: Schema, body: Any, settled: Any, problems: tuple[Problem, ...]) -> Iterator[Violation]:
    """What is wrong with a body; what only members break that nobody gave, and so are not `settled`, is tolerated."""
    broken = find_problems(schema, settled) if problems else ()
    for problem in broken:
        yield Violation("body", problem.pointer, problem.keyword, problem.message, code=find_code(schema, problem))
    for problem in problems:
        if problem not in broken:
            yield Violation("body", problem.pointer, problem.keyword, problem.message, tolerated=True)
    for pointer in find_unknown_members(schema, body):
        yield Violation("body", pointer, "unknown", "no such member; it is ignored", tolerated=True)
