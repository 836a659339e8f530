"""A plugin for detect-secrets: `detect-secrets scan -p <this file>`; `python -m` with this module's name prints where
it is.

The only file here that knows detect-secrets, which loads it by its path.
"""

from __future__ import annotations

import re
from collections.abc import Generator

from contractkit.recording.scan.patterns import PATTERNS, is_placeholder

try:
    from detect_secrets.plugins.base import RegexBasedDetector
except ImportError:  # only the path is asked for
    RegexBasedDetector = object  # type: ignore[assignment,misc,unused-ignore]  # where it is installed, a class

__all__ = ["BceDetector"]


class BceDetector(RegexBasedDetector):  # type: ignore[misc,unused-ignore]  # where it is not installed, anything
    """Finds what the patterns of the scan find in a line of text."""

    secret_type = "Baidu AI Cloud (BCE) credential"  # noqa: S105  the name of the kind

    denylist = [re.compile(pattern.expression) for pattern in PATTERNS]  # noqa: RUF012  its base declares it so

    def analyze_string(self, string: str) -> Generator[str, None, None]:
        """The secrets in a line, placeholders left out."""
        found = (match[1] for pattern in self.denylist for match in pattern.finditer(string))
        yield from dict.fromkeys(each for each in found if not is_placeholder(each))


if __name__ == "__main__":
    print(__file__)  # noqa: T201  what it was started for
