"""What every door shares: the tape it leads to, the hosts it lets pass, and how it is fitted and taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from contractkit.errors import RecordingError
from contractkit.message import Request, Response, Transport

__all__ = [
    "DoorError",
    "NoteAsker",
    "Opening",
    "Passthrough",
    "StaleConnectionError",
    "TapeLike",
    "authority_of",
    "patched",
]

Passthrough = Callable[[str], bool]
"""Asked with an authority (`127.0.0.1:8080`; the port left out when it is the default of the scheme)."""
NoteAsker = Callable[[], object]
"""Called in the task of the client by a door that asks the tape in another one."""


class DoorError(RecordingError):
    """A client's traffic cannot be carried to the tape as it is."""


class StaleConnectionError(DoorError):
    """A connection outlived the recording it was opened in."""


class TapeLike(Protocol):
    """All that a door knows of a tape; every method may be called from any thread.

    `exchange` answers a request, calling `send` only when the tape wants the real answer. `answer` and
    `keep` are its two halves for clients that wait without blocking: None from `answer` means "ask the
    real server, then hand me what it said" (`keep_fault` when it failed). A request that got no answer when it was
    recorded raises RecordedFaultError, which each door tells in the terms of its client.
    """

    def exchange(self, request: Request, send: Transport) -> Response: ...

    def answer(self, request: Request) -> Response | None: ...

    def keep(self, request: Request, response: Response) -> None: ...

    def keep_fault(self, request: Request, error: BaseException) -> None: ...


class Opening:
    """One opening of the doors: from `open_doors` to its end."""

    def __init__(self, tape: TapeLike, passthrough: Passthrough, note_asker: NoteAsker = lambda: None) -> None:
        self.tape = tape
        self.passes = passthrough
        self.note_asker = note_asker
        self.is_open = True

    def close(self) -> None:
        """From here on, connections that belong to this opening refuse to work."""
        self.is_open = False

    def ensure_open(self, authority: str) -> None:
        """Raise StaleConnectionError when the recording this connection belongs to has ended."""
        if not self.is_open:
            raise StaleConnectionError(
                f"this connection to {authority} was opened while a cassette was in use, and that cassette is closed. "
                "Nothing was sent. Close the session or connection pool together with the cassette, "
                "or make a new one for traffic outside of it."
            )


def authority_of(scheme: str, host: str, port: int | None) -> str:
    """`host[:port]` in lower case, IPv6 in brackets, the port left out when it is the default of the scheme."""
    name = (f"[{host}]" if ":" in host and not host.startswith("[") else host).lower()
    default = {"http": 80, "https": 443, "ws": 80, "wss": 443}.get(scheme)
    return name if port is None or port == default else f"{name}:{port}"


@contextmanager
def patched(owner: type, name: str, replacement: Any) -> Iterator[None]:
    """Set an attribute of a class and put back exactly what was there, or nothing if it was inherited."""
    own = vars(owner)
    before = own.get(name)
    had = name in own
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        if had:
            setattr(owner, name, before)
        else:
            delattr(owner, name)
