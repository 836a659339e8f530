"""Examine suites outside of pytest: what each law demands, whether it held, and what it was tried with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from contractkit.properties.suite import LawBrokenError
from contractkit.properties.tally import Tally

__all__ = ["Examined", "examine_suites", "find_break", "read_demand"]


@dataclass(frozen=True)
class Examined:
    """One law of one suite: what it demands, whether it held, and what it was tried with; `left_out` says why not."""

    suite: str
    law: str
    demand: str
    broken: str
    tally: Tally
    left_out: str = ""


def examine_suites(suites: Mapping[str, type]) -> Iterator[Examined]:
    """Run every law of the suites, by the name of what each is aimed at, under the settings they were made with."""
    for name, suite in suites.items():
        instance = suite()
        for law in sorted(member for member in dir(suite) if member.startswith("test_") and getattr(suite, member)):
            said = find_break(getattr(instance, law))
            tally = suite.__dict__["examined"].get(law, Tally(examples=1))
            yield Examined(
                name, law.removeprefix("test_").replace("_", " "), read_demand(getattr(suite, law)), said, tally
            )


def find_break(law: Callable[[], object]) -> str:
    """What a law says when it is broken, "" when it holds."""
    try:
        law()
    except LawBrokenError as broken:
        return str(broken)
    except Exception as error:  # noqa: BLE001 - an implementation that fails outright breaks the law too
        return f"raised {type(error).__name__}"
    return ""


def read_demand(law: Callable[..., object]) -> str:
    """What a law demands, in one line."""
    return " ".join((law.__doc__ or "").split()).removeprefix("Law: ")
