"""Find the operation a request means: by host, then version, path, method and action flag.

Literal path segments win over templates, so `/v1/eip/recycle` is never an address called "recycle".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from contractkit.contract.model import Operation
from contractkit.message import QueryItems, Request

_VERSION: Final = re.compile(r"v[0-9]+")


@dataclass(frozen=True)
class Match:
    """The operation a request means, and the values of its path parameters."""

    operation: Operation
    path_params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NoRoute:
    """Why a request means no described operation; `message` says what to look at."""

    reason: Literal["host", "version", "path", "method", "action"]
    message: str


class Router:
    """A prefix tree over path segments; one look-up costs one step for each segment."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        self._versions: set[str] = set()
        for operation in operations:
            segments = operation.path[1:].split("/")
            self._versions.add(segments[0])
            self._root.add(segments, operation)

    def route(self, request: Request) -> Match | NoRoute:
        """The operation, or what keeps the request from meaning one."""
        segments = request.path.removeprefix("/").split("/")
        if segments[0] not in self._versions and _VERSION.fullmatch(segments[0]):
            return NoRoute("version", f"no version {segments[0]!r}; described: {', '.join(sorted(self._versions))}")
        found = self._root.find(segments, ())
        if found is None:
            return NoRoute("path", f"no operation has the path {request.raw_path}")
        node, values = found
        here = node.operations.get(request.method)
        if not here:
            return NoRoute("method", f"{request.raw_path} takes {', '.join(sorted(node.operations))}")
        operation = _choose(here, request)
        if operation is None:
            flags = ", ".join(sorted({each.action or "(none)" for each in here}))
            return NoRoute("action", f"{request.method} {request.raw_path} takes one of the query flags {flags}")
        return Match(operation, dict(zip(operation.path_names, values, strict=True)))


@dataclass
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    template: _Node | None = None
    operations: dict[str, list[Operation]] = field(default_factory=dict)

    def add(self, segments: list[str], operation: Operation) -> None:
        if not segments:
            self.operations.setdefault(operation.method, []).append(operation)
            return
        head, *rest = segments
        if head.startswith("{"):
            self.template = self.template or _Node()
            self.template.add(rest, operation)
        else:
            self.literals.setdefault(head, _Node()).add(rest, operation)

    def find(self, segments: list[str], values: tuple[str, ...]) -> tuple[_Node, tuple[str, ...]] | None:
        if not segments:
            return (self, values) if self.operations else None
        head, *rest = segments
        found = self.literals[head].find(rest, values) if head in self.literals else None
        if found is None and self.template is not None and head:
            found = self.template.find(rest, (*values, head))
        return found


def _choose(operations: list[Operation], request: Request) -> Operation | None:
    """The operation whose action flag the query carries; among several, the one whose selector fits best."""
    flagged = [each for each in operations if each.action and _has_flag(request.query, each.action)]
    candidates = flagged or [each for each in operations if each.action is None]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    return max(candidates, key=lambda each: _selects(each.traits.get("x-bce-selected-by", {}), request))


def _has_flag(query: QueryItems, action: str) -> bool:
    name, _, value = action.partition("=")
    return any(key == name and (not value or given == value) for key, given in query)


def _selects(selector: Mapping[str, Any], request: Request) -> int:
    """How many of the members that a selector names the request has: 0 without a selector, -1 for none."""
    if not selector:
        return 0
    given = {name for name, _ in request.query} & set(selector.get("query", ()))
    if "body" in selector:
        given |= _body_members(request) & set(selector["body"])
    return len(given) or -1


def _body_members(request: Request) -> set[str]:
    try:
        body = request.json()
    except ValueError:
        return set()
    return set(body) if isinstance(body, dict) else set()
