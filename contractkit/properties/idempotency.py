"""The laws of idempotency, for anything that serves the VPC operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from contractkit.message import encode_json
from contractkit.properties.history import WINDOW, Clock, History, Target, Transport, Wish, create, delete, rename
from contractkit.properties.strategies.keys import client_tokens, invalid_client_tokens
from contractkit.properties.suite import Laws, build_suite, law
from contractkit.signing import EXAMPLE, Credentials

__all__ = ["IdempotencyLaws", "idempotency_suite"]

MakeTarget = Callable[[Clock], Transport | Target]

_SECOND: Final = timedelta(seconds=1)
_STEPS: Final = (
    _SECOND,
    timedelta(hours=1),
    timedelta(hours=12),
    WINDOW - _SECOND,
    WINDOW,
    WINDOW + _SECOND,
    2 * WINDOW,
)
_MOST_VPCS: Final = 12


def idempotency_suite(
    *,
    make_target: MakeTarget,
    accounts: Sequence[Credentials] = (EXAMPLE,),
    scale: float = 2,
    steps: int = 30,
) -> type:
    """A class of pytest tests that holds a service to the laws of the clientToken.

    `make_target(clock)` makes a service without VPCs that reads its time from `clock`, and gives a Transport to
    it, or a Target when it has its own base URL or must be ended: `lambda clock: ReferenceCloud(clock=clock).handle`.
    `accounts` are key pairs of different accounts that the service knows. Its weather may be bad: cut connections
    (TransportError) and 5xx answers are part of the game. The state machine runs `scale` times the examples of
    the profile, `steps` requests each.
    """
    subject = {"make_target": staticmethod(make_target), "accounts": tuple(accounts), "scale": scale, "steps": steps}
    return build_suite(IdempotencyLaws, "IdempotencySuite", subject)


class IdempotencyLaws(Laws):
    """What every service owes a clientToken (BCE general description, idempotency)."""

    make_target: MakeTarget
    accounts: tuple[Credentials, ...]
    scale: float
    steps: int

    def _open(self) -> closing[History]:
        return closing(History(self.make_target, self.accounts))

    @law(scale=0.1, token=client_tokens())
    def test_a_retry_has_one_effect_and_one_answer(self, token: str) -> None:
        """Law: the same request under the same token, however often, creates one resource and gets one answer."""
        with self._open() as history:
            for _ in range(4):
                history.send(create("net"), token)

    def test_requests_without_a_token_are_apart(self) -> None:
        """Law: equal requests without a clientToken are requests of their own."""
        with self._open() as history:
            for _ in range(3):
                history.send(create("net"), None)

    def test_another_token_is_another_request(self) -> None:
        """Law: an equal request under another token is a request of its own."""
        with self._open() as history:
            history.send(create("net"), "one")
            history.send(create("net"), "two")

    def test_a_different_body_is_a_mismatch(self) -> None:
        """Law: the same token with another body is IdempotentParameterMismatch and has no effect."""
        with self._open() as history:
            history.send(create("net"), "one")
            history.send(create("other"), "one")
            history.send(create("net", "10.1.0.0/16"), "one")

    def test_a_different_path_is_a_mismatch(self) -> None:
        """Law: the same token for another resource is a mismatch, even with an equal body."""
        with self._open() as history:
            first, second = _create_two(history)
            history.send(rename(first, "new"), "one")
            history.send(rename(second, "new"), "one")

    def test_a_different_query_is_a_mismatch(self) -> None:
        """Law: the same token with another query is a mismatch."""
        with self._open() as history:
            history.send(create("net"), "one")
            history.send(_with_stray_item(create("net")), "one")

    def test_a_different_operation_is_a_mismatch(self) -> None:
        """Law: the same token for another method on the same path is a mismatch, and nothing is deleted."""
        with self._open() as history:
            first, _ = _create_two(history)
            history.send(rename(first, "new"), "one")
            history.send(delete(first), "one")

    def test_a_different_method_is_a_mismatch(self) -> None:
        """Law: the same token, path and body with another method is a mismatch, and nothing is deleted."""
        with self._open() as history:
            first, _ = _create_two(history)
            history.send(rename(first, "new"), "one")
            history.send(replace(rename(first, "new"), method="DELETE", name=""), "one")

    @law(scale=0.05, together=st.integers(2, 8), token=client_tokens())
    def test_concurrent_first_uses_have_one_effect(self, together: int, token: str) -> None:
        """Law: the same request under the same new token, sent by several clients at once, happens once."""
        with self._open() as history:
            history.send_together(create("net"), token, together)
            history.send(create("net"), token)

    def test_a_mismatch_leaves_the_first_use_intact(self) -> None:
        """Law: after a mismatch the first request still gets its first answer."""
        with self._open() as history:
            history.send(create("net"), "one")
            history.send(create("other"), "one")
            history.send(create("net"), "one")

    def test_a_repeat_does_not_do_it_again(self) -> None:
        """Law: a repeated change does not undo what was changed since."""
        with self._open() as history:
            first, _ = _create_two(history)
            history.send(rename(first, "new"), "one")
            history.send(rename(first, "newer"), "two")
            history.send(rename(first, "new"), "one")

    def test_a_repeated_deletion_succeeds(self) -> None:
        """Law: deleting again under the same token gives the same answer, not "no such resource"."""
        with self._open() as history:
            first, _ = _create_two(history)
            history.send(delete(first), "one")
            history.send(delete(first), "one")

    def test_the_token_lives_for_a_day(self) -> None:
        """Law: a repeat within 24 hours is a repeat; after them the token is new."""
        with self._open() as history:
            history.send(create("net"), "one")
            history.advance(WINDOW - _SECOND)
            history.send(create("net"), "one")
            history.advance(WINDOW + _SECOND)
            history.send(create("other"), "one")

    def test_the_window_slides(self) -> None:
        """Law: the 24 hours count from the last time the service received the token."""
        with self._open() as history:
            for _ in range(4):
                history.send(create("net"), "one")
                history.advance(timedelta(hours=23))

    def test_accounts_do_not_share_tokens(self) -> None:
        """Law: another account may use the same token for something else."""
        with self._open() as history:
            for account in range(len(self.accounts)):
                history.send(create(f"net-{account}"), "one", account)
                history.send(create(f"net-{account}"), "one", account)

    @law(scale=0.1, wrong=invalid_client_tokens().filter(lambda pair: pair[0] == "too long"))
    def test_refuses_tokens_that_are_too_long(self, wrong: tuple[str, str]) -> None:
        """Law: a token of more than 64 characters is refused, and nothing is created."""
        with self._open() as history:
            history.send_refused(create("net"), wrong[1])

    def test_any_history_follows_the_model(self) -> None:
        """Law: in any order of requests, retries, misuse and passing time, each answer is one the model allows."""
        base = settings()
        chosen = settings(
            base,
            max_examples=max(1, round(base.max_examples * self.scale)),
            stateful_step_count=self.steps,
            suppress_health_check=list(HealthCheck),
        )
        steps = {"open": staticmethod(self._open_history), "done": staticmethod(self._note_history)}
        machine = type("TokenMachine", (_TokenMachine,), steps)
        run_state_machine_as_test(machine, settings=chosen)

    def _open_history(self) -> History:
        return History(self.make_target, self.accounts)

    def _note_history(self, history: History) -> None:
        self.note("test_any_history_follows_the_model", history.seen, example=True)


class _TokenMachine(RuleBasedStateMachine):
    """Several accounts send requests under a handful of tokens; the history judges every answer."""

    open: Callable[[], History]
    done: Callable[[History], None]

    def __init__(self) -> None:
        super().__init__()
        self.history = type(self).open()
        self.sent: list[tuple[Wish, str | None, int]] = []
        self.names = 0

    def teardown(self) -> None:
        type(self).done(self.history)
        self.history.close()

    def _account(self, number: int) -> int:
        return number % len(self.history._tenants)  # noqa: SLF001 - the machine and its history are one

    def _send(self, wish: Wish, token: str | None, account: int) -> None:
        self.history.send(wish, token, account)
        self.sent.append((wish, token, account))

    @rule(token=st.sampled_from((None, "one", "two", "three")), account=st.integers(0, 1), fresh_name=st.booleans())
    def create(self, token: str | None, account: int, fresh_name: bool) -> None:
        account = self._account(account)
        if len(self.history.vpcs(account)) < _MOST_VPCS:
            self.names += fresh_name
            self._send(create(f"net-{self.names}"), token, account)

    @rule(token=st.sampled_from((None, "one", "four")), account=st.integers(0, 1), which=st.integers(0, _MOST_VPCS))
    def rename(self, token: str | None, account: int, which: int) -> None:
        account = self._account(account)
        if vpcs := self.history.vpcs(account):
            self.names += 1
            self._send(rename(vpcs[which % len(vpcs)], f"net-{self.names}"), token, account)

    @rule(token=st.sampled_from((None, "two", "four")), account=st.integers(0, 1), which=st.integers(0, _MOST_VPCS))
    def delete(self, token: str | None, account: int, which: int) -> None:
        account = self._account(account)
        if vpcs := self.history.vpcs(account):
            self._send(delete(vpcs[which % len(vpcs)]), token, account)

    @precondition(lambda self: self.sent)
    @rule(back=st.integers(0, 8))
    def retry(self, back: int) -> None:
        """A client that got no answer sends the same request again."""
        wish, token, account = self.sent[-1 - back % len(self.sent)]
        if token is not None:
            self.history.send(wish, token, account)

    @precondition(lambda self: self.sent)
    @rule(back=st.integers(0, 8), kind=st.sampled_from(("body", "query", "path", "method")))
    def misuse(self, back: int, kind: str) -> None:
        """The token of an earlier request, with something else in it."""
        wish, token, account = self.sent[-1 - back % len(self.sent)]
        changed = _MISUSE[kind](wish, self.history.vpcs(account))
        if token is not None and changed is not None:
            self.history.send(changed, token, account)

    @rule(token=st.sampled_from(("five", "six")), account=st.integers(0, 1), together=st.integers(2, 4))
    def race(self, token: str, account: int, together: int) -> None:
        """Several clients send the same request at once."""
        account = self._account(account)
        if len(self.history.vpcs(account)) < _MOST_VPCS:
            self.history.send_together(create("race"), token, together, account)

    @precondition(lambda self: self.sent)
    @rule(back=st.integers(0, 8))
    def share(self, back: int) -> None:
        """Another account happens to choose the same token."""
        wish, token, account = self.sent[-1 - back % len(self.sent)]
        other = self._account(account + 1)
        if not wish.vpc and len(self.history.vpcs(other)) < _MOST_VPCS:
            self._send(wish, token, other)

    @rule(step=st.sampled_from(_STEPS))
    def wait(self, step: timedelta) -> None:
        self.history.advance(step)


def _create_two(history: History) -> tuple[str, str]:
    known = set(history.vpcs())
    while len(set(history.vpcs()) - known) < 2:
        history.send(create("net"), None)
    first, second = [vpc for vpc in history.vpcs() if vpc not in known]
    return first, second


def _with_stray_item(wish: Wish) -> Wish:
    return replace(wish, query=(*wish.query, ("note", "1")))


def _change_body(wish: Wish, _vpcs: list[str]) -> Wish | None:
    if not wish.name:
        return None
    body = {"name": f"{wish.name}-x"} if wish.vpc else {"name": f"{wish.name}-x", "cidr": "10.0.0.0/16"}
    return replace(wish, body=encode_json(body), name=f"{wish.name}-x")


def _change_method(wish: Wish, _vpcs: list[str]) -> Wish | None:
    return replace(wish, method="DELETE", name="") if wish.vpc and wish.name else None


def _change_path(wish: Wish, vpcs: list[str]) -> Wish | None:
    other = next((vpc for vpc in vpcs if vpc != wish.vpc), None)
    if not wish.vpc or other is None:
        return None
    return replace(wish, path=wish.path.replace(wish.vpc, other), vpc=other)


_MISUSE: Final[dict[str, Callable[[Wish, list[str]], Wish | None]]] = {
    "body": _change_body,
    "query": lambda wish, _: _with_stray_item(wish),
    "path": _change_path,
    "method": _change_method,
}
