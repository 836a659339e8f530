"""Coverage: what of the contract was exercised, by service, group and operation. Values in, values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from contractkit.conformance.report.model import (
    CodeCoverage,
    Coverage,
    Exchange,
    GroupCoverage,
    OperationCoverage,
    PlaceCoverage,
    ServiceCoverage,
    Tally,
)
from contractkit.conformance.report.places import PLACES, list_places
from contractkit.contract import Contract, Operation

__all__ = ["PlaceRow", "count_exchanges", "cover", "list_place_rows", "sum_places"]


class PlaceRow(NamedTuple):
    """Places of one operation to be read together: what they are, and which were exercised and which never."""

    name: str
    exercised: tuple[str, ...]
    never: tuple[str, ...]


def cover(contract: Contract, exchanges: Iterable[Exchange], places: frozenset[str] | None = None) -> Coverage:
    """Which described operations were answered, and how, by service and group in the order of the contract.

    `places` are what requests exercised, None when nobody looked.
    """
    seen: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        seen.setdefault(exchange.operation, []).append(exchange)
    services = tuple(_cover_service(contract, service, seen, places) for service in contract.services)
    known = {operation.qualified for operation in contract.operations()}
    unknown = [exchange for name, each in seen.items() if name not in known for exchange in each]
    return Coverage(
        described=sum(each.described for each in services),
        exercised=sum(each.exercised for each in services),
        succeeded=sum(each.succeeded for each in services),
        services=services,
        undescribed=count_exchanges(unknown, with_mode=False),
    )


def count_exchanges(exchanges: Iterable[Exchange], *, with_mode: bool) -> tuple[Exchange, ...]:
    """Equal exchanges counted together, in order; without modes those of different ones are equal too."""
    counts: Counter[tuple[str, int, str, str]] = Counter()
    for each in exchanges:
        counts[each.operation, each.status, each.code, each.mode if with_mode else ""] += each.count
    return tuple(Exchange(*key, count=counts[key]) for key in sorted(counts))


def sum_places(coverage: Coverage) -> dict[str, Tally]:
    """Parameters, body members and enum values of all services together; empty when nobody looked."""
    counted = [each.tallies for each in coverage.services]
    return {
        noun: Tally(sum(each[noun].exercised for each in counted), sum(each[noun].described for each in counted))
        for noun in PLACES.values()
        if counted and all(noun in each for each in counted)
    }


def list_place_rows(operation: OperationCoverage) -> tuple[PlaceRow, ...]:
    """The parameters, the body members, and each enumeration of an operation; none when nobody looked."""
    rows: dict[str, list[PlaceCoverage]] = {}
    for each in operation.places:
        rows.setdefault(f"values of {each.where}" if each.kind == "value" else PLACES[each.kind], []).append(each)
    order = dict.fromkeys((*(noun for noun in PLACES.values() if noun in rows), *rows))
    return tuple(
        PlaceRow(name, _name_places(rows[name], exercised=True), _name_places(rows[name], exercised=False))
        for name in order
    )


def _name_places(places: Iterable[PlaceCoverage], *, exercised: bool) -> tuple[str, ...]:
    """A value by itself, since its row says where it stands; the value that is empty text as one sees it in JSON."""
    return tuple(
        (each.value or '""') if each.kind == "value" else each.where for each in places if each.exercised is exercised
    )


def _cover_service(
    contract: Contract, service: str, seen: Mapping[str, Sequence[Exchange]], places: frozenset[str] | None
) -> ServiceCoverage:
    documented = {
        code: each["status"] for code, each in contract.errors.items() if service in each.get("services", [service])
    }
    statuses = frozenset(documented.values()) | {each.success_status for each in contract.operations(service)}
    by_group = sorted(contract.operations(service), key=lambda each: each.group)
    covered = tuple(_cover_operation(each, seen.get(each.qualified, ()), places) for each in by_group)
    groups = tuple(
        _cover_group(name, tuple(each for _, each in same), documented.keys(), statuses)
        for name, same in groupby(zip(by_group, covered, strict=True), key=lambda pair: pair[0].group)
    )
    answered = {answer.code for each in covered for answer in each.answers}
    return ServiceCoverage(
        service=service,
        title=str(contract.common["services"][service]["title"]),
        described=sum(each.described for each in groups),
        exercised=sum(each.exercised for each in groups),
        succeeded=sum(each.succeeded for each in groups),
        groups=groups,
        tallies=_tally(covered, documented.keys(), statuses),
        codes=tuple(
            CodeCoverage(status, code, code in answered)
            for code, status in sorted(documented.items(), key=lambda each: (each[1], each[0]))
        ),
    )


def _cover_group(
    name: str, operations: tuple[OperationCoverage, ...], codes: Iterable[str], statuses: frozenset[int]
) -> GroupCoverage:
    return GroupCoverage(
        name=name,
        described=len(operations),
        exercised=sum(each.state != "unseen" for each in operations),
        succeeded=sum(each.state == "succeeded" for each in operations),
        operations=operations,
        tallies=_tally(operations, codes, statuses),
    )


def _cover_operation(
    operation: Operation, exchanges: Sequence[Exchange], places: frozenset[str] | None
) -> OperationCoverage:
    answers = count_exchanges(exchanges, with_mode=False)
    succeeded = any(each.status < 400 for each in answers)
    held = () if places is None else tuple(_cover_places(operation, places))
    return OperationCoverage(
        operation=operation.qualified,
        summary=operation.summary,
        method=operation.method,
        path=operation.path + (f"?{operation.action}" if operation.action else ""),
        state="succeeded" if succeeded else "refused" if answers else "unseen",
        answers=answers,
        places=held,
        tallies={} if places is None else _tally_places(held),
    )


def _cover_places(operation: Operation, places: frozenset[str]) -> Iterator[PlaceCoverage]:
    for kind, where in list_places(operation):
        place, _, value = where.partition("=")
        yield PlaceCoverage(kind, place, value, f"{operation.qualified} {kind} {where}" in places)


def _tally(operations: Sequence[OperationCoverage], codes: Iterable[str], statuses: frozenset[int]) -> dict[str, Tally]:
    """What was exercised of everything that these operations can, by noun."""
    answers = [answer for each in operations for answer in each.answers]
    flagged = [each.state != "unseen" for each in operations if "?" in each.path]
    documented = frozenset(codes)
    tallies = {
        "operations": Tally(sum(each.state != "unseen" for each in operations), len(operations)),
        "action flags": Tally(sum(flagged), len(flagged)),
        "statuses": Tally(len(statuses & {each.status for each in answers}), len(statuses)),
        "error codes": Tally(len(documented & {each.code for each in answers}), len(documented)),
    }
    looked = any(each.tallies for each in operations)
    return {**tallies, **_tally_places(place for each in operations for place in each.places)} if looked else tallies


def _tally_places(places: Iterable[PlaceCoverage]) -> dict[str, Tally]:
    found = Counter((each.kind, each.exercised) for each in places)
    return {noun: Tally(found[kind, True], found[kind, True] + found[kind, False]) for kind, noun in PLACES.items()}
