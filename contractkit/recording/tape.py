"""The tape: the one thing every door calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from contractkit.message import Request, Response

__all__ = ["Tape"]

Send = Callable[[Request], Response]


class Tape(ABC):
    """Answers requests from a cassette or lets them pass and keeps what came back; safe under threads."""

    @abstractmethod
    def answer(self, request: Request) -> Response | None:
        """The recorded answer, or None when the request has to go live. Raises CassetteMiss in replay."""

    @abstractmethod
    def keep(self, request: Request, response: Response) -> None:
        """Store a live answer (sanitized, journaled) before it is handed to the caller."""

    def exchange(self, request: Request, send: Send) -> Response:
        """Answer from the cassette, or send and keep; `send` is called without any lock held."""
        recorded = self.answer(request)
        if recorded is not None:
            return recorded
        response = send(request)
        self.keep(request, response)
        return response
