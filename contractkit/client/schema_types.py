"""From JSON Schemas to Python type expressions, with a TypedDict for every object that has named members."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from typing import Any, Final

from contractkit.contract.model import Schema
from contractkit.message import encode_json

__all__ = ["TypeWriter", "pascal"]

_SCALARS: Final[Mapping[str, str]] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}
_ANY_OBJECT: Final = "dict[str, Any]"


class TypeWriter:
    """Writes type expressions, and keeps the TypedDicts they name in the order they are needed."""

    def __init__(self) -> None:
        self.declarations: dict[str, str] = {}

    def write(self, schema: Schema, name: str) -> str:
        """The type of a value; `name` is the class name to give it, should it be an object."""
        if "const" in schema or "enum" in schema:
            return _write_literal(schema.get("enum", [schema.get("const")]))
        kind = schema.get("type")
        if kind is None:
            return self._write_untyped(schema, name)
        kinds = kind if isinstance(kind, list) else [kind]
        return _join(self._write_kind(each, schema, name) for each in kinds)

    def _write_kind(self, kind: str, schema: Schema, name: str) -> str:
        if kind == "array":
            return f"list[{self.write(schema.get('items', {}), name)}]"
        if kind == "object":
            return self._write_object(schema, name)
        return _SCALARS[kind]

    def _write_untyped(self, schema: Schema, name: str) -> str:
        for keyword_ in ("anyOf", "oneOf"):
            if keyword_ in schema:
                branches = enumerate(schema[keyword_], start=1)
                return _join(self.write(branch, f"{name}{index}") for index, branch in branches)
        return self._write_object(schema, name) if "properties" in schema else "Any"

    def _write_object(self, schema: Schema, name: str) -> str:
        members = _list_members(schema)
        if not members:
            values = schema.get("additionalProperties")
            return f"dict[str, {self.write(values, name)}]" if isinstance(values, Mapping) else _ANY_OBJECT
        required = frozenset(schema.get("required", ()))
        # What a type names has to stand before it, and in a stub that is no more than good order.
        types = {each: self.write(member, name + pascal(each)) for each, member in members.items()}
        self._declare(name, {each: _mark(kind, each in required) for each, kind in types.items()})
        return name

    def _declare(self, name: str, members: Mapping[str, str]) -> None:
        if all(each.isidentifier() and not keyword.iskeyword(each) for each in members):
            lines = [f"class {name}(TypedDict):", *(f"    {each}: {kind}" for each, kind in members.items())]
        else:
            pairs = (f'    "{each}": {kind},' for each, kind in members.items())
            lines = [f'{name} = TypedDict("{name}", {{', *pairs, "})"]
        text = "\n".join(lines)
        if self.declarations.setdefault(name, text) != text:
            raise ValueError(f"two different types would be called {name}; rename an operation or a member")


def pascal(name: str) -> str:
    """`list_vpcs`, `bindVpcs` and `bind-vpcs` as they stand in class names: `ListVpcs`, `BindVpcs`."""
    words = "".join(each if each.isalnum() else " " for each in name).split()
    return "".join(each[0].upper() + each[1:] for each in words)


def _list_members(schema: Schema) -> dict[str, Schema]:
    """The members an object may have, those that only some branch of its schema names included."""
    members: dict[str, Schema] = dict(schema.get("properties", {}))
    branches = [*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    branches += [schema[keyword_] for keyword_ in ("then", "else") if keyword_ in schema]
    for branch in branches:
        for name, member in _list_members(branch).items():
            members.setdefault(name, member)
    return members


def _mark(kind: str, required: bool) -> str:
    return kind if required else f"NotRequired[{kind}]"


def _write_literal(values: list[Any]) -> str:
    # JSON writes a text as Python reads it.
    texts = [encode_json(each).decode() if isinstance(each, str) else repr(each) for each in values if each is not None]
    literal = f"Literal[{', '.join(texts)}]" if texts else ""
    return _join([literal, *(["None"] if None in values else [])])


def _join(kinds: Iterator[str] | list[str]) -> str:
    # `None` last, as one says it; repeats once.
    unique = dict.fromkeys(each for each in kinds if each)
    return " | ".join([*(each for each in unique if each != "None"), *(["None"] if "None" in unique else [])])
