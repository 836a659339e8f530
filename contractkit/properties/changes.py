"""The smallest changes of a signing case, one for each part that is signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from contractkit.message import Request
from contractkit.properties.cases import Case
from contractkit.properties.strategies.messages import write_query
from contractkit.signing import Credentials

__all__ = ["CHANGES", "with_header", "with_query"]


def with_query(request: Request, items: tuple[tuple[str, str | None], ...]) -> Request:
    base = request.url.partition("?")[0]
    text = write_query(items)
    return request.replace(url=f"{base}?{text}" if text else base)


def with_header(request: Request, name: str, value: str) -> Request:
    return request.replace(headers=request.headers.set(name, value))


def _change_method(case: Case) -> Case:
    return case.replace(request=case.request.replace(method="GET" if case.request.method != "GET" else "PUT"))


def _change_path(case: Case) -> Case:
    base, question, query = case.request.url.partition("?")
    return case.replace(request=case.request.replace(url=f"{base}x{question}{query}"))


def _change_last_item(name: str, value: str) -> Callable[[Case], Case]:
    def change(case: Case) -> Case:
        return case.replace(request=with_query(case.request, (*case.request.query[:-1], (name, value))))

    return change


def _change_key(case: Case) -> Case:
    secret = case.credentials.secret_access_key
    last = "0" if secret[-1] != "0" else "1"
    return case.replace(credentials=Credentials(case.credentials.access_key_id, secret[:-1] + last))


CHANGES: Final[dict[str, Callable[[Case], Case]]] = {
    "method": _change_method,
    "path": _change_path,
    "query name": _change_last_item("p", "1"),
    "query value": _change_last_item("q", "0"),
    "x-bce header": lambda case: case.replace(request=with_header(case.request, "x-bce-part", "0")),
    "instant": lambda case: case.replace(at=case.at + timedelta(seconds=1)),
    "expiry": lambda case: case.replace(expires_in=case.expires_in + 1),
    "key": _change_key,
}
