"""What changed between two cassettes, told by operation and field."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from contractkit.contract import Contract
from contractkit.message import Request, encode_json
from contractkit.recording.cassette import Cassette, Entry, gather
from contractkit.recording.hosts import Hosts
from contractkit.recording.key import Form, Forms

__all__ = ["Change", "compare_cassettes"]

_WIDTH = 80
_ABSENT = "(absent)"


@dataclass(frozen=True)
class Change:
    """One field that differs. `operation` and `number` (its place among the old ones, from 1) say where;
    `field` is like `response body /vpcId`, `old` and `new` are JSON or `(absent)`.
    """

    operation: str
    number: int
    field: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.operation} #{self.number}: {self.field}: {self.old} -> {self.new}"


def compare_cassettes(old: Cassette, new: Cassette, contract: Contract) -> tuple[Change, ...]:
    """Every difference between two cassettes: requests that are the same are paired in order, then those of one operation."""
    before, after = (_listed(cassette, contract) for cassette in (old, new))
    pairs, gone, added = _pair(before, after)
    more, gone, added = _pair_by_operation(gone, added)
    changes = [change for one, other in sorted(pairs + more, key=_place) for change in _compare(one, other)]
    changes += [Change(each.name, each.number, "interaction", each.form.title, _ABSENT) for each in gone]
    changes += [Change(each.name, each.number, "interaction", _ABSENT, each.form.title) for each in added]
    return tuple(changes)


@dataclass(frozen=True)
class _Item:
    number: int
    entry: Entry
    form: Form

    @property
    def name(self) -> str:
        return self.entry.operation or self.form.title


Pairs = list[tuple[_Item, _Item]]


def _listed(cassette: Cassette, contract: Contract) -> list[_Item]:
    forms = Forms(contract, Hosts(contract))
    requests = (entry.to_interaction().request for entry in cassette.entries)
    return [
        _Item(number, entry, forms.of(request))
        for number, (entry, request) in enumerate(zip(cassette.entries, requests, strict=True), start=1)
    ]


def _pair(before: list[_Item], after: list[_Item]) -> tuple[Pairs, list[_Item], list[_Item]]:
    return _match(before, after, lambda item: (item.entry.part, item.form.key))


def _pair_by_operation(before: list[_Item], after: list[_Item]) -> tuple[Pairs, list[_Item], list[_Item]]:
    return _match(before, after, lambda item: (item.entry.part, item.name))


def _match(before: list[_Item], after: list[_Item], key: Any) -> tuple[Pairs, list[_Item], list[_Item]]:
    waiting: dict[object, deque[_Item]] = defaultdict(deque)
    for each in after:
        waiting[key(each)].append(each)
    pairs, gone = [], []
    for each in before:
        partners = waiting[key(each)]
        if partners:
            pairs.append((each, partners.popleft()))
        else:
            gone.append(each)
    taken = {other.number for _, other in pairs}
    return pairs, gone, [each for each in after if each.number not in taken]


def _place(pair: tuple[_Item, _Item]) -> int:
    return pair[0].number


def _compare(one: _Item, other: _Item) -> Iterator[Change]:
    for field, old, new in _walk("", _plain(one.entry), _plain(other.entry)):
        yield Change(one.name, one.number, field, _show(old), _show(new))


def _plain(entry: Entry) -> dict[str, Any]:
    """An interaction as named fields; what the signature brings along is told by its verdict alone."""
    interaction = entry.to_interaction()
    request, response = interaction.request, interaction.response
    return {
        "signature": entry.verdict or "verifies",
        "fault": entry.fault,
        "method": request.method,
        "path": request.path,
        "query": gather(request.query),
        "request headers": _headers(request),
        "request body": _body(entry.request),
        "status": response.status,
        "response headers": gather((name.lower(), value) for name, value in response.headers),
        "response body": _body(entry.response),
    }


def _headers(request: Request) -> dict[str, Any]:
    return gather((name.lower(), value) for name, value in request.headers.without("authorization"))


def _body(stored: Any) -> Any:
    return stored.text if stored.json is UNSET else stored.json


def _walk(place: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            inner = f"{place} /{name}" if place and " /" not in place else f"{place}/{name}" if place else name
            yield from _walk(inner, old.get(name, _MISSING), new.get(name, _MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            inner = f"{place}/{index}" if " /" in place else f"{place} /{index}"
            yield from _walk(inner, *(each[index] if index < len(each) else _MISSING for each in (old, new)))
    elif old is _MISSING or new is _MISSING or old != new or type(old) is not type(new):
        yield place, old, new


_MISSING = object()


def _show(value: Any) -> str:
    if value is _MISSING:
        return _ABSENT
    text = encode_json(value).decode()
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
