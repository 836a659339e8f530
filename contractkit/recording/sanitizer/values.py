"""Values known to need replacing wherever they stand: word-like ones by look-up, others by search."""

from __future__ import annotations

import json
import re
from typing import Final
from urllib.parse import quote, quote_plus

__all__ = ["Values", "hide_credentials", "spellings"]

_WORD: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_:.\-]*[A-Za-z0-9])?")
_MIN_EMBEDDED: Final = 8
_MIN_SECRET: Final = 6
_FREE_TEXT: Final = (
    (re.compile(r"bce-auth-v1(?:/|%2[Ff])[A-Za-z0-9/:;%._~+-]{16,}"), "bce-auth-v1/redacted"),
    (re.compile(r"bce-auth-v2(?:/|%2[Ff])[A-Za-z0-9/:;%._~+-]{8,}"), "bce-auth-v2/redacted"),
    (re.compile(r"\bALTAK[-A-Za-z0-9]{8,}"), "ALTAK"),
    (re.compile(r"\b([Bb]earer|[Bb]asic) [A-Za-z0-9+/._~=-]{16,}"), r"\1 redacted"),
)

_HINTS: Final = ("bce-auth", "ALTAK", "earer ", "asic ")


class Values:
    """Raw value to stand-in, for every string of an interaction.

    A short value is replaced only where it is the whole string, so that the clientToken `1` does not eat
    every figure. Stand-ins themselves are left alone.
    """

    def __init__(self) -> None:
        self.version = 0
        self._exact: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._odd: dict[str, str] = {}
        self._stand_ins: set[str] = set()

    def add(self, raw: str, alias: str) -> None:
        """Replace an identifying value from now on."""
        if not raw or raw == alias or self._exact.get(raw) == alias:
            return
        self._note(raw, alias)
        if len(raw) >= _MIN_EMBEDDED:
            (self._words if _WORD.fullmatch(raw) else self._odd)[raw] = alias

    def add_secret(self, raw: str, alias: str) -> None:
        """Replace a secret from now on, in raw, percent-encoded and JSON-escaped form, inside other text too."""
        if not raw or raw == alias or self._exact.get(raw) == alias:
            return
        self._note(raw, alias)
        if len(raw) >= _MIN_SECRET:
            for spelling in spellings(raw):
                self._odd.setdefault(spelling, alias)

    def replace(self, text: str) -> str:
        """The text without any known value."""
        if text in self._stand_ins:
            return text
        if text in self._exact:
            return self._exact[text]
        for raw, alias in self._odd.items():
            if raw in text:
                text = text.replace(raw, alias)
        if self._words:
            text = _WORD.sub(lambda word: self._words.get(word[0], word[0]), text)
        return text

    def scrub(self, text: str) -> str:
        """`replace`, and credentials recognised by their form alone: for free text and messages."""
        return hide_credentials(self.replace(text))

    def _note(self, raw: str, alias: str) -> None:
        self.version += 1
        self._exact[raw] = alias
        self._stand_ins.add(alias)


def hide_credentials(text: str) -> str:
    """The text without credentials that can be recognised by their form alone."""
    if any(hint in text for hint in _HINTS):
        for pattern, stand_in in _FREE_TEXT:
            text = pattern.sub(stand_in, text)
    return text


def spellings(raw: str) -> list[str]:
    """A value as is, percent-encoded (every common choice of safe characters, either case) and JSON-escaped."""
    quoted = [quote(raw, safe=safe, errors="replace") for safe in ("", "/", "-_.~/:@!$&'()*+,;=")]
    quoted += [quote_plus(raw, errors="replace")]
    escaped = [json.dumps(raw)[1:-1], json.dumps(raw, ensure_ascii=False)[1:-1]]
    lower = [re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), each) for each in quoted]
    every = [raw, *quoted, *lower, *escaped, *(each.replace("/", "\\/") for each in escaped)]
    return sorted(dict.fromkeys(every), key=len, reverse=True)
