"""The four modes: what a tape does with a request."""

from __future__ import annotations

from enum import Enum

from contractkit.errors import ConfigurationError

__all__ = ["Mode"]


class Mode(Enum):
    """What happens to a request that reaches the tape.

    `REPLAY` answers from the cassette and never goes out. `RECORD` sends everything and rewrites the
    whole cassette. `EXTEND` answers what the cassette holds and records what it does not. `DIRECT`
    sends everything and knows no cassette.
    """

    REPLAY = "replay"
    RECORD = "record"
    EXTEND = "extend"
    DIRECT = "direct"

    @classmethod
    def parse(cls, text: str | Mode) -> Mode:
        """The mode of that name, in any letter case. Raises ConfigurationError naming the four."""
        if isinstance(text, Mode):
            return text
        try:
            return cls(text.strip().lower())
        except ValueError:
            known = ", ".join(mode.value for mode in cls)
            raise ConfigurationError(f"{text!r} is not a mode: use one of {known}") from None

    @property
    def goes_live(self) -> bool:
        """Whether requests may leave the process in this mode."""
        return self is not Mode.REPLAY

    @property
    def writes(self) -> bool:
        """Whether a cassette is written in this mode."""
        return self in (Mode.RECORD, Mode.EXTEND)

    @property
    def reads(self) -> bool:
        """Whether answers come from a cassette in this mode."""
        return self in (Mode.REPLAY, Mode.EXTEND)
