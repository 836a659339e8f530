"""Which recorded answer a request gets: constant time, in order among equals, sound in any order of arrival."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from contractkit.message import Request
from contractkit.recording.cassette import Entry
from contractkit.recording.key import Form, Forms
from contractkit.signing import Verdict

__all__ = ["Found", "Playback", "Reason", "Refusal"]


class Reason(Enum):
    """Why no recorded answer may be given."""

    UNKNOWN = "no recorded request is the same"
    USED = "every recorded answer to it was given already"
    SIGNATURE = "the recorded request was rightly signed, this one is not"
    NEW_TOKEN = "the recording retried with the same clientToken, this run used a new one"  # noqa: S105  a sentence
    SAME_TOKEN = "the recording used a new clientToken, this run used one again"  # noqa: S105  a sentence
    ENDLESS = "its last answer was repeated too often"


@dataclass(frozen=True)
class Found:
    """The position of the recorded interaction that answers."""

    index: int
    token: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer: `indexes` are the recorded interactions that are the same request, `detail` what verifying said."""

    reason: Reason
    form: Form
    indexes: tuple[int, ...] = ()
    detail: str = ""


@dataclass
class _Line:
    """The recorded interactions with one key and one verdict, in order, by recorded clientToken."""

    waiting: dict[str, deque[int]] = field(default_factory=dict)
    untried: deque[str] = field(default_factory=deque)
    last: dict[str, int] = field(default_factory=dict)
    repeats: int = 0
    all: list[int] = field(default_factory=list)

    def add(self, index: int, token: str) -> None:
        self.all.append(index)
        if token not in self.waiting:
            self.waiting[token] = deque()
            self.untried.append(token)
        self.waiting[token].append(index)


class Playback:
    """Answers requests from recorded entries. Safe under threads.

    Reads repeat their last answer up to `repeats` times; a write is repeated only for the clientToken whose
    answers are used up. `verdict` judges the signature of an incoming request; None compares no signatures.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        forms: Forms,
        *,
        verdict: Callable[[Request], Verdict] | None,
        repeats: int = 1000,
    ) -> None:
        self._forms = forms
        self._verdict = verdict
        self._repeats = repeats
        self._lock = threading.Lock()
        self._lines: dict[tuple[object, ...], dict[str, _Line]] = {}
        self._given_to_recorded: dict[str, str] = {"": ""}
        self._bound: set[str] = {""}
        self._used: set[int] = set()
        self._size = len(entries)
        for index, entry in enumerate(entries):
            form = forms.of(entry.to_interaction().request)
            lines = self._lines.setdefault(form.key, {})
            lines.setdefault(entry.verdict if verdict else "", _Line()).add(index, form.token)

    @property
    def unused(self) -> tuple[int, ...]:
        """The positions of interactions that answered nothing yet."""
        with self._lock:
            return tuple(index for index in range(self._size) if index not in self._used)

    def find(self, request: Request) -> Found | Refusal:
        """The recorded interaction that answers a request, or why none does."""
        form = self._forms.of(request)
        verdict = self._verdict(request) if self._verdict else None
        code = verdict.code if verdict else ""
        with self._lock:
            lines = self._lines.get(form.key)
            if not lines:
                return Refusal(Reason.UNKNOWN, form)
            line = lines.get(code)
            if line is None and code and "" in lines:
                return Refusal(Reason.SIGNATURE, form, tuple(lines[""].all), verdict.reason if verdict else "")
            outcome = self._take(line or next(iter(lines.values())), form)
            if isinstance(outcome, Found):
                self._used.add(outcome.index)
            return outcome

    def _take(self, line: _Line, form: Form) -> Found | Refusal:
        token = self._given_to_recorded.get(form.token)
        if token is None:
            token = self._bind_new(line, form.token)
            if token is None:
                reason = Reason.NEW_TOKEN if any(line.waiting.values()) else Reason.USED
                return Refusal(reason, form, tuple(line.all))
        waiting = line.waiting.get(token)
        if waiting:
            line.last[token] = waiting.popleft()
            return Found(line.last[token], token)
        return self._repeat(line, form, token)

    def _bind_new(self, line: _Line, given: str) -> str | None:
        """Let a token of this run stand for the first recorded one of the line that is still free."""
        while line.untried and line.untried[0] in self._bound:
            line.untried.popleft()
        if not line.untried:
            return None
        token = line.untried.popleft()
        self._bound.add(token)
        self._given_to_recorded[given] = token
        return token

    def _repeat(self, line: _Line, form: Form, token: str) -> Found | Refusal:
        if any(each not in self._bound for each in line.untried) or token not in line.last:
            return Refusal(Reason.SAME_TOKEN if form.token else Reason.USED, form, tuple(line.all))
        if not (form.reads or form.token):
            return Refusal(Reason.USED, form, tuple(line.all))
        line.repeats += 1
        if line.repeats > self._repeats:
            return Refusal(Reason.ENDLESS, form, tuple(line.all))
        return Found(line.last[token], token)
