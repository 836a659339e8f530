"""What a planted wrong is, and the list of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Final

__all__ = ["KINDS", "Wrong", "planted"]

KINDS: Final = (
    "signers",
    "verifiers",
    "encoders",
    "decoders",
    "ledgers",
    "services",
    "clients",
    "recordings",
    "servers",
)
"""The kinds of wrongs, each with the file `wrongs/<kind>.py` that lists them as WRONGS."""


@dataclass(frozen=True)
class Wrong:
    """Something planted: what it does, the law that must catch it, and a suite aimed at it.

    `make_suite` makes the suite under the settings of the moment.
    """

    about: str
    law: str
    make_suite: Callable[[], type] = field(repr=False)
    kind: str = ""


def planted(kinds: tuple[str, ...] = KINDS) -> tuple[Wrong, ...]:
    """Every planted wrong of these kinds. Their names are told apart within a kind."""
    found: list[Wrong] = []
    for kind in kinds:
        wrongs = import_module(f"contractkit.properties.wrongs.{kind}").WRONGS
        found += [Wrong(each.about, each.law, each.make_suite, kind.removesuffix("s")) for each in wrongs]
    return tuple(found)
