"""What the cloud says, before and after it is put into HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

from contractkit.message import Response, encode_json

__all__ = ["Answer", "render"]

_JSON: Final = ("Content-Type", "application/json;charset=UTF-8")


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome: a payload (None for an empty body), or an error code with its message.

    It carries no request id, so an answer that is given again gets the id of the request it is given to.
    """

    status: int
    payload: Any = None
    code: str = ""
    message: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def render(answer: Answer, *, request_id: str, debug_id: str, now: datetime) -> Response:
    """The HTTP response, with the headers every BCE answer carries."""
    payload = answer.payload
    if answer.code:
        payload = {"code": answer.code, "message": answer.message, "requestId": request_id}
    body = b"" if payload is None else encode_json(payload)
    headers = [
        ("x-bce-request-id", request_id),
        ("x-bce-debug-id", debug_id),
        ("Date", format_datetime(now, usegmt=True)),
        ("Server", "BWS"),
        *answer.headers,
    ]
    return Response(answer.status, [_JSON, *headers] if body else headers, body)
