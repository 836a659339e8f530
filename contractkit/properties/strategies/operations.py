"""Arguments and requests for any described operation, valid by its own contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from contractkit.contract import Contract, Match, Operation, build_call, load_contract
from contractkit.contract.model import Parameter
from contractkit.errors import ArgumentError
from contractkit.message import Request
from contractkit.properties.strategies.keys import client_tokens
from contractkit.properties.strategies.messages import write_query
from contractkit.properties.strategies.schemas import merge, values


def operations(contract: Contract | None = None, *, service: str | None = None) -> SearchStrategy[Operation]:
    """Any described operation, of one service or of all."""
    return st.sampled_from((contract or load_contract()).operations(service))


def arguments(operation: Operation) -> SearchStrategy[dict[str, Any]]:
    """Arguments by wire name that `build_call` accepts: required ones always, the others now and then.

    Conditions of the schema (`if`, `then`, `not`...) hold: a draw is kept only if the contract's own validation
    finds nothing.
    """
    return _draw_arguments(operation).filter(lambda given: _is_valid(operation, given))


def write_request(operation: Operation, given: Mapping[str, Any], *, contract: Contract | None = None) -> Request:
    """The unsigned request for an operation with these arguments, at its documented host. Raises ArgumentError."""
    call = build_call(operation, given)
    path = "/".join(quote(segment, safe="~") for segment in call.path_segments)
    query = write_query(call.query)
    content = [("Content-Type", "application/json; charset=utf-8")] if call.body else []
    url = f"https://{(contract or load_contract()).host(operation.service)}/{path}"
    return Request(call.method, f"{url}?{query}" if query else url, content, call.body)


@st.composite
def operation_requests(draw: DrawFn, operation: Operation, *, contract: Contract | None = None) -> Request:
    """Unsigned requests for an operation at its documented host, which the router takes back to it."""
    described = contract or load_contract()

    def write(given: dict[str, Any]) -> Request:
        return write_request(operation, given, contract=described)

    def is_routed(request: Request) -> bool:
        found = described.route(request)
        return isinstance(found, Match) and found.operation.qualified == operation.qualified

    return draw(arguments(operation).map(write).filter(is_routed))


@st.composite
def _draw_arguments(draw: DrawFn, operation: Operation) -> dict[str, Any]:
    selector = operation.traits.get("x-bce-selected-by", {})
    given: dict[str, Any] = {}
    for parameter in operation.parameters:
        if parameter.required or parameter.name in selector.get("query", ()) or draw(st.booleans()):
            given[parameter.name] = draw(_parameter_values(parameter))
    if operation.body is not None:
        body = merge(operation.body, {"required": list(selector.get("body", ()))})
        members = draw(values(body))
        given = {**{name: value for name, value in members.items() if name not in given}, **given}
    return given


def _parameter_values(parameter: Parameter) -> SearchStrategy[Any]:
    if parameter.name == "clientToken":
        return client_tokens()
    drawn = values(parameter.schema)
    if parameter.where == "path":
        return drawn.filter(lambda value: _is_segment(str(value)))
    if parameter.comma_separated:
        return drawn.filter(lambda each: _has_no_comma(each) and bool(each))
    # An empty query value is the same request as no value at all.
    return drawn.filter(lambda value: value != "")


def _is_segment(text: str) -> bool:
    return text not in ("", ".", "..") and "/" not in text


def _has_no_comma(items: Iterable[Any]) -> bool:
    return all(str(each) and "," not in str(each) for each in items)


def _is_valid(operation: Operation, given: dict[str, Any]) -> bool:
    try:
        build_call(operation, given)
    except ArgumentError:
        return False
    return True
