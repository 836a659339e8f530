"""The places where a service may have a say of its own, and the tables of all services joined."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from importlib import import_module
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.world import Realm, Thing
from contractkit.errors import ContractError

__all__ = ["Behaviours", "Members", "load_behaviours"]

Members = dict[str, Any]
"""The members of a thing, or of one to be: a draft that behaviours complete."""
_PACKAGE: Final = __package__ or "contractkit.cloud.behaviours"


@dataclass(frozen=True, slots=True)
class Behaviours:
    """Functions by kind of resource. Those called before a change may refuse it (a Refusal), and `created` may too.

    `creating` completes or refuses the members of a thing to be; `created` makes what comes with it (by
    `making.make_thing`). `changing`, by kind, by the dotted name of an operation or by both, does so with the
    members a thing will have; `changed` does what follows from a change. `deleting` may refuse, and says True when
    the states that the effect demands need not hold; `deleted` tidies up after a thing that is gone.
    `collecting` completes or refuses the items about to be added to a list. `viewing` computes members that are
    not kept. `lapsing` is asked when a deadline has come, and says True when it has seen to it by itself (a renewal).
    `listing` gives further tests a listed thing has to pass. `operations` (by dotted name) does the
    whole operation and gives the payload of its answer.
    """

    creating: Mapping[str, Callable[[Act, Members], None]] = field(default_factory=dict)
    created: Mapping[str, Callable[[Act, Thing], None]] = field(default_factory=dict)
    changing: Mapping[str, Callable[[Act, Thing, Members], None]] = field(default_factory=dict)
    changed: Mapping[str, Callable[[Act, Thing], None]] = field(default_factory=dict)
    deleting: Mapping[str, Callable[[Act, Thing], bool]] = field(default_factory=dict)
    deleted: Mapping[str, Callable[[Act, Thing], None]] = field(default_factory=dict)
    collecting: Mapping[str, Callable[[Act, Thing, list[Any]], list[Any]]] = field(default_factory=dict)
    viewing: Mapping[str, Callable[[Act, Thing], Members]] = field(default_factory=dict)
    lapsing: Mapping[str, Callable[[Realm, Thing], bool]] = field(default_factory=dict)
    listing: Mapping[str, Callable[[Act], list[Callable[[Thing], bool]]]] = field(default_factory=dict)
    operations: Mapping[str, Callable[[Act], Any]] = field(default_factory=dict)


def load_behaviours() -> Behaviours:
    """The tables of all files of this package that have one (`BEHAVIOURS`), joined. Raises ContractError."""
    modules = [import_module(f"{_PACKAGE}.{each.name}") for each in pkgutil.iter_modules(_path())]
    tables = [module.BEHAVIOURS for module in modules if hasattr(module, "BEHAVIOURS")]
    return Behaviours(**{place.name: _join(tables, place.name) for place in fields(Behaviours)})


def _join(tables: Iterable[Behaviours], place: str) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for table in tables:
        for name, function in getattr(table, place).items():
            if name in joined:
                raise ContractError(f"two files have a say in {place} {name}; let one call the other")
            joined[name] = function
    return joined


def _path() -> Iterable[str]:
    return import_module(_PACKAGE).__path__
