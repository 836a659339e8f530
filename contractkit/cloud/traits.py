"""What the documents say about resources and effects, read into typed values (`x-bce-resources`, `x-bce-effect`).

This is the vocabulary in which a service is described to the cloud. An unknown word in a document is a
ContractError, so a trait can be misspelled but never silently ignored.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec

from contractkit.cloud.refusals import SITUATIONS
from contractkit.contract import Operation, Resource
from contractkit.errors import ContractError

__all__ = [
    "Collection",
    "Effect",
    "Embedding",
    "Filter",
    "Identity",
    "Lapse",
    "Quota",
    "StateRule",
    "Times",
    "Traits",
    "read_effect",
    "read_traits",
]


_T = TypeVar("_T")


class _Trait(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    pass


class Identity(_Trait, frozen=True):
    """How a resource is named: `member` holds the id. With a prefix, or the form `decimal`, the cloud draws it;
    otherwise the request (or a behaviour) gives it.
    """

    member: str
    prefix: str = ""
    length: int = 12
    form: Literal["", "decimal"] = ""

    @property
    def drawn(self) -> bool:
        """Whether the cloud makes the id up."""
        return bool(self.prefix or self.form)


class StateRule(_Trait, frozen=True):
    """A resource with a state. `settles` maps each passing state to the one that follows it by itself;
    null means the state before.
    """

    member: str
    initial: str
    settles: dict[str, str | None] = {}


class Times(_Trait, frozen=True):
    """Which members tell when a resource was made and last changed, and in which form: `utc` is
    2021-04-10T11:40:57Z, `beijing` is 2021-04-10 19:40:57 (eight hours ahead, no zone shown).
    """

    form: Literal["utc", "beijing"] = "utc"
    created: str = ""
    updated: str = ""


class Lapse(_Trait, frozen=True):
    """What happens by itself when the instant in the member `at` (told in the form of the kind's times) has come:
    the state becomes `to`; without one the thing is gone, with everything inside it.
    """

    at: str
    to: str = ""


class Embedding(_Trait, frozen=True):
    """The children of a kind that a member lists: only those whose members have the values of `where`."""

    kind: str
    where: dict[str, Any] = {}


class Quota(_Trait, frozen=True):
    """How many of the kind may exist in an account (and region), or inside each parent of the kind `per`.

    `split` names members that split the count: only things with the same values count against each other.
    """

    limit: int
    per: str = ""
    split: tuple[str, ...] = ()


class Traits(_Trait, frozen=True):
    """One kind of resource.

    `parents` names the kinds that must exist first, each with the member (or path parameter) holding its id.
    `children` says what deletion does while something lives inside. `defaults` are members nobody gave; `unique`
    lists groups of members that may not repeat within the parent (null never repeats); `counts` are members that
    count the children of a kind, `embeds` members that list them (all, or as an Embedding says). `lapses` is a
    deadline. `given` are things that exist in every account (and region) from the start. `goesWith` names the parents
    that take the thing along when they are deleted instead of being held back by it, each with the members the thing
    needs for that (`{"vpc": {"isDefault": true}}`; `{}` holds for all). `addresses` points at the members that hold
    private addresses (`/privateIpSet/*/privateIpAddress`). `shield` is the member that forbids deletion while true.
    `errors` replaces the code for a situation (missing, state, duplicate, children, quota, value).
    """

    id: Identity
    short_id: Identity | None = None
    parents: dict[str, str] = {}
    children: Literal["refuse", "cascade"] = "refuse"
    defaults: dict[str, Any] = {}
    times: Times = Times()
    state: StateRule | None = None
    unique: tuple[tuple[str, ...], ...] = ()
    quota: Quota | None = None
    counts: dict[str, str] = {}
    embeds: dict[str, str | Embedding] = {}
    lapses: Lapse | None = None
    given: tuple[dict[str, Any], ...] = ()
    goes_with: dict[str, dict[str, Any]] = {}
    addresses: tuple[str, ...] = ()
    shield: str = ""
    errors: dict[str, str] = {}

    @property
    def marker(self) -> str:
        """The member whose value marks a page: the short id where there is one."""
        return self.short_id.member if self.short_id else self.id.member


class Filter(_Trait, frozen=True):
    """How a query parameter narrows a list: `member` is compared, `mode` is how, or the parameter `modeFrom`
    says so (LIKE or EXACT).
    """

    member: str = ""
    mode: Literal["equals", "contains"] = "equals"
    mode_from: str = ""


class Collection(_Trait, frozen=True):
    """A list inside a resource that an operation adds to (bind) or takes from (unbind): `member` is the list,
    `items` points at what the request gives, `key` is the member that tells items apart. Plain values become
    objects with that one member; an empty `key` keeps them plain.
    """

    member: str
    items: str
    key: str = ""


class Effect(_Trait, frozen=True):
    """What an operation does to one kind of resource.

    `by` names the argument that holds the id (else: the path parameter that is no parent). Body members become
    members of the resource; `takes` maps members to JSON pointers where the names differ; `puts` sets members to
    fixed values and `clears` to null. `from` lists the states allowed, `requires` members that must have a value,
    `via` the passing state entered (of what is deleted: its last). `collection` adds to or takes from a list.
    `filters` overrides how a parameter narrows a list (null: it does not). `each` points at a list (or the one item)
    in the body: every item is a resource to create, or (an id, or an object with the member `by`) one to change or
    delete; the ids are answered under `answersIds`. `tells` maps members of the response to members of the resource
    where the names differ, `answers` are fixed members of the response. When `by` is the member of a parent, or the
    id is left out and a parent named, the one resource inside that parent is meant.
    """

    does: Literal["create", "read", "list", "update", "delete", "bind", "unbind", "inquire"]
    resource: str = ""
    by: str = ""
    takes: dict[str, str] = {}
    puts: dict[str, Any] = {}
    clears: tuple[str, ...] = ()
    states: tuple[str, ...] = msgspec.field(default=(), name="from")
    via: str = ""
    requires: dict[str, Any] = {}
    collection: Collection | None = None
    filters: dict[str, Filter | None] = {}
    each: str = ""
    answers_ids: str = ""
    tells: dict[str, str] = {}
    answers: dict[str, Any] = {}


def read_traits(resource: Resource) -> Traits:
    """The traits of a kind. Raises ContractError for a word this version does not know."""
    traits = _convert(resource.traits, Traits, f"x-bce-resources {resource.kind}")
    unknown = set(traits.errors) - set(SITUATIONS)
    if unknown:
        raise ContractError(f"{resource.kind}: no situation {sorted(unknown)}; known: {', '.join(SITUATIONS)}")
    return traits


def read_effect(operation: Operation) -> Effect:
    """The effect of an operation. Raises ContractError when it has none or uses an unknown word."""
    if not operation.effect:
        raise ContractError(f"{operation.qualified} has no x-bce-effect; describe what it does")
    return _convert(operation.effect, Effect, f"x-bce-effect of {operation.qualified}")


def _convert(described: Any, kind: type[_T], where: str) -> _T:
    try:
        return msgspec.convert(described, kind)
    except msgspec.ValidationError as error:
        raise ContractError(f"{where}: {error}; see contractkit.cloud.traits for the words") from None
