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
class _Tokens:
    """Which clientTokens of this run stand for which recorded ones: each part of a cassette counts its own."""

    given: dict[str, str] = field(default_factory=lambda: {"": ""})
    bound: set[str] = field(default_factory=lambda: {""})


@dataclass
class _Line:
    """The recorded interactions with one key and one verdict, in order, by recorded clientToken."""

    tokens: _Tokens
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

    Of a cassette that several tests share, those of `part` are asked first, then those without a part, then others'.
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
        part: str = "",
    ) -> None:
        self._forms = forms
        self._verdict = verdict
        self._repeats = repeats
        self._lock = threading.Lock()
        self._lines: dict[tuple[object, ...], dict[str, _Line]] = {}
        self._tokens: dict[str, _Tokens] = {}
        self._used: set[int] = set()
        # Who has no part asks for what has none; of a cassette that is all parts, for everything.
        picks = bool(part) or any(not entry.part for entry in entries)
        self._asked = [index for index, entry in enumerate(entries) if entry.part == part or not picks]
        for index in sorted(range(len(entries)), key=lambda index: _rank(entries[index], part)):
            entry = entries[index]
            form = forms.of(entry.to_interaction().request)
            lines = self._lines.setdefault(form.key, {})
            line = lines.setdefault(entry.verdict if verdict else "", _Line(self._tokens_of(entry.part)))
            if line.tokens is self._tokens_of(
                entry.part
            ):  # another test's answers count only where there are no nearer ones
                line.add(index, form.token)

    @property
    def unused(self) -> tuple[int, ...]:
        """The positions of interactions that answered nothing yet."""
        with self._lock:
            return tuple(index for index in self._asked if index not in self._used)

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
        token = line.tokens.given.get(form.token)
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
        tokens = line.tokens
        while line.untried and line.untried[0] in tokens.bound:
            line.untried.popleft()
        if not line.untried:
            return None
        token = line.untried.popleft()
        tokens.bound.add(token)
        tokens.given[given] = token
        return token

    def _tokens_of(self, part: str) -> _Tokens:
        return self._tokens.setdefault(part, _Tokens())

    def _repeat(self, line: _Line, form: Form, token: str) -> Found | Refusal:
        if any(each not in line.tokens.bound for each in line.untried) or token not in line.last:
            return Refusal(Reason.SAME_TOKEN if form.token else Reason.USED, form, tuple(line.all))
        if not (form.reads or form.token):
            return Refusal(Reason.USED, form, tuple(line.all))
        line.repeats += 1
        if line.repeats > self._repeats:
            return Refusal(Reason.ENDLESS, form, tuple(line.all))
        return Found(line.last[token], token)


def _rank(entry: Entry, part: str) -> tuple[int, str]:
    return (0 if entry.part == part else 1 if not entry.part else 2), entry.part
