"""A state machine that sends any history of requests with clientTokens; the history judges every answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from contractkit.properties.history import WINDOW, History
from contractkit.properties.moves import MISUSES, Does, Misuse, Moves, Pick

__all__ = ["run_machine"]

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
_DOES: Final = st.sampled_from(("create", "create", "change", "delete"))
_TOKENS: Final = st.sampled_from((None, "one", "two", "three", "four"))
_RACED: Final = st.sampled_from(("four", "five", "six"))
_FEW: Final = st.integers(0, 2)
_BACK: Final = st.integers(0, 8)
_PICKS: Final = st.builds(Pick, _FEW, _BACK, _FEW, st.sampled_from((0, 0, 0, 1)))


def run_machine(
    open_history: Callable[[], History],
    note: Callable[[History], None],
    kinds: Sequence[str],
    *,
    scale: float,
    steps: int,
) -> None:
    """Send `scale` times as many histories as the active profile has examples, of `steps` moves each.

    Each history is opened anew, and told to `note` when it ends. Raises LawBrokenError with the shortest history
    that breaks the law.
    """
    base = settings()
    chosen = settings(
        base,
        max_examples=max(1, round(base.max_examples * scale)),
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
    )
    members = {"open": staticmethod(open_history), "done": staticmethod(note), "kinds": tuple(kinds)}
    run_state_machine_as_test(type("TokenMachine", (_TokenMachine,), members), settings=chosen)


class _TokenMachine(RuleBasedStateMachine):
    """Several accounts send requests under a handful of tokens."""

    open: Callable[[], History]
    done: Callable[[History], None]
    kinds: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        self.history = type(self).open()
        self.moves = Moves(self.history, self.kinds)

    def teardown(self) -> None:
        type(self).done(self.history)
        self.history.close()

    @initialize(chosen=st.sets(st.integers(0, 99), min_size=1, max_size=3))
    def choose(self, chosen: set[int]) -> None:
        """A history is about few kinds, so that they meet; what these need is made besides."""
        self.moves = Moves(self.history, [self.kinds[each % len(self.kinds)] for each in sorted(chosen)])

    @rule(does=_DOES, pick=_PICKS, token=_TOKENS)
    def act(self, does: Does, pick: Pick, token: str | None) -> None:
        self.moves.act(does, pick, token)

    @precondition(lambda self: self.moves.is_begun)
    @rule(back=_BACK)
    def retry(self, back: int) -> None:
        self.moves.retry(back)

    @precondition(lambda self: self.moves.is_begun)
    @rule(back=_BACK, how=st.sampled_from(MISUSES))
    def misuse(self, back: int, how: Misuse) -> None:
        self.moves.misuse(back, how)

    @rule(does=_DOES, pick=_PICKS, token=_RACED, together=st.integers(2, 4))
    def race(self, does: Does, pick: Pick, token: str, together: int) -> None:
        self.moves.race(does, pick, token, together)

    @precondition(lambda self: self.moves.is_begun)
    @rule(back=_BACK)
    def share(self, back: int) -> None:
        self.moves.share(back)

    @precondition(lambda self: self.moves.is_begun)
    @rule(back=_BACK, pick=_PICKS)
    def borrow(self, back: int, pick: Pick) -> None:
        self.moves.borrow(back, pick)

    @rule(pick=_PICKS, many=st.integers(4, 9))
    def crowd(self, pick: Pick, many: int) -> None:
        self.moves.crowd(pick, many)

    @rule(step=st.sampled_from(_STEPS))
    def wait(self, step: timedelta) -> None:
        self.moves.wait(step)
