"""Knows what a clientToken promises: the same request under the same token has one effect and one answer.

Must never know a clock, randomness or what an operation does; instants and random bytes are handed in.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, Literal, Self
from uuid import UUID

import msgspec

from contractkit.errors import ClientTokenError
from contractkit.message import parse_json

__all__ = ["ClientToken", "Entry", "Kind", "Ledger", "LedgerPolicy", "Outcome", "Scope", "fingerprint", "judge"]

MAX_TOKEN_LENGTH: Final = 64
_NOT_COMPARED: Final = frozenset({"clienttoken", "authorization"})


class ClientToken(str):
    """A clientToken: 1 to 64 printable ASCII characters. Raises ClientTokenError for anything else.

    The documentation's "64 bits" is read as 64 characters: its own sample has 36.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not text:
            raise ClientTokenError("the clientToken is empty; leave it out or give 1 to 64 ASCII characters")
        if len(text) > MAX_TOKEN_LENGTH:
            raise ClientTokenError(f"the clientToken has {len(text)} characters; shorten it to {MAX_TOKEN_LENGTH}")
        if not (text.isascii() and text.isprintable()):
            raise ClientTokenError("the clientToken holds something else than printable ASCII; use letters and digits")
        return super().__new__(cls, text)

    @classmethod
    def generate(cls, random_bytes: Callable[[int], bytes]) -> Self:
        """A version 4 UUID made of 16 bytes from `random_bytes`, such as os.urandom or Random(seed).randbytes."""
        return cls(str(UUID(bytes=random_bytes(16), version=4)))


def fingerprint(method: str, path: str, query: Iterable[tuple[str, str | None]], body: bytes) -> str:
    """What makes two requests the same one under a clientToken, as 64 hex digits.

    `path` and `query` are decoded. The order of the query does not count, a valueless name equals an empty
    value, and the clientToken itself and a signature are left out, since they say how and not what. Order of
    members and blanks in a JSON body do not count either: a client that builds its body anew for a retry means
    the same request. Other bodies count byte by byte. Do not store it: it can confirm a guessed password.
    """
    items = sorted((name, value or "") for name, value in query if name.lower() not in _NOT_COMPARED)
    parts = [method, path, str(len(items)), *[text for item in items for text in item]]
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    told = b"".join([b"%d:%b" % (len(data), data) for data in encoded])
    return hashlib.sha256(told + _canonical_body(body)).hexdigest()


def _canonical_body(body: bytes) -> bytes:
    try:
        return b"json:" + msgspec.json.encode(parse_json(body), order="sorted")
    except (ValueError, RecursionError, OverflowError):
        return b"bytes:" + body


class Scope(Enum):
    """Within what a token is unique."""

    ACCOUNT = "account"
    SERVICE = "account and service"
    REGION = "account, service and region"


@dataclass(frozen=True, slots=True)
class LedgerPolicy:
    """The corners of idempotency; the documentation settles only the window and the mismatch.

    Each default is a reading, with its reason, that a run against the live cloud can overturn.
    """

    window: timedelta = timedelta(hours=24)
    """Documented: a token is good for 24 hours from the last time the service received it."""

    mismatch_extends_window: bool = True
    """The documentation counts from the last receipt of the token and makes no exception for a refused one."""

    repeat_extends_window: bool = True
    """As above; this is what makes the window slide."""

    method_counts: bool = True
    """Another method is another request just as another path is, and a mismatch is the safer answer."""

    remembers_failures: bool = False
    """A failed request had no effect to repeat, and the official SDKs retry 5xx with the same token to get one."""

    scope: Scope = Scope.REGION
    """Each service of each region has a host, and so most likely a token table, of its own."""

    in_flight_answer: tuple[int, str] = (500, "InternalError")
    """Status and code for a request whose first use is still running: the one documented pair that every SDK
    retries with the same token, which is the right thing to do."""

    empty_token: Literal["absent", "refused"] = "absent"  # noqa: S105 - a rule about tokens, not a token
    """`clientToken=` names no token, so the request is taken as one without."""

    def read_token(self, text: str | None) -> ClientToken | None:
        """The token of a query value, None when there is none. Raises ClientTokenError when it is refused."""
        if text is None or (text == "" and self.empty_token == "absent"):  # noqa: S105 - as above
            return None
        return ClientToken(text)

    def fingerprint(self, method: str, path: str, query: Iterable[tuple[str, str | None]], body: bytes) -> str:
        """`fingerprint`, with the method left out where it does not count."""
        return fingerprint(method if self.method_counts else "", path, query, body)


