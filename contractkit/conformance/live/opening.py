"""Open the way to the live cloud: gated and written down, and swept when it ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from contractkit.client import Client
from contractkit.conformance.live.gate import LiveGate
from contractkit.conformance.live.logbook import Logbook, account_mark
from contractkit.conformance.live.sweep import sweep
from contractkit.conformance.stopping import interruptible
from contractkit.contract import load_contract
from contractkit.signing import Credentials

__all__ = ["LiveWay", "open_live"]


@dataclass
class LiveWay:
    """The gate that every request has to pass, and after the end what could not be removed."""

    gate: LiveGate
    leftovers: tuple[str, ...] = ()


@contextmanager
def open_live(
    connect: Callable[[LiveGate], AbstractContextManager[Client]],
    *,
    credentials: Credentials,
    region: str,
    allow_create: bool,
    folder: Path,
    secrets: Mapping[str, str] | None = None,
) -> Iterator[LiveWay]:
    """A way to the live cloud that lets out only what a live run may send; what it made is removed at the end.

    `connect` gives a client behind the gate, to remove things with. The logbook lies in `folder` for as long as
    anything of the run may exist, for `contractkit sweep` to go on with if this process is killed. The keys of the
    run and other `secrets` (kind to value) are kept out of it.
    """
    now = datetime.now(UTC)
    path = folder / f"contractkit-live-{now:%Y%m%dT%H%M%SZ}-{os.getpid()}.jsonl"
    logbook = Logbook(
        path, clock=lambda: datetime.now(UTC), region=region, account=account_mark(credentials.access_key_id)
    )
    known = {**credentials.name_parts(), **(secrets or {})}
    gate = LiveGate(load_contract(), logbook, allow_create=allow_create, regions=(region,), secrets=known)
    way = LiveWay(gate)
    with interruptible():
        try:
            yield way
        finally:
            _end(way, logbook, connect)


def _end(way: LiveWay, logbook: Logbook, connect: Callable[[LiveGate], AbstractContextManager[Client]]) -> None:
    try:
        if logbook.remaining():
            with connect(way.gate) as client:
                sweep(logbook, way.gate, client)
    finally:  # an impatient second Ctrl-C leaves the file, which says what is still there
        way.leftovers = tuple(f"{each} (see {logbook.path})" for each in logbook.remaining())
        logbook.close(keep=bool(way.leftovers))
