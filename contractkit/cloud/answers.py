"""What the cloud says, before and after it is put into HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

from contractkit.message import Response, encode_json

__all__ = ["Answer", "render"]

_JSON: Final = ("Content-Type", "application/json;charset=UTF-8")


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome: a body, already JSON and possibly empty, or an error code with its message.

    It carries no request id, so an answer that is given again gets the id of the request it is given to.
    """

    status: int
    body: bytes = b""
    code: str = ""
    message: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def render(answer: Answer, *, request_id: str, debug_id: str, now: datetime) -> Response:
    """The HTTP response, with the headers every BCE answer carries."""
    body = answer.body
    if answer.code:
        body = encode_json({"code": answer.code, "message": answer.message, "requestId": request_id})
    headers = [
        ("x-bce-request-id", request_id),
        ("x-bce-debug-id", debug_id),
        ("Date", _tell_date(now.astimezone(UTC).replace(microsecond=0))),
        ("Server", "BWS"),
        *answer.headers,
    ]
    return Response(answer.status, [_JSON, *headers] if body else headers, body)


@lru_cache(maxsize=1)
def _tell_date(second: datetime) -> str:
    """As headers tell it: the same for all answers of a second."""
    return format_datetime(second, usegmt=True)
