"""The arguments of the contract mark, read and checked while tests are collected; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from contractkit.errors import ConfigurationError

__all__ = ["MODES", "Mark", "read_marks"]

MODES: Final = ("replay", "record", "extend", "direct")


class Mark(Protocol):
    """What is read of a pytest mark."""

    @property
    def args(self) -> tuple[Any, ...]: ...

    @property
    def kwargs(self) -> Mapping[str, Any]: ...


def read_marks(marks: Iterable[Mark]) -> dict[str, Any]:
    """The arguments of all contract marks of a test, the closest (first) winning; `mode` as its name.

    Raises ConfigurationError naming the argument and what it takes.
    """
    merged: dict[str, Any] = {}
    for mark in marks:
        if mark.args:
            raise ConfigurationError(f"the contract mark takes arguments by name only: {', '.join(_ARGUMENTS)}")
        merged = {**mark.kwargs, **merged}
    for name, value in merged.items():
        if name not in _ARGUMENTS:
            raise ConfigurationError(f"the contract mark takes {', '.join(_ARGUMENTS)}, not {name!r}")
        accepts, wanted = _ARGUMENTS[name]
        if not accepts(value):
            raise ConfigurationError(f"{name}={value!r} of the contract mark: give {wanted}")
    return {**merged, "mode": _name_of(merged["mode"])} if merged.get("mode") is not None else merged


def _name_of(mode: Any) -> str:
    """The name of a mode given as text or as a Mode."""
    return str(getattr(mode, "value", mode)).strip().lower()


def _is_mode(value: Any) -> bool:
    return value is None or _name_of(value) in MODES


def _is_name(value: Any) -> bool:
    return value is None or (isinstance(value, str) and bool(value.strip("/. ")))


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _are_hosts(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(isinstance(each, str) for each in value)


_ARGUMENTS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "mode": (_is_mode, f"one of {', '.join(MODES)}"),
    "cassette": (_is_name, "a name for the cassette"),
    "verify": (_is_flag, "True or False"),
    "allow_hosts": (_are_hosts, "a list of hosts, each written 'name:port' or 'name'"),
    "allow_processes": (_is_flag, "True or False"),
    "cut_sleeps": (_is_flag, "True or False"),
    "creates": (_is_flag, "True or False"),
}
