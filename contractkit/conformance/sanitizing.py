"""The ini value `contract_sanitizer`: additions to the sanitizer without a line of Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contractkit.errors import ConfigurationError

__all__ = ["find_unset", "read_sanitizer_lines"]

_FROM: Final = "secret-from"


def read_sanitizer_lines(lines: Iterable[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """What a conftest's hook could have given, from lines of four kinds.

    `on CK-ALIAS-005`, `off CK-ALIAS-004: the times are what is tested`, `secret-name licenceCode` (members of that
    name are secret) and `secret-from LICENCE_KEY` (so is the value of that environment variable, where it is set).
    Raises ConfigurationError naming the line for anything else.
    """
    found: dict[str, Any] = {"on": [], "off": {}, "secret_names": [], "secrets": {}}
    for line in filter(None, map(str.strip, lines)):
        word, _, rest = line.partition(" ")
        rule, _, reason = rest.partition(":")
        rest = rest.strip()
        if word == "on" and rest:
            found["on"].append(rest)
        elif word == "off" and reason.strip():
            found["off"][rule.strip()] = reason.strip()
        elif word == "secret-name" and rest:
            found["secret_names"].append(rest)
        elif word == _FROM and rest:
            if environment.get(rest):
                found["secrets"][f"value of {rest}"] = environment[rest]
        else:
            raise ConfigurationError(
                f"the ini value contract_sanitizer has the line {line!r}: write `on RULE`, `off RULE: reason`, "
                "`secret-name MEMBER` or `secret-from ENVIRONMENT_VARIABLE`"
            )
    return found


def find_unset(lines: Iterable[str], environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that `secret-from` lines name and that are not set: what they should hide would be recorded."""
    words = [line.split() for line in lines]
    named = [each[1] for each in words if len(each) == 2 and each[0] == _FROM]
    return tuple(name for name in named if not environment.get(name))
