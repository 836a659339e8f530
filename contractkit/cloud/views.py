"""How a thing looks in an answer: the members the response schema names, counted, embedded and told in time."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours import Behaviours
from contractkit.cloud.times import tell_time
from contractkit.cloud.traits import Embedding, Times
from contractkit.cloud.world import Thing
from contractkit.contract.model import Schema

__all__ = ["answer_with", "view_thing"]


def answer_with(act: Act, thing: Thing, behaviours: Behaviours) -> Any:
    """The payload of an answer about one thing, None where the response has no body.

    The schema says whether the members stand at the top or under one name (`{"vpc": {...}}`).
    """
    schema = act.plan.operation.response
    if schema is None:
        return None
    wrapped = _wrapper(schema, thing, act.effect.tells)
    if wrapped is not None:
        name, inner = wrapped
        return {name: view_thing(act, thing, inner, behaviours), **act.effect.answers}
    told = {name: thing.members[member] for name, member in act.effect.tells.items()}
    return {**view_thing(act, thing, schema, behaviours), **told, **act.effect.answers}


def _wrapper(schema: Schema, thing: Thing, told: Mapping[str, str]) -> tuple[str, Schema] | None:
    members = schema.get("properties", {})
    if len(members) == 1:
        (name, inner), *_ = members.items()
        if name not in thing.members and name not in told and inner.get("type") == "object":
            return name, inner
    return None


def view_thing(act: Act, thing: Thing, schema: Schema, behaviours: Behaviours) -> dict[str, Any]:
    """The members of a thing that a schema names."""
    thing.settle(act.now)
    named, identity = schema.get("properties", {}), thing.kind.traits.id.member
    if len(named) == 1 and identity in named:  # as creations answer: nothing of an id is counted, embedded or computed
        return {identity: thing.members[identity]}
    shown = _computed(act, thing, schema, behaviours)
    return {name: shown[name] for name in named if name in shown}


def _computed(act: Act, thing: Thing, schema: Schema, behaviours: Behaviours) -> Mapping[str, Any]:
    traits, named = thing.kind.traits, schema.get("properties", {})
    shown = {**thing.members, **_times(traits.times, thing, named)}
    for member, kind in traits.counts.items():
        if member in named:
            shown[member] = len(_children(act, thing, kind))
    for member, embedded in traits.embeds.items():
        if member in named:
            inner = named[member].get("items", {})
            children = _embedded(act, thing, embedded)
            shown[member] = [view_thing(act, child, inner, behaviours) for child in children]
    viewing = behaviours.viewing.get(thing.kind.name)
    return {**shown, **viewing(act, thing)} if viewing else shown


def _children(act: Act, thing: Thing, kind: str) -> Mapping[str, Thing]:
    return act.realm_of(act.world.kinds[kind]).children(thing, kind)


def _embedded(act: Act, thing: Thing, embedded: str | Embedding) -> list[Thing]:
    rule = embedded if isinstance(embedded, Embedding) else Embedding(embedded)
    children = _children(act, thing, rule.kind).values()
    return [each for each in children if all(each.members.get(name) == value for name, value in rule.where.items())]


def _times(rule: Times, thing: Thing, named: Container[str]) -> dict[str, str]:
    told = {}
    if rule.created in named:
        told[rule.created] = tell_time(thing.created, rule.form)
    if rule.updated in named:
        told[rule.updated] = tell_time(thing.updated, rule.form)
    return told
