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
_FEW: Final = 32  # so many are searched for one by one, which is quick
_MIN_RANDOM: Final = 16  # letters in a row: no plain word, whatever it is
_DIGEST_LENGTH: Final = 64
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_DIGITS: Final = re.compile(r"[0-9a-f]{64,}")
_FOLD: Final = re.compile(r"\r?\n[ \t]")
_FREE_TEXT: Final = (
    (re.compile(r"bce-auth-v1(?:/|%2[Ff])[A-Za-z0-9/:;%._~+-]{16,}"), "bce-auth-v1/redacted"),
    (re.compile(r"bce-auth-v2(?:/|%2[Ff])[A-Za-z0-9/:;%._~+-]{8,}"), "bce-auth-v2/redacted"),
    (re.compile(r"bce-v3(?:/|%2[Ff])[A-Za-z0-9/%-]{16,}", re.IGNORECASE), "bce-v3/redacted"),
    (re.compile(r"\bALTAK[-A-Za-z0-9]{8,}"), "ALTAK"),
    (re.compile(r"\b([Bb]earer|[Bb]asic) [A-Za-z0-9+/._~=-]{16,}"), r"\1 redacted"),
)

_HINTS: Final = ("bce-", "BCE-", "ALTAK", "earer ", "asic ")


class Values:
    """Raw value to stand-in, for every string of an interaction.

    A short value is replaced only where it is the whole string, so that the clientToken `1` does not eat
    every figure. In names (members, query items, paths, media types) neither short values nor plain words
    are replaced: the password `password` must not rename the member that holds it. Stand-ins themselves
    are left alone.
    """

    def __init__(self) -> None:
        self._texts = _Table()
        self._names = _Table()

    def add(self, raw: str, alias: str) -> None:
        """Replace an identifying value from now on."""
        self._add(raw, alias, [raw] if len(raw) >= _MIN_EMBEDDED else [], whole=True)

    def add_secret(self, raw: str, alias: str) -> None:
        """Replace a secret from now on, in raw, percent-encoded and JSON-escaped form, inside other words too."""
        if not self._texts.knows(raw, alias):
            self._add(raw, alias, spellings(raw) if len(raw) >= _MIN_SECRET else [])

    def knows(self, raw: str, alias: str) -> bool:
        """Whether a value is replaced by that stand-in already."""
        return self._texts.knows(raw, alias)

    def replace(self, text: str) -> str:
        """A text without any known value; one split by the fold of a header line is found too."""
        return _replace_across_folds(self._texts, text)

    def replace_in_name(self, name: str) -> str:
        """`replace` for a name or path, in which plain words stay."""
        return _replace_across_folds(self._names, name)

    def scrub(self, text: str) -> str:
        """`replace`, and credentials recognised by their form alone: for free text and messages."""
        return hide_credentials(self.replace(text))

    def scrub_name(self, name: str) -> str:
        """`scrub` for a name or path."""
        return hide_credentials(self.replace_in_name(name))

    def _add(self, raw: str, alias: str, embedded: list[str], *, whole: bool = False) -> None:
        if raw and raw != alias and not self._texts.knows(raw, alias):
            self._texts.add(raw, alias, embedded, whole=whole)
            if embedded and not (raw.isalpha() and len(raw) < _MIN_RANDOM):
                self._names.add(raw, alias, embedded, whole=whole)


class _Table:
    def __init__(self) -> None:
        self._exact: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._odd: dict[str, str] = {}
        self._heads: set[str] = set()  # with which those begin
        self._digests: dict[str, str] = {}
        self._stand_ins: set[str] = set()

    def knows(self, raw: str, alias: str) -> bool:
        return self._exact.get(raw) == alias

    def add(self, raw: str, alias: str, embedded: list[str], *, whole: bool) -> None:
        """`embedded` are the spellings to replace inside other text: `whole` words by look-up, digests too, since
        every request brings a signature of its own; the rest by search.
        """
        self._exact[raw] = alias
        self._stand_ins.add(alias)
        if whole and embedded and _WORD.fullmatch(raw):
            self._words[raw] = alias
            return
        for spelling in embedded:
            kind = self._digests if _DIGEST.fullmatch(spelling) else self._odd
            kind.setdefault(spelling, alias)
            self._heads.add(spelling[:_MIN_SECRET])

    def replace(self, text: str) -> str:
        if text in self._stand_ins:
            return text
        if text in self._exact:
            return self._exact[text]
        if self._may_hold_odd(text):
            for raw, alias in self._odd.items():
                if raw in text:
                    text = text.replace(raw, alias)
        if self._digests and len(text) >= _DIGEST_LENGTH:
            text = _DIGITS.sub(self._replace_digests, text)
        return _WORD.sub(lambda word: self._words.get(word[0], word[0]), text) if self._words else text

    def _may_hold_odd(self, text: str) -> bool:
        """Told by look-up where there are many, so that a text does not cost one search for each secret ever seen."""
        if len(self._odd) <= _FEW or len(text) > len(self._odd):
            return bool(self._odd)
        return not self._heads.isdisjoint(text[at : at + _MIN_SECRET] for at in range(len(text) - _MIN_SECRET + 1))

    def _replace_digests(self, run: re.Match[str]) -> str:
        """A run of digits with every known digest in it replaced, wherever in the run it begins."""
        text, done, at = run[0], "", 0
        while at + _DIGEST_LENGTH <= len(text):
            alias = self._digests.get(text[at : at + _DIGEST_LENGTH])
            if alias is None:
                at += 1
            else:
                done, text, at = done + text[:at] + alias, text[at + _DIGEST_LENGTH :], 0
        return done + text


def _replace_across_folds(table: _Table, text: str) -> str:
    if _FOLD.search(text):
        joined = _FOLD.sub("", text)
        replaced = table.replace(joined)
        text = text if replaced == joined else replaced
    return table.replace(text)


def hide_credentials(text: str) -> str:
    """The text without credentials that can be recognised by their form alone."""
    if any(hint in text for hint in _HINTS):
        for pattern, stand_in in _FREE_TEXT:
            text = pattern.sub(stand_in, text)
    return text


def spellings(raw: str) -> list[str]:
    """A value as is, percent-encoded (every common choice of safe characters, either case) and JSON-escaped."""
    if raw.isascii() and raw.isalnum():
        return [raw]  # nothing in it is ever quoted: most keys, and every digest
    quoted = [quote(raw, safe=safe, errors="replace") for safe in ("", "/", "-_.~/:@!$&'()*+,;=")]
    quoted += [quote_plus(raw, errors="replace")]
    escaped = [json.dumps(raw)[1:-1], json.dumps(raw, ensure_ascii=False)[1:-1]]
    lower = [re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), each) for each in quoted]
    every = [raw, *quoted, *lower, *escaped, *(each.replace("/", "\\/") for each in escaped)]
    return sorted(dict.fromkeys(every), key=len, reverse=True)
