"""What is fuzzed: each target takes any bytes and may raise nothing but the typed errors of the package."""

from __future__ import annotations

import contextlib
import os
import random
import re
import time
from datetime import UTC, datetime

from contractkit.contract import load_contract
from contractkit.errors import ContractkitError
from contractkit.message import Interaction, Request, Response
from contractkit.recording import Cassette, Sanitizer
from contractkit.recording.cassette import decode_line, encode_line
from contractkit.recording.hosts import Hosts
from contractkit.recording.key import Forms
from contractkit.recording.playback import Playback
from contractkit.signing import EXAMPLE, Credentials, authorize, sign, verify

NOW = datetime(2026, 5, 1, tzinfo=UTC)
OWN = Credentials("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210")
LIMIT = float(os.environ.get("CONTRACTKIT_FUZZ_LIMIT", "2"))
"""Seconds that one input may take; more is a hang."""

_CONTRACT = load_contract()
_FORMS = Forms(_CONTRACT, Hosts(_CONTRACT))
_MEDIA = ("application/json;charset=utf-8", "application/x-www-form-urlencoded", "text/plain", "", "image/png")
_CODINGS = ("", "gzip", "deflate", "gzip, deflate", "br")


def load(data: bytes) -> None:
    """The loader, sealed and unsealed, and the journal's lines; what it takes is replayed and written again."""
    for sealed in (True, False):
        with contextlib.suppress(ContractkitError):  # here and below: the typed refusals that any bytes may meet
            cassette = Cassette.parse(data, "c.json", sealed=sealed)
            assert Cassette.parse(cassette.encode(), "c.json") == cassette
            _replay(cassette)
    for line in data.split(b"\n")[:4]:
        with contextlib.suppress(ValueError):
            entry = decode_line(line)
            with contextlib.suppress(UnicodeEncodeError, OverflowError):
                assert decode_line(encode_line(entry)) == entry


def _replay(cassette: Cassette) -> None:
    playback = Playback(cassette.entries, _FORMS, verdict=lambda request: verify(request, {}.get, now=NOW))
    for entry in cassette.entries[:8]:
        playback.find(entry.to_interaction().request)


