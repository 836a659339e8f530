"""Remove what a live run created, newest first, and say what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contractkit.conformance.live.gate import LiveGate
from contractkit.conformance.live.logbook import Creation, Logbook
from contractkit.contract import Operation
from contractkit.errors import ContractkitError, NotFoundError

__all__ = ["sweep"]

Call = Callable[[Operation, Mapping[str, Any]], object]


def sweep(logbook: Logbook, gate: LiveGate, call: Call) -> tuple[Creation, ...]:
    """Delete every creation that is left; what is already gone counts as removed.

    `call` performs an operation and raises ContractkitError when it failed. Gives what could not be removed:
    creations whose id was never learned, or whose deletion was refused; they stay in the logbook.
    """
    for creation in logbook.remaining():
        removal = gate.removal(creation)
        if removal is None:
            continue
        try:
            call(*removal)
        except NotFoundError:
            logbook.removed(creation)
        except ContractkitError:
            continue
        else:
            logbook.removed(creation)
    return tuple(each for each in logbook.remaining() if not _gone_with_parent(each, logbook))


def _gone_with_parent(creation: Creation, logbook: Logbook) -> bool:
    """A child whose id no answer names (a public DNS record) is gone when its parent is."""
    return (
        creation.identifier is None and bool(creation.parents) and not any(map(logbook.owns, creation.parents.values()))
    )
