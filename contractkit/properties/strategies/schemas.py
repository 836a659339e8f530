"""Values that satisfy a JSON Schema: a walker over the keywords the contracts use.

A conditional (`if`, `anyOf`, ...) is settled first by drawing a branch and merging it in; what merging cannot
say (`not`, a branch that must fail) is left to the caller's validation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from contractkit.contract.merging import BRANCHING, guess_type, merge_keyword
from contractkit.contract.model import Schema

_LONGEST: Final = 24
"""Characters of a text that no keyword limits; the largest allowed length is drawn besides."""

_LOOKAHEAD: Final = re.compile(r"\(\?=\.\*(\[[^\]]+\])\)")
_CHARACTERS: Final = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))


@st.composite
def values(draw: DrawFn, schema: Schema) -> Any:
    """Draw one value; it may still break a `not` or the negated side of a conditional."""
    settled = _settle(draw, schema)
    if "const" in settled:
        return settled["const"]
    if "enum" in settled:
        return draw(st.sampled_from(settled["enum"]))
    kind = settled.get("type") or guess_type(settled)
    if isinstance(kind, list):
        kind = draw(
            st.sampled_from([*(each for each in kind if each != "null"), *(["null"] if "null" in kind else [])])
        )
    return _DRAW[kind](draw, settled)


def _settle(draw: DrawFn, schema: Schema) -> dict[str, Any]:
    """The schema without allOf, anyOf, oneOf and conditionals: one branch of each drawn and merged in."""
    settled = {name: value for name, value in schema.items() if name not in BRANCHING}
    for branch in schema.get("allOf", ()):
        settled = _enter(draw, settled, [branch])
    for name in ("anyOf", "oneOf"):
        if name in schema:
            settled = _enter(draw, settled, schema[name])
    if "if" in schema:
        held = merge(schema["if"], schema.get("then", {}))
        settled = _enter(draw, settled, [merge(_deny(schema["if"]), schema.get("else", {})), held])
    return settled


def _enter(draw: DrawFn, settled: dict[str, Any], branches: Sequence[Schema]) -> dict[str, Any]:
    """The schema with one of the branches merged in: one that leaves a value for every member, if there is any."""
    if len(branches) == 1 and "if" in branches[0]:
        inner = branches[0]
        rest = {name: value for name, value in inner.items() if name not in ("if", "then", "else")}
        held = merge(inner["if"], inner.get("then", {}))
        settled = merge(settled, _settle(draw, rest))
        return _enter(draw, settled, [merge(_deny(inner["if"]), inner.get("else", {})), held])
    possible = [each for each in branches if len(branches) == 1 or _leaves_values(merge(settled, each))]
    return merge(settled, _settle(draw, draw(st.sampled_from(possible or list(branches)))))


def _leaves_values(schema: Schema) -> bool:
    return schema.get("enum") != [] and all(_leaves_values(each) for each in schema.get("properties", {}).values())


def _deny(condition: Schema) -> dict[str, Any]:
    """What keeps a condition from holding, as far as one keyword can say: another value for each named constant."""
    denied = {}
    for name, member in condition.get("properties", {}).items():
        taken = [member["const"]] if "const" in member else list(member.get("enum", ()))
        if taken:
            denied[name] = {"not": {"enum": taken}}
    return {"properties": denied} if denied else {}


def merge(one: Schema, other: Schema) -> dict[str, Any]:
    """One schema that holds what both hold, for the keywords that can be merged."""
    merged = _without_const(one)
    for name, value in _without_const(other).items():
        if name == "not" and name in merged:
            merged[name] = {"enum": _excluded(merged) + _excluded(other)}
        else:
            merged[name] = merge_keyword(name, merged[name], value, merge) if name in merged else value
    if "enum" in merged:
        merged["enum"] = [each for each in merged["enum"] if each not in _excluded(merged)]
    return merged


def _without_const(schema: Schema) -> dict[str, Any]:
    """The schema with a constant said as an enumeration of one, so that two of them can meet."""
    said = {name: value for name, value in schema.items() if name != "const"}
    if "const" in schema:
        said["enum"] = [each for each in schema.get("enum", [schema["const"]]) if each == schema["const"]]
    return said


def _excluded(schema: Schema) -> list[Any]:
    refused = schema.get("not", {})
    return [refused["const"]] if "const" in refused else list(refused.get("enum", ()))


def _draw_object(draw: DrawFn, schema: Schema) -> dict[str, Any]:
    members, required = schema.get("properties", {}), schema.get("required", ())
    forbidden = schema.get("not", {}).get("required", ())
    wanted = [name for name in members if name not in forbidden] if len(forbidden) == 1 else [*members]
    present = [name for name in wanted if name in required or draw(st.booleans())]
    unnamed = {name: draw(values({})) for name in required if name not in members}
    return {**{name: draw(values(members[name])) for name in present}, **unnamed}


def _draw_array(draw: DrawFn, schema: Schema) -> list[Any]:
    least = schema.get("minItems", 0)
    most = max(least, min(schema.get("maxItems", least + 3), least + 3))
    unique_by = repr if schema.get("uniqueItems") else None
    return draw(st.lists(values(schema.get("items", {})), min_size=least, max_size=most, unique_by=unique_by))


def _draw_integer(draw: DrawFn, schema: Schema) -> int:
    step = schema.get("multipleOf", 1)
    least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    most = schema.get("maximum", schema.get("exclusiveMaximum", least + 100_001) - 1)
    return int(draw(st.integers(-(-int(least) // step), int(most) // step)) * step)


def _draw_number(draw: DrawFn, schema: Schema) -> float:
    least = schema.get("minimum", 0)
    return draw(st.floats(least, schema.get("maximum", least + 100_000), allow_nan=False))


def _draw_string(draw: DrawFn, schema: Schema) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if "x-bce-id-prefix" in schema:
        return str(schema["x-bce-id-prefix"]) + draw(
            st.text("abcdefghijkmnpqrstuvwxyz0123456789", min_size=12, max_size=12)
        )
    if "x-bce-range" in schema:
        return str(draw(st.integers(*schema["x-bce-range"])))
    if "format" in schema and schema["format"] in _FORMATS:
        return draw(_FORMATS[schema["format"]])
    if "pattern" in schema:
        return draw(_matching(schema["pattern"], least, most))
    upper = max(least, _LONGEST) if most is None else min(most, max(least, _LONGEST))
    text = st.text(_CHARACTERS, min_size=least, max_size=upper)
    return draw(text if most is None else text | _CHARACTERS.map(lambda letter: letter * most))


@cache  # reading a pattern into a strategy costs more than a hundred draws from it
def _matching(pattern: str, least: int, most: int | None) -> SearchStrategy[str]:
    """Texts that match; `(?=.*[class])` is met by putting a character of the class in its own place."""
    needed = _LOOKAHEAD.findall(pattern)
    plain = _LOOKAHEAD.sub("", pattern)
    whole = re.compile(plain.removeprefix("^").removesuffix("$"), re.ASCII)
    text = st.from_regex(whole, fullmatch=True).filter(lambda each: least <= len(each) <= (most or len(each)))
    for index, letters in enumerate(needed):
        letter = st.from_regex(re.compile(letters, re.ASCII), fullmatch=True)
        text = st.builds(_overwrite, text, letter, st.just(index))
    return text


def _overwrite(text: str, letter: str, index: int) -> str:
    return text[:index] + letter + text[index + 1 :]


def _addresses() -> SearchStrategy[str]:
    return st.ip_addresses(v=4).map(str) | st.ip_addresses(v=6).map(str)


def _networks() -> SearchStrategy[str]:
    four = st.tuples(st.ip_addresses(v=4).map(str), st.integers(0, 32))
    six = st.tuples(st.ip_addresses(v=6).map(str), st.integers(0, 128))
    return (four | six).map(lambda pair: f"{pair[0]}/{pair[1]}")


def _times() -> SearchStrategy[str]:
    return st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + "Z")


_FORMATS: Final[dict[str, SearchStrategy[str]]] = {
    "ip": _addresses(),
    "ipv4": st.ip_addresses(v=4).map(str),
    "ipv6": st.ip_addresses(v=6).map(str),
    "cidr": _networks(),
    "ip-or-cidr": _addresses() | _networks(),
    "date-time": _times(),
}

_DRAW: Final[dict[str, Callable[[DrawFn, Schema], Any]]] = {
    "object": _draw_object,
    "array": _draw_array,
    "integer": _draw_integer,
    "number": _draw_number,
    "boolean": lambda draw, _: draw(st.booleans()),
    "null": lambda _draw, _: None,
    "string": _draw_string,
}
