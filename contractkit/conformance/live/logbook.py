"""The written-ahead record of what a live run creates: the request before it leaves, the ids after the answer.

Append-only JSON lines, each forced to the disk before the run goes on, so that a run killed at any moment
leaves a list of everything that may exist and still has to be removed. It holds enough to repeat a creation
whose answer was lost (under the same clientToken the service names what it made), but never a secret: a body
with one stays in memory, and a creation of a dead run that had one can only be reported.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from contractkit.clock import Clock
from contractkit.conformance.live.lines import LineFile, is_abandoned
from contractkit.errors import ConfigurationError
from contractkit.idempotency import fingerprint
from contractkit.message import Request

__all__ = ["Creation", "Logbook", "account_mark", "find_abandoned", "strip", "tell_apart"]

Key = tuple[str, str | None, str]

_FORMAT: Final = 1
_SECRET_QUERY: Final = re.compile(r"(?:authorization|x-bce-security-token)(?:=|$)", re.IGNORECASE)


@dataclass
class Creation:
    """One creating request of this run, and what became of it.

    `request` has no headers; it is None when it cannot be repeated. `identifiers` are the living things that an
    answer named, empty while none did. `unanswered` counts the attempts of which nobody knows what they did.
    `removal` is the last request that asked to remove it.
    """

    number: int
    operation: str
    resource: str
    region: str
    at: datetime
    parents: Mapping[str, str] = field(default_factory=dict)
    request: Request | None = field(default=None, repr=False)
    identifiers: tuple[str, ...] = ()
    unanswered: int = 1
    answered: bool = False
    removed: bool = False
    removal: Request | None = field(default=None, repr=False)

    @property
    def service(self) -> str:
        """The service it was asked of."""
        return self.operation.partition(".")[0]

    def __str__(self) -> str:
        names = ", ".join(self.identifiers) or f"(id unknown) of {self.operation}"
        inside = "".join(f" in {each}" for each in self.parents.values())
        return f"{self.resource} {names}{inside}" + (f" in region {self.region}" if self.region else "")


def find_abandoned(folder: Path) -> tuple[Path, ...]:
    """The logbooks in a folder that dead runs left."""
    return tuple(path for path in sorted(folder.glob("contractkit-live-*.jsonl")) if is_abandoned(path))


def tell_apart(request: Request) -> Key:
    """What makes two creating requests one: host, clientToken and everything that says what to create."""
    query = [(name, value) for name, value in request.query if name.lower() != "x-bce-security-token"]
    print_ = fingerprint(request.method, request.path, query, request.body)
    return request.host, request.query_value("clientToken"), print_


class Logbook:
    """The creations of one run, in order; every change is on the disk before the method returns.

    The file comes into being with the first creation, locked and for its owner alone. `clock` gives aware
    datetimes, `account` is a mark of the run's keys (see `account_mark`). Safe to share between threads.
    """

    def __init__(self, path: Path, *, clock: Clock, region: str = "", account: str = "") -> None:
        self.path = path
        self.region = region
        self.account = account
        self._clock = clock
        self._creations: list[Creation] = []
        self._gone: dict[str, Creation] = {}
        self._inside: dict[str, str] = {}
        # The same by what is asked for, so that no question takes longer the more there is.
        self._by_key: dict[Key, list[Creation]] = {}
        self._owners: dict[str, list[Creation]] = {}
        self._children: dict[str, list[Creation]] = {}
        self._held: dict[str, set[str]] = {}
        self._lock = threading.RLock()
        self._file = LineFile(path)

    @classmethod
    def read(cls, path: Path, *, clock: Clock) -> Self:
        """The logbook of a dead run, to go on writing in. Raises ConfigurationError: none, damaged, or in use."""
        book = cls(path, clock=clock)
        try:
            for number, entry in enumerate(book._file.read(), start=1):
                try:
                    book._take(entry)
                except (KeyError, IndexError, TypeError, ValueError):
                    raise ConfigurationError(f"{path}: line {number} is no line of a logbook; look at it") from None
        except BaseException:
            book.close(keep=True)
            raise
        return book

    def intend(
        self,
        operation: str,
        request: Request,
        *,
        resource: str,
        region: str,
        parents: Mapping[str, str],
        secret: bool,
        key: Key | None = None,
    ) -> Creation:
        """Write down that something is about to be created, before it leaves.

        Body and query of a `secret` one stay in memory. `key` is what `tell_apart` says of the request, for a caller
        that has it already.
        """
        with self._lock:
            bare, number = strip(request), len(self._creations) + 1
            creation = Creation(number, operation, resource, region, self._clock(), dict(parents), bare)
            self._file.append(
                intend=number,
                operation=operation,
                resource=resource,
                region=region,
                at=creation.at.isoformat(),
                parents=creation.parents,
                method=bare.method,
                url=_write_url(bare, secret=secret),
                body=None if secret else _text(bare.body),
                header={"logbook": _FORMAT, "region": self.region, "account": self.account},
            )
            self._add(creation, key or tell_apart(bare))
            return creation

    def _add(self, creation: Creation, key: Key | None) -> None:
        self._creations.append(creation)
        if key is not None:
            self._by_key.setdefault(key, []).append(creation)
        for parent in set(creation.parents.values()):
            self._children.setdefault(parent, []).append(creation)

    def find(self, key: Key) -> Creation | None:
        """The living creation of a request with that key; the newest, one without an answer first."""
        with self._lock:
            same = [each for each in reversed(self._by_key.get(key, ())) if not each.removed]
            return min(same, key=lambda each: each.answered, default=None)

    def inside(self, parent: str) -> tuple[Creation, ...]:
        """What still exists, or may, inside the thing of that id, newest first."""
        with self._lock:
            return tuple(each for each in reversed(self._children.get(parent, ())) if not each.removed)

    def repeat(self, creation: Creation) -> None:
        """Note that the same request leaves once more."""
        with self._lock:
            creation.unanswered += 1

    def created(self, creation: Creation, identifiers: Iterable[str], *, named_by_request: bool = False) -> None:
        """Write down the ids that the answer named; those that another creation made are not this one's.

        An id that is gone was only remembered by the service, unless the request itself named it (a domain).
        """
        with self._lock:
            known = () if named_by_request else self._gone
            fresh = [each for each in identifiers if each not in known and self.owner(each) is None]
            self._file.append(created=creation.number, ids=fresh)
            self._take_answer(creation, fresh)
            if not fresh and identifiers and not creation.identifiers:
                self.removed(creation)

    def learn(self, identifier: str, parent: str) -> None:
        """Write down that a thing no answer named lives inside one of this run."""
        with self._lock:
            if self._inside.get(identifier) != parent:
                self._file.append(inside=identifier, parent=parent)
                self._put_inside(identifier, parent)

    def _put_inside(self, identifier: str, parent: str) -> None:
        self._held.get(self._inside.get(identifier, ""), set()).discard(identifier)
        self._inside[identifier] = parent
        self._held.setdefault(parent, set()).add(identifier)

    def is_inside(self, identifier: str) -> bool:
        """Whether a living thing of this run has that id, or holds what has it."""
        with self._lock:
            seen: set[str] = set()
            while identifier in self._inside and identifier not in seen and self.owner(identifier) is None:
                seen.add(identifier)
                identifier = self._inside[identifier]
            return self.owner(identifier) is not None

    def _take_answer(self, creation: Creation, identifiers: Iterable[str]) -> None:
        creation.answered = True
        creation.identifiers += tuple(identifiers)
        for each in identifiers:
            self._gone.pop(each, None)
            self._owners.setdefault(each, []).append(creation)

    def refused(self, creation: Creation) -> None:
        """One attempt was refused; when no other is open, nothing was made."""
        with self._lock:
            creation.unanswered -= 1
            if creation.unanswered <= 0 and not creation.answered:
                self.removed(creation)

    def leaving(self, creation: Creation, request: Request, *, secret: bool = False) -> None:
        """Write down that its removal is about to be asked for; the query of a `secret` request stays in memory."""
        with self._lock:
            bare = strip(request)
            self._file.append(leaving=creation.number, method=bare.method, url=_write_url(bare, secret=secret))
            creation.removal = bare

    def removed(self, creation: Creation, identifier: str | None = None) -> None:
        """Write down that a thing (None: all of them, or that none was made) is gone with everything inside it."""
        with self._lock:
            going = creation.identifiers if identifier is None else (identifier,)
            self._file.append(removed=creation.number, ids=list(going))
            self._cross_out(creation, going)

    def _cross_out(self, creation: Creation, going: Iterable[str]) -> None:
        going = set(going)
        self._gone.update(dict.fromkeys(going, creation))
        for each in going.intersection(creation.identifiers):
            self._owners[each] = [owner for owner in self._owners[each] if owner is not creation]
        creation.identifiers = tuple(each for each in creation.identifiers if each not in going)
        creation.removed = not creation.identifiers
        going.update(*(self._held.get(each, ()) for each in tuple(going)))
        inside = {child.number: child for each in going for child in self._children.get(each, ())}
        for _, child in sorted(inside.items()):
            if not child.removed:
                self._cross_out(child, child.identifiers)

    def remaining(self) -> tuple[Creation, ...]:
        """What still exists, or may, newest first: the order in which to remove it."""
        with self._lock:
            return tuple(each for each in reversed(self._creations) if not each.removed)

    def owner(self, identifier: str, service: str = "") -> Creation | None:
        """The creation that made the living thing of that id, in that service if one is given."""
        with self._lock:
            fitting = [
                each for each in self._owners.get(identifier, ()) if not each.removed and service in ("", each.service)
            ]
            return max(fitting, key=lambda each: each.number, default=None)

    def former_owner(self, identifier: str) -> Creation | None:
        """The creation that made the thing of that id, which is gone."""
        with self._lock:
            return self._gone.get(identifier)

    def close(self, *, keep: bool) -> None:
        """Close the file; it is removed unless something in it is still to be done."""
        with self._lock:
            self._file.close(discard=not keep)

    def _take(self, entry: dict[str, Any]) -> None:
        """One line of a dead run."""
        if "logbook" in entry:
            if entry["logbook"] != _FORMAT:
                raise ConfigurationError(f"{self.path}: written by another version; sweep with that one")
            self.region, self.account = entry["region"], entry["account"]
        elif "intend" in entry:
            creation = _read_creation(entry)
            self._add(creation, tell_apart(creation.request) if creation.request else None)
        elif "created" in entry:
            self._take_answer(self._creations[entry["created"] - 1], entry["ids"])
        elif "inside" in entry:
            self._put_inside(entry["inside"], entry["parent"])
        elif "leaving" in entry:
            self._creations[entry["leaving"] - 1].removal = Request(entry["method"], entry["url"])
        else:
            self._cross_out(self._creations[entry["removed"] - 1], entry["ids"])


def _read_creation(entry: Mapping[str, Any]) -> Creation:
    body = entry["body"]
    return Creation(
        number=entry["intend"],
        operation=entry["operation"],
        resource=entry["resource"],
        region=entry["region"],
        at=datetime.fromisoformat(entry["at"]),
        parents=entry["parents"],
        request=None if body is None else Request(entry["method"], entry["url"], body=body.encode()),
    )


def account_mark(access_key_id: str) -> str:
    """A mark by which to tell later whether the same keys are used; nothing leads back from it."""
    return hashlib.sha256(f"contractkit logbook {access_key_id}".encode()).hexdigest()[:16]


def strip(request: Request) -> Request:
    """What of a request has to be known to repeat it: no headers, and nothing secret in the query."""
    place, mark, query = request.url.partition("?")
    kept = "&".join(each for each in query.split("&") if not _SECRET_QUERY.match(each))
    return Request(request.method, place + (mark + kept if kept else ""), body=request.body)


def _write_url(bare: Request, *, secret: bool) -> str:
    return bare.url.partition("?")[0] if secret else bare.url


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
