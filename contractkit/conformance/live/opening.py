"""Open the way to the live cloud for one piece of work: gated and written down, and swept when it ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from contractkit.client import Client
from contractkit.conformance.live.gate import LiveGate, gated
from contractkit.conformance.live.logbook import Logbook, account_mark
from contractkit.conformance.live.stopping import interruptible
from contractkit.conformance.live.sweep import sweep
from contractkit.contract import load_contract
from contractkit.message import Request, Response
from contractkit.signing import Credentials

__all__ = ["LiveWay", "open_live"]

Transport = Callable[[Request], Response]


@dataclass
class LiveWay:
    """The transport through the gate, and after the end what could not be removed."""

    send: Transport
    leftovers: tuple[str, ...] = ()


@contextmanager
def open_live(
    send: Transport, credentials: Credentials, region: str, *, allow_create: bool, folder: Path
) -> Iterator[LiveWay]:
    """A way to the live cloud that lets out only what a live run may send; what it made is removed at the end.

    `send` sends one signed request. The logbook lies in `folder` for as long as anything of the run may exist, for
    `contractkit sweep` to go on with if this process is killed.
    """
    started = datetime.now(UTC)
    path = folder / f"contractkit-live-{started:%Y%m%dT%H%M%SZ}-{os.getpid()}.jsonl"
    logbook = Logbook(
        path, clock=lambda: datetime.now(UTC), region=region, account=account_mark(credentials.access_key_id)
    )
    gate = LiveGate(load_contract(), logbook, allow_create=allow_create, regions=(region,))
    way = LiveWay(gated(gate, send))
    with interruptible():
        try:
            yield way
        finally:
            try:
                if logbook.remaining():
                    with Client(credentials, region, transport=way.send) as client:
                        sweep(logbook, gate, client)
            finally:
                way.leftovers = tuple(f"{each} (see {path})" for each in logbook.remaining())
                logbook.close(keep=bool(way.leftovers))
