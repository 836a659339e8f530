"""Sleeps that are cut: who waits for something that a cassette answers gains nothing by waiting.

A sleep is looked at by who makes it. A thread, or a task of asyncio, that has had a recorded answer does not
wait any more; everybody else does: a test's own server, a fixture that waits for it. Locks, events and timeouts
are no sleeps and are left alone. Where someone else has put a sleep of their own, it stays theirs.
"""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any, Final

__all__ = ["Sleeps"]

_IN_A_ROW: Final = 100
"""So many sleeps are cut after one answer: who sleeps longer waits for something else, and would only spin."""
_NAMES: Final = ("sleep", "_sleep")  # what `from time import sleep` binds
_MARK: Final = "contractkit_sleeps"
_FITTING: Final = threading.Lock()

Sleep = Callable[[float], None]
AsyncSleep = Callable[..., Coroutine[Any, Any, Any]]
Task = asyncio.Task[Any]


class _Credit:
    """How many sleeps of one thread or task may still be cut."""

    def __init__(self) -> None:
        self._left = 0

    def fill(self) -> None:
        self._left = _IN_A_ROW

    def spend(self) -> bool:
        self._left -= 1
        return self._left >= 0


class _Asker(_Credit):
    """A task, and the one that started it: who waits for a task that asks (`gather`, `wait_for`) asks by it."""

    def __init__(self, task: Task, starter: _Asker | None) -> None:
        super().__init__()
        self._task = weakref.ref(task)
        while starter is not None and starter.is_gone:
            starter = starter.starter
        self.starter: _Asker | None = starter

    def stands_for(self, task: Task) -> bool:
        return self._task() is task

    @property
    def is_gone(self) -> bool:
        task = self._task()
        return task is None or task.done()


class _Thread(threading.local):
    """The credit of every thread by itself."""

    def __init__(self) -> None:
        self.credit = _Credit()


class Sleeps:
    """Knows who had a recorded answer, and cuts the sleeps of those while `cut` is in force. Safe under threads."""

    def __init__(self) -> None:
        self.is_over = False
        self._thread = _Thread()
        self._asker: ContextVar[_Asker | None] = ContextVar("asker", default=None)

    def note_answer(self) -> None:
        """The thread and the task that run this have had a recorded answer; so have the tasks that started this one."""
        self._thread.credit.fill()
        asker = self.note_asker()
        while asker is not None:
            asker.fill()
            asker = asker.starter

    def note_asker(self) -> _Asker | None:
        """Know the running task by what it starts from now on; None where none runs, but for the one that started a thread."""
        known, task = self._asker.get(), _running_task()
        if task is None or (known is not None and known.stands_for(task)):
            return known
        asker = _Asker(task, known)
        self._asker.set(asker)
        return asker

    @contextmanager
    def cut(self) -> Iterator[None]:
        """For the length of the block, `time.sleep` and `asyncio.sleep` give way at once for those who had an answer.

        Also where a module has imported them by name. At the end all is as it was, in whatever order blocks end.
        """
        with _FITTING:
            before: tuple[tuple[Any, Any], ...] = (
                (time.sleep, self._cut_sleep),
                (asyncio.sleep, self._cut_async_sleep),
            )
            fitted = {found: make(_living(found)) for found, make in before if _is_genuine(found)}
            _rebind(fitted)
        try:
            yield
        finally:
            self.is_over = True
            with _FITTING:
                _rebind({mine: _living(mine) for mine in fitted.values()})

    def _cut_sleep(self, original: Sleep) -> Sleep:
        @functools.wraps(original)
        def sleep(seconds: float, /) -> None:
            # What is no number, and what is negative, is the original's to refuse.
            idle = not self.is_over and seconds > 0 and self._thread.credit.spend()
            original(0 if idle else seconds)

        vars(sleep)[_MARK] = self
        return sleep

    def _cut_async_sleep(self, original: AsyncSleep) -> AsyncSleep:
        @functools.wraps(original)
        async def sleep(delay: float, result: Any = None) -> Any:
            asker = None if self.is_over else self.note_asker()
            idle = asker is not None and delay > 0 and asker.spend()
            return await original(0 if idle else delay, result)

        vars(sleep)[_MARK] = self
        return sleep


def _running_task() -> Task | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop of asyncio runs in this thread
        return None


def _is_genuine(sleep: Any) -> bool:
    """Whether it is the interpreter's own, cut or not: a test's mock wants to see how long it was asked to wait."""
    return getattr(sleep, "__module__", "") in ("time", "asyncio.tasks")


def _living(sleep: Any) -> Any:
    """What a sleep comes down to once those that are over are taken off."""
    while (owner := getattr(sleep, _MARK, None)) is not None and owner.is_over:
        sleep = sleep.__wrapped__
    return sleep


def _rebind(replacements: Mapping[Any, Any]) -> None:
    """Put each replacement where a loaded module holds what it replaces."""
    by_id = {id(old): new for old, new in replacements.items()}
    for module in tuple(sys.modules.values()):
        if issubclass(type(module), ModuleType):  # asked of the type: some modules load when they are asked anything
            namespace = object.__getattribute__(module, "__dict__")
            for name in _NAMES:
                if id(namespace.get(name)) in by_id:
                    namespace[name] = by_id[id(namespace[name])]
