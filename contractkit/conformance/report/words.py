"""Numbers in words, as every kind of report says them."""

from __future__ import annotations

__all__ = ["count"]


def count(number: int, noun: str) -> str:
    """`1 test`, `2 tests`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
