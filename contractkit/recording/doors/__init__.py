"""Doors lead a foreign client's traffic to a tape: they know how each client talks to its connection.
They must never know what a cassette holds, how requests match, or what is secret.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from contractkit.recording.doors.opening import (
    DoorError,
    NoteAsker,
    Opening,
    Passthrough,
    StaleConnectionError,
    TapeLike,
)

__all__ = ["DoorError", "Passthrough", "StaleConnectionError", "TapeLike", "open_doors"]

_OPTIONAL: Final = ("httpx", "aiohttp")
_FITTING: Final = threading.Lock()


def _nothing_passes(_authority: str) -> bool:
    return False


@contextmanager
def open_doors(
    tape: TapeLike, *, passthrough: Passthrough = _nothing_passes, note_asker: NoteAsker = lambda: None
) -> Iterator[None]:
    """Lead all HTTP traffic of this process to `tape`: http.client (urllib, urllib3, requests, the official SDK),
    and httpx and aiohttp where installed.

    `passthrough` is asked with an authority (`127.0.0.1:8080`) and says True for hosts that are none of the
    tape's business; `note_asker` is called in the task of a client whose door asks the tape in another one. An
    installed httpx or aiohttp is imported here, so that one imported later is covered too.
    Raises DoorError when doors are open already: they hold for the whole process, so one tape at a time.
    """
    opening = Opening(tape, passthrough, note_asker)
    with ExitStack() as stack:
        with _FITTING:
            _fit(stack, opening)
        try:
            yield
        finally:
            opening.close()
            with _FITTING:
                stack.close()


def _fit(stack: ExitStack, opening: Opening) -> None:
    # Not at module level: importing the package must not import urllib3 and its kind.
    from contractkit.recording.doors import http_client  # noqa: PLC0415 - see above

    if http_client.is_door_open():
        raise DoorError(
            "another cassette is in use in this process, and traffic can be led to one only: close that one first, "
            "or put both parts of the test under the same cassette"
        )
    stack.enter_context(http_client.open_door(opening))
    for library in _OPTIONAL:
        if importlib.util.find_spec(library) is not None:
            door = importlib.import_module(f"contractkit.recording.doors.{library}")
            stack.enter_context(door.open_door(opening))
