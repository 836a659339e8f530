"""Text from a stranger made fit for a line of a terminal or a log.

It knows characters; it must never know where a text is from. A file or a server may hold sequences that
rename a window, fill the clipboard, or begin a line that a CI service takes for a command.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["has_control", "printable"]

_NO_LINE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but for the tab, other line ends, overrides of direction, and lone surrogates."""


def printable(text: str) -> str:
    """The text on one line, everything that a terminal would act on as an escape that can be read."""
    return _NO_LINE.sub(lambda found: ascii(found[0])[1:-1], text)


def has_control(text: str) -> bool:
    """Whether `printable` would change the text."""
    return _NO_LINE.search(text) is not None
