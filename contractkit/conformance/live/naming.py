"""Which resources a request names, and which names belong to nobody."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contractkit.contract import Contract, Match, Operation, Resource
from contractkit.message import Request, Response

__all__ = [
    "Item",
    "belongs_to_nobody",
    "ids_in_path",
    "ids_named",
    "is_drawn",
    "items_shown",
    "json_or_none",
    "made_by",
    "names_what_it_makes",
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
    """One thing that a read showed: its id, a second id if it has one, what it lives inside, all its members."""

    identifier: str
    alias: str
    parents: tuple[str, ...]
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
    if re.fullmatch(r"(?:[a-z]+-)?0{6,16}", identifier) or identifier.endswith(".invalid"):
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
    """The ids of the resources inside which a creation happens, by member (and number, where a batch has several)."""
    described = contract.resources.get(str(match.operation.effect.get("resource")))
    members = set(described.traits.get("parents", {}).values()) if described else set()
    leaves = [(name, value) for name, value in _leaves("", json_or_none(request)) if name in members and value]
    found = dict(match.path_params)
    for number, (name, value) in enumerate(dict.fromkeys((name, str(value)) for name, value in leaves)):
        found[name if name not in found else f"{name} {number}"] = value
    return found


def names_what_it_makes(contract: Contract, operation: Operation) -> bool:
    """Whether answer or request of a creation are described as naming the thing."""
    effect, described = operation.effect, contract.resources.get(str(operation.effect.get("resource")))
    if effect.get("answersIds") or described is None:
        return bool(effect.get("answersIds"))
    names = set(_id_names(described.traits["id"]["member"], effect))
    return any(names & set((schema or {}).get("properties", {})) for schema in (operation.response, operation.body))


def made_by(contract: Contract, operation: Operation, request: Request, response: Response) -> tuple[str, ...]:
    """The ids of what a creation made: from the answer, else from the request (domains are named by the caller)."""
    effect, answer, body = operation.effect, json_or_none(response), json_or_none(request)
    if effect.get("answersIds"):
        ids = answer.get(effect["answersIds"]) if isinstance(answer, dict) else None
        return tuple(each for each in ids if isinstance(each, str)) if isinstance(ids, list) else ()
    described = contract.resources.get(str(effect.get("resource")))
    if described is None:
        return ()
    names = _id_names(described.traits["id"]["member"], effect)
    for place in (answer, body):
        for name in names if isinstance(place, dict) else ():
            value = place.get(name)
            if value and isinstance(value, str | int | list):
                return tuple(str(each) for each in (value if isinstance(value, list) else [value]))
    return ()


def _id_names(member: str, effect: Mapping[str, Any]) -> tuple[str, ...]:
    """The members under which a creation may answer the id, or the ids."""
    told = tuple(name for name, source in effect.get("tells", {}).items() if source == member)
    return (*told, member, f"{member}s")


def ids_in_path(match: Match) -> tuple[str, ...]:
    """The ids in the path; what stands behind the one that names the target is a part of it (an address, say)."""
    names = list(match.path_params)
    target = match.operation.effect.get("by")
    end = names.index(target) + 1 if target in names else len(names)
    return tuple(match.path_params[name] for name in names[:end])


def removed_by(match: Match, request: Request) -> tuple[str, ...]:
    """The ids a deletion names: the last in the path, or each one of a list in the body."""
    effect = match.operation.effect
    if any("recycle" in name.lower() and value == "true" for name, value in request.query):
        return ()  # put aside, and still to be removed
    if not effect.get("each"):
        return ids_in_path(match)[-1:]
    items: Any = json_or_none(request)
    for part in effect["each"].strip("/").split("/"):
        items = items.get(part) if isinstance(items, dict) else None
    named = [each.get(effect.get("by", "")) if isinstance(each, dict) else each for each in items or ()]
    return tuple(each for each in named if isinstance(each, str))


def items_shown(contract: Contract, match: Match, request: Request, response: Response) -> Iterator[Item]:
    """The things of the operation's own kind in an answer; what they merely mention is no part of it.

    A parent is named by the thing itself, or by the request that asked for what is inside it.
    """
    described = contract.resources.get(str(match.operation.effect.get("resource")))
    if described is None:
        return
    asked = {**{name: value for name, value in request.query if value}, **match.path_params}
    for each in _objects(match.operation, json_or_none(response)):
        item = _item(described, each, asked)
        if item is not None:
            yield item
            yield from _embedded(contract, described, item)


def _item(kind: Resource, members: dict[str, Any], known: Mapping[str, str]) -> Item | None:
    """A thing of a kind, by its members and what else is known of its parents; None without an id."""
    short = kind.traits.get("shortId", {}).get("member", "")
    identifier = members.get(kind.traits["id"]["member"]) or ("" if short else members.get("id"))
    if not identifier:
        return None
    parents = [members.get(name) or known.get(name) for name in kind.traits.get("parents", {}).values()]
    found = tuple(str(parent) for parent in parents if parent)
    return Item(str(identifier), str(members.get(short) or ""), found, members)


def _embedded(contract: Contract, kind: Resource, item: Item) -> Iterator[Item]:
    """The things that a thing shows as living inside it."""
    for name, inner in kind.traits.get("embeds", {}).items():
        described = contract.resources.get(inner["kind"] if isinstance(inner, dict) else inner)
        shown = item.members.get(name)
        parent = described.traits.get("parents", {}).get(kind.kind) if described else None
        if described is None or not parent or not isinstance(shown, list):
            continue
        for each in shown:
            found = _item(described, each, {parent: item.identifier}) if isinstance(each, dict) else None
            if found is not None:
                yield found


def _objects(operation: Operation, answer: Any) -> Iterator[dict[str, Any]]:
    """The items of a page, or what a read answers: the object itself or the one it wraps."""
    if not isinstance(answer, dict):
        return
    if operation.paging:
        page = answer.get(operation.paging.items)
        yield from (each for each in (page if isinstance(page, list) else ()) if isinstance(each, dict))
    else:
        yield answer
        yield from (each for each in answer.values() if isinstance(each, dict))


def json_or_none(message: Request | Response | None) -> Any:
    """The JSON of a message, None when it has none."""
    try:
        return message.json() if message is not None and message.body else None
    except ValueError:
        return None


def _id_members(contract: Contract, operation: Operation) -> set[str]:
    """Members that hold ids: those of the service, and those of others whose names mean nothing else."""
    kinds, service = contract.resources.values(), operation.service
    parents = {name for each in kinds if each.service == service for name in each.traits.get("parents", {}).values()}
    own = {each.traits["id"]["member"] for each in kinds if each.service == service}
    return (parents | own | ({each.traits["id"]["member"] for each in kinds} - {"ip"})) - {"name"}


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
