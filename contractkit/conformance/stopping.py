"""Let SIGTERM end a run as Ctrl-C does, so that what it created is removed first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["interruptible"]


@contextmanager
def interruptible(*, once: bool = True) -> Iterator[None]:
    """While it lasts SIGTERM raises KeyboardInterrupt; outside the main thread nothing changes.

    `once`: what comes after the first is passed over, so that no clean-up is cut short by impatience.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:  # noqa: ARG001 - the signature signals ask for
        if once:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
