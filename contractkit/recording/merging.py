"""Several recordings of one cassette at the same time: nobody's answers are lost, and the order is always the same.

A test that shares a cassette records its own part of it. Recordings without a part are laid side by side,
ordered by request, and stand-ins that come later make way, since each of them began to count at one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Final

import msgspec

from contractkit.recording.cassette import EPOCH, Entry, encode_line
from contractkit.recording.sanitizer.draft import Draft
from contractkit.recording.sanitizer.memory import PUBLISHED
from contractkit.recording.sanitizer.resign import resign

__all__ = ["are_same", "merge_parts", "merge_side_by_side", "without"]

_STAND_IN: Final = re.compile(
    r"(?<![A-Za-z0-9_-])(token-|00000000-0000-4000-8000-)([1-9][0-9]{0,8}|[0-9]{12})(?![A-Za-z0-9_-])"
)
_FORMS: Final = {"token-": "token-{}", "00000000-0000-4000-8000-": "00000000-0000-4000-8000-{:012d}"}

Entries = tuple[Entry, ...]
Numbers = dict[tuple[str, int], int]


def merge_parts(kept: Iterable[Entry], mine: Iterable[Entry]) -> Entries:
    """Entries of all parts, part by part in the order of their names, each in the order recorded."""
    return tuple(sorted(chain(kept, mine), key=lambda entry: entry.part))


def without(entries: Iterable[Entry], gone: Iterable[Entry]) -> Entries:
    """The entries less those of `gone`, each as often as it stands there."""
    spent = Counter(map(encode_line, gone))
    rest = []
    for entry in entries:
        line = encode_line(entry)
        if spent[line]:
            spent[line] -= 1
        else:
            rest.append(entry)
    return tuple(rest)


def are_same(one: Iterable[Entry], other: Iterable[Entry]) -> bool:
    """Whether two recordings answer alike: the same entries, those that answer one question in the same order.

    Whoever replays either asks as one of them did, so one copy of both is enough.
    """
    return [encode_line(entry) for entry in sorted(one, key=_question)] == [
        encode_line(entry) for entry in sorted(other, key=_question)
    ]


class _Taken:
    """The numbers of stand-ins that are taken, by form."""

    def __init__(self, numbers: Iterable[tuple[str, int]]) -> None:
        self._numbers = set(numbers)
        self._highest: dict[str, int] = {}
        for form, number in self._numbers:
            self._highest[form] = max(number, self._highest.get(form, 0))

    def claim(self, form: str, number: int) -> int:
        """The number if it is free, else the one after the highest; it is taken from then on."""
        if (form, number) in self._numbers:
            number = self._highest[form] + 1
        self._numbers.add((form, number))
        self._highest[form] = max(number, self._highest.get(form, 0))
        return number


def merge_side_by_side(base: Entries, meanwhile: Entries, mine: Entries) -> Entries:
    """What a recording added to `base`, beside what others have stored `meanwhile`, ordered by request.

    What is stored stays as it is, since others may refer to it; new stand-ins make way where a number is taken.
    """
    theirs = {each for entry in base for each in _stand_ins(entry)}
    taken = _Taken(theirs | {each for entry in meanwhile for each in _stand_ins(entry)})
    numbers: Numbers = {each: each[1] for each in theirs}
    added = [_renumber(entry, numbers, taken) for entry in mine]
    return *base, *sorted((*meanwhile, *added), key=_question)


def _question(entry: Entry) -> tuple[str, str, bytes]:
    """What was asked, whatever its stand-ins are numbered."""
    request = msgspec.structs.replace(entry.request, headers={})
    text = _STAND_IN.sub(r"\1", msgspec.json.encode(request, order="sorted").decode())
    return entry.operation, request.method, text.encode()


def _stand_ins(entry: Entry) -> Iterable[tuple[str, int]]:
    return ((form, int(number)) for form, number in _STAND_IN.findall(encode_line(entry).decode()))


def _renumber(entry: Entry, numbers: Numbers, taken: _Taken) -> Entry:
    for each in _stand_ins(entry):
        if each not in numbers:
            numbers[each] = taken.claim(*each)
    if all(number == numbers[form, number] for form, number in _stand_ins(entry)):
        return entry
    return _rewrite(entry, lambda text: _STAND_IN.sub(lambda found: _renamed(found, numbers), text))


def _renamed(found: re.Match[str], numbers: Numbers) -> str:
    return _FORMS[found[1]].format(numbers[found[1], int(found[2])])


def _rewrite(entry: Entry, change: Callable[[str], str]) -> Entry:
    """The entry with every string changed and the request signed anew, if it was rightly signed."""
    interaction = entry.to_interaction()
    draft = Draft.open(interaction, entry.operation)
    draft.change_request(change)
    draft.change_response(change)
    resign(draft, interaction.request, PUBLISHED, EPOCH)
    return msgspec.structs.replace(draft.close(), part=entry.part, fault=entry.fault)
