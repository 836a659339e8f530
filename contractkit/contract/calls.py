"""Turn an operation and its arguments into the decoded parts of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contractkit.contract.model import Operation, Parameter
from contractkit.contract.schemas import find_problems
from contractkit.contract.validation import find_query_problems
from contractkit.errors import ArgumentError
from contractkit.message import encode_json

__all__ = ["Call", "build_call", "place_call", "write_value"]


@dataclass(frozen=True)
class Call:
    """The decoded parts of a request: path and query are not yet percent-encoded, the body is JSON in UTF-8."""

    method: str
    path_segments: tuple[str, ...]
    query: tuple[tuple[str, str | None], ...]
    body: bytes


def build_call(operation: Operation, arguments: Mapping[str, Any]) -> Call:
    """Place arguments (by wire name; None means "not given") into path, query and body, and check them.

    A name that is both a parameter and a body member is the parameter. Raises ArgumentError naming every
    missing, unknown or forbidden argument; nothing is sent.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    parameters = {each.name: each for each in operation.parameters}
    members = {name: value for name, value in given.items() if name not in parameters}
    problems = (*_check_parameters(operation, given), *_check_body(operation, members))
    if problems:
        raise ArgumentError(operation.qualified, tuple(problems))
    return place_call(operation, given, members if members or operation.body_required else None)


def place_call(operation: Operation, parameters: Mapping[str, Any], body: Any) -> Call:
    """Place arguments where they belong and check nothing; None is no body. Raises KeyError without a path parameter."""
    return Call(
        method=operation.method,
        path_segments=_fill_path(operation, parameters),
        query=tuple(_fill_query(operation, parameters)),
        body=encode_json(body) if operation.body is not None and body is not None else b"",
    )


def _check_parameters(operation: Operation, given: Mapping[str, Any]) -> Iterator[str]:
    for parameter in operation.parameters:
        if parameter.name in given:
            value = given[parameter.name]
            for problem in find_problems(parameter.schema, value):
                yield f"{parameter.name}: {problem.message}"
            if parameter.where == "path" and isinstance(value, str) and ("/" in value or value in ("", ".", "..")):
                yield f"{parameter.name}: must be one path segment"
        elif parameter.required and parameter.name != "clientToken":
            yield f"{parameter.name}: is missing"
    yield from find_query_problems(operation, [each.name for each in operation.parameters if each.name in given])


def _check_body(operation: Operation, members: Mapping[str, Any]) -> Iterator[str]:
    known = operation.body.get("properties", {}) if operation.body else {}
    for name in members:
        if name not in known:
            yield f"{name}: no such argument; known: {', '.join(_argument_names(operation)) or '(none)'}"
    if operation.body is not None and (members or operation.body_required):
        for problem in find_problems(operation.body, dict(members)):
            yield f"{problem.pointer.lstrip('/').replace('/', '.') or 'arguments'}: {problem.message}"


def _argument_names(operation: Operation) -> list[str]:
    return [each.name for each in operation.parameters] + list((operation.body or {}).get("properties", {}))


def _fill_path(operation: Operation, given: Mapping[str, Any]) -> tuple[str, ...]:
    segments = operation.path.strip("/").split("/")
    return tuple(str(given[each[1:-1]]) if each.startswith("{") else each for each in segments)


def _fill_query(operation: Operation, given: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    if operation.action:
        name, equals, value = operation.action.partition("=")
        yield name, value if equals else None
    for parameter in operation.parameters:
        if parameter.where == "query" and parameter.name in given:
            yield parameter.name, write_value(parameter, given[parameter.name])


def write_value(parameter: Parameter, value: Any) -> str:
    """The value of a query parameter as text: lists with commas, booleans in lower case."""
    if parameter.comma_separated:
        return ",".join(str(each) for each in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
