"""What an open cassette changes in the process around it: doors for foreign clients, and in replay network and sleeps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Final

from contractkit.recording.doors import open_doors
from contractkit.recording.hosts import Hosts
from contractkit.recording.mode import Mode
from contractkit.recording.network import closed_network
from contractkit.recording.sleeps import Sleeps
from contractkit.recording.tape import Tape

__all__ = ["surround"]

_SIGNER: Final = "baidubce.auth.bce_v1_signer"


@contextmanager
def surround(
    tape: Tape, hosts: Hosts, past_doors: ContextVar[bool], *, processes: bool, cut_sleeps: bool
) -> Iterator[Callable[[str], None]]:
    """Lead foreign clients to the tape; in replay close the network and, with `cut_sleeps`, let nobody answered wait.

    `past_doors` is true where traffic has been over the tape already. With `processes` child processes may be
    started in replay. The block is given a function that lets one more authority through from then on. In every mode
    the official SDK's signer keeps its signing keys to itself.
    """
    sleeps = Sleeps()
    with ExitStack() as stack:
        stack.enter_context(_quiet_signer())
        reaches: list[Callable[[str], None]] = [hosts.allow]
        if tape.mode is Mode.REPLAY:
            reaches.append(stack.enter_context(closed_network(hosts.passthrough, processes=processes)))
        doors = open_doors(
            tape,
            passthrough=lambda authority: past_doors.get() or hosts.leaves_alone(authority),
            note_asker=sleeps.note_asker,
        )
        stack.enter_context(doors)
        if tape.mode is Mode.REPLAY and cut_sleeps:
            tape.on_replay = sleeps.note_answer
            stack.enter_context(sleeps.cut())

        def allow(authority: str) -> None:
            for reach in reaches:
                reach(authority)

        yield allow


@contextmanager
def _quiet_signer() -> Iterator[None]:
    """Drop what the official SDK's signer logs below INFO, for the length of the block: it holds signing keys.

    By a filter of its own, so that blocks may end in any order and no level is changed.
    """
    logger, tells = logging.getLogger(_SIGNER), _LoudFilter()
    logger.addFilter(tells)
    try:
        yield
    finally:
        logger.removeFilter(tells)


class _LoudFilter(logging.Filter):
    """Lets INFO and above pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.INFO
