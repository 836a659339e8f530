"""The written-ahead record of what a live run creates: the intent before the request, the id after the answer.

Append-only JSON lines, each forced to the disk before the run goes on, so that a run killed at any moment
leaves a list of everything that may exist and still has to be removed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["Creation", "Logbook"]


@dataclass
class Creation:
    """One resource of this run. `identifier` is None while (or if never) an answer named it."""

    number: int
    operation: str
    resource: str
    region: str
    client_token: str
    parents: Mapping[str, str] = field(default_factory=dict)
    identifier: str | None = None
    removed: bool = False


class Logbook:
    """The creations of one run, in order; every change is on the disk before the method returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._creations: list[Creation] = []
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def intend(
        self, *, operation: str, resource: str, region: str, client_token: str, parents: Mapping[str, str]
    ) -> Creation:
        """Write down that a resource is about to be created, before the request leaves."""
        with self._lock:
            creation = Creation(len(self._creations) + 1, operation, resource, region, client_token, parents)
            self._creations.append(creation)
            self._append(
                intend=creation.number,
                operation=operation,
                resource=resource,
                region=region,
                clientToken=client_token,
                parents=dict(parents),
            )
            return creation

    def created(self, creation: Creation, identifier: str | None) -> None:
        """Write down the id that the answer named; None when it named none."""
        with self._lock:
            creation.identifier = identifier
            self._append(created=creation.number, id=identifier)

    def removed(self, creation: Creation) -> None:
        """Write down that the resource is gone, or was never made."""
        with self._lock:
            creation.removed = True
            self._append(removed=creation.number)

    def remaining(self) -> tuple[Creation, ...]:
        """What still exists, or may, newest first: the order in which to remove it."""
        with self._lock:
            return tuple(each for each in reversed(self._creations) if not each.removed)

    def pending(self, client_token: str) -> Creation | None:
        """The creation announced under that clientToken that no answer has named yet."""
        return next(
            (each for each in self.remaining() if each.client_token == client_token and not each.identifier), None
        )

    def owns(self, identifier: str) -> bool:
        """Whether this run created, and has not removed, the resource of that id."""
        with self._lock:
            return any(each.identifier == identifier and not each.removed for each in self._creations)

    def find(self, identifier: str) -> Creation | None:
        """The newest living creation of that id."""
        return next((each for each in self.remaining() if each.identifier == identifier), None)

    def close(self, *, keep: bool) -> None:
        """Close the file; it is removed unless something in it is still to be done."""
        os.close(self._descriptor)
        if not keep:
            self.path.unlink()

    def _append(self, **entry: Any) -> None:
        os.write(self._descriptor, msgspec.json.encode(entry) + b"\n")
        os.fsync(self._descriptor)
