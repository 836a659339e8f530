"""Run the law named for a planted wrong, and say whether it caught it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import Phase, settings

from contractkit.properties.profiles import register_profiles
from contractkit.properties.suite import LawBrokenError
from contractkit.properties.wrongs.planted import Wrong

__all__ = ["Caught", "examine"]


@dataclass(frozen=True)
class Caught:
    """The outcome for one wrong: the first line of what the law said ("" when it let it pass), and how long it took."""

    wrong: Wrong
    said: str
    seconds: float


def examine(wrongs: tuple[Wrong, ...], *, profile: str = "ci") -> Iterator[Caught]:
    """Hold each wrong to its law, with the examples of a profile; nothing is shrunk, since finding is enough."""
    before = settings.get_current_profile_name()
    register_profiles()
    name = f"{profile}-finding"
    settings.register_profile(
        name, settings.get_profile(profile), phases=(Phase.generate,), report_multiple_bugs=False, database=None
    )
    settings.load_profile(name)
    try:
        for wrong in wrongs:
            start = time.perf_counter()
            said = _run(wrong)
            yield Caught(wrong, said, time.perf_counter() - start)
    finally:
        settings.load_profile(before)


def _run(wrong: Wrong) -> str:
    test = getattr(wrong.make_suite()(), wrong.law)
    try:
        test()
    except LawBrokenError as broken:
        return str(broken).partition("\n")[0] or "broken"
    except Exception as error:  # noqa: BLE001 - an implementation that fails outright is caught as well
        return f"raised {type(error).__name__}"
    return ""
