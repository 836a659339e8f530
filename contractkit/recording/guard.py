"""The guard: the last look at bytes about to be written, for the values that are known to be secret.

It shares no code and no list with the sanitizer, so that a hole in one is not a hole in both: the
sanitizer knows names and places, the guard knows values and encodings. It learns values of its own from
the raw traffic, so that it would notice if a rule of the sanitizer were missing.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from contractkit.errors import ConfigurationError, LeakError
from contractkit.recording.encodings import TooPackedError, iterate_views
from contractkit.recording.witness import derive_signing_key, find_signatures, find_values

__all__ = ["Guard"]

_MIN_LENGTH: Final = 6
_ACCESS_KEY: Final = re.compile(rb"bce-auth-v[0-9]+(?:/|%2[Ff]|\\/)(?!redacted(?![A-Za-z0-9-]))([A-Za-z0-9-]{8,})")
_LONG_HEX: Final = re.compile(rb"[0-9a-f]{64,}")
_DIGEST: Final = 64
_MIN_PIECES: Final = 20
_PIECE: Final = 12
_STRIDE: Final = 6
_SHORT: Final = 12
_UNSEEN: Final = "packed data that is more than can be looked through"
_SECRET_KEY: Final = "secret access key"  # noqa: S105  the kind, not one


class Guard:
    """Refuses bytes that hold one of the given secret values in any of its encodings. Safe under threads.

    `values` maps a kind (`secret access key`) to the value; `exempt` are published example values.
    Values are kept as given; the repr names kinds only. Raises ConfigurationError for a value of fewer
    than 6 characters, which would be found everywhere.
    """

    def __init__(self, values: Mapping[str, str], *, exempt: Iterable[str] = ()) -> None:
        self._exempt = frozenset(exempt)
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._needles: list[tuple[str, bytes]] = []
        self._packed: list[tuple[str, bytes]] = []
        self._digests: dict[bytes, str] = {}
        self._keys: list[str] = []
        for kind, value in values.items():
            if value in self._exempt:
                continue
            if len(value) < _MIN_LENGTH:
                raise ConfigurationError(f"the {kind} has fewer than {_MIN_LENGTH} characters: it cannot be guarded")
            self._add(kind, value, whole=False)
            if kind.endswith(_SECRET_KEY):
                self._keys.append(value)

    def __repr__(self) -> str:
        return f"<Guard of {', '.join(sorted(set(self._known.values()))) or 'nothing'}>"

    def learn(self, interaction: Any) -> None:
        """Take note of the secrets that an exchange, as it was sent and answered, names itself.

        Those are values under telling names, its signature, the signing key behind it, and an access key id that
        the run does not know. An exchange under published keys has no secrets, unless the run has keys of its own.
        """
        request, response = interaction.request, interaction.response
        signed = list(find_signatures(request.url, request.headers))
        ids = [prefix.split("/")[1] for prefix, _ in signed]
        if not self._keys and ids and all(each in self._exempt or len(set(each)) == 1 for each in ids):
            return
        found = [
            *find_values(request.url, request.headers, request.body),
            *find_values("", response.headers, response.body),
        ]
        found += [("access key id of an Authorization", each) for each in ids if _is_key_id(each)]
        with self._lock:
            for kind, value in found:
                self._add(kind, value, whole=True)
            for prefix, signature in signed:
                self._add_digest("signature", signature)
                for key in self._keys:
                    self._add_digest("signing key", derive_signing_key(key, prefix))

    def check(self, data: bytes, name: str) -> None:
        """Raises LeakError naming the kind and the place in `data` (JSON pointer, else line), never the value."""
        kind = self.find(data)
        if kind == _UNSEEN:
            raise LeakError(
                f"{name}: it holds {_UNSEEN}, so it may hold a secret; nothing was written. "
                "Keep large compressed values out of the test"
            )
        if kind:
            place = self._locate(data) or "an unknown place"
            raise LeakError(
                f"{name}: the {kind} stands at {place}; nothing was written. Name the member to the sanitizer, "
                "or keep the value out of the test"
            )

    def _add(self, kind: str, value: str, *, whole: bool) -> None:
        if value in self._known or value in self._exempt:
            return
        self._known[value] = kind
        self._needles += [(kind, needle) for needle in _needles(value, whole=whole)]
        if len(value) <= _SHORT:
            self._packed += [(kind, needle) for needle in _in_base64(value.encode("utf-8", "surrogatepass"))]

    def _add_digest(self, kind: str, value: str) -> None:
        raw = value.lower().encode()
        if len(raw) == _DIGEST and len(set(raw)) > 1:  # a stand-in repeats one character
            self._digests[raw] = self._digests[raw[::-1]] = kind

    def find(self, data: bytes) -> str:
        """The kind of the first secret found in any view of the bytes, "" when there is none.

        What holds too much in compressed form to be looked through counts as one found: nobody saw that it is none.
        """
        try:
            return next((kind for kind in map(self._find_plain, iterate_views(data)) if kind), "")
        except TooPackedError:
            return _UNSEEN

    def _find_plain(self, view: bytes) -> str:
        if any(len(set(found[1])) > 1 for found in _ACCESS_KEY.finditer(view)):
            return "access key id of an Authorization"  # published and placeholder ids repeat one character
        lowered = view.lower()
        for known, text in ((self._needles, lowered), (self._packed, view)):
            for kind, needle in known:  # only ever appended to
                if needle in text:
                    return kind
        return self._find_digest(lowered)

    def _find_digest(self, lowered: bytes) -> str:
        if not self._digests:
            return ""
        runs = (found[0] for found in _LONG_HEX.finditer(lowered))
        windows = (run[at : at + _DIGEST] for run in runs for at in range(min(len(run) - _DIGEST, 4096) + 1))
        return next((self._digests[each] for each in windows if each in self._digests), "")

    def _locate(self, data: bytes) -> str:
        try:
            document = json.loads(data)
        except ValueError:
            lines = data.split(b"\n")
            return next((f"line {number}" for number, line in enumerate(lines, 1) if self.find(line)), "")
        return next((pointer or "/" for pointer, text in _leaves(document) if self.find(text)), "")


def _is_key_id(text: str) -> bool:
    """Whether it may be one: neither a word, nor the one character repeated that published ones are made of."""
    return len(text) >= _SHORT and len(set(text)) > 1 and not text.isalpha()


def _needles(value: str, *, whole: bool) -> Iterator[bytes]:
    """What to look for in every view: the value as is and reversed, in lower case, with and without blanks.

    One that is not ASCII also in UTF-16, and one too short for its base64 to be noticed also in that. Without
    `whole` a long one is looked for in pieces too: half a key may be left where a rule took the other half.
    """
    raw = value.encode("utf-8", "surrogatepass")
    plain = {raw, raw[::-1], value[::-1].encode("utf-8", "surrogatepass")}
    plain |= {b"".join(each.split()) for each in plain}
    if not whole and len(raw) >= _MIN_PIECES:
        pieces = [raw[at : at + _PIECE] for at in range(0, len(raw) - _PIECE + 1, _STRIDE)]
        plain |= {*pieces, *(piece[::-1] for piece in pieces)}
    if not value.isascii():
        plain |= {value.encode(codec, "surrogatepass") for codec in ("utf-16-le", "utf-16-be")}
        plain |= {each.encode("utf-8", "surrogatepass") for each in (value.upper(), value.lower())}
    needles = {each.lower() for each in plain if len(each) >= _MIN_LENGTH}
    yield from (each for each in needles if not any(part in each for part in needles - {each}))  # its part is enough


def _in_base64(raw: bytes) -> Iterator[bytes]:
    for offset in range(3):
        middle = base64.b64encode(b"\0" * offset + raw)[(0, 2, 3)[offset] :].rstrip(b"=")
        core = middle[: len(middle) - 1]  # the last sextet depends on what follows
        yield core
        yield core.translate(bytes.maketrans(b"+/", b"-_"))


def _leaves(node: Any, pointer: str = "") -> Iterator[tuple[str, bytes]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{pointer}/(a member name)", str(key).encode("utf-8", "surrogatepass")
            yield from _leaves(value, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _leaves(value, f"{pointer}/{index}")
    else:
        yield pointer, str(node).encode("utf-8", "surrogatepass")
