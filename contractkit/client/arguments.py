"""The arguments of an operation in the order a Python signature wants them.

One list feeds the signatures and help texts made at run time and the generated stubs, so they cannot disagree.
"""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from contractkit.contract import Operation
from contractkit.contract.model import Schema
from contractkit.errors import ArgumentError

# What every operation of its sort has in common is told last, after what makes the call this call.
_COMMON: Final = ("clientToken", "marker", "maxKeys")
_KINDS: Final[Mapping[str, Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": None,
}


@dataclass(frozen=True)
class Argument:
    """One argument under its wire name; a `positional` one (a part of the path) may be given without it."""

    name: str
    schema: Schema = field(repr=False)
    required: bool
    positional: bool

    @property
    def spellable(self) -> bool:
        """Whether the wire name can stand in a Python signature."""
        return self.name.isidentifier() and not keyword.iskeyword(self.name)


def list_arguments(operation: Operation) -> tuple[Argument, ...]:
    """Path parameters in path order, then what is required, then the rest, clientToken and paging last."""
    return tuple(sorted(_read_arguments(operation), key=_rank))


def place_arguments(operation: Operation, positional: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments by wire name. Raises ArgumentError for too many positional ones, or one given twice."""
    names = [each.name for each in list_arguments(operation) if each.positional] if positional else []
    problems = [f"{name}: is given twice" for name in names[: len(positional)] if name in named]
    if len(positional) > len(names):
        given = f"{len(positional)} {'argument is' if len(positional) == 1 else 'arguments are'} given without a name"
        takes = f"only {', '.join(names)} may be; name the others" if names else "none may be; name each"
        problems.append(f"{given}, {takes}")
    if problems:
        raise ArgumentError(operation.qualified, tuple(problems))
    return {**dict(zip(names, positional, strict=False)), **named}


def make_signature(operation: Operation) -> inspect.Signature:
    """The signature `help()` and editors show: optional arguments default to None, which means "not given"."""
    arguments = list_arguments(operation)
    parameters = [_make_parameter(each) for each in arguments if each.spellable]
    if not all(each.spellable for each in arguments):
        parameters.append(inspect.Parameter("others", inspect.Parameter.VAR_KEYWORD, annotation=Any))
    return inspect.Signature(parameters, return_annotation=dict[str, Any])


def describe(operation: Operation) -> str:
    """The help text of an operation: what it does, its route, what it may cost, and its arguments."""
    flag = f"?{operation.action}" if operation.action else ""
    parts = [f"{operation.summary}.", f"{operation.method} {operation.path}{flag}"]
    parts += _warnings(operation)
    lines = [_describe_argument(each) for each in list_arguments(operation)]
    if lines:
        parts.append("\n".join(["Arguments:", *lines]))
    return "\n\n".join(parts)


def _read_arguments(operation: Operation) -> Iterator[Argument]:
    names = {each.name for each in operation.parameters}
    for each in operation.parameters:
        yield Argument(each.name, each.schema, each.required and each.name != "clientToken", each.where == "path")
    body = operation.body or {}
    for name, schema in body.get("properties", {}).items():
        if name not in names:
            yield Argument(name, schema, operation.body_required and name in body.get("required", ()), positional=False)


def _rank(argument: Argument) -> tuple[int, int]:
    if argument.name in _COMMON:
        return 3, _COMMON.index(argument.name)
    return (0 if argument.positional else 1 if argument.required else 2), 0


def _make_parameter(argument: Argument) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if argument.positional else inspect.Parameter.KEYWORD_ONLY
    plain = _plain_type(argument.schema)
    if argument.required:
        return inspect.Parameter(argument.name, kind, annotation=plain)
    return inspect.Parameter(argument.name, kind, annotation=plain if plain is Any else plain | None, default=None)


def _plain_type(schema: Schema) -> Any:
    """The Python type of a value, members of objects left out; the stubs have them."""
    if schema.get("enum"):
        return Literal[tuple(schema["enum"])]
    kind = schema.get("type", ())
    kinds = [_KINDS[each] for each in ([kind] if isinstance(kind, str) else kind)]
    if not kinds:
        return Any
    return kinds[0] | None if None in kinds else kinds[0]


def _warnings(operation: Operation) -> Iterator[str]:
    if operation.price != "free":
        yield f"A successful call can cost money ({operation.price})."
    if operation.destroys:
        yield "What it removes cannot be had back."
    if operation.paging is not None:
        yield f"One page; `.each(...)` iterates over the {operation.paging.items} of all pages, `.pages(...)` over pages."


def _describe_argument(argument: Argument) -> str:
    kind = argument.schema.get("type", "any")
    traits = ["/".join(kind) if isinstance(kind, list) else str(kind)]
    if argument.schema.get("enum"):
        traits.append("one of " + ", ".join(str(each) for each in argument.schema["enum"]))
    if argument.required:
        traits.append("required")
    if argument.schema.get("x-bce-secret"):
        traits.append("secret")
    about = argument.schema.get("description")
    return f"    {argument.name} ({'; '.join(traits)})" + (f": {about}" if about else "")


def find_secrets(operation: Operation, arguments: Mapping[str, Any]) -> Iterator[str]:
    """The texts given for the members the contract calls secret, so that they can be kept out of messages."""
    for pointer in operation.secret_fields:
        yield from _texts_at(arguments, pointer.strip("/").split("/"))


def _texts_at(value: Any, path: list[str]) -> Iterator[str]:
    if not path:
        if isinstance(value, str):
            yield value
        return
    head, *rest = path
    if isinstance(value, Mapping) and value.get(head) is not None:
        yield from _texts_at(value[head], rest)
    elif head == "*" and isinstance(value, list | tuple):
        for each in value:
            yield from _texts_at(each, rest)
