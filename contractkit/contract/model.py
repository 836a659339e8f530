"""The words of the room: an operation and its parts, as frozen values.

Schemas are plain JSON Schema (draft 2020-12) with every `$ref` already resolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """One path or query parameter. `comma_separated` lists travel as one string with commas."""

    name: str
    where: Literal["path", "query"]
    required: bool
    schema: Schema = field(repr=False)
    comma_separated: bool = False


@dataclass(frozen=True)
class Paging:
    """Marker paging: `items` is the response member that holds the page, `minimum` and `maximum` bound maxKeys,
    `default` is the one meant when none or 0 is given (0: the largest), `optional` what of the envelope an answer
    may lack.
    """

    items: str
    minimum: int = 1
    maximum: int = 1000
    default: int = 0
    optional: tuple[str, ...] = ()

    @property
    def usual(self) -> int:
        """How many items a page holds when nobody says."""
        return self.default or self.maximum


@dataclass(frozen=True)
class Resource:
    """A kind of thing that operations create and delete; `traits` is its x-bce-resources entry."""

    service: str
    kind: str
    traits: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Operation:
    """One operation of one service.

    `path` is the template (`/v1/eip/{eip}`), `action` the query flag that tells operations on one path
    apart (`bind`, or `action=batch` for a flag with a value), `traits` its x-bce-* extensions.
    """

    service: str
    name: str
    method: str
    path: str
    action: str | None
    summary: str
    group: str
    parameters: tuple[Parameter, ...] = field(repr=False)
    body: Schema | None = field(repr=False)
    body_required: bool
    response: Schema | None = field(repr=False)
    success_status: int
    paging: Paging | None = field(repr=False)
    client_token: Literal["none", "optional", "required"]
    traits: Mapping[str, Any] = field(repr=False)

    @property
    def qualified(self) -> str:
        """`service.name`, the dotted name used in cassettes, findings and reports."""
        return f"{self.service}.{self.name}"

    @property
    def effect(self) -> Mapping[str, Any]:
        """What the operation does to which resource: `{"does": "create", "resource": "vpc"}`."""
        effect: Mapping[str, Any] = self.traits.get("x-bce-effect", {})
        return effect

    @property
    def price(self) -> str:
        """`free`, `postpaid`, `prepaid` or `renews`: what a successful call can cost."""
        return str(self.traits.get("x-bce-price", "free"))

    @property
    def destroys(self) -> bool:
        """Whether success removes something that cannot be had back."""
        return bool(self.traits.get("x-bce-destroys", self.effect.get("does") == "delete"))

    @property
    def is_read(self) -> bool:
        """Whether the operation changes nothing."""
        return self.method == "GET" or self.effect.get("does") == "inquire"

    @property
    def query_rule(self) -> Schema | None:
        """A JSON Schema that the query parameters have to fulfil together, None where each stands for itself."""
        return self.traits.get("x-bce-query-rule")

    @property
    def disagreements(self) -> tuple[str, ...]:
        """Where official sources differ about this operation, and what is accepted because of it."""
        return tuple(self.traits.get("x-bce-disagreements", ()))

    @cached_property
    def path_names(self) -> tuple[str, ...]:
        """The names in the path template, in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @cached_property
    def query_parameters(self) -> Mapping[str, Parameter]:
        """The query parameters by name."""
        return {each.name: each for each in self.parameters if each.where == "query"}

    @cached_property
    def known_names(self) -> frozenset[str]:
        """Every name that a query item of this operation may have: of its parameters, and of its action flag."""
        return frozenset({each.name for each in self.parameters} | {(self.action or "").partition("=")[0]})

    @cached_property
    def secret_fields(self) -> tuple[str, ...]:
        """JSON pointers of secret members of the request body; `*` stands for every item of an array."""
        return tuple(_marked(self.body or {}, "x-bce-secret"))

    @cached_property
    def secret_response_fields(self) -> tuple[str, ...]:
        """JSON pointers of secret members of the response body; `*` stands for every item of an array."""
        return tuple(_marked(self.response or {}, "x-bce-secret"))

    @cached_property
    def digit_fields(self) -> tuple[str, ...]:
        """JSON pointers of numbers in the request body that official clients also send as digits in a string."""
        return tuple(dict.fromkeys(_marked(self.body or {}, "x-bce-digits")))

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that wire name, None when there is none."""
        return next((each for each in self.parameters if each.name == name), None)


def _marked(schema: Schema, mark: str, pointer: str = "") -> Iterator[str]:
    """The pointers of every member that carries a mark."""
    if schema.get(mark):
        yield pointer
    for name, member in schema.get("properties", {}).items():
        yield from _marked(member, mark, f"{pointer}/{name}")
    if isinstance(schema.get("items"), Mapping):
        yield from _marked(schema["items"], mark, f"{pointer}/*")
    for branch in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _marked(branch, mark, pointer)
