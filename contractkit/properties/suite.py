"""Turn a class of laws into a class of pytest tests aimed at one subject.

A law is a method marked with `@law(...)`. Every suite gets copies of its own, so that two suites in one
process never share the state Hypothesis keeps with a test, and each copy takes the settings that are the
default when the suite is made.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from types import FunctionType
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, core, given, settings
from hypothesis.errors import HypothesisException
from hypothesis.strategies import SearchStrategy

from contractkit.properties.tally import Tally

__all__ = ["LawBrokenError", "Laws", "build_suite", "law"]

Source = SearchStrategy[Any] | Callable[[Any], SearchStrategy[Any]]
_Test = TypeVar("_Test", bound=Callable[..., None])


class LawBrokenError(AssertionError):
    """The subject broke a law; the text names the law's demand and shows the shortest case found."""


class Laws:
    """Base of every suite. `examined` tells, by law, what it was tried with so far."""

    examined: dict[str, Tally]

    def note(self, law: str, classes: Iterable[str], *, example: bool = False) -> None:
        """Count classes of input that show only while a law runs; `example` counts an example with them."""
        tally = type(self).examined.setdefault(law, Tally())
        tally.examples += example
        tally.classes.update(set(classes))

    def __repr__(self) -> str:
        return "<the suite>"


@dataclass(frozen=True)
class _Terms:
    sources: Mapping[str, Source]
    scale: float


def law(*, scale: float = 1, **sources: Source) -> Callable[[_Test], _Test]:
    """Mark a method as a law over drawn arguments.

    Each source is a strategy, or a function from the suite to one. `scale` multiplies the number of examples of
    the active profile.
    """

    def mark(test: _Test) -> _Test:
        test.__dict__["terms"] = _Terms(sources, scale)
        return test

    return mark


def build_suite(laws: type[Laws], name: str, subject: Mapping[str, Any], *, leave_out: tuple[str, ...] = ()) -> type:
    """A class of pytest tests: the laws of `laws`, each run with the members of `subject` at hand on `self`.

    `leave_out` names laws that make no sense for this subject: the suite lacks them.
    """
    suite = type(name, (laws,), {"__doc__": laws.__doc__, "__module__": laws.__module__, "examined": {}, **subject})
    for member in dir(laws):
        test = getattr(laws, member)
        if member in leave_out:
            setattr(suite, member, None)
        elif terms := getattr(test, "terms", None):
            setattr(suite, member, _property(suite, test, terms))
        elif member.startswith("test_") and callable(test):
            setattr(suite, member, _told(test))
    return suite


_TOLERATED: Final = (HealthCheck.differing_executors, HealthCheck.too_slow)


def _property(suite: type, test: Any, terms: _Terms) -> Any:
    sources = {
        name: source if isinstance(source, SearchStrategy) else source(suite) for name, source in terms.sources.items()
    }
    base = settings()
    chosen = settings(
        base,
        max_examples=max(1, round(base.max_examples * terms.scale)),
        # What Hypothesis explains of a failure are lines of the suite; what a person needs is in the text of the law.
        phases=tuple(phase for phase in base.phases if phase is not Phase.explain),
        suppress_health_check=tuple({*base.suppress_health_check, *_TOLERATED}),
    )
    return chosen(given(**sources)(_counted(suite, _copy(test))))


def _counted(suite: Any, test: FunctionType) -> Callable[..., None]:
    tally = suite.examined.setdefault(test.__name__, Tally())
    told = _told(test)

    @wraps(test)
    def counted(self: Any, **drawn: Any) -> None:
        tally.note(drawn)
        told(self, **drawn)

    return counted


def _told(test: Callable[..., None]) -> Callable[..., None]:
    """The same test, whose every failure names the law: what is examined may raise anything, from anywhere."""

    @wraps(test)
    def told(self: Any, **drawn: Any) -> None:
        try:
            test(self, **drawn)
        except HypothesisException:
            raise  # how Hypothesis leaves an example; no failure of the law
        except Exception as error:
            note = _tell_law(type(self), test)
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)
            raise

    return told


def _tell_law(suite: type, test: Callable[..., None]) -> str:
    name = test.__name__
    demand = " ".join((test.__doc__ or "").split()).removeprefix("Law: ")
    return f"Examined: {name.removeprefix('test_').replace('_', ' ')}. Demanded: {demand}\n{_tell_command(suite, name)}"


def _tell_command(suite: type, law: str) -> str:
    """How to see the failure again. The profile ci draws the same every time; others go by the seed."""
    node = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
    where = shlex.quote(node) if node else f"-k {law}"
    profile = f"--hypothesis-profile={shlex.quote(settings.get_current_profile_name())}"
    return " ".join(
        filter(None, ("Reproduce: python -m pytest", where, profile, _tell_seed(getattr(suite, law, None))))
    )


def _tell_seed(test: Any) -> str:
    """The option that draws the same again; "" where none is needed, or none is known.

    Hypothesis keeps the seed it was given in its core, and one it chose itself with the test. Both are of its inside,
    so that a release without them costs the option and nothing else.
    """
    given_seed = getattr(core, "global_force_seed", None)
    chosen = getattr(test, "_hypothesis_internal_use_generated_seed", None)
    seed = chosen if given_seed is None else given_seed
    return "" if seed is None or settings().derandomize else f"--hypothesis-seed={seed}"


def _copy(test: FunctionType) -> FunctionType:
    copied = FunctionType(test.__code__, test.__globals__, test.__name__, test.__defaults__, test.__closure__)
    copied.__doc__, copied.__qualname__, copied.__module__ = test.__doc__, test.__qualname__, test.__module__
    copied.__kwdefaults__ = test.__kwdefaults__
    return copied