class Kind(Enum):
    """What the receipt of a token means."""

    FRESH = "fresh"
    REPEAT = "repeat"
    MISMATCH = "mismatch"
    IN_FLIGHT = "in flight"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to do with a request.

    FRESH: carry it out, then `complete` or `abandon`. REPEAT: give `answer` again. MISMATCH: refuse it with
    IdempotentParameterMismatch (403). IN_FLIGHT: the first use is still running.
    """

    kind: Kind
    answer: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of a token: the request it was used for, its answer once there is one, and until when."""

    fingerprint: str
    expires: datetime
    answered: bool = False
    answer: Any = field(default=None, repr=False)


def judge(
    entry: Entry | None, fingerprint: str, at: datetime, policy: LedgerPolicy | None = None
) -> tuple[Outcome, Entry]:
    """The law: what the receipt of a token at `at` means, given what is remembered of it, and what is remembered now.

    A token is forgotten at the instant its window ends.
    """
    policy = policy or LedgerPolicy()
    expires = at + policy.window
    if entry is None or at >= entry.expires:
        return Outcome(Kind.FRESH), Entry(fingerprint, expires)
    extended = replace(entry, expires=max(entry.expires, expires))
    if entry.fingerprint != fingerprint:
        return Outcome(Kind.MISMATCH), extended if policy.mismatch_extends_window else entry
    kept = extended if policy.repeat_extends_window else entry
    if not entry.answered:
        return Outcome(Kind.IN_FLIGHT), kept
    return Outcome(Kind.REPEAT, entry.answer), kept


class Ledger:
    """A table of tokens over `judge`; constant time per call, whatever it holds.

    Not safe for threads by itself: the caller's lock must span `receive`, and again `complete`.
    """

    def __init__(self, policy: LedgerPolicy | None = None) -> None:
        self.policy = policy or LedgerPolicy()
        self._entries: OrderedDict[tuple[str, ...], Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def receive(
        self, account: str, token: ClientToken, fingerprint: str, at: datetime, *, service: str = "", region: str = ""
    ) -> Outcome:
        """Take note of a request that carries `token`, and say what to do with it.

        `service` and `region` count where the scope of the policy says so.
        """
        self._evict(at)
        key = self._key(account, token, service, region)
        outcome, entry = judge(self._entries.get(key), fingerprint, at, self.policy)
        moved = key not in self._entries or self._entries[key].expires != entry.expires
        self._entries[key] = entry
        if moved:
            self._entries.move_to_end(key)
        return outcome

    def complete(
        self,
        account: str,
        token: ClientToken,
        answer: Any,
        *,
        failed: bool = False,
        service: str = "",
        region: str = "",
    ) -> None:
        """Remember the answer of a FRESH request; a failed one is forgotten unless the policy remembers failures.

        Nothing happens when the token has been forgotten meanwhile, or has an answer already.
        """
        if failed and not self.policy.remembers_failures:
            self.abandon(account, token, service=service, region=region)
            return
        key = self._key(account, token, service, region)
        entry = self._entries.get(key)
        if entry is not None and not entry.answered:
            self._entries[key] = Entry(entry.fingerprint, entry.expires, answered=True, answer=answer)

    def abandon(self, account: str, token: ClientToken, *, service: str = "", region: str = "") -> None:
        """Forget a FRESH request that had no effect, so that its token may be used anew."""
        key = self._key(account, token, service, region)
        entry = self._entries.get(key)
        if entry is not None and not entry.answered:
            del self._entries[key]

    def _key(self, account: str, token: str, service: str, region: str) -> tuple[str, ...]:
        scope = self.policy.scope
        if scope is Scope.ACCOUNT:
            return (account, token)
        return (account, token, service) if scope is Scope.SERVICE else (account, token, service, region)

    def _evict(self, at: datetime) -> None:
        # Entries stand in the order of their ends as long as time runs forward, so the oldest come first. Should
        # it run backward, an ended entry may stay a while; `judge` takes no notice of it.
        while self._entries:
            key, oldest = next(iter(self._entries.items()))
            if at < oldest.expires:
                return
            del self._entries[key]
