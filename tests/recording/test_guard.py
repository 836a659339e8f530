"""The guard: it finds the values it knows in any encoding, names kind and place, and never the value."""

import ast
import base64
import gzip
import json
import re
import tracemalloc
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractkit.errors import ConfigurationError, LeakError
from contractkit.recording import encodings, guard, witness
from contractkit.recording.guard import Guard
from contractkit.signing import EXAMPLE

HEX = "fedcba9876543210fedcba9876543211"
ODD = 'pä"ss/w+=rd\\1'
SPELLINGS = {
    "as is": lambda raw: raw,
    "percent": lambda raw: quote(raw, safe=""),
    "percent, lower case": lambda raw: re.sub("%..", lambda code: code[0].lower(), quote(raw, safe="")),
    "every byte percent": lambda raw: "".join(f"%{byte:02X}" for byte in raw.encode()),
    "percent twice": lambda raw: quote(quote(raw, safe=""), safe=""),
    "json": lambda raw: json.dumps(raw)[1:-1],
    "json twice": lambda raw: json.dumps(json.dumps(raw))[1:-1],
    "every character escaped": lambda raw: "".join(f"\\u{ord(each):04x}" for each in raw),
    "hex": lambda raw: raw.encode().hex(),
    "HEX": lambda raw: raw.encode().hex().upper(),
    "reversed": lambda raw: raw.encode()[::-1].decode("utf-8", "surrogateescape"),
    "gzip in base64": lambda raw: base64.b64encode(gzip.compress(f'{{"a": "{raw}"}}'.encode())).decode(),
    "zlib in url-safe base64": lambda raw: base64.urlsafe_b64encode(zlib.compress(raw.encode())).decode(),
    "gzip in hex, cut in the middle": lambda raw: re.sub(
        "(.{160}).+(.{60})", r"\1...\2", gzip.compress(f"{raw} {bytes(range(60, 250))}".encode()).hex()
    ),
    "gzip in hex": lambda raw: gzip.compress(raw.encode()).hex(),
    "base64 in base64": lambda raw: base64.b64encode(base64.b64encode(raw.encode())).decode(),
    **{
        f"{name} base64 after {offset}": lambda raw, o=offset, e=encode: e(
            b"user:"[:o] + raw.encode() + b" tail"
        ).decode()
        for offset in range(4)
        for name, encode in (("standard", base64.b64encode), ("url-safe", base64.urlsafe_b64encode))
    },
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("value", [HEX, ODD, "Sesame_Street_1", "ALTAKabcdef0123456"])
def test_a_known_value_is_found_in_every_encoding(value, spelling):
    text = spelling(value).encode("utf-8", "surrogateescape")
    with pytest.raises(LeakError, match="the secret access key stands at") as caught:
        Guard({"secret access key": value}).check(b"before " + text + b" after", "c.json")
    assert value not in str(caught.value)


def test_hex_values_are_found_in_any_letter_case():
    for text in (HEX.upper(), HEX.title()):
        with pytest.raises(LeakError):
            Guard({"key": HEX}).check(text.encode(), "c.json")


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"a": {"b~/c": [1, HEX]}}, "/a/b~0~1c/1 "[:-1]),
        ({"x": {HEX: 1}}, r"/x/\(a member name\)"),
        ([base64.b64encode(HEX.encode()).decode()], "/0"),
    ],
)
def test_the_place_is_a_json_pointer(document, place):
    with pytest.raises(LeakError, match=rf"^c\.json: the key stands at {place}; nothing was written"):
        Guard({"key": HEX}).check(json.dumps(document).encode(), "c.json")


def test_the_place_in_other_text_is_a_line():
    with pytest.raises(LeakError, match="stands at line 3"):
        Guard({"key": HEX}).check(b"{\n\n" + HEX.encode() + b"\n", "c.json")


