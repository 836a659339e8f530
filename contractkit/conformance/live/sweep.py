"""Remove what a live run created, newest first and with patience, and say what is left.

Everything it sends goes through the gate, so a sweep too can touch nothing but what the logbook says is its own.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from contractkit.client import Client
from contractkit.client.failures import classify, read_code
from contractkit.clock import Clock, utc_now
from contractkit.conformance.live.gate import LiveGate, gated
from contractkit.conformance.live.logbook import Creation, Logbook, account_mark
from contractkit.conformance.live.naming import is_drawn
from contractkit.contract import Contract, load_contract
from contractkit.errors import (
    AccessDeniedError,
    AuthenticationError,
    CallerError,
    ConfigurationError,
    ConflictError,
    ContractkitError,
    InvalidRequestError,
    NotFoundError,
    QuotaError,
    ServiceError,
    TransportError,
)
from contractkit.idempotency import LedgerPolicy
from contractkit.message import Response, Transport
from contractkit.signing import Credentials

__all__ = ["PAUSES", "sweep", "sweep_file"]

Sleep = Callable[[float], None]

PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds between rounds: what is settling gets about 24 s to become removable."""

REPEATS: Final = 3
"""How often a creation without an answer is repeated: a service that forgets its tokens makes one thing each time."""

# What a service that keeps its promise says again only if the first request was refused too.
_MADE_NOTHING: Final = (InvalidRequestError, NotFoundError, QuotaError)


@dataclass
class _Broom:
    """One sweep: the client goes through the gate, which writes every success into the logbook."""

    contract: Contract
    logbook: Logbook
    gate: LiveGate
    client: Client
    clock: Clock
    asked: Counter[int] = field(default_factory=Counter)

    def attempt(self, creation: Creation, *, last: bool) -> bool:
        """Try to have a creation gone; whether another try may do better."""
        if (
            creation.removal is not None
            and not self._is_fresh(creation)
            and not is_drawn(self.contract, creation.resource)
        ):
            return False  # it may be gone, and what bears its address or name by now somebody else's
        if creation.removal is not None and self._resend(creation):
            return True
        if creation.removed or (not creation.identifiers and not self._learn(creation, last=last)):
            return False
        hopes = [self._remove(creation, each) for each in creation.identifiers]
        return any(hopes) or not hopes

    def _resend(self, creation: Creation) -> bool:
        """Ask again for a removal whose answer is unknown, under its own clientToken; whether nobody answered."""
        request, creation.removal = creation.removal, None
        if request is None or request.query_value("clientToken") is None or not self._is_fresh(creation):
            return False
        try:
            self.client.exchange(request)
        except TransportError:
            creation.removal = request
            return True
        except CallerError:
            return False
        return False

    def _learn(self, creation: Creation, *, last: bool) -> bool:
        """Repeat a creation whose answer was lost, to be told what it made; whether to go on with it."""
        request = creation.request
        repeatable = request is not None and request.query_value("clientToken") is not None and self._is_fresh(creation)
        # What no answer names goes with the thing it lives inside.
        if creation.answered or request is None or not repeatable or self.asked[creation.number] >= REPEATS:
            return False
        self.asked[creation.number] += 1
        try:
            response = self.client.exchange(
                request.replace(headers={"Content-Type": "application/json; charset=utf-8"})
            )
        except TransportError:
            return True
        except CallerError:
            return False
        return self._judge(creation, response, last=last)

    def _judge(self, creation: Creation, response: Response, *, last: bool) -> bool:
        if response.status < 300:
            return bool(creation.identifiers)
        kind = classify(read_code(response), response.status)
        if issubclass(kind, _MADE_NOTHING) or (last and issubclass(kind, ConflictError)):
            self.logbook.removed(creation)
        return not creation.removed and not issubclass(kind, AuthenticationError | AccessDeniedError)

    def _remove(self, creation: Creation, identifier: str) -> bool:
        """Delete one thing; whether to try again."""
        removal = self.gate.removal(creation, identifier)
        if removal is None:
            return False
        try:
            self.client.call(*removal)
        except (NotFoundError, CallerError, AuthenticationError, AccessDeniedError):
            return False
        except (ConflictError, InvalidRequestError):
            self._release(creation, identifier)
            return True
        except (ServiceError, TransportError):
            return True
        return False

    def _release(self, creation: Creation, identifier: str) -> None:
        """What is still bound is loosened first; if it cannot be, the next round finds out."""
        release = self.gate.release(creation, identifier)
        if release is not None:
            try:
                self.client.call(*release)
            except ContractkitError:
                return

    def _is_fresh(self, creation: Creation) -> bool:
        """Whether the service still remembers the clientTokens of that time."""
        return self.clock() - creation.at < LedgerPolicy().window - timedelta(minutes=5)


def sweep(
    logbook: Logbook, gate: LiveGate, client: Client, *, clock: Clock = utc_now, sleep: Sleep = time.sleep
) -> tuple[Creation, ...]:
    """Delete everything that is left; what is already gone counts as removed.

    `client` has to send through the gate (`gated`), which writes down what happened. A creation without an answer is
    repeated under its clientToken, within the 24 hours a token is remembered, to learn what it made. What
    cannot be removed yet is tried again after each of `PAUSES`. Gives what is left; it stays in the logbook.
    """
    broom = _Broom(load_contract(), logbook, gate, client, clock)
    for pause in (*PAUSES, None):
        hopes = [broom.attempt(each, last=pause is None) for each in logbook.remaining() if not each.removed]
        if not any(hopes) or pause is None:
            break
        sleep(pause)
    return logbook.remaining()


def sweep_file(
    path: Path,
    credentials: Credentials,
    *,
    transport: Transport | None = None,
    other_keys: bool = False,
    clock: Clock = utc_now,
    sleep: Sleep = time.sleep,
) -> tuple[Creation, ...]:
    """Remove what a dead run left, by its logbook, and nothing else; the file goes when all of it is gone.

    `transport` sends one request (default: over HTTPS to the documented hosts). `other_keys` says that these
    credentials, though not those of the run, belong to the same account: with another account everything would
    look gone. Gives what is left. Raises ConfigurationError when the file is no logbook, its run still goes on,
    or the keys are others.
    """
    logbook = Logbook.read(path, clock=clock)
    left: tuple[Creation, ...] = logbook.remaining()
    try:
        if not other_keys and logbook.account != account_mark(credentials.access_key_id):
            raise ConfigurationError(
                f"{path}: the run had other keys. Use those; or say that yours belong to the same account (other_keys)"
            )
        left = _sweep_with(logbook, credentials, transport, clock=clock, sleep=sleep)
    finally:
        logbook.close(keep=bool(left))
    return left


def _sweep_with(
    logbook: Logbook,
    credentials: Credentials,
    transport: Transport | None,
    *,
    clock: Clock,
    sleep: Sleep,
) -> tuple[Creation, ...]:
    from contractkit.adapters.requests import RequestsTransport  # noqa: PLC0415 - slow to import, and often replaced

    with ExitStack() as stack:
        send = transport or stack.enter_context(closing(RequestsTransport()))
        keys = credentials.name_parts()
        gate = LiveGate(load_contract(), logbook, allow_create=True, regions={logbook.region}, secrets=keys)
        client = Client(credentials, logbook.region, transport=gated(gate, send), clock=clock, sleep=sleep)
        return sweep(logbook, gate, stack.enter_context(client), clock=clock, sleep=sleep)
