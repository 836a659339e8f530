"""Synthetic keys, tokens and passwords. None of them was ever issued, and none is printed by the suites."""

from __future__ import annotations

import string
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from contractkit.signing import EXAMPLE, Credentials

_HEX: Final = "0123456789abcdef"
_VISIBLE: Final = "".join(map(chr, range(0x21, 0x7F)))
_TOKEN: Final = string.ascii_letters + string.digits + "-._~=/+"
_BLOCK: Final = 16

_PLANES: Final = (
    st.characters(min_codepoint=0x20, max_codepoint=0x7E),
    st.characters(min_codepoint=0x00, max_codepoint=0x1F),
    st.characters(min_codepoint=0xA0, max_codepoint=0x7FF),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
    st.characters(min_codepoint=0x10000, max_codepoint=0x10FFFF, codec="utf-8"),
)


def access_key_ids() -> SearchStrategy[str]:
    """Access key ids: 32 lower-case hex digits, or the newer `ALTAK-` shape."""
    newer = st.text(string.ascii_letters + string.digits, min_size=8, max_size=26).map("ALTAK-".__add__)
    return st.text(_HEX, min_size=32, max_size=32) | newer


def secret_access_keys() -> SearchStrategy[str]:
    """Secret access keys: 32 lower-case hex digits."""
    return st.text(_HEX, min_size=32, max_size=32)


def session_tokens() -> SearchStrategy[str]:
    """Session tokens of temporary keys: 16 to 80 visible characters, the reserved `=/+` among them."""
    return st.text(_TOKEN, min_size=16, max_size=80)


def credentials(*, session: bool | None = False) -> SearchStrategy[Credentials]:
    """Key pairs, shrinking towards the pair of the published documentation.

    `session` True draws temporary keys, False permanent ones, None both.
    """
    other = st.tuples(access_key_ids(), secret_access_keys()).filter(lambda pair: pair[0] != pair[1])
    pairs = st.just((EXAMPLE.access_key_id, EXAMPLE.secret_access_key)) | other
    tokens = {True: session_tokens(), False: st.none(), None: st.none() | session_tokens()}
    return _draw_credentials(pairs, tokens[session])


@st.composite
def _draw_credentials(
    draw: DrawFn, pairs: SearchStrategy[tuple[str, str]], tokens: SearchStrategy[str | None]
) -> Credentials:
    # Composite on purpose: the arguments of `builds` and `map` would be printed with every failure.
    key_id, secret = draw(pairs)
    # Hypothesis likes to draw the same text twice, and a token that holds the secret would show it.
    return Credentials(key_id, secret, draw(tokens.filter(lambda token: secret not in (token or ""))))


def client_tokens() -> SearchStrategy[str]:
    """Valid clientTokens: 1 to 64 visible ASCII characters, UUIDs and the longest allowed among them."""
    longest = st.text(_VISIBLE, min_size=64, max_size=64)
    return st.text(_VISIBLE, min_size=1, max_size=64) | st.uuids(version=4).map(str) | longest


def invalid_client_tokens() -> SearchStrategy[tuple[str, str]]:
    """Pairs of what is wrong (`empty`, `too long`, `non-ASCII`, `control`) and a token wrong in that way alone."""
    wrong = {
        "empty": st.just(""),
        "too long": st.text(_VISIBLE, min_size=65, max_size=100),
        "non-ASCII": _with_one(st.characters(min_codepoint=0x80, codec="utf-8")),
        "control": _with_one(st.sampled_from("\x00\t\n\r\x1f\x7f")),
    }
    return st.sampled_from(tuple(wrong)).flatmap(lambda name: st.tuples(st.just(name), wrong[name]))


def _with_one(bad: SearchStrategy[str]) -> SearchStrategy[str]:
    part = st.text(_VISIBLE, max_size=20)
    return st.tuples(part, bad, part).map("".join)


def passwords() -> SearchStrategy[str]:
    """Passwords of every length around the 16-byte block borders, from every plane of Unicode, and
    with endings that look like padding.

    No surrogates: they have no UTF-8 form.
    """
    borders = st.integers(0, 3).flatmap(lambda block: st.integers(max(0, _BLOCK * block - 1), _BLOCK * block + 1))
    ascii_only = borders.flatmap(lambda size: st.text(_VISIBLE, min_size=size, max_size=size))
    # Pieces, since the alphabets of one text would be merged, and ASCII would drown in the planes beyond.
    piece = st.one_of(*(st.text(plane, max_size=20) for plane in _PLANES))
    anything = st.lists(piece, max_size=3).map("".join)
    # What a careless decoder would take for padding, or trim.
    ending = st.sampled_from(("\0", "\x01", "\x02\x02", "\x10" * 16, " ", "\n"))
    like_padding = st.tuples(anything, ending).map("".join)
    filled = st.tuples(anything, st.integers(-1, 1)).map(lambda pair: _fill_block(*pair))
    return st.one_of(ascii_only, anything, like_padding, filled)


def _fill_block(text: str, offset: int) -> str:
    """Lengthen so that the UTF-8 form ends `offset` bytes from a block border."""
    missing = (offset - len(text.encode())) % _BLOCK
    return text + "x" * missing
