"""An accepted request about to change or read the world, and the plan of its operation worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contractkit.cloud.accounts import Account
from contractkit.cloud.refusals import SITUATIONS, Refusal
from contractkit.cloud.traits import Effect, read_effect
from contractkit.cloud.world import Kind, Realm, Thing, World
from contractkit.contract import Operation
from contractkit.errors import ContractError

__all__ = ["Act", "Plan", "make_plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation with its effect and kind, and what follows from them.

    `settable` are the members of the body that a resource gets as they are, `body_defaults` the values of those
    left out.
    """

    operation: Operation
    effect: Effect
    kind: Kind | None
    names_by: str
    settable: frozenset[str]
    body_defaults: Mapping[str, Any]
    query_defaults: Mapping[str, Any]
    errors: Mapping[str, str]


@dataclass(slots=True)
class Act:
    """One accepted request: decoded arguments, the account that asks, where and when."""

    plan: Plan
    world: World
    account: Account
    region: str
    now: datetime
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def effect(self) -> Effect:
        """What the operation does."""
        return self.plan.effect

    @property
    def kind(self) -> Kind:
        """The kind of resource the operation is about."""
        if self.plan.kind is None:
            raise ContractError(f"{self.plan.operation.qualified}: its effect names no resource")
        return self.plan.kind

    @property
    def realm(self) -> Realm:
        """Where the things of the operation's kind are kept."""
        return self.realm_of(self.kind)

    def realm_of(self, kind: Kind) -> Realm:
        """Where the asking account keeps a kind."""
        return self.world.realm(self.account.id, kind, self.region)

    def argument(self, name: str) -> Any:
        """An argument wherever it stands: in the path, the query or the body; None when absent."""
        for place in (self.path, self.query, self.body):
            if name in place:
                return place[name]
        return None

    def find(self, kind: Kind, identity: str) -> Thing:
        """A thing of the asking account, its passing state passed. Refuses one that does not exist."""
        thing = self.realm_of(kind).find(kind.name, identity)
        if thing is None:
            raise self.refusal("missing", f"no {kind.name.replace('_', ' ')} of this id here; list them first", kind)
        thing.settle(self.now)
        return thing

    def target(self, identity: str | None = None) -> Thing:
        """The thing the request is about, or the one of this id; it has to live inside the parents in the path."""
        thing = self._named(self.plan.names_by, identity) if identity is not None else self._asked_for()
        for kind, member in self.kind.traits.parents.items():
            if member in self.path and thing.members.get(member) != self.path[member]:
                raise self.refusal("missing", f"it is in another {kind.replace('_', ' ')}; list them first")
        return thing

    def _asked_for(self) -> Thing:
        """The thing of the id in the request or, where that is left out, of the parent in the request."""
        names = [self.plan.names_by, *self.kind.traits.parents.values()]
        name = next((each for each in names if self.argument(each) is not None), self.plan.names_by)
        return self._named(name, str(self.argument(name)))

    def _named(self, name: str, identity: str) -> Thing:
        """The thing of an id; where the name is that of a parent instead, the one thing inside that parent."""
        for kind, member in self.kind.traits.parents.items():
            if member == name:
                parent = self.find(self.world.kinds[kind], identity)
                only = next(iter(self.realm.children(parent, self.kind.name).values()), None)
                identity = only.id if only else ""
        return self.find(self.kind, identity)

    def refusal(self, situation: str, message: str, kind: Kind | None = None) -> Refusal:
        """The refusal of a situation, with the code that the operation, the kind or the service gives it."""
        named = self.kind if kind is None else kind
        code = self.plan.errors.get(situation) or named.traits.errors.get(situation) or SITUATIONS[situation]
        return Refusal(code, message)


def make_plan(operation: Operation, kinds: Mapping[str, Kind]) -> Plan:
    """Work out everything about an operation that no request changes. Raises ContractError."""
    effect = read_effect(operation)
    kind = kinds.get(effect.resource)
    if kind is None and effect.resource:
        raise ContractError(f"{operation.qualified}: no resource {effect.resource!r} is described")
    errors: Mapping[str, str] = operation.traits.get("x-bce-errors", {})
    members = _item_schema(operation, effect).get("properties", {})
    return Plan(
        operation=operation,
        effect=effect,
        kind=kind,
        names_by=effect.by or (_naming_parameter(operation, kind) if kind else ""),
        settable=frozenset(members) - _moved(effect),
        body_defaults=_defaults(members),
        query_defaults=_defaults({each.name: each.schema for each in operation.parameters if each.where == "query"}),
        errors=errors,
    )


def _naming_parameter(operation: Operation, kind: Kind) -> str:
    """The path parameter that holds the id: the last one that names no parent, else the member of the id."""
    parents = set(kind.traits.parents.values())
    path = [each.name for each in operation.parameters if each.where == "path" and each.name not in parents]
    return path[-1] if path else kind.traits.id.member


def _item_schema(operation: Operation, effect: Effect) -> Mapping[str, Any]:
    """The schema of what the body says about one resource: the body, or the item that `each` points at."""
    schema: Mapping[str, Any] = operation.body or {}
    for part in effect.each.strip("/").split("/") if effect.each else ():
        schema = schema.get("properties", {}).get(part, {})
    return schema.get("items", schema) if effect.each else schema


def _moved(effect: Effect) -> set[str]:
    """The members of the body that do not become members of the same name."""
    pointers = [*effect.takes.values(), *([effect.collection.items] if effect.collection else [])]
    return {pointer.strip("/").partition("/")[0] for pointer in pointers}


def _defaults(schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: schema["default"] for name, schema in schemas.items() if "default" in schema}
