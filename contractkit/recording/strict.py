"""JSON from a stranger: every limit is checked before the document is built in memory.

One pass over the bytes counts nodes and measures strings, so that a bomb costs no more than its own size.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final, Never

import msgspec

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "MAX_SCALAR", "UnfitError", "count_members", "parse_strictly"]

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_DEPTH: Final = 64
MAX_NODES: Final = 1_000_000
MAX_SCALAR: Final = 8 * 1024 * 1024
_EXPLAINED: Final = 4 * 1024 * 1024  # a larger document is refused without a second, slower look for the exact place
# Perhaps a string, perhaps the colon that makes it a name, what stands between, and the start of the next node.
# Every byte belongs to exactly one match, whatever the bytes are, and a document has about as many as it has nodes.
_TOKEN: Final = re.compile(rb'(?:"(?:[^"\\]++|\\.)*+"([ \t\r\n]*+:)?)?[^"\[{,]*+([\[{,])?', re.DOTALL)
_CONFLICT: Final = (b"<<<<<<<", b"=======", b">>>>>>>")
_NAME: Final = 1
_NODE: Final = 2


class UnfitError(ValueError):
    """Why bytes are not taken, as a clause without a full stop; it shows no more of them than a member's name."""


def parse_strictly(data: bytes) -> Any:
    """The value of a JSON document in UTF-8, without duplicate members, NaN or infinities.

    Raises UnfitError beyond 32 MiB, a million nodes, strings of 8 MiB or 64 levels, and for anything that is not JSON.
    """
    members = count_members(data)
    try:
        plain = msgspec.json.decode(data)
    except RecursionError:
        raise UnfitError(f"nested deeper than {MAX_DEPTH}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _explain(data, str(error))
    if _measure(plain) != members:
        _explain(data, "a member stands twice in one object")
    return plain


def count_members(data: bytes) -> int:
    """How many members the objects of a document have together. Raises UnfitError beyond the limits of size."""
    if len(data) > MAX_BYTES:
        raise UnfitError(f"{len(data)} bytes are more than {MAX_BYTES}")
    members = nodes = 0
    for tokens, token in enumerate(_TOKEN.finditer(data)):
        members += token.start(_NAME) >= 0
        nodes += token.start(_NODE) >= 0
        if nodes > MAX_NODES or tokens > 2 * MAX_NODES:
            raise UnfitError(f"more than {MAX_NODES} values")
        if token.end() - token.start() > MAX_SCALAR:
            raise UnfitError(f"a text, number or blank longer than {MAX_SCALAR} bytes")
    return members


def _measure(plain: Any) -> int:
    """The number of members in all objects. Raises UnfitError when nested too deep."""
    level, members = [plain], 0
    for _ in range(MAX_DEPTH):
        members += sum(len(node) for node in level if isinstance(node, dict))
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return members
    raise UnfitError(f"nested deeper than {MAX_DEPTH}")


def _explain(data: bytes, fault: str) -> Never:
    """Refuse, with the exact place where that is cheap; the standard parser is the one that shows duplicates."""
    if len(data) > _EXPLAINED:
        raise UnfitError(f"it is not JSON ({fault})")
    try:
        json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise UnfitError(f"nested deeper than {MAX_DEPTH}") from None
    except UnicodeDecodeError as error:
        raise UnfitError(f"byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        if data.split(b"\n")[error.lineno - 1].lstrip().startswith(_CONFLICT):
            raise UnfitError(f"line {error.lineno} is the mark of a merge conflict that was not settled") from None
        raise UnfitError(f"line {error.lineno} column {error.colno} is not JSON ({error.msg})") from None
    except ValueError as error:
        raise UnfitError(str(error)) from None
    raise UnfitError("a string is not text in UTF-8" if "escape" in fault else fault)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise UnfitError(f"the member {twice[:40]!r} stands twice in one object")
    return members


def _no_constant(text: str) -> Never:
    raise UnfitError(f"{text} is not JSON")