def test_published_values_are_exempt_and_ordinary_text_passes():
    guard = Guard({"id": EXAMPLE.access_key_id, "key": HEX}, exempt=[EXAMPLE.access_key_id])
    guard.check(f"bce-auth-v1/{'a' * 32}/2015-04-27T08:23:49Z/1800//{'0' * 64} {'a' * 32}".encode(), "c.json")


def test_an_authorization_with_any_real_looking_key_is_found_without_knowing_it():
    with pytest.raises(LeakError, match="access key id of an Authorization"):
        Guard({}).check(b'"bce-auth-v1/5bb1c2d3e4f5061728394a5b6c7d8e9f/x"', "c.json")


def test_a_value_too_short_to_guard_is_refused_and_never_shown():
    with pytest.raises(ConfigurationError, match="the token has fewer than 6 characters"):
        Guard({"token": "abcde"})
    assert HEX not in repr(Guard({"key": HEX}))


@given(st.text(min_size=1, max_size=30), st.binary(max_size=60))
def test_no_text_makes_the_guard_fail_or_see_what_is_not_there(text, noise):
    Guard({"key": HEX}).check(text.encode("utf-8", "replace") + noise, "c.json")


def flat(text):
    """A raw deflate stream in base64: nothing but its first bits tells that it is one."""
    machine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return base64.b64encode(machine.compress(text) + machine.flush()).decode()


MANY = b"a\n" * (4 << 20)
BOMBS = {
    "gzip": lambda: base64.b64encode(gzip.compress(b"\0" * 60_000_000)),
    "five raw streams": lambda: json.dumps([flat(MANY)] * 5).encode(),
    "sixty members": lambda: gzip.compress(MANY) * 60,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_costs_no_more_than_the_limit_and_is_refused_unseen(bomb):
    """What nobody looked through may hold a secret: it is not written, and the memory stays that of the allowance."""
    packed = bomb()
    tracemalloc.start()
    try:
        with pytest.raises(LeakError, match="more than can be looked through, so it may hold a secret; nothing was"):
            Guard({"key": HEX}).check(packed, "c.json")
        assert tracemalloc.get_traced_memory()[1] < 4 * encodings.MAX_INFLATED
    finally:
        tracemalloc.stop()


def test_text_that_looks_like_the_start_of_streams_costs_its_own_length(monkeypatch):
    """`x^` is a sound zlib header; looking at the whole rest of the text for each would be quadratic."""
    fed, real = [], zlib.decompressobj

    class Counting:
        def __init__(self, **options):
            self._machine = real(**options)

        def decompress(self, data, limit):
            fed.append(len(data))
            return self._machine.decompress(data, limit)

        def __getattr__(self, name):
            return getattr(self._machine, name)

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    for text in (b"x^" * 100_000, b"x\x01e" * 50_000, b"x\x9c\x00\x00\x00\xff\xff" * 20_000):
        fed.clear()
        Guard({"key": HEX}).find(text)
        assert sum(fed) <= encodings.MAX_INFLATED + (64 << 10)
        assert len(fed) <= 10 * len(text)
    packed = base64.b64encode(b"x^" * 50 + zlib.compress(HEX.encode()))
    assert Guard({"key": HEX}).find(packed) == "key"


@pytest.mark.parametrize("module", [guard, encodings, witness], ids=lambda module: module.__name__)
def test_the_guard_shares_nothing_with_the_sanitizer(module):
    """Neither code nor list: its files import of contractkit only the errors and each other."""
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    own = {"contractkit.errors", encodings.__name__, witness.__name__}
    assert {name for name in imported if name.startswith("contractkit")} <= own


def test_what_the_sanitizer_leaves_of_an_unreadable_authorization_passes():
    Guard({}).check(b'"bce-auth-v1/redacted"', "c.json")
    with pytest.raises(LeakError):
        Guard({}).check(b'"bce-auth-v1/redacted5bb1c2d3e4f5"', "c.json")
