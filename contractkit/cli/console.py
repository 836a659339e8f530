"""Printing: styled lines and counts in words."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from contractkit.conformance.report import Line

__all__ = ["count", "print_lines", "say"]

_COLOURS: Final = {
    "good": {"fg": "green"},
    "warn": {"fg": "yellow"},
    "bad": {"fg": "red", "bold": True},
    "dim": {"dim": True},
}


def say(text: str, style: str = "plain") -> None:
    """One line, whatever is in it; the style is dropped where there is no colour or NO_COLOR is set."""
    from contractkit.recording.printing import printable  # the room is large, and `--help` does without it

    text = printable(text)
    if style == "plain" or os.environ.get("NO_COLOR"):
        typer.echo(text)
    else:
        typer.secho(text, **_COLOURS[style])  # type: ignore[arg-type]  # the keywords are of several types


def print_lines(lines: Iterable[Line]) -> None:
    """Lines of a summary, as they come."""
    for line in lines:
        say(line.text, line.style)


def count(number: int, noun: str) -> str:
    """`1 test`, `2 tests`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
