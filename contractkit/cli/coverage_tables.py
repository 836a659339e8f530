"""What cassettes exercise, as tables for a terminal: the whole, a service with its codes, or single operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from contractkit.cli.console import say
from contractkit.errors import ConfigurationError

if TYPE_CHECKING:
    from contractkit.conformance.report import Coverage, OperationCoverage, ServiceCoverage, Tally
    from contractkit.contract import Contract

__all__ = ["find_operations", "print_counts", "print_coverage", "print_operations"]

_HEADS: Final[Mapping[str, str]] = {
    "operations": "ops",
    "action flags": "flags",
    "statuses": "statuses",
    "error codes": "codes",
    "parameters": "params",
    "body members": "members",
    "enum values": "values",
}
"""What a column of the table is headed by, for each noun that is counted."""

_CELL: Final = 9
"""Characters of a column: the widest count is `528/528`."""

_NAMED: Final = 5
"""How many operations are named before the rest is only counted."""


def print_coverage(coverage: Coverage) -> None:
    """A table of counts, exercised of described, by service and group; then what was not exercised at all."""
    width = max(len(group.name) for service in coverage.services for group in service.groups) + 2
    say(f"{'':<{width}}" + "".join(f"{head:>{_CELL}}" for head in _HEADS.values()), "dim")
    for service in coverage.services:
        say(f"{service.service:<{width}}{_cells(service.tallies)}", _style(service.exercised, service.described))
        for group in service.groups:
            say(f"  {group.name:<{width - 2}}{_cells(group.tallies)}", "plain" if group.exercised else "dim")
            if 0 < group.exercised < group.described:
                say(f"    not exercised: {', '.join(_unseen(group.operations))}", "dim")
    for answer in coverage.undescribed:
        say(f"no described operation: {answer.status} {answer.code} x{answer.count}", "warn")
    say(f"{coverage.exercised} of {coverage.described} operations exercised, {coverage.succeeded} with success")


def find_operations(coverage: Coverage, names: Sequence[str]) -> tuple[OperationCoverage, ...]:
    """The operations of these names, each once: a dotted operation, or all of a service.

    Raises ConfigurationError for a name that is neither.
    """
    known = {each.operation: each for service in coverage.services for each in _operations_of(service)}
    services = {service.service: tuple(_operations_of(service)) for service in coverage.services}
    found: dict[str, OperationCoverage] = {}
    for name in names:
        if name not in known and name not in services:
            near = ", ".join(each for each in known if each.partition(".")[0] == name.partition(".")[0])
            raise ConfigurationError(f"{name}: no such operation; known: {near or ', '.join(services)}")
        found.update({each.operation: each for each in services.get(name) or (known[name],)})
    return tuple(found.values())


def print_operations(coverage: Coverage, names: Sequence[str]) -> None:
    """Each operation with its answers, and what of its requests was exercised and what never; codes for a service."""
    for operation in find_operations(coverage, names):
        say(f"{operation.operation}  {operation.method} {operation.path}", "plain" if operation.answers else "warn")
        say(f"  answered: {_answers(operation) or 'never'}")
        for line in _place_lines(operation):
            say(f"  {line}", "dim")
    for service in coverage.services:
        if service.service in names:
            never = [f"{each.status} {each.code}" for each in service.codes if not each.exercised]
            say(f"{service.service}: error codes never answered: {', '.join(never) or 'none'}")


def print_counts(coverage: Coverage, contract: Contract) -> None:
    """The five counts as a table by service, then the names of what is missing."""
    from contractkit.conformance.counts import NOUNS, count_services, find_missing

    missing = find_missing(coverage, contract)
    counts = count_services(missing, contract)
    say(f"{'':<12}" + "".join(f"{noun:>14}" for noun in NOUNS))
    for service, tallies in counts.items():
        cells = (f"{each.exercised} of {each.described}" for each in tallies.values())
        say(f"{service:<12}" + "".join(f"{cell:>14}" for cell in cells))
    sums = [sum(each[noun].exercised for each in counts.values()) for noun in NOUNS]
    whole = sum(each["described"].described for each in counts.values())
    say(
        f"{'all':<12}" + "".join(f"{f'{each} of {whole}':>14}" for each in sums),
        "good" if min(sums) == whole else "bad",
    )
    for noun, names in missing.items():
        if names:
            rest = len(names) - _NAMED
            more = f" and {rest} more; `contractkit coverage SERVICE` lists them" if rest > 0 else ""
            say(f"without {noun}: {', '.join(names[:_NAMED])}{more}", "dim")


def _cells(tallies: Mapping[str, Tally]) -> str:
    """A cell for each column; a dash where nothing of the kind is described."""
    counts = (tallies.get(noun) for noun in _HEADS)
    texts = (f"{each.exercised}/{each.described}" if each and each.described else "-" for each in counts)
    return "".join(f"{text:>{_CELL}}" for text in texts)


def _style(exercised: int, described: int) -> str:
    return "good" if exercised == described else "plain" if exercised else "dim"


def _operations_of(service: ServiceCoverage) -> Iterator[OperationCoverage]:
    return (each for group in service.groups for each in group.operations)


def _unseen(operations: Iterable[OperationCoverage]) -> Iterator[str]:
    return (each.operation.partition(".")[2] for each in operations if each.state == "unseen")


def _answers(operation: OperationCoverage) -> str:
    return ", ".join(f"{f'{each.status} {each.code}'.rstrip()} x{each.count}" for each in operation.answers)


def _place_lines(operation: OperationCoverage) -> Iterator[str]:
    from contractkit.conformance.report import list_place_rows

    rows = list_place_rows(operation)
    width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        count = f"{len(row.exercised)} of {len(row.exercised) + len(row.never)}"
        never = f"   never: {', '.join(row.never)}" if row.never else ""
        yield f"{row.name:<{width}}  {count:>8}{never}"
