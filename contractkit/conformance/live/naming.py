"""Which resources a request names, and which names belong to nobody."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from contractkit.contract import Contract, Match, Operation
from contractkit.message import Request, Response

__all__ = [
    "Item",
    "belongs_to_nobody",
    "ids_named",
    "is_drawn",
    "items_listed",
    "json_or_none",
    "made_by",
    "parents_named",
    "removed_by",
]

# Members named so hold ids in every document, whether or not the kind is described.
_ID_NAME: Final = re.compile(r"(?:.*[a-z])?(?:id|Id|ID|uuid|Uuid)s?")
_FREE_TEXT: Final = frozenset({"name", "description", "clientToken"})
# The one network of documents from which no cloud, the reference cloud included, gives out addresses.
_DOCUMENTATION: Final = ipaddress.ip_network("192.0.2.0/24")


@dataclass(frozen=True)
class Item:
    """One thing on a page of a list: its id, a second id if it has one, what it lives inside, all its members."""

    identifier: str
    alias: str
    parent: str
    members: dict[str, Any]


def ids_named(contract: Contract, match: Match, request: Request) -> Iterator[str]:
    """Every value of query and body that is, or may be, the id of a resource; those in the path are apart.

    Three signs, any of which is enough: the member holds the id of a described kind, its name ends in Id,
    or the value has the form of an id (`vpc-` and letters).
    """
    members = _id_members(contract, match.operation)
    shape = re.compile(rf"(?:{'|'.join(map(re.escape, sorted(_prefixes(contract))))})[A-Za-z0-9]{{6,16}}")
    for name, value in (*request.query, *_leaves("", json_or_none(request))):
        if isinstance(value, str) and value and name not in _FREE_TEXT:
            if name in members or name.removesuffix("s") in members or _ID_NAME.fullmatch(name):
                yield from value.split(",")
            elif shape.fullmatch(value):
                yield value


def belongs_to_nobody(identifier: str) -> bool:
    """Whether no account can own it: all zeros behind a prefix, an address of documents, a `.invalid` domain."""
    if re.fullmatch(r"[a-z]+-0{6,16}", identifier) or identifier.endswith(".invalid"):
        return True
    try:
        return ipaddress.ip_address(identifier) in _DOCUMENTATION
    except ValueError:
        return False


def is_drawn(contract: Contract, kind: str) -> bool:
    """Whether the cloud makes up ids of a kind and never gives one out again (addresses and domains return)."""
    described = contract.resources.get(kind)
    return described is not None and bool(described.traits["id"].get("prefix"))


def parents_named(contract: Contract, match: Match, request: Request) -> dict[str, str]:
    """The ids, by member, of the resources inside which a creation happens."""
    described = contract.resources.get(str(match.operation.effect.get("resource")))
    body = json_or_none(request)
    given = {**(body if isinstance(body, dict) else {}), **match.path_params}
    members = described.traits.get("parents", {}).values() if described else ()
    named = {member: str(given[member]) for member in members if given.get(member)}
    return {**match.path_params, **named}


def made_by(contract: Contract, operation: Operation, request: Request, response: Response) -> tuple[str, ...]:
    """The ids of what a creation made: from the answer, else from the request (domains are named by the caller)."""
    effect, answer, body = operation.effect, json_or_none(response), json_or_none(request)
    if effect.get("answersIds"):
        ids = answer.get(effect["answersIds"]) if isinstance(answer, dict) else None
        return tuple(each for each in ids if isinstance(each, str)) if isinstance(ids, list) else ()
    described = contract.resources.get(str(effect.get("resource")))
    if described is None:
        return ()
    member = described.traits["id"]["member"]
    told = effect.get("tells", {})
    names = [name for name, source in told.items() if source == member] or [member]
    for place in (answer, body):
        for name in names:
            if isinstance(place, dict) and isinstance(place.get(name), str | int):
                return (str(place[name]),)
    return ()


def removed_by(match: Match, request: Request) -> tuple[str, ...]:
    """The ids a deletion names: the last in the path, or each one of a list in the body."""
    effect = match.operation.effect
    if not effect.get("each"):
        return tuple(match.path_params.values())[-1:]
    items: Any = json_or_none(request)
    for part in effect["each"].strip("/").split("/"):
        items = items.get(part) if isinstance(items, dict) else None
    named = [each.get(effect.get("by", "")) if isinstance(each, dict) else each for each in items or ()]
    return tuple(each for each in named if isinstance(each, str))


def items_listed(contract: Contract, match: Match, response: Response) -> Iterator[Item]:
    """The things on a page, of a kind whose ids are described."""
    operation, answer = match.operation, json_or_none(response)
    described = contract.resources.get(str(operation.effect.get("resource")))
    page = answer.get(operation.paging.items) if operation.paging and isinstance(answer, dict) else None
    if described is None or not isinstance(page, list):
        return
    member, short = described.traits["id"]["member"], described.traits.get("shortId", {}).get("member", "")
    for each in page:
        if isinstance(each, dict) and each.get(member):
            named = {**each, **match.path_params}
            parents = [named[name] for name in described.traits.get("parents", {}).values() if named.get(name)]
            yield Item(str(each[member]), str(each.get(short) or ""), str((parents or [""])[0]), each)


def json_or_none(message: Request | Response | None) -> Any:
    """The JSON of a message, None when it has none."""
    try:
        return message.json() if message is not None and message.body else None
    except ValueError:
        return None


def _id_members(contract: Contract, operation: Operation) -> set[str]:
    kinds = contract.resources.values()
    own = {
        member
        for each in kinds
        if each.service == operation.service
        for member in each.traits.get("parents", {}).values()
    }
    return (own | {each.traits["id"]["member"] for each in kinds}) - {"name"}


def _prefixes(contract: Contract) -> set[str]:
    identities = [each.traits.get(part) for each in contract.resources.values() for part in ("id", "shortId")]
    return {each["prefix"] for each in identities if each and each.get("prefix")}


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(key, member)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(name, each)
    else:
        yield name, value
