"""The cassette document: what it holds, how it is written, and how strictly it is read.

A cassette is one JSON document: a header block (format version, contract digest, sanitizer set, the
instant at which its signatures verify, count, digest) and the interactions, bodies as JSON structure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Never, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from contractkit.errors import CassetteFormatError
from contractkit.message import Headers, Interaction, Request, Response
from contractkit.recording.faults import Fault
from contractkit.recording.printing import has_control
from contractkit.recording.strict import MAX_BYTES, UnfitError, parse_strictly

__all__ = ["EPOCH", "REMEDY", "VERSION", "Cassette", "Entry", "SanitizerRecord", "StoredRequest", "StoredResponse"]

VERSION: Final = 1
EPOCH: Final = datetime(2015, 4, 27, 8, 23, 49, tzinfo=UTC)
"""The instant of every stored exchange: the one of the published signing example."""
_FORMAT: Final = "contractkit cassette"
REMEDY: Final = "restore it from version control or record it again with --contract-mode=record"
_FAULTS: Final = frozenset({"", *(fault.value for fault in Fault)})
_OPENING: Final = re.compile(rb'\s{0,64}\{\s{0,64}"format"\s{0,64}:\s{0,64}"contractkit cassette"')

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


NO_ANSWER: Final = StoredResponse(0)
"""What stands for the answer of a request that ended in a fault."""


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One stored interaction. `verdict` is the code its signature earns at the cassette's instant, "" when it verifies.

    `part` names the test it belongs to where several record into one cassette. `fault` says how the request ended
    when no whole answer came ("timeout", see Fault); the response is then empty, with status 0.
    """

    operation: str = ""
    verdict: str = ""
    part: str = ""
    fault: str = ""
    request: StoredRequest
    response: StoredResponse = NO_ANSWER

    def to_interaction(self) -> Interaction:
        """The interaction as messages, bodies as compact JSON."""
        request, response = self.request, self.response
        return Interaction(
            Request(request.method, request.url, _open_headers(request.headers), _body(request.json, request.text)),
            Response(response.status, _open_headers(response.headers), _body(response.json, response.text)),
            self.operation,
        )


class SanitizerRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """Which sanitizer made a cassette: the version of its rule set, optional rules switched on, rules switched off
    and why, and the names of the caller's own rules where there are any.
    """

    version: int
    on: tuple[str, ...] = ()
    off: dict[str, str] = {}
    own: tuple[str, ...] | UnsetType = UNSET


_NO_SANITIZER: Final = SanitizerRecord(0)


class _Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: str
    version: int
    contract: str
    recorded: str = ""
    sanitizer: SanitizerRecord
    at: str
    count: int
    digest: str
    interactions: tuple[Entry, ...]


