"""Requests for an operation that are wrong in exactly one named way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from contractkit.contract import Match, Operation, Violation, load_contract, validate_request
from contractkit.message import Request, encode_json
from contractkit.properties.strategies.messages import write_query
from contractkit.properties.strategies.operations import operation_requests

__all__ = ["FAULTS", "FaultyRequest", "faulty_requests"]

_WRONG_TYPE: Final[dict[str, Any]] = {
    "string": {"not": "text"},
    "integer": "many",
    "number": "many",
    "boolean": "perhaps",
    "array": {"not": "a list"},
    "object": ["not an object"],
}
# Shape is InappropriateJSON, a value is BadRequest, unless the description documents a code for just this.
_SHAPE: Final = frozenset({"type", "required", "anyOf", "oneOf", "dependentRequired", "false"})


@dataclass(frozen=True)
class FaultyRequest:
    """A request with one fault: its name, where it is, and the error code that the documentation has for it."""

    fault: str
    place: str
    code: str
    request: Request

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        return f"<{self.fault} at {self.place or 'the body'}: {self.request.method} {self.request.path}>"


class Change(Protocol):
    """Puts one fault into a request by changing one member of its body; None where that cannot be."""

    def __call__(self, request: Request, schema: Mapping[str, Any], name: str) -> Request | None: ...


def _with_body(request: Request, body: Any) -> Request:
    return request.replace(body=encode_json(body))


def _replace_member(request: Request, name: str, value: Any) -> Request:
    return _with_body(request, {**request.json(), name: value})


def _leave_member_out(request: Request, schema: Mapping[str, Any], name: str) -> Request | None:
    body = request.json()
    if name not in body or name not in schema.get("required", ()):
        return None
    return _with_body(request, {key: value for key, value in body.items() if key != name})


def _mistype(request: Request, schema: Mapping[str, Any], name: str) -> Request | None:
    kind = schema["properties"][name].get("type")
    return _replace_member(request, name, _WRONG_TYPE[kind]) if isinstance(kind, str) and kind in _WRONG_TYPE else None


def _exceed(keyword: str, make: Callable[[Any], Any]) -> Change:
    def change(request: Request, schema: Mapping[str, Any], name: str) -> Request | None:
        member = schema["properties"][name]
        return _replace_member(request, name, make(member[keyword])) if keyword in member else None

    return change


def _mismatch(request: Request, schema: Mapping[str, Any], name: str) -> Request | None:
    member = schema["properties"][name]
    unfit = "\x01" if "pattern" in member or member.get("format") in ("cidr", "ip", "ip-or-cidr") else None
    return _replace_member(request, name, unfit) if unfit else None


_MEMBER_FAULTS: Final[dict[str, Change]] = {
    "a required member is missing": _leave_member_out,
    "a member is of another type": _mistype,
    "a text is too long": _exceed("maxLength", lambda most: "a" * (most + 1)),
    "a number is too large": _exceed("maximum", lambda most: most + 1),
    "a number is too small": _exceed("minimum", lambda least: least - 1),
    "a value is none of the known ones": _exceed("enum", lambda known: "unheard-of" if known else None),
    "a text is of another form": _mismatch,
}
FAULTS: Final = (
    *_MEMBER_FAULTS,
    "the body is no JSON",
    "the body is missing",
    "a parameter is missing",
    "a parameter is malformed",
)
"""The names of the faults; not every operation can have each."""


def faulty_requests(operation: Operation) -> SearchStrategy[FaultyRequest]:
    """Requests for an operation, valid but for one fault of FAULTS; the contract finds this fault and no other.

    An operation that takes nothing that could be wrong has none: the strategy is then empty.
    """
    makers = _possible(operation)
    if not makers:
        return st.nothing()
    return _draw_faulty(operation, st.sampled_from(makers)).filter(lambda each: each is not None)


Maker = tuple[str, str, Callable[[Request], Request | None]]


def _possible(operation: Operation) -> list[Maker]:
    """Every fault this operation can have: its name, its place, and how to make it."""
    makers: list[Maker] = []
    schema = operation.body or {}
    for name in schema.get("properties", {}):
        for fault, change in _MEMBER_FAULTS.items():
            makers.append((fault, f"/{name}", partial(change, schema=schema, name=name)))
    if operation.body is not None and operation.body_required:
        makers.append(("the body is no JSON", "", lambda request: request.replace(body=request.body + b"}")))
        makers.append(("the body is missing", "", lambda request: request.replace(body=b"")))
    for parameter in operation.parameters:
        place = f"/{parameter.name}"
        if parameter.where == "query" and parameter.required and parameter.name != "clientToken":
            makers.append(("a parameter is missing", place, partial(_drop_item, name=parameter.name)))
        if parameter.where == "query" and parameter.schema.get("type") in ("integer", "boolean"):
            makers.append(("a parameter is malformed", place, partial(_spoil_item, name=parameter.name)))
    return makers


@st.composite
def _draw_faulty(draw: DrawFn, operation: Operation, makers: SearchStrategy[Maker]) -> Any:
    fault, place, make = draw(makers)
    request = draw(operation_requests(operation))
    wrong = make(request) if request.body or not place.strip("/") or "parameter" in fault else None
    if wrong is None:
        return None
    found = load_contract().route(wrong)
    if not isinstance(found, Match) or found.operation is not operation:
        return None
    broken = [each for each in validate_request(found, wrong) if not each.tolerated]
    if not broken or any(not each.pointer.startswith(place) for each in broken):
        return None
    codes = {_documented_code(each) for each in broken}
    return FaultyRequest(fault, place, codes.pop(), wrong) if len(codes) == 1 else None


def _documented_code(violation: Violation) -> str:
    if violation.code or violation.where != "body":
        return violation.code or "BadRequest"
    if violation.rule == "malformed":
        return "MalformedJSON"
    return "InappropriateJSON" if violation.rule in _SHAPE else "BadRequest"


def _write_items(request: Request, items: list[tuple[str, str | None]]) -> Request:
    base = request.url.partition("?")[0]
    return request.replace(url=f"{base}?{write_query(items)}" if items else base)


def _drop_item(request: Request, name: str) -> Request:
    return _write_items(request, [each for each in request.query if each[0] != name])


def _spoil_item(request: Request, name: str) -> Request:
    return _write_items(request, [*(each for each in request.query if each[0] != name), (name, "many")])
