"""How often a law was tried, and how often each class of input that matters was among what was drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contractkit.contract import Operation
from contractkit.message import Request
from contractkit.properties.cases import Case
from contractkit.properties.strategies.faults import FaultyRequest
from contractkit.signing import Credentials

__all__ = ["Tally", "name_classes"]


@dataclass
class Tally:
    """The examples of one law, and how many of them were of each class. Holds names of classes, never a value."""

    examples: int = 0
    classes: Counter[str] = field(default_factory=Counter)

    def note(self, drawn: Mapping[str, Any]) -> None:
        """Count one example."""
        self.examples += 1
        self.classes.update({name for value in drawn.values() for name in name_classes(value)})


def name_classes(value: Any) -> Iterator[str]:
    """The names of the classes that a drawn value belongs to."""
    if isinstance(value, Case):
        yield from name_classes(value.request)
        yield from name_classes(value.credentials)
    elif isinstance(value, FaultyRequest):
        yield f"fault: {value.fault}"
    elif isinstance(value, Operation):
        yield f"operation of {value.service}"
    elif isinstance(value, Credentials):
        yield "temporary keys" if value.session_token else "permanent keys"
    elif isinstance(value, Request):
        yield from (name for name, holds in _OF_REQUESTS.items() if holds(value))
    elif isinstance(value, str):
        yield from (name for name, holds in _OF_TEXTS.items() if holds(value))


def _names(request: Request) -> list[str]:
    return [name for name, _ in request.query]


_OF_REQUESTS: Final[dict[str, Callable[[Request], bool]]] = {
    "path: beyond ASCII": lambda request: not request.path.isascii(),
    "path: literal percent": lambda request: "%" in request.path,
    "path: empty or dot segment": lambda request: bool({"", ".", ".."} & set(request.path.split("/")[1:])),
    "path: slash at the end": lambda request: len(request.path) > 1 and request.path.endswith("/"),
    "query: none": lambda request: not request.query,
    "query: valueless item": lambda request: any(value is None for _, value in request.query),
    "query: repeated name": lambda request: len(set(_names(request))) < len(request.query),
    "query: authorization, any case": lambda request: "authorization" in map(str.lower, _names(request)),
    "query: beyond ASCII": lambda request: any(not f"{name}{value}".isascii() for name, value in request.query),
    "query: reserved characters": lambda request: any(
        set(f"{name}{value or ''}") & set("/+&=%? ") for name, value in request.query
    ),
    "header: blank value": lambda request: any(not value.strip(" \t") for _, value in request.headers),
    "header: blanks around": lambda request: any(value.strip(" \t") not in ("", value) for _, value in request.headers),
    "header: x-bce-*": lambda request: any(name.lower().startswith("x-bce-") for name, _ in request.headers),
    "header: beyond ASCII": lambda request: any(not value.isascii() for _, value in request.headers),
    "host: explicit port": lambda request: ":" in request.authority,
    "body": lambda request: bool(request.body),
}

_OF_TEXTS: Final[dict[str, Callable[[str], bool]]] = {
    "text: empty": lambda text: not text,
    "text: ends at a border of 16 bytes": lambda text: bool(text) and len(text.encode("utf-8", "replace")) % 16 == 0,
    "text: one byte beside a border": lambda text: len(text.encode("utf-8", "replace")) % 16 in (1, 15),
    "text: beyond ASCII": lambda text: not text.isascii(),
    "text: beyond the first plane": lambda text: any(ord(letter) > 0xFFFF for letter in text),
    "text: control characters": lambda text: any(ord(letter) < 0x20 for letter in text),
    "text: 64 characters": lambda text: len(text) == 64,
}
