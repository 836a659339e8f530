"""What a run is aimed at. A file of its own, since the command line needs it before it needs anything else."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Target"]


class Target(StrEnum):
    """The embedded reference cloud, or the live one."""

    REFERENCE = "reference"
    LIVE = "live"
