"""The readings held where the specification is loose: each a named entry with its evidence.

They are data (`documents/readings.json`), printed by the commands that explain a failure and listed in the
report, so that nobody has to guess what a verdict rests on.
"""

from __future__ import annotations

import msgspec

from contractkit.contract.documents import DOCUMENTS

__all__ = ["Reading", "load_readings"]


class Reading(msgspec.Struct, frozen=True):
    """One reading: what is unclear, what is held, why, and how a live run could overturn it."""

    id: str
    question: str
    held: str
    evidence: str
    live_check: str


def load_readings() -> tuple[Reading, ...]:
    """Every reading, in the order of the specification: signing, passwords, idempotency, errors."""
    return tuple(msgspec.json.decode((DOCUMENTS / "readings.json").read_bytes(), type=list[Reading]))
