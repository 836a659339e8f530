"""JSON Schema as the room uses it: compiled once for each schema, problems told without the values.

The only file that knows the JSON Schema library.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import jsonschema_rs
import msgspec

from contractkit.contract.model import Schema

_EXPLANATIONS: Final = {
    "required": "the member {property!r} is missing",
    "type": "must be of type {types}",
    "enum": "must be one of {options}",
    "pattern": "must match {pattern}",
    "format": "must be {format}",
    "not": "has a value that is reserved",
    "x-bce-range": "{message}",
    "anyOf": "fits none of the shapes allowed here",
    "oneOf": "fits none of the shapes allowed here",
}

_FORMS: Final = {
    "ip": "an IP address, such as 192.0.2.1",
    "cidr": "a network with its prefix length, such as 10.0.0.0/16",
    "ip-or-cidr": "an IP address or a network, such as 192.0.2.1 or 10.0.0.0/16",
    "date-time": "an instant, such as 2025-10-16T08:00:00Z",
}
_LONGEST_NUMBER: Final = 18
_LONGEST_ADDRESS: Final = 64

__all__ = ["Problem", "find_code", "find_problems", "find_unknown_members", "unescape"]

_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?")


class Problem(NamedTuple):
    """One violated keyword: where (JSON pointer), which keyword, and a sentence that shows no value.

    `member` is the name of the member that is missing, for the keyword `required`.
    """

    pointer: str
    keyword: str
    message: str
    member: str = ""


def find_problems(schema: Schema, instance: Any) -> tuple[Problem, ...]:
    """Everything in `instance` that the schema forbids, in the order of the schema."""
    validator = _compile(_ByIdentity(schema))
    try:
        if validator.is_valid(instance):
            return ()
        return tuple(_describe(error) for error in validator.iter_errors(instance))
    except UnicodeEncodeError:  # bytes that came undecodable are kept as lone surrogates
        return (Problem("", "text", "is no text in UTF-8: it holds a lone surrogate"),)


def find_unknown_members(schema: Schema, instance: Any, pointer: str = "") -> Iterator[str]:
    """JSON pointers of object members that no part of the schema names; they are ignored, not refused."""
    if isinstance(instance, dict):
        named = _members_of(_ByIdentity(schema))
        if not named:
            return
        for name, value in instance.items():
            place = f"{pointer}/{_escape(name)}"
            if name in named:
                yield from find_unknown_members(named[name], value, place)
            else:
                yield place
    elif isinstance(instance, list):
        for index, value in enumerate(instance):
            yield from find_unknown_members(schema.get("items", {}), value, f"{pointer}/{index}")


def find_code(schema: Schema, problem: Problem) -> str:
    """The error code that a schema documents for a problem, "" when none.

    `x-bce-error` on a member is one code for whatever breaks it, or a code for each keyword; a missing member
    breaks its own `required`.
    """
    place = f"{problem.pointer}/{_escape(problem.member)}" if problem.member else problem.pointer
    for part in place.split("/")[1:]:
        schema = _step(schema, unescape(part))
    codes = schema.get("x-bce-error", "")
    return str(codes if isinstance(codes, str) else codes.get(problem.keyword, ""))


def _step(schema: Schema, part: str) -> Schema:
    named = _named_members(schema)
    step: Schema = named[part] if part in named else schema.get("items", {})
    return step


def _named_members(schema: Schema) -> dict[str, Schema]:
    """Every member that some part of a schema names, with its schema."""
    named: dict[str, Schema] = dict(schema.get("properties", {}))
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(keyword, ()):
            named = {**_named_members(branch), **named}
    for keyword in ("then", "else"):
        if keyword in schema:
            named = {**_named_members(schema[keyword]), **named}
    return named


class _ByIdentity:
    """A schema as a cache key: the same object is the same schema, so nothing is hashed or compared deeply."""

    __slots__ = ("schema",)

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.schema is self.schema


class _Range:
    """The keyword `x-bce-range`: a whole number written as text lies between two bounds; all else is let pass."""

    def __init__(self, parent: Any, bounds: list[int], path: Any) -> None:  # noqa: ARG002 - the library's signature
        self._least, self._most = bounds

    def validate(self, instance: Any) -> None:
        if not (isinstance(instance, str) and instance.isascii() and instance.isdigit()):
            return
        # Text longer than any bound is not read as a number: that would take time with the square of its length.
        if len(instance) > _LONGEST_NUMBER or not self._least <= int(instance) <= self._most:
            raise ValueError(f"must be a number from {self._least} to {self._most}")


@lru_cache(maxsize=4096)
def _compile(key: _ByIdentity) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        dict(key.schema), validate_formats=True, formats=_FORMATS, keywords={"x-bce-range": _Range}
    )


@lru_cache(maxsize=4096)
def _members_of(key: _ByIdentity) -> Mapping[str, Schema]:
    return _named_members(key.schema)


def _describe(error: jsonschema_rs.ValidationError) -> Problem:
    pointer = "".join(f"/{_escape(str(part))}" for part in error.instance_path)
    keyword = str(error.schema_path[-1]) if error.schema_path else "false"
    member = str(error.kind.as_dict().get("property", "")) if keyword == "required" else ""
    return Problem(pointer, keyword, _explain(error.kind, keyword), member)


def _explain(kind: Any, keyword: str) -> str:
    """A sentence from the violated keyword alone: the library's own would repeat the value, which may be secret."""
    detail = kind.as_dict()
    if "options" in detail:
        detail["options"] = ", ".join(msgspec.json.encode(each).decode() for each in detail["options"])
    if "types" in detail:
        detail["types"] = " or ".join(detail["types"])
    if "format" in detail:
        detail["format"] = _FORMS.get(detail["format"], f"of the form {detail['format']!r}")
    fallback = f"{keyword} is {{limit}}" if "limit" in detail else f"breaks the rule {keyword!r}"
    return _EXPLANATIONS.get(keyword, fallback).format_map(detail)


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def unescape(part: str) -> str:
    """One part of a JSON pointer as the name it stands for."""
    return part.replace("~1", "/").replace("~0", "~")


def _accepts(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def accepted(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return accepted


def _is_address(text: str) -> bool:
    """An IPv4 or IPv6 address; a zone (`%eth0`) means nothing to a service."""
    return len(text) <= _LONGEST_ADDRESS and "%" not in text and _accepts(ipaddress.ip_address)(text)


def _is_network(text: str) -> bool:
    """An address with a prefix length; host bits may be set, since the services normalise them."""
    return len(text) <= _LONGEST_ADDRESS and "/" in text and "%" not in text and _reads_as_network(text)


@lru_cache(maxsize=1024)
def _reads_as_network(text: str) -> bool:
    """Remembered, since the same few networks are asked about again and again and parsing one is slow."""
    return _accepts(lambda each: ipaddress.ip_network(each, strict=False))(text)


_FORMATS: Final[dict[str, Callable[[str], bool]]] = {
    "ip": _is_address,
    "cidr": _is_network,
    "ip-or-cidr": lambda text: _is_network(text) or _is_address(text),
    "date-time": lambda text: _DATE_TIME.fullmatch(text) is not None,
}