def sanitize(data: bytes) -> None:
    """The sanitizer: what it makes is a fixpoint of itself, and can be written and read."""
    head, _, rest = data.partition(b"\n")
    choice = head[:1] or b"\0"
    media, coding = _MEDIA[choice[0] % 5], _CODINGS[choice[0] // 5 % 5]
    asked, _, answered = rest.partition(b"\n\n")
    fields = [("Content-Type", media), *([("Content-Encoding", coding)] if coding else [])]
    target = head[1:].decode("latin-1")
    request = Request("POST", f"https://bcc.bj.baidubce.com/{target}", fields, asked)
    with contextlib.suppress(ContractkitError):
        request = sign(request, OWN, at=NOW)
    made = Sanitizer(_CONTRACT, credentials=OWN)
    with contextlib.suppress(ContractkitError):
        entry = made.sanitize(Interaction(request, Response(200, fields, answered)), at=NOW)
        again = Sanitizer(_CONTRACT, credentials=EXAMPLE).sanitize(entry.to_interaction(), at=Cassette().at)
        assert again == entry, "sanitizing what is sanitized changed it"
        assert OWN.secret_access_key.encode() not in encode_line(entry)


def canonicalize(data: bytes) -> None:
    """The canonicalizer and the verifier: a request that could be signed verifies."""
    head, _, rest = data.partition(b"\n")
    target, _, value = head.decode("latin-1").partition("\0")
    with contextlib.suppress(ContractkitError):
        request = sign(Request("GET", f"http://bcc.bj.baidubce.com/{target}", {"x-bce-note": value}, rest), OWN, at=NOW)
        assert verify(request, {OWN.access_key_id: OWN}.get, now=NOW).ok
    header = {"host": "bcc.bj.baidubce.com", "authorization": head.decode("latin-1")}
    verify(Request("GET", f"http://bcc.bj.baidubce.com/{target}", header), {OWN.access_key_id: OWN}.get, now=NOW)
    with contextlib.suppress(ContractkitError):
        authorize(
            method="GET",
            path=rest.decode("utf-8", "surrogateescape"),
            query=[(value, target)],
            headers=[("host", value)],
            credentials=OWN,
            at=NOW,
        )


def match(data: bytes) -> None:
    """The matcher: a request is the same as itself, whatever it looks like."""
    head, _, rest = data.partition(b"\n")
    choice = head[:1] or b"\0"
    url = f"https://bcc.bj.baidubce.com/{head[1:].decode('latin-1')}"
    request = Request("PUT", url, {"Content-Type": _MEDIA[choice[0] % 5]}, rest)
    with contextlib.suppress(ContractkitError):
        assert _FORMS.of(request).key == _FORMS.of(request).key


TARGETS = {"load": load, "sanitize": sanitize, "canonicalize": canonicalize, "match": match}


def run_all(data: bytes) -> None:
    """Every target on one input. Raises what a target raises, and AssertionError for one that took too long."""
    for name, target in TARGETS.items():
        began = time.perf_counter()
        target(data)
        assert time.perf_counter() - began < LIMIT, f"{name} took longer than {LIMIT} s"


def seeds() -> list[bytes]:
    """Well-formed inputs to start from: a cassette, a journal line, requests with bodies of every kind."""
    made = Sanitizer(_CONTRACT, credentials=OWN)
    entries = []
    for target, body in (("v1/vpc?clientToken=x", b'{"name":"a","cidr":"10.0.0.0/16"}'), ("v1/eip", b"")):
        request = Request("POST", f"http://bcc.bj.baidubce.com/{target}", {"Content-Type": _MEDIA[0]}, body)
        answer = Response(200, {"Content-Type": _MEDIA[0], "x-bce-request-id": "r"}, b'{"vpcId":"vpc-1","t":1.5}')
        entries.append(made.sanitize(Interaction(sign(request, OWN, at=NOW), answer), at=NOW))
    whole = Cassette(tuple(entries), "sha256:0", made.record, recorded="2026-05-01").encode()
    return [
        whole,
        encode_line(entries[0]),
        b'\0v1/vpc?clientToken=abc&x=%41\n{"name": "n", "secretKey": "Hunter_22"}\n\n{"vpcId": "vpc-00000001"}',
        b"\1v1/vpc?bind\na=b&password=Hunter_22\n\nok=1",
        b"\5v1/vpc\n\x1f\x8b\x08\0\n\n{}",
        b"bce-auth-v1/0123456789abcdef0123456789abcdef/2026-05-01T00:00:00Z/1800/host/00\nx",
    ]


def mutate(data: bytes, rng: random.Random) -> bytes:
    """A neighbour of an input: bytes changed, taken out, doubled, or a fragment of JSON put in."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        spot = rng.randrange(len(changed) + 1)
        kind = rng.randrange(4)
        if kind == 0 and changed:
            changed[spot % len(changed)] = rng.randrange(256)
        elif kind == 1:
            del changed[spot : spot + rng.randint(1, 30)]
        elif kind == 2:
            changed[spot:spot] = changed[spot : spot + rng.randint(1, 60)] * rng.randint(1, 5)
        else:
            changed[spot:spot] = rng.choice(_FRAGMENTS)
    return bytes(changed)


_FRAGMENTS = [
    *(b'"a":1, {} [] null NaN 1e999 -0 99999999999999999999 "\\ud800" \xff \x00 %00 %zz %'.split(b" ")),
    b"[" * 70,
    b'{"a":' * 70,
    b"\r\n",
    "\u2028é".encode(),
    b"clientToken=token-1",
    b"bce-auth-v1/a/b/c/d/e",
]


def dictionary() -> str:
    """The words of the format, in the notation of libFuzzer."""
    words = sorted({word for seed in seeds() for word in re.findall(rb'"[A-Za-z-]{2,30}"', seed)})
    return "".join(f'"{word.decode().replace(chr(34), chr(92) + chr(34))}"\n' for word in words)
