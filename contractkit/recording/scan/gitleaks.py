"""The patterns as rules for gitleaks: `gitleaks --config` takes what this writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contractkit.passwords import encrypt_password
from contractkit.recording.scan.patterns import PATTERNS, PLACEHOLDER, Pattern
from contractkit.signing import EXAMPLE

__all__ = ["as_toml"]

_STAND_INS: Final = 50
"""How many numbered stand-ins of passwords are known in their encrypted form."""


def as_toml() -> str:
    """A gitleaks configuration: its own rules, those of BCE, and what is no secret."""
    return "\n".join([*_head(), *(line for pattern in PATTERNS for line in _rule(pattern))])


def _head() -> Iterator[str]:
    yield 'title = "Secrets of Baidu AI Cloud (BCE)"'
    yield ""
    yield "[extend]"
    yield "useDefault = true"
    yield ""
    yield "[[allowlists]]"
    yield 'description = "Values that stand for a secret: of the documentation, and of sanitized cassettes"'
    yield 'regexTarget = "secret"'
    yield f"regexes = [{', '.join(_literal(each) for each in (PLACEHOLDER, _encrypted()))}]"
    yield ""


def _encrypted() -> str:
    """The stand-ins of passwords as they stand in password fields: encrypted under the published key."""
    known = (
        encrypt_password(f"!Example_Pass{number}", EXAMPLE.secret_access_key) for number in range(1, _STAND_INS + 1)
    )
    return f"^(?:{'|'.join(known)})$"


def _rule(pattern: Pattern) -> Iterator[str]:
    yield "[[rules]]"
    yield f"id = {_literal(pattern.id)}"
    yield f"description = {_literal(pattern.what)}"
    yield f"regex = {_literal(pattern.expression)}"
    yield "secretGroup = 1"
    yield f"keywords = [{', '.join(_literal(each) for each in pattern.keywords)}]"
    yield ""


def _literal(text: str) -> str:
    """A TOML string without escapes; the expressions hold both kinds of quotes, so three of them."""
    return f"'''{text}'''"
