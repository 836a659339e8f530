"""The laws of idempotency, for anything that serves operations that take a clientToken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st

from contractkit.errors import ConfigurationError
from contractkit.properties.families import KINDS, Family, Wish, family
from contractkit.properties.history import WINDOW, History, MakeTarget
from contractkit.properties.machine import run_machine
from contractkit.properties.moves import Does, Misuse, Moves, Pick, misuse
from contractkit.properties.strategies.keys import client_tokens, invalid_client_tokens
from contractkit.properties.suite import Laws, build_suite, law
from contractkit.signing import EXAMPLE, Credentials

__all__ = ["IdempotencyLaws", "idempotency_suite"]

_SECOND: Final = timedelta(seconds=1)
_CROWD: Final = 12
_LIFE: Final[tuple[Does, ...]] = ("create", "change", "delete")


def idempotency_suite(
    *,
    make_target: MakeTarget,
    accounts: Sequence[Credentials] = (EXAMPLE,),
    kinds: Sequence[str] = KINDS,
    scale: float = 2,
    steps: int = 30,
) -> type:
    """A class of pytest tests that holds a service to the laws of the clientToken.

    `make_target(clock)` makes an empty service that reads its time from `clock`, and gives a Transport to it, or a
    Target when it has its own base URL or must be ended: `lambda clock: ReferenceCloud(clock=clock).handle`.
    `accounts` are key pairs of different accounts that the service knows, `kinds` what it serves of
    `families.KINDS`, such as `("vpc", "eip")`. Its weather may be bad: cut connections (TransportError) and 5xx
    answers are part of the game. The state machine runs `scale` times the examples of the profile, `steps` moves
    each. Raises ConfigurationError for an unknown kind.
    """
    if not kinds or not set(kinds) <= set(KINDS):
        raise ConfigurationError(
            f"no laws for {', '.join(kinds) or 'no kind of thing'}; use some of {', '.join(KINDS)}"
        )
    subject = {
        "make_target": staticmethod(make_target),
        "accounts": tuple(accounts),
        "kinds": tuple(kinds),
        "scale": scale,
        "steps": steps,
    }
    return build_suite(IdempotencyLaws, "IdempotencySuite", subject)


class IdempotencyLaws(Laws):
    """What every service owes a clientToken (BCE general description, idempotency)."""

    make_target: MakeTarget
    accounts: tuple[Credentials, ...]
    kinds: tuple[str, ...]
    scale: float
    steps: int

    @law(scale=0.1, token=client_tokens())
    def test_a_retry_has_one_effect_and_one_answer(self, token: str) -> None:
        """Law: the same request under the same token, however often, creates one resource and gets one answer."""
        with self._open() as scene:
            wish = scene.create()
            for _ in range(4):
                scene.send(wish, token)

    @law(scale=0.4, kind=lambda suite: st.sampled_from(suite.kinds), which=st.integers(0, 3))
    def test_every_operation_keeps_its_token(self, kind: str, which: int) -> None:
        """Law: creating, changing and deleting a thing of any service, each sent twice, each happens once."""
        with self._open() as scene:
            moves = Moves(scene.history, (kind,))
            for does in _LIFE:
                moves.act(does, Pick(which=which), does)
                moves.retry(0)
                moves.misuse(0, "query")
            self.note("test_every_operation_keeps_its_token", scene.history.seen)

    def test_requests_without_a_token_are_apart(self) -> None:
        """Law: equal requests without a clientToken are requests of their own."""
        with self._open() as scene:
            wish = scene.create()
            for _ in range(1 if wish.operation.client_token == "required" else 3):  # noqa: S105 - a rule about tokens
                scene.send(wish, None)

    def test_another_token_is_another_request(self) -> None:
        """Law: an equal request under another token is a request of its own."""
        with self._open() as scene:
            wish = scene.create()
            scene.send(wish, "one")
            scene.send(wish, "two")

    def test_a_different_body_is_a_mismatch(self) -> None:
        """Law: the same token with another body is IdempotentParameterMismatch and has no effect."""
        with self._open() as scene:
            wish = scene.create()
            scene.send(wish, "one")
            scene.misuse(wish, "body", "one")

    def test_a_different_path_is_a_mismatch(self) -> None:
        """Law: the same token for another resource is a mismatch, even with an equal body."""
        with self._open() as scene:
            wish = scene.change(scene.make_two()[0])
            scene.send(wish, "one")
            scene.misuse(wish, "path", "one")

    def test_a_different_query_is_a_mismatch(self) -> None:
        """Law: the same token with another query is a mismatch."""
        with self._open() as scene:
            wish = scene.create()
            scene.send(wish, "one")
            scene.misuse(wish, "query", "one")

    def test_a_different_operation_is_a_mismatch(self) -> None:
        """Law: the same token for another method on the same path is a mismatch, and nothing is deleted."""
        with self._open() as scene:
            first, _ = scene.make_two()
            scene.send(scene.change(first), "one")
            scene.send(scene.delete(first), "one")

    def test_a_different_method_is_a_mismatch(self) -> None:
        """Law: the same token, path and body with another method is a mismatch, and nothing is deleted."""
        with self._open() as scene:
            wish = scene.change(scene.make_two()[0])
            scene.send(wish, "one")
            scene.misuse(wish, "method", "one")

    @law(scale=0.05, together=st.integers(2, 8), token=client_tokens(), which=st.integers(0, 99))
    def test_concurrent_first_uses_have_one_effect(self, together: int, token: str, which: int) -> None:
        """Law: the same request under the same new token, sent by several clients at once, happens once."""
        with self._open() as scene:
            moves = Moves(scene.history, self.kinds)
            moves.race("create", Pick(kind=which), token, together)
            moves.retry(0)

    def test_a_mismatch_leaves_the_first_use_intact(self) -> None:
        """Law: after a mismatch the first request still gets its first answer."""
        with self._open() as scene:
            wish = scene.create()
            scene.send(wish, "one")
            scene.misuse(wish, "body", "one")
            scene.send(wish, "one")

    def test_a_repeat_does_not_do_it_again(self) -> None:
        """Law: a repeated change does not undo what was changed since."""
        with self._open() as scene:
            first, _ = scene.make_two()
            wish = scene.change(first)
            scene.send(wish, "one")
            scene.send(scene.change(first), "two")
            scene.send(wish, "one")

    def test_a_repeated_deletion_succeeds(self) -> None:
        """Law: deleting again under the same token gives the same answer, not "no such resource"."""
        with self._open() as scene:
            wish = scene.delete(scene.make_two()[0])
            scene.send(wish, "one")
            scene.send(wish, "one")

    def test_the_token_lives_for_a_day(self) -> None:
        """Law: a repeat within 24 hours is a repeat; after them the token is new."""
        with self._open() as scene:
            wish = scene.create()
            scene.send(wish, "one")
            scene.history.advance(WINDOW - _SECOND)
            scene.send(wish, "one")
            scene.history.advance(WINDOW + _SECOND)
            scene.send(scene.create(), "one")

    def test_the_window_slides(self) -> None:
        """Law: the 24 hours count from the last time the service received the token."""
        with self._open() as scene:
            wish = scene.create()
            for _ in range(4):
                scene.send(wish, "one")
                scene.history.advance(timedelta(hours=23))

    def test_a_crowd_drives_no_token_out(self) -> None:
        """Law: however many tokens come after one, it is remembered for its day; and what has ended is forgotten."""
        with self._open() as scene:
            first, _ = scene.make_two()
            wish = scene.create()
            scene.send(wish, "one")
            for number in range(_CROWD):
                scene.send(scene.change(first), f"crowd-{number}")
            scene.send(wish, "one")
            scene.history.advance(2 * WINDOW)
            scene.send(scene.create(), "two")

    def test_accounts_do_not_share_tokens(self) -> None:
        """Law: another account may use the same token for something else."""
        with self._open() as scene:
            for account in range(len(self.accounts)):
                wish = scene.create()
                scene.history.send(wish, "one", account)
                scene.history.send(wish, "one", account)

    @law(scale=0.1, wrong=invalid_client_tokens().filter(lambda pair: pair[0] == "too long"))
    def test_refuses_tokens_that_are_too_long(self, wrong: tuple[str, str]) -> None:
        """Law: a token of more than 64 characters is refused, and nothing is created."""
        with self._open() as scene:
            scene.history.send_refused(scene.create(), wrong[1])

    def test_any_history_follows_the_model(self) -> None:
        """Law: in any order of requests, retries, misuse and passing time, each answer is one the model allows."""
        run_machine(self._open_history, self._note_history, self.kinds, scale=self.scale, steps=self.steps)

    @contextmanager
    def _open(self) -> Iterator[_Scene]:
        """A history about the first kind that can be changed, for laws of which one kind is as good as another."""
        kind = next((each for each in map(family, self.kinds) if each.changes), family(self.kinds[0]))
        with closing(self._open_history()) as history:
            yield _Scene(history, kind)

    def _open_history(self) -> History:
        return History(self.make_target, self.accounts)

    def _note_history(self, history: History) -> None:
        self.note("test_any_history_follows_the_model", history.seen, example=True)


class _Scene:
    """A history about one kind of thing, in short words."""

    def __init__(self, history: History, kind: Family) -> None:
        self.history, self._family, self._moves = history, kind, Moves(history, (kind.kind,))

    def create(self) -> Wish:
        return self._moves.wish(self._family.create)

    def change(self, about: str) -> Wish:
        return self._moves.wish(self._family.changes[0], about)

    def delete(self, about: str) -> Wish:
        return self._moves.wish(self._family.delete, about)

    def send(self, wish: Wish, token: str | None) -> None:
        self.history.send(wish, token)

    def misuse(self, wish: Wish, how: Misuse, token: str) -> None:
        changed = misuse(self.history, wish, how)
        if changed is not None:
            self.history.send(changed, token)

    def things(self) -> list[str]:
        return self.history.things(self._family.kind)

    def make_two(self) -> list[str]:
        """Two things of its own; the weather may be bad, so it is tried until they are there."""
        known, number = set(self.things()), 0
        while len(set(self.things()) - known) < 2:
            number += 1
            self.send(self.create(), f"make-{number}")
        return [each for each in self.things() if each not in known][:2]
