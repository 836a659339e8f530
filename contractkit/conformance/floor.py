"""A floor under coverage: counts kept in a file, which may rise and never fall."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from contractkit.conformance.report import Coverage, Tally, write_json
from contractkit.errors import ConfigurationError

__all__ = ["Floor", "find_falls", "find_rises", "measure_floor", "read_floor", "write_floor"]

Floor = Mapping[str, Mapping[str, Tally]]
"""What was exercised of what is described, by service and noun (`operations`, `enum values`...)."""

_FORMAT: Final = "contractkit coverage floor"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    services: dict[str, dict[str, Tally]]


def measure_floor(coverage: Coverage) -> Floor:
    """The counts that a coverage has now."""
    return {each.service: each.tallies for each in coverage.services}


def read_floor(path: Path) -> Floor:
    """Read a file of counts. Raises ConfigurationError when there is none, or it is something else."""
    try:
        read = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); write it with --raise") from None
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"{path}: holds no counts ({error}); write it anew with --raise") from None
    if read.format != _FORMAT:
        raise ConfigurationError(f"{path}: holds no counts, but {read.format!r}; write them elsewhere with --raise")
    return read.services


def write_floor(floor: Floor, path: Path) -> None:
    """Keep counts in a file. Raises ConfigurationError for a place that cannot be written."""
    write_json(_File(_FORMAT, {service: dict(tallies) for service, tallies in floor.items()}), path)


def find_falls(floor: Floor, now: Floor) -> tuple[str, ...]:
    """A line for every count that is lower now than in the floor; what is gone altogether counts as nothing."""
    return tuple(_differences(floor, now, rising=False))


def find_rises(floor: Floor, now: Floor) -> tuple[str, ...]:
    """A line for every count that is higher now than in the floor."""
    return tuple(_differences(floor, now, rising=True))


def _differences(floor: Floor, now: Floor, *, rising: bool) -> Iterator[str]:
    nothing = Tally(0, 0)
    for service in {**floor, **now}:
        before, after = floor.get(service, {}), now.get(service, {})
        for noun in {**before, **after}:
            was, is_ = before.get(noun, nothing), after.get(noun, nothing)
            if was.exercised != is_.exercised and (is_.exercised > was.exercised) == rising:
                yield f"{service}: {noun} exercised {was.exercised} -> {is_.exercised} of {is_.described}"
