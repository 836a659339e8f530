"""The cassette document: what it holds, how it is written, and how strictly it is read.

A cassette is one JSON document: a header block (format version, contract digest, sanitizer set, the
instant at which its signatures verify, count, digest) and the interactions, bodies as JSON structure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Never

import msgspec
from msgspec import UNSET, Struct, UnsetType

from contractkit.errors import CassetteFormatError
from contractkit.message import Headers, Interaction, Request, Response

__all__ = ["EPOCH", "VERSION", "Cassette", "Entry", "SanitizerRecord", "StoredRequest", "StoredResponse"]

VERSION: Final = 1
EPOCH: Final = datetime(2015, 4, 27, 8, 23, 49, tzinfo=UTC)
"""The instant of every stored exchange: the one of the published signing example."""
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_DEPTH: Final = 64
_FORMAT: Final = "contractkit cassette"

StoredHeaders = dict[str, str | list[str]]


class StoredRequest(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A sanitized request: the body is `json` (as structure) or `text`; neither means empty."""

    method: str
    url: str
    headers: StoredHeaders = {}
    json: Any = UNSET
    text: str = ""


class StoredResponse(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A sanitized response: the body is `json` (as structure) or `text`; neither means empty."""

    status: int
    headers: StoredHeaders = {}
    json: Any = UNSET
    text: str = ""


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One stored interaction. `verdict` is the code its signature earns at the cassette's instant, "" when it verifies."""

    operation: str = ""
    verdict: str = ""
    request: StoredRequest
    response: StoredResponse

    def to_interaction(self) -> Interaction:
        """The interaction as messages, bodies as compact JSON."""
        request, response = self.request, self.response
        return Interaction(
            Request(request.method, request.url, _open_headers(request.headers), _body(request.json, request.text)),
            Response(response.status, _open_headers(response.headers), _body(response.json, response.text)),
            self.operation,
        )


class SanitizerRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """Which sanitizer made a cassette: the version of its rule set, optional rules switched on, rules switched off and why."""

    version: int
    on: tuple[str, ...] = ()
    off: dict[str, str] = {}


_NO_SANITIZER: Final = SanitizerRecord(0)


class _Document(Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    version: int
    contract: str
    sanitizer: SanitizerRecord
    at: str
    count: int
    digest: str
    interactions: tuple[Entry, ...]


@dataclass(frozen=True)
class Cassette:
    """The interactions of one cassette, with what has to be known to use them.

    `contract` is the digest of the contract they were recorded under, `at` the instant at which their
    signatures verify under the example credentials.
    """

    entries: tuple[Entry, ...] = ()
    contract: str = ""
    sanitizer: SanitizerRecord = _NO_SANITIZER
    at: datetime = EPOCH

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """Every interaction, in the order recorded."""
        return tuple(entry.to_interaction() for entry in self.entries)

    def encode(self) -> bytes:
        """The document in bytes: the same cassette always gives the same bytes."""
        document = _Document(
            format=_FORMAT,
            version=VERSION,
            contract=self.contract,
            sanitizer=self.sanitizer,
            at=self.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            count=len(self.entries),
            digest=_digest(self.entries),
            interactions=self.entries,
        )
        return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=1) + b"\n"

    @classmethod
    def parse(cls, data: bytes, name: str, *, sealed: bool = True) -> Cassette:
        """Read a document strictly; `name` is the file's, for messages. `sealed=False` skips count and digest.

        Raises CassetteFormatError for anything but a whole, undamaged document of this version.
        """
        document = _read(data, name)
        if sealed and document.count != len(document.interactions):
            _refuse(name, f"{len(document.interactions)} interactions, {document.count} announced", _REMEDY)
        try:
            digest = _digest(document.interactions)
        except UnicodeEncodeError:
            _refuse(name, "a string is not text in UTF-8", _REMEDY)
        if sealed and document.digest != digest:
            _refuse(name, "the digest does not fit the interactions: the file was edited or damaged", _REMEDY)
        try:
            at = datetime.strptime(document.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            _refuse(name, "`at` is no instant of the form 2015-04-27T08:23:49Z", _REMEDY)
        return cls(document.interactions, document.contract, document.sanitizer, at)


_REMEDY: Final = "restore it from version control or record it again with --contract-mode=record"


def store_headers(headers: Iterable[tuple[str, str]]) -> StoredHeaders:
    """Header fields as a mapping sorted by lower-case name; repeats become a list under the first spelling."""
    spelling: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in headers:
        spelling.setdefault(name.lower(), name)
        values.setdefault(name.lower(), []).append(value)
    return {spelling[key]: many[0] if len(many) == 1 else many for key, many in sorted(values.items())}


def encode_line(entry: Entry) -> bytes:
    """One entry as one line of compact JSON, for the journal."""
    return msgspec.json.encode(entry, order="deterministic") + b"\n"


def decode_line(line: bytes) -> Entry:
    """The entry of a journal line. Raises ValueError when the line is cut or damaged."""
    return msgspec.json.decode(line, type=Entry)


def _open_headers(headers: StoredHeaders) -> Headers:
    return Headers(
        (name, each) for name, value in headers.items() for each in ([value] if isinstance(value, str) else value)
    )


def _body(value: Any | UnsetType, text: str) -> bytes:
    return text.encode() if value is UNSET else msgspec.json.encode(value, order="deterministic")


def _digest(entries: tuple[Entry, ...]) -> str:
    return "sha256:" + hashlib.sha256(msgspec.json.encode(entries, order="sorted")).hexdigest()


def _read(data: bytes, name: str) -> _Document:
    if len(data) > MAX_BYTES:
        _refuse(name, f"{len(data)} bytes are more than {MAX_BYTES}", "record fewer interactions per cassette")
    if not data.endswith((b"}\n", b"}\r\n")):
        _refuse(name, f"the file ends at byte {len(data)} without its closing line: it was cut", _REMEDY)
    plain = _parse_strictly(data, name)
    if not isinstance(plain, dict) or plain.get("format") != _FORMAT:
        _refuse(
            name, f"the first member is not `format: {_FORMAT}`", "name a cassette, or import it from another format"
        )
    if plain.get("version") != VERSION:
        _refuse(name, f"its version is not {VERSION}, the one this release reads", "install the release that wrote it")
    try:
        return msgspec.convert(plain, _Document)
    except msgspec.ValidationError as error:
        _refuse(name, str(error), _REMEDY)


def _parse_strictly(data: bytes, name: str) -> Any:
    """JSON without duplicate members, NaN or deep nesting; the standard parser is the one that shows duplicates."""
    try:
        plain = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        _refuse(name, f"nested deeper than {MAX_DEPTH}", _REMEDY)
    except UnicodeDecodeError as error:
        _refuse(name, f"byte {error.start} is not UTF-8", _REMEDY)
    except json.JSONDecodeError as error:
        _refuse(name, f"line {error.lineno} column {error.colno} is not JSON ({error.msg})", _REMEDY)
    except ValueError as error:
        _refuse(name, str(error), _REMEDY)
    if _is_deep(plain):
        _refuse(name, f"nested deeper than {MAX_DEPTH}", _REMEDY)
    return plain


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member {twice!r} stands twice in one object")
    return members


def _no_constant(text: str) -> Never:
    raise ValueError(f"{text} is not JSON")


def _is_deep(plain: Any) -> bool:
    level = [plain]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _refuse(name: str, fault: str, remedy: str) -> Never:
    raise CassetteFormatError(f"{name}: {fault}; {remedy}") from None
