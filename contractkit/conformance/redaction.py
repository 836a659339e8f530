"""Takes what is known to be secret out of texts for people: tracebacks with their locals, captured output, logs."""

from __future__ import annotations

import base64
import linecache
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from warnings import WarningMessage

from contractkit.recording.guard import Guard
from contractkit.recording.sanitizer.values import spellings

__all__ = ["Redactor"]

_AUTHORIZATION: Final = re.compile(r"(bce-auth-v[0-9]+)(?:/|%2F)[^\s\"'\\]+", re.IGNORECASE)
_MIN_LENGTH: Final = 6  # what the guard can tell from ordinary text
_MIN_CUT: Final = 4
_HIDDEN: Final = "(secret)"


class Redactor:
    """Knows secrets by value (kind to value) and hides them in every spelling; `signed` hides Authorization values too.

    Spellings that can be replaced are; a line that still holds a value, packed in whatever way, is withheld.
    """

    def __init__(self, values: Mapping[str, str], *, signed: bool = False) -> None:
        self._signed = signed
        self._values: dict[str, str] = {}
        self._spellings: tuple[str, ...] = ()
        self._guard = Guard({})
        self.add(values)

    def add(self, values: Mapping[str, str]) -> None:
        """Know more values; those of fewer than 6 characters are left out, since they stand everywhere."""
        more = {kind: value for kind, value in values.items() if len(value) >= _MIN_LENGTH}
        if more.items() <= self._values.items():
            return
        self._values |= more
        spelled = {each for value in self._values.values() for each in _spell(value)}
        self._spellings = tuple(sorted(spelled, key=len, reverse=True))
        self._guard = Guard(self._values)

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every spelling that is replaced, the longest first."""
        return self._spellings

    def clean(self, text: str) -> str:
        """The text without the values."""
        if self._signed:
            text = _AUTHORIZATION.sub(rf"\1{_HIDDEN}", text)
        for spelled in self._spellings:
            text = text.replace(spelled, _HIDDEN)
        if "..." in text:
            text = self._clean_cut(text)
        if self._values and self._holds(text):
            lines = [f"(a line with a {kind})" if (kind := self._holds(line)) else line for line in text.split("\n")]
            text = "\n".join(lines)
            if kind := self._holds(text):
                return f"(withheld: it holds the {kind}, spread over several lines)"
        return text

    def clean_report(self, report: Any) -> None:
        """Clean a pytest report in place: its traceback, captured sections, recorded properties, and reasons to fail."""
        report.sections = [(title, self.clean(text)) for title, text in report.sections]
        if hasattr(report, "user_properties"):
            report.user_properties = [
                (self._clean_value(name), self._clean_value(value)) for name, value in report.user_properties
            ]
        if isinstance(getattr(report, "wasxfail", None), str):
            report.wasxfail = self.clean(report.wasxfail)
        if (context := getattr(report, "context", None)) is not None:
            self._clean_subtest(context)
        if isinstance(report.longrepr, tuple):
            report.longrepr = tuple(self.clean(each) if isinstance(each, str) else each for each in report.longrepr)
        elif report.longrepr is not None:
            plain = str(report.longrepr)
            cleaned = self.clean(plain)
            if cleaned != plain:
                report.longrepr = cleaned

    def clean_warning(self, warning: WarningMessage) -> None:
        """Clean a recorded warning in place: its message, and the line of code that is shown with it."""
        told = str(warning.message)
        cleaned = self.clean(told)
        if cleaned != told:
            warning.message = Warning(cleaned)
        code = warning.line or linecache.getline(warning.filename, warning.lineno)
        cleaned = self.clean(code)
        if cleaned != code:
            warning.line = cleaned

    def clean_interrupt(self, caught: Any) -> None:
        """Clean what breaks off a run (pytest's ExceptionInfo of it), and what will be shown of it, in place."""
        error = caught.value
        error.args = tuple(map(self._clean_value, error.args))
        if isinstance(getattr(error, "msg", None), str):
            error.msg = self.clean(error.msg)
        shown = caught.getrepr(funcargs=True)
        if shown.reprcrash is not None:
            shown.reprcrash.message = self.clean(shown.reprcrash.message)
        self.clean_error(shown)
        caught.getrepr = lambda *_, **__: shown

    def clean_error(self, shown: Any) -> None:
        """Clean what pytest shows of an error of its own, in place."""
        plain = str(shown)
        cleaned = self.clean(plain)
        if cleaned != plain:
            shown.toterminal = lambda terminal: terminal.line(cleaned)

    @contextmanager
    def clean_logs(self) -> Iterator[None]:
        """Clean message and traceback of every log record for the length of the block, whichever handler writes it."""
        make = logging.getLogRecordFactory()

        def make_clean(*args: Any, **kwargs: Any) -> logging.LogRecord:
            record = make(*args, **kwargs)
            self._clean_traceback(record)
            try:
                told = record.getMessage()
            except (TypeError, ValueError):
                return record  # the handler will say what is wrong with it
            cleaned = self.clean(told)
            if cleaned != told:
                record.msg, record.args = cleaned, None
            return record

        logging.setLogRecordFactory(make_clean)
        try:
            yield
        finally:
            logging.setLogRecordFactory(make)

    def _clean_traceback(self, record: logging.LogRecord) -> None:
        """Put a clean traceback where formatters look before they make one of their own."""
        if record.exc_info and record.exc_info[0] is not None:
            told = logging.Formatter().formatException(record.exc_info)
            cleaned = self.clean(told)
            if cleaned != told:
                record.exc_text = cleaned
        if record.stack_info:
            record.stack_info = self.clean(record.stack_info)

    def _clean_subtest(self, context: Any) -> None:
        """Clean the message and the arguments of a subtest, which head its report; they are frozen by their owner."""
        for name, value in (("msg", getattr(context, "msg", None)), ("kwargs", getattr(context, "kwargs", None))):
            if isinstance(value, str):
                object.__setattr__(context, name, self.clean(value))
            elif isinstance(value, Mapping):
                cleaned = {self._clean_value(key): self._clean_value(each) for key, each in value.items()}
                object.__setattr__(context, name, cleaned)

    def _clean_value(self, value: Any) -> Any:
        """The value itself where its text is clean, else its clean text: that is all that is ever shown of it."""
        try:
            told = str(value)
        except Exception:  # noqa: BLE001 - of anybody's making; who shows it meets the same
            return value
        cleaned = self.clean(told)
        return value if cleaned == told else cleaned

    def _clean_cut(self, text: str) -> str:
        """Runners cut long texts in the middle (`abc...xyz`): what is left of a value on either side goes too."""
        pieces = text.split("...")
        for at in range(len(pieces) - 1):
            for spelled in self._spellings:
                head, tail = pieces[at], pieces[at + 1]
                left = _longest(spelled, lambda size: head.endswith(spelled[:size]))  # noqa: B023  called at once
                right = _longest(spelled, lambda size: tail.startswith(spelled[-size:]))  # noqa: B023  as above
                pieces[at] = head[:-left] + _HIDDEN if left else head
                pieces[at + 1] = _HIDDEN + tail[right:] if right else tail
        return "...".join(pieces)

    def _holds(self, text: str) -> str:
        return self._guard.find(text.encode("utf-8", "surrogatepass"))


def _longest(spelled: str, fits: Callable[[int], bool]) -> int:
    return next((size for size in range(len(spelled), _MIN_CUT - 1, -1) if fits(size)), 0)


def _spell(value: str) -> Iterator[str]:
    """A value plain, percent-encoded, JSON-escaped, as Python shows it, in base64 and in hex."""
    raw = value.encode("utf-8", "surrogatepass")
    packed = base64.b64encode(raw).decode().rstrip("=")
    yield from spellings(value)
    yield from (
        repr(value)[1:-1],
        ascii(value)[1:-1],
        repr(raw)[2:-1],
        packed,
        packed.translate(str.maketrans("+/", "-_")),
        raw.hex(),
    )
