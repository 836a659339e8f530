"""Cassettes and answers from a stranger: one typed error with file and remedy, soon and small, and nothing of them is run."""

import contextlib
import gzip
import hashlib
import json
import os
import resource
import sys
import time
import zlib

import msgspec
import pytest

from contractkit.errors import CassetteFormatError, ContractkitError, SanitizerError
from contractkit.message import Interaction, Response
from contractkit.recording import Cassette, Sanitizer, open_cassette
from contractkit.recording.store import load_cassette, read_journal

OPEN = '{\n "format": "contractkit cassette",\n '
PATIENCE = float(
    os.environ.get("CONTRACTKIT_PATIENCE", "3")
)  # seconds: one, and a busy machine is granted three times that
MEMORY = 64 * 1024  # KiB


@pytest.fixture(scope="session")
def whole(kit):
    sanitizer = Sanitizer(kit.contract, credentials=kit.own)
    entry = sanitizer.sanitize(kit.interaction(kit.request("POST", "/v1/vpc", {"name": "n1", "a": 2})), at=kit.now)
    return Cassette((entry,), kit.contract.digest, sanitizer.record, recorded="2026-05-01").encode().decode()


def swap(old, new):
    def change(text):
        assert old in text
        return text.replace(old, new, 1)

    return change


def filled(filler, size):
    return lambda _: OPEN + '"x": ' + filler * (size // len(filler)) + "\n}\n"


def resealed(change):
    """A change of the document by somebody who can compute the digest."""

    def made(text):
        document = json.loads(text)
        change(document)
        document["digest"] = ""
        told = hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()
        return json.dumps({**document, "digest": f"sha256:{told}"}, indent=1) + "\n"

    return made


def first(**changes):
    return lambda document: document["interactions"][0].update(changes)


def asked(**changes):
    return lambda document: document["interactions"][0]["request"].update(changes)


def answered(**changes):
    return lambda document: document["interactions"][0]["response"].update(changes)


HOSTILE = {
    # bombs
    "10 million keys": lambda _: OPEN + ",".join(f'"{n}":0' for n in range(2_500_000)) + "}\n",
    "10 million values": filled("0,", 20_000_000),
    "10 million lists": filled("[],", 30_000_000),
    "30 million brackets": filled("[", 30_000_000),
    "deep objects": filled('{"a":', 20_000_000),
    "a text of 30 MB": lambda _: OPEN + '"x": "' + "a" * 30_000_000 + '"}\n',
    "escapes": lambda _: OPEN + '"x": "' + "\\u0041" * 5_000_000 + '"}\n',
    "a number of 30 MB": filled("1", 30_000_000),
    "a number of 5000 digits": swap('"a": 2', '"a": ' + "1" * 5000),
    "blanks": filled(" ", 30_000_000),
    "only quotes": filled('"', 30_000_000),
    "too many bytes": filled(" ", 34_000_000),
    "twins": lambda _: OPEN + ",".join(['"a":1'] * 500_000) + "}\n",
    "emoji": lambda _: OPEN + '"x": "' + "\U0001f600" * 5_000_000 + '"}\n',
    "70 levels": swap('"a": 2', '"a": ' + "[" * 70 + "]" * 70),
    "500 levels": swap('"a": 2', '"a": ' + '{"a":' * 500 + "1" + "}" * 500),
    # broken
    "empty": lambda _: "",
    "one byte": lambda _: "{",
    "cut": lambda text: text[: len(text) // 2],
    "cut before the end": lambda text: text[:-2],
    "no line end": lambda text: text.rstrip(),
    "two documents": lambda text: text + text,
    "rubbish after": lambda text: text + "x",
    "rubbish before": lambda text: "x" + text,
    "NUL": swap('"n1"', '"\0"'),
    "lone surrogate": swap('"n1"', '"\\ud800"'),
    "not UTF-8": lambda text: text.replace("n1", "\udcff"),
    "UTF-16": lambda text: text.encode("utf-16").decode("latin-1"),
    "byte order mark": lambda text: "\ufeff" + text,
    "single quotes": lambda text: text.replace('"', "'"),
    "comment": swap('"count"', '/* hello */ "count"'),
    "trailing comma": swap('"count": 1', '"count": 1,'),
    "NaN": swap('"a": 2', '"a": NaN'),
    "infinity": swap('"a": 2', '"a": 1e999'),
    "bare word": swap('"a": 2', '"a": __import__'),
    # wrong
    "twice": swap('"count": 1', '"count": 1, "count": 1'),
    "twice within": swap('"a": 2', '"a": 2, "a": 3'),
    "version 0": swap('"version": 1', '"version": 0'),
    "version true": swap('"version": 1', '"version": true'),
    "version 1.0": swap('"version": 1', '"version": 1.0'),
    "count as text": swap('"count": 1', '"count": "1"'),
    "another count": swap('"count": 1', '"count": 2'),
    "negative count": swap('"count": 1', '"count": -1'),
    "unknown member": swap('"count": 1', '"count": 1, "more": 1'),
    "no interactions": lambda text: text[: text.index(' "interactions"')].rstrip().rstrip(",") + "\n}\n",
    "interactions as object": resealed(lambda document: document.update(interactions={})),
    "interaction as null": resealed(lambda document: document.update(interactions=[None])),
    "edited body": swap('"n1"', '"n2"'),
    "edited contract": swap('"contract": "', '"contract": "x'),
    "edited day": swap('"2026-05-01"', '"2027-05-01"'),
    "no day": resealed(lambda document: document.update(recorded="2026-13-01")),
    "no instant": resealed(lambda document: document.update(at="now")),
    "status as text": resealed(answered(status="200")),
    "status as list": resealed(answered(status=[200])),
    "header as number": resealed(asked(headers={"Host": 1})),
    "header in a list of lists": resealed(asked(headers={"Host": [["x"]]})),
    "method as null": resealed(asked(method=None)),
    "url as list": resealed(asked(url=["x"])),
    "unknown fault": resealed(first(fault="explosion")),
    "file to include": resealed(answered(bodyFile="/etc/passwd")),
    # foreign
    "YAML": lambda _: "version: 1\ninteractions: []\n",
    "YAML that runs": lambda _: '!!python/object/apply:os.system ["touch pwned"]\n',
    "vcrpy in JSON": lambda _: '{"version": 1, "interactions": []}\n',
    "betamax": lambda _: '{"http_interactions": [], "recorded_with": "betamax"}\n',
    "HAR": lambda _: '{"log": {"version": "1.2", "entries": []}}\n',
    "pickle": lambda _: "\x80\x04\x95\x00cos\nsystem\n(S'touch pwned'\ntR.",
    "gzip": lambda text: gzip.compress(text.encode()).decode("latin-1"),
    "array": lambda _: "[]\n",
    "null": lambda _: "null\n",
    "HTML": lambda _: "<!doctype html><html>}\n",
}


class Witness:
    """Sees imports, files, sockets and child processes, by the interpreter's own audit events."""

    def __init__(self):
        self.seen, self.watching = [], False
        sys.addaudithook(self)

    def __call__(self, event, args):
        if self.watching and event in (
            "import",
            "open",
            "exec",
            "compile",
            "subprocess.Popen",
            "os.system",
            "socket.connect",
        ):
            self.seen.append((event, str(args[0])[:60]))


@pytest.fixture(scope="session")
def witness():
    return Witness()


def test_sixty_documents_are_hostile():
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_cassette_is_refused_soon_small_and_without_running_anything(kind, whole, tmp_path, witness):
    """CassetteFormatError naming file and remedy, about a second of work at most, under 64 MB more, one file opened and no more."""
    path = tmp_path / "c.json"
    path.write_bytes(HOSTILE[kind](whole).encode("utf-8", "surrogateescape"))
    load_cassette_warm(tmp_path, whole)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    witness.seen, witness.watching = [], True
    try:
        with pytest.raises(CassetteFormatError) as caught:
            load_cassette(path)
    finally:
        witness.watching = False
    assert time.process_time() - began < PATIENCE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    assert str(caught.value).startswith(str(path))
    assert any(word in str(caught.value) for word in ("restore", "import it", "install", "record"))
    assert len(str(caught.value)) < len(str(path)) + 400
    more = [each for each in witness.seen if each != ("open", str(path)[:60]) and not each[1].isdigit()]
    assert more == [], "nothing happens but opening the file, and reading its descriptor"


def load_cassette_warm(directory, text):
    """What the first use imports is none of a document's doing."""
    (directory / "warm.json").write_text(text)
    load_cassette(directory / "warm.json")
    with pytest.raises(CassetteFormatError):
        Cassette.parse(text.replace('"n1"', "n1").encode(), "warm")


SEALED = {
    "no url": asked(url=""),
    "relative url": asked(url="../../etc/passwd"),
    "file url": asked(url="file:///etc/passwd"),
    "url with NUL": asked(url="https://bcc.bj.baidubce.com/\0"),
    "url of lone brackets": asked(url="https://[/v1/vpc"),
    "foreign host": asked(url="https://evil.example/v1/vpc", headers={"Host": "evil.example"}),
    "host with port": asked(url="https://bcc.bj.baidubce.com:99999999/v1/vpc"),
    "method with blanks": asked(method="GET / HTTP/1.1\r\nX: y\r\n\r\n"),
    "header with line end": answered(headers={"X\r\nEvil": "a\r\nb"}),
    "status 0": answered(status=0),
    "status -1": answered(status=-1),
    "status beyond": answered(status=10**15),
    "authorization": asked(headers={"Authorization": "bce-auth-v1/" + "/" * 10_000}),
    "content coding": answered(headers={"Content-Encoding": "gzip"}, text="x"),
    "verdict": first(verdict="x" * 1000),
    "operation": first(operation="os.system"),
    "part": first(part="../../x"),
}


@pytest.mark.parametrize("kind", SEALED)
def test_a_cassette_with_a_right_digest_and_wicked_values_does_no_harm(kind, whole, tmp_path, kit):
    """Whoever can compute the digest gets as far as replay: a miss, an answer, or a typed error, and no more."""
    path = tmp_path / "c.json"
    path.write_text(resealed(SEALED[kind])(whole))
    with (
        contextlib.suppress(ContractkitError),
        open_cassette(path, credentials=kit.own, clock=lambda: kit.now, foreign=False) as cassette,
    ):
        cassette.transport(None)(kit.request("POST", "/v1/vpc", {"name": "n1", "a": 2}))
    assert [each.name for each in tmp_path.iterdir()] == ["c.json"]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "gzip, gzip", "gzip, gzip, gzip"])