@dataclass(frozen=True)
class Cassette:
    """The interactions of one cassette, with what has to be known to use them.

    `contract` is the digest of the contract they were recorded under, `recorded` the day (2015-04-27) on which,
    "" when unknown, `at` the instant at which their signatures verify under the example credentials.
    """

    entries: tuple[Entry, ...] = ()
    contract: str = ""
    sanitizer: SanitizerRecord = _NO_SANITIZER
    at: datetime = EPOCH
    recorded: str = ""

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """Every interaction that was answered, in the order recorded."""
        return tuple(entry.to_interaction() for entry in self.entries if not entry.fault)

    def encode(self) -> bytes:
        """The document in bytes: the same cassette always gives the same bytes."""
        document = _Document(
            format=_FORMAT,
            version=VERSION,
            contract=self.contract,
            recorded=self.recorded,
            sanitizer=self.sanitizer,
            at=self.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            count=len(self.entries),
            digest="",
            interactions=self.entries,
        )
        sealed = msgspec.structs.replace(document, digest=_digest(document))
        return msgspec.json.format(msgspec.json.encode(sealed, order="deterministic"), indent=1) + b"\n"

    @classmethod
    def parse(cls, data: bytes, name: str, *, sealed: bool = True, remedy: str = REMEDY) -> Cassette:
        """Read a document strictly; `name` is the file's, and `remedy` what is to be done about damage, for messages.

        `sealed=False` skips count and digest.

        Raises CassetteFormatError for anything but a whole, undamaged document of this version.
        """
        document = _read(data, name, remedy)
        if sealed and document.count != len(document.interactions):
            _refuse(name, f"{len(document.interactions)} interactions, {document.count} announced", remedy)
        try:
            at = datetime.strptime(document.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            _refuse(name, "`at` is no instant of the form 2015-04-27T08:23:49Z", remedy)
        if document.recorded and not _is_day(document.recorded):
            _refuse(name, "`recorded` is no day of the form 2015-04-27", remedy)
        try:
            digest = _digest(document)
        except (UnicodeEncodeError, OverflowError):
            _refuse(name, "a string is not text in UTF-8, or a number beyond 64 bits", remedy)
        if sealed and document.digest != digest:
            _refuse(name, "the digest does not fit the rest: the file was edited or damaged", remedy)
        unknown = {entry.fault for entry in document.interactions} - _FAULTS
        if unknown:
            _refuse(name, f"an interaction ends in the unknown fault {min(unknown)[:20]!r}", remedy)
        for number, entry in enumerate(document.interactions, start=1):
            names = (entry.operation, entry.verdict, entry.part, entry.request.method, entry.request.url)
            if any(map(has_control, names)):
                _refuse(name, f"a name in interaction {number} holds control characters", remedy)
        return cls(document.interactions, document.contract, document.sanitizer, at, document.recorded)


_Value = TypeVar("_Value")


def store_headers(headers: Iterable[tuple[str, str]]) -> StoredHeaders:
    """Header fields as a mapping sorted by lower-case name; repeats become a list under the first spelling."""
    fields = tuple(headers)
    spelling = {name.lower(): name for name, _ in reversed(fields)}
    gathered = gather((name.lower(), value) for name, value in fields)
    return {spelling[key]: value for key, value in sorted(gathered.items())}


def gather(items: Iterable[tuple[str, _Value]]) -> dict[str, _Value | list[_Value]]:
    """Values by name, in the order of the names; repeats become a list."""
    values: dict[str, list[_Value]] = {}
    for name, value in items:
        values.setdefault(name, []).append(value)
    return {name: many[0] if len(many) == 1 else many for name, many in values.items()}


def encode_line(entry: Entry) -> bytes:
    """One entry as one line of compact JSON, for the journal."""
    return msgspec.json.encode(entry, order="deterministic") + b"\n"


def decode_line(line: bytes) -> Entry:
    """The entry of a journal line. Raises ValueError when the line is cut or damaged."""
    return msgspec.convert(parse_strictly(line), Entry)


def _open_headers(headers: StoredHeaders) -> Headers:
    return Headers(
        (name, each) for name, value in headers.items() for each in ([value] if isinstance(value, str) else value)
    )


def _body(value: Any | UnsetType, text: str) -> bytes:
    return text.encode() if value is UNSET else msgspec.json.encode(value, order="deterministic")


def _digest(document: _Document) -> str:
    """Over everything but the digest itself, members in order, so that layout does not count."""
    whole = msgspec.structs.replace(document, digest="")
    return "sha256:" + hashlib.sha256(msgspec.json.encode(whole, order="sorted")).hexdigest()


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _read(data: bytes, name: str, remedy: str) -> _Document:
    if len(data) > MAX_BYTES:
        _refuse(name, f"{len(data)} bytes are more than {MAX_BYTES}", "record fewer interactions per cassette")
    if not data.endswith((b"}\n", b"}\r\n")):
        _refuse(name, f"the file ends at byte {len(data)} without its closing line: it was cut", remedy)
    if not _OPENING.match(data):
        _refuse(
            name, f"the first member is not `format: {_FORMAT}`", "name a cassette, or import it from another format"
        )
    try:
        plain = parse_strictly(data)
    except UnfitError as error:
        _refuse(name, str(error), remedy)
    if not isinstance(plain, dict) or type(plain.get("version")) is not int or plain["version"] != VERSION:
        _refuse(name, f"its version is not {VERSION}, the one this release reads", "install the release that wrote it")
    try:
        return msgspec.convert(plain, _Document)
    except msgspec.ValidationError as error:
        _refuse(name, str(error), remedy)


def _refuse(name: str, fault: str, remedy: str) -> Never:
    raise CassetteFormatError(f"{name}: {fault}; {remedy}") from None
