"""Tables of clientTokens that forget, extend wrongly, or take no notice of path, account or method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from contractkit.idempotency import ClientToken, Kind, Ledger, LedgerPolicy, Outcome, fingerprint
from contractkit.properties.idempotency import idempotency_suite
from contractkit.properties.ledgers import Table, ledger_target
from contractkit.properties.wrongs.planted import Wrong
from contractkit.signing import EXAMPLE, Credentials

__all__ = ["OTHER", "WRONGS"]

OTHER: Final = Credentials("e" * 32, "f" * 32)
_ANY_HISTORY: Final = "any_history_follows_the_model"


class _Changed(Ledger):
    """A ledger that reads its arguments, and tells its outcomes, another way."""

    def __init__(
        self,
        policy: LedgerPolicy | None = None,
        *,
        tell: Callable[[Outcome], Outcome] = lambda outcome: outcome,
        account_of: Callable[[str], str] = lambda account: account,
        token_of: Callable[[str], str] = lambda token: token,
        keeps: int = 10**6,
        stays: bool = True,
        evicts: bool = True,
    ) -> None:
        super().__init__(policy)
        self._tell, self._account_of, self._token_of = tell, account_of, token_of
        self._keeps, self._stays, self._evicts = keeps, stays, evicts

    def receive(self, account: str, token: ClientToken, fingerprint: str, at: datetime, **where: str) -> Outcome:
        while len(self._entries) > self._keeps:
            self._entries.popitem(last=False)
        key = self._key(self._account_of(account), self._token_of(token), where["service"], where["region"])
        known = self._entries.get(key)
        outcome = super().receive(
            self._account_of(account), ClientToken(self._token_of(token)), fingerprint, at, **where
        )
        told = self._tell(outcome)
        if told.kind is Kind.MISMATCH and not self._stays and known is not None:
            self._entries[key] = replace(known, fingerprint=fingerprint)
        return told

    def complete(self, account: str, token: ClientToken, answer: Any, **given: Any) -> None:
        super().complete(self._account_of(account), ClientToken(self._token_of(token)), answer, **given)

    def _evict(self, at: datetime) -> None:
        if self._evicts:
            super()._evict(at)


def _never_mismatches(outcome: Outcome) -> Outcome:
    return Outcome(Kind.FRESH) if outcome.kind is Kind.MISMATCH else outcome


def _never_repeats(outcome: Outcome) -> Outcome:
    return Outcome(Kind.FRESH) if outcome.kind is Kind.REPEAT else outcome


def _refuses_repeats(outcome: Outcome) -> Outcome:
    return Outcome(Kind.MISMATCH) if outcome.kind is Kind.REPEAT else outcome


def _of(make: Callable[[], Table], identify: Callable[..., str] = fingerprint) -> type:
    return idempotency_suite(make_target=ledger_target(make, identify=identify), accounts=(EXAMPLE, OTHER))


def _wrong(law: str, about: str, **changes: Any) -> Wrong:
    return Wrong(about, f"test_{law}", partial(_of, partial(_Changed, **changes)))


def _blind(law: str, about: str, identify: Callable[..., str]) -> Wrong:
    return Wrong(about, f"test_{law}", partial(_of, Ledger, identify))


def _window(hours: float) -> LedgerPolicy:
    return LedgerPolicy(window=timedelta(hours=hours))


WRONGS: Final = (
    _wrong("a_retry_has_one_effect_and_one_answer", "remembers nothing", tell=_never_repeats),
    _wrong("a_retry_has_one_effect_and_one_answer", "calls a repeat a mismatch", tell=_refuses_repeats),
    _wrong("a_different_body_is_a_mismatch", "carries out a mismatch", tell=_never_mismatches),
    _wrong("a_mismatch_leaves_the_first_use_intact", "a mismatch takes the place of the first use", stays=False),
    _wrong("the_token_lives_for_a_day", "forgets after 23 hours", policy=_window(23)),
    _wrong("the_token_lives_for_a_day", "remembers for 25 hours", policy=_window(25)),
    _wrong("the_token_lives_for_a_day", "never forgets", policy=_window(24 * 9999)),
    _wrong(
        "the_window_slides", "a repeat does not extend the window", policy=LedgerPolicy(repeat_extends_window=False)
    ),
    _wrong(_ANY_HISTORY, "holds one token only", keeps=1),
    _wrong("a_crowd_drives_no_token_out", "holds ten tokens only", keeps=10),
    _wrong("a_crowd_drives_no_token_out", "keeps what has ended", evicts=False),
    _wrong(_ANY_HISTORY, "drops the oldest of eight tokens", keeps=8),
    _wrong("accounts_do_not_share_tokens", "the account does not count", account_of=lambda _: "one"),
    _wrong("another_token_is_another_request", "all tokens are one", token_of=lambda _: "one"),
    _wrong(_ANY_HISTORY, "the first letter of a token is its name", token_of=lambda token: token[0]),
    _blind("a_different_body_is_a_mismatch", "the body does not count", lambda m, p, q, _: fingerprint(m, p, q, b"")),
    _blind("a_different_path_is_a_mismatch", "the path does not count", lambda m, _, q, b: fingerprint(m, "", q, b)),
    _blind("a_different_query_is_a_mismatch", "the query does not count", lambda m, p, _, b: fingerprint(m, p, (), b)),
    _blind(
        "a_different_operation_is_a_mismatch", "only the path counts", lambda _, p, __, ___: fingerprint("", p, (), b"")
    ),
    _blind(
        "a_different_method_is_a_mismatch", "the method does not count", lambda _, p, q, b: fingerprint("", p, q, b)
    ),
    _blind(
        "a_different_body_is_a_mismatch",
        "the first 10 bytes of the body count",
        lambda m, p, q, b: fingerprint(m, p, q, b[:10]),
    ),
)
