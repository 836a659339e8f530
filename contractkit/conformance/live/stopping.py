"""Let SIGTERM end a run as Ctrl-C does, so that what it created is removed first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Never

__all__ = ["interruptible"]


@contextmanager
def interruptible() -> Iterator[None]:
    """While it lasts SIGTERM raises KeyboardInterrupt, once; outside the main thread nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: object) -> Never:  # noqa: ARG001 - the signature signals ask for
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the clean-up is not cut short by impatience
    raise KeyboardInterrupt