def test_an_answer_that_is_a_bomb_is_not_stored(coding, kit):
    """300 MB in a few hundred kilobytes: stopped while it inflates, in under a second and 64 MB."""
    zeros, pack = (
        bytes(1 << 20),
        zlib.compressobj(9, wbits=-15 if coding == "raw deflate" else 15 if coding == "deflate" else 31),
    )
    bomb = b"".join([pack.compress(zeros) for _ in range(300)]) + pack.flush()
    for _ in range(coding.count("gzip") - 1):
        bomb = gzip.compress(bomb)
    name = coding.replace("raw ", "")
    answer = Response(200, {"Content-Type": "application/json", "Content-Encoding": name}, bomb)
    sanitizer = Sanitizer(kit.contract, credentials=kit.own)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(SanitizerError):
        sanitizer.sanitize(Interaction(kit.request(), answer), at=kit.now)
    assert time.process_time() - began < PATIENCE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY


def test_a_hostile_journal_is_refused_too(tmp_path):
    path = tmp_path / "c.json.partial"
    for line in (b"[" * 1_000_000, b'{"request": 1}', b"\xff", b'{"a":1,"a":1}', b"null"):
        path.write_bytes(line + b"\n")
        with pytest.raises(CassetteFormatError, match="line 1 is damaged"):
            read_journal(path)
