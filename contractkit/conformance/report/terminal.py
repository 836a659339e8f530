"""The summary of a run as lines for a terminal: plain words that read without colour, and a markup for those that have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from contractkit.conformance.report.model import LEVELS, CassetteFile, Coverage, FindingEntry, Law, Run
from contractkit.recording.printing import printable

__all__ = ["Line", "summarize_coverage", "summarize_laws", "summarize_run"]

Style = Literal["plain", "good", "warn", "bad", "dim"]

_MARKUP: Final[dict[Style, dict[str, bool]]] = {
    "plain": {},
    "good": {"green": True},
    "warn": {"yellow": True},
    "bad": {"red": True, "bold": True},
    "dim": {"light": True},
}
_LEVEL_STYLE: Final[dict[str, Style]] = {"error": "bad", "warning": "warn", "note": "dim"}
_SHOWN: Final = 10
"""How many findings, or left over interactions, are listed before the rest is only counted."""


@dataclass(frozen=True)
class Line:
    """One line and how grave it is. What a cassette or a server says in it is made fit for a terminal."""

    text: str
    style: Style = "plain"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", printable(self.text))

    @property
    def markup(self) -> dict[str, bool]:
        """Keyword arguments for pytest's `terminalreporter.write_line`."""
        return dict(_MARKUP[self.style])

    def __str__(self) -> str:
        return self.text


def summarize_run(run: Run, *, verbose: bool = False, findings: bool = True) -> tuple[Line, ...]:
    """What was recorded, replayed, left over and found; no line at all when the run did none of that.

    `verbose` lists every unused interaction and every finding instead of the first ten; without `findings` none is told.
    """
    limit = None if verbose else _SHOWN
    return (*_cassette_lines(run, limit), *(_finding_lines(run, limit) if findings else ()))


def summarize_coverage(coverage: Coverage) -> tuple[Line, ...]:
    """One line for each service: operations exercised out of those described."""
    width = max((len(each.service) for each in coverage.services), default=0)
    return tuple(
        Line(
            f"{each.service:<{width}}  {each.exercised:>3} of {each.described:>3} operations exercised, "
            f"{each.succeeded} with success",
            "good" if each.exercised == each.described else "plain" if each.exercised else "dim",
        )
        for each in coverage.services
    )


def summarize_laws(laws: Sequence[Law]) -> tuple[Line, ...]:
    """One line for all laws, one for each that is broken and one for each that was left out; none without laws."""
    if not laws:
        return ()
    tried = [law for law in laws if not law.left_out]
    broken = [law for law in tried if law.broken]
    told = f"{_counted(len(tried), 'law')} examined with {_counted(sum(law.examples for law in tried), 'example')}"
    return (
        Line(f"{told}, {len(broken)} broken", "bad" if broken else "good"),
        *(Line(f"  broken  {law.suite}: {law.law}: {law.broken.partition(chr(10))[0]}", "bad") for law in broken),
        *(Line(f"  left out  {law.suite}: {law.law} ({law.left_out})", "dim") for law in laws if law.left_out),
    )


def _cassette_lines(run: Run, limit: int | None) -> Iterator[Line]:
    summary = run.cassettes
    if not summary.files:
        return
    counts = [f"{summary.recorded} recorded", f"{summary.replayed} replayed", f"{summary.unused} unused"]
    where = f"{len(summary.files)} {'cassette' if len(summary.files) == 1 else 'cassettes'}"
    yield Line(f"{where}: {', '.join(counts)} interactions", "warn" if summary.unused else "good")
    yield from _limited([line for file in summary.files for line in _unused_lines(file)], limit, "unused interaction")
    if summary.unused:
        yield Line("  Nothing asked for these: record again with --contract-mode=record to drop them.", "dim")


def _unused_lines(file: CassetteFile) -> Iterator[Line]:
    for interaction in file.unused:
        yield Line(f"  unused  {interaction}  ({file.path})", "warn")


def _finding_lines(run: Run, limit: int | None) -> Iterator[Line]:
    if not run.findings:
        if run.exchanges:
            total = sum(each.count for each in run.exchanges)
            yield Line(f"{total} interactions held against the contract: no findings", "good")
        return
    counts = {level: sum(entry.level == level for entry in run.findings) for level in LEVELS}
    worst = next(level for level in LEVELS if counts[level])
    told = ", ".join(_counted(count, level) for level, count in counts.items() if count)
    yield Line(f"findings: {told}", _LEVEL_STYLE[worst])
    ordered = sorted(run.findings, key=lambda entry: LEVELS.index(entry.level))
    yield from _limited([_finding_line(entry) for entry in ordered], limit, "finding")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _finding_line(entry: FindingEntry) -> Line:
    place = f"{entry.operation or '(unknown operation)'} {entry.pointer}".rstrip()
    times = f"  x{entry.count}" if entry.count > 1 else ""
    text = f"  {entry.level:<7} {entry.rule:<18} {place}: {entry.message}{times}  [{entry.fingerprint}]"
    return Line(text, _LEVEL_STYLE[entry.level])


def _limited(lines: list[Line], limit: int | None, noun: str) -> Iterator[Line]:
    yield from lines[:limit]
    if limit is not None and (rest := len(lines) - limit) > 0:
        yield Line(f"  ... and {_counted(rest, f'more {noun}')}; -v lists them all", "dim")
