"""What two JSON Schemas ask together, keyword by keyword, and what one of them is about when it does not say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from contractkit.contract.model import Schema

__all__ = ["BRANCHING", "guess_type", "merge_keyword"]

BRANCHING: Final = frozenset({"allOf", "anyOf", "oneOf", "if", "then", "else"})
"""The keywords that are settled by taking one of their schemas, or several."""

Merge = Callable[[Schema, Schema], dict[str, Any]]


def merge_keyword(name: str, one: Any, other: Any, merge: Merge) -> Any:
    """The value of a keyword that two schemas have; the other's where the two cannot be said as one.

    `merge` makes one schema of two for the schemas inside.
    """
    if name == "properties":
        return {**one, **{each: merge(one.get(each, {}), member) for each, member in other.items()}}
    if name == "items":
        return merge(one, other)
    return _MERGE[name](one, other) if name in _MERGE else other


_MERGE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "required": lambda one, other: [*one, *(name for name in other if name not in one)],
    "enum": lambda one, other: [each for each in one if each in other],
    "minimum": max,
    "minLength": max,
    "minItems": max,
    "maximum": min,
    "maxLength": min,
    "maxItems": min,
}


def guess_type(schema: Schema) -> str:
    """The type of value that a schema without `type` is about."""
    if schema.keys() & {"properties", "required"}:
        return "object"
    if schema.keys() & {"items", "minItems"}:
        return "array"
    return "integer" if schema.keys() & {"minimum", "maximum"} else "string"
