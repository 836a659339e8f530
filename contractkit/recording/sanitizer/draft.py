"""An interaction taken apart for sanitizing, and put together again as a stored entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import msgspec

from contractkit.errors import SanitizerError
from contractkit.message import Interaction
from contractkit.recording.cassette import Entry, StoredRequest, StoredResponse, store_headers
from contractkit.recording.sanitizer.bodies import Body, Change, open_body

__all__ = ["Draft", "quote_path"]

_OF_THE_SIGNATURE: Final = frozenset({"authorization", "date", "host", "x-bce-date"})
"""Headers that are made anew with the signature."""

Pairs = list[tuple[str, str]]


@dataclass
class Draft:
    """The parts of an interaction, decoded, to be changed in place by the rules."""

    method: str
    authority: str
    path: str
    query: list[tuple[str, str | None]]
    request_headers: Pairs
    request_body: Body
    status: int
    response_headers: Pairs
    response_body: Body
    operation: str = ""
    verdict: str = ""

    @classmethod
    def open(cls, interaction: Interaction, operation: str) -> Draft:
        """Take an interaction apart. Raises SanitizerError when a body cannot be made safe."""
        request, response = interaction.request, interaction.response
        return cls(
            request.method,
            request.url.partition("://")[2].partition("/")[0].partition("?")[0],
            request.path,
            list(request.query),
            list(request.headers),
            open_body(request.headers, request.body, "request body"),
            response.status,
            list(response.headers),
            open_body(response.headers, response.body, "response body"),
            operation,
        )

    def change_request(self, change: Change, change_name: Change | None = None) -> None:
        """Pass every string of the request through `change`, but for what the signature brings along.

        What names rather than tells (method, path, headers, names of items and members) goes through `change_name`.
        """
        rename = change_name or change
        self.method, self.path = rename(self.method), rename(self.path)
        self.query = [(rename(name), None if value is None else change(value)) for name, value in self.query]
        self.request_headers = [(name, self._header(name, value, rename)) for name, value in self.request_headers]
        self.request_body = self.request_body.change(change, change_name)

    def change_response(self, change: Change, change_name: Change | None = None) -> None:
        """Pass every string of the response through `change`, content type and names of members through `change_name`."""
        rename = change_name or change
        self.response_headers = [
            (name, rename(value) if name.lower() == "content-type" else change(value))
            for name, value in self.response_headers
        ]
        self.response_body = self.response_body.change(change, change_name)

    def caller_strings(self) -> list[str]:
        """Every string that the caller chose: path, query and request body, but no header."""
        strings = [self.path, *(value for _, value in self.query if value)]

        def note(text: str) -> str:
            strings.append(text)
            return text

        self.request_body.change(note)
        return strings

    def header(self, name: str) -> str:
        """The first value of a request header, "" when absent."""
        return next((value for key, value in self.request_headers if key.lower() == name), "")

    def set_header(self, name: str, value: str) -> None:
        """Give a request header exactly one value, "" removes it."""
        spelled = next((key for key, _ in self.request_headers if key.lower() == name.lower()), name)
        self.request_headers = [(key, old) for key, old in self.request_headers if key.lower() != name.lower()]
        if value:
            self.request_headers.append((spelled, value))

    @property
    def url(self) -> str:
        """The URL in canonical spelling, query items sorted."""
        items = sorted(f"{_quote(name)}{'' if value is None else '=' + _quote(value)}" for name, value in self.query)
        return f"https://{self.authority}{quote_path(self.path)}{'?' + '&'.join(items) if items else ''}"

    def close(self) -> Entry:
        """The stored form. Raises SanitizerError when a header is not text."""
        request = StoredRequest(
            self.method, self.url, store_headers(self.request_headers), **_stored(self.request_body)
        )
        response = StoredResponse(self.status, store_headers(self.response_headers), **_stored(self.response_body))
        entry = Entry(operation=self.operation, verdict=self.verdict, request=request, response=response)
        try:
            msgspec.json.encode(entry)
        except UnicodeEncodeError:
            raise SanitizerError(
                "request or response headers: a value is not text in UTF-8; it is not stored"
            ) from None
        return entry

    @staticmethod
    def _header(name: str, value: str, change: Change) -> str:
        return value if name.lower() in _OF_THE_SIGNATURE else change(value)


def quote_path(path: str) -> str:
    """A decoded path in canonical spelling."""
    return quote(path, safe="/-._~", errors="surrogateescape")


def _quote(text: str) -> str:
    return quote(text, safe="-._~", errors="surrogateescape")


def _stored(body: Body) -> dict[str, Any]:
    if body.kind == "json":
        return {"json": body.value}
    return {"text": body.close().decode()}
