"""Cassettes that nobody needs or should rely on any more, and what a run does about each kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contractkit.errors import ConfigurationError, ContractkitError
from contractkit.recording.store import read_or_empty

if TYPE_CHECKING:
    from contractkit.recording import Cassette

__all__ = ["DEFAULT", "Hygiene", "HygieneError", "Note", "find_orphans", "inspect_cassette", "read_hygiene"]

_LEVELS: Final = ("ignore", "warn", "fail")
_KINDS: Final = ("unused", "orphans", "expired", "stale")
_MOST_DAYS: Final = 36500  # a hundred years; beyond some thousands of them there is no date to compare with


class HygieneError(ContractkitError):
    """A cassette is not as the run wants them, and the run was told to fail on that."""


@dataclass(frozen=True)
class Hygiene:
    """What to do, `ignore`, `warn` or `fail`, about interactions that a passing test did not ask for, cassettes of
    no test, cassettes older than `max_age` days (0: none is), and those of an older contract or sanitizer.
    """

    unused: str = "warn"
    orphans: str = "ignore"
    expired: str = "warn"
    stale: str = "warn"
    max_age: int = 0

    def level(self, kind: str) -> str:
        """What to do about a kind."""
        return str(getattr(self, kind))

    def renew_before(self, today: date) -> date | None:
        """A recording of unchanged behaviour keeps its day unless that lies before this one."""
        return today - timedelta(days=self.max_age) if self.max_age else None


DEFAULT: Final = Hygiene()


@dataclass(frozen=True)
class Note:
    """One thing that is not as it should be; `level` is warn or fail."""

    kind: str
    level: str
    text: str


def read_hygiene(*texts: str | None) -> Hygiene:
    """What texts like `unused=fail, expired=warn, max-age=90` ask for, the first counting most.

    Raises ConfigurationError for anything else.
    """
    wanted: dict[str, str | int] = {}
    for text in texts:
        for item in (text or "").replace(",", " ").split():
            name, _, value = item.partition("=")
            wanted.setdefault(*_read(name.strip().lower(), value.strip().lower(), item))
    return Hygiene(**wanted)  # type: ignore[arg-type]  # _read gives each name its own type


def _read(name: str, value: str, item: str) -> tuple[str, str | int]:
    if name == "max-age" and value.isascii() and value.isdigit():
        if len(value) > 9 or int(value) > _MOST_DAYS:
            raise ConfigurationError(
                f"{item!r} in contract_hygiene: give at most {_MOST_DAYS} days, or 0 for cassettes that never expire"
            )
        return "max_age", int(value)
    if name in _KINDS and value in _LEVELS:
        return name, value
    raise ConfigurationError(
        f"{item!r} is no rule of contract_hygiene: write {', '.join(_KINDS)} = {', '.join(_LEVELS)}, or max-age=DAYS"
    )


def inspect_cassette(
    name: str, cassette: Cassette, unused: Sequence[str], hygiene: Hygiene, *, digest: str, sanitizer: int, today: date
) -> tuple[Note, ...]:
    """What is to be said of the cassette that a passing test has replayed. `unused` describes what was left over."""
    faults = [*_unused(unused), *_expired(cassette, hygiene.max_age, today), *_stale(cassette, digest, sanitizer)]
    return tuple(
        Note(kind, hygiene.level(kind), f"{name}: {text}") for kind, text in faults if hygiene.level(kind) != "ignore"
    )


def _unused(unused: Sequence[str]) -> Iterator[tuple[str, str]]:
    if unused:
        shown = "; ".join(unused[:3]) + ("; ..." if len(unused) > 3 else "")
        yield "unused", f"nothing asked for {len(unused)} of its interactions ({shown}); record it again"


def _expired(cassette: Cassette, max_age: int, today: date) -> Iterator[tuple[str, str]]:
    if not max_age or not cassette.entries:
        return
    if not cassette.recorded:
        yield "expired", "does not say when it was recorded; record it again"
    elif (age := (today - date.fromisoformat(cassette.recorded)).days) > max_age:
        yield "expired", f"recorded {age} days ago, more than {max_age}; record it again"


def _stale(cassette: Cassette, digest: str, sanitizer: int) -> Iterator[tuple[str, str]]:
    if not cassette.entries:
        return
    if cassette.contract != digest:
        yield "stale", "recorded under another version of the contract; check it, or record it again"
    if cassette.sanitizer.version < sanitizer:
        yield "stale", f"made by sanitizer version {cassette.sanitizer.version}, not {sanitizer}; record it again"


def find_orphans(root: Path, known: Iterable[tuple[str, str]], *, whole: bool) -> Iterator[str]:
    """What is to be said of cassettes below `root`, and of parts of shared ones, that belong to no test.

    `known` are the cassettes of the tests (relative names), each with the part that is the test's own, "" when it
    shares its cassette with nobody. `whole` says that every test was collected; otherwise only what bears the name of
    a collected module is judged.
    """
    tests = {(file.lower(), part.lower()) for file, part in known}
    files, shared = {file for file, _ in tests}, {file for file, part in tests if part}
    modules = {_module(part or file) for file, part in tests}
    for path in sorted(path for path in root.rglob("*.json") if path.is_file()):
        name = path.relative_to(root).as_posix()
        if name.lower() not in files:
            if whole or _module(name.lower()) in modules:
                yield f"{name}: no test uses it; remove it"
        elif name.lower() in shared:
            for part in _parts(path):
                if (name.lower(), part.lower()) not in tests and (whole or _module(part.lower()) in modules):
                    yield f"{name}: its part {part} is of no test; remove the file, and record all its tests again"


def _module(name: str) -> str:
    return name.rpartition("/")[0]


def _parts(path: Path) -> tuple[str, ...]:
    """The parts of a cassette; none of a damaged one, and of a link, which the tests that use it will tell of."""
    entries = () if path.is_symlink() else read_or_empty(path).entries
    return tuple(dict.fromkeys(entry.part for entry in entries if entry.part))
