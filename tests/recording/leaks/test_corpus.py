"""Thousands of seeded secrets, by kind, place and encoding: none reaches a file, a message or a log."""

import logging
from collections import Counter
from contextlib import suppress

import pytest

from contractkit.contract import load_contract
from contractkit.errors import ContractkitError, LeakError, SanitizerError
from contractkit.recording import open_cassette
from contractkit.recording.cassette import encode_line
from contractkit.recording.guard import Guard
from contractkit.recording.sanitizer import RULES, Sanitizer
from contractkit.recording.store import load_cassette

CONTRACT = load_contract()


def make_guard(seed):
    own = seed.credentials
    values = {"secret access key": own.secret_access_key, "access key id": own.access_key_id, **seed.known}
    return Guard({**values, "session token": own.session_token} if own.session_token else values)


def test_the_finder_finds_every_kind_in_every_encoding(corpus):
    """Otherwise none of the tests here proves anything."""
    dice, blind = corpus.Dice(3), set()
    for kind in corpus.KINDS:
        for encoding, encode in corpus.ENCODINGS.items():
            secret = corpus.make_seed(dice, 0, kind, "answer, message", encoding).secret
            if not corpus.holds(f'{{"a": "x{encode(secret)} y"}}'.encode(), secret):
                blind.add((kind, encoding))
    assert blind == set()
    assert not corpus.holds(b'{"a": "nothing of the kind, 0123456789abcdef"}', dice.hex())


@pytest.mark.slow
def test_no_seeded_secret_reaches_a_file_a_message_or_a_log(seeds, corpus, tmp_path, caplog, tell):
    """Cassette, journal, name, exception text and repr, log: whatever the kind, place and encoding."""
    caplog.set_level(logging.DEBUG)
    ends, leaks = Counter(), []
    seed, size = seeds
    for each in corpus.make_seeds(size, seed):
        caplog.clear()
        end, sinks = record(each, tmp_path / f"{each.number}.json", corpus.NOW)
        ends[end] += 1
        sinks["log"] = caplog.text.encode()
        leaks += [f"{each.name}: {sink}" for sink, data in sinks.items() if corpus.holds(data, each.secret)]
    tell("seeded secrets", f"{size} (seed {seed}), leaks {len(leaks)}; {dict(ends)}")
    assert leaks == []
    assert ends["stored"] > size / 3, "a recorder that refuses everything is of no use"


def record(seed, path, now):
    """How a recording of the exchanges ends, and what it leaves anywhere."""
    said = ""
    try:
        with open_cassette(
            path, "record", foreign=False, credentials=seed.credentials, clock=lambda: now, secrets=seed.known
        ) as cassette:
            for exchange in seed.exchanges:
                answer = cassette.transport(lambda _, given=exchange.response: given)(exchange.request)
                assert answer == exchange.response, "the caller gets the real answer"
        end = "stored"
    except (SanitizerError, LeakError) as error:
        end, said = type(error).__name__, f"{error} {error!r} {error.__cause__!r}"
    files = {each.name: each.read_bytes() for each in path.parent.glob(f"{path.name}*")}
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
    return end, {**files, "message": said.encode(), "names": " ".join(files).encode()}


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_with_any_rule_deleted_the_guard_alone_stops_what_would_leak(corpus, seeds, rule, tell):
    """The guard knows values, not places: a hole in the sanitizer is not a hole in both."""
    leaking = stopped = 0
    seed, size = seeds
    for each in corpus.make_seeds(size // 8, seed + 1):
        lines = sanitize(each, without=rule.id, now=corpus.NOW)
        if not corpus.holds(b"".join(lines), each.secret):
            continue
        leaking += 1
        guard = make_guard(each)
        try:
            for line, exchange in zip(lines, each.exchanges, strict=False):
                guard.learn(exchange)
                guard.check(line, "c.json")
        except LeakError:
            stopped += 1
    tell(f"without {rule.id}", f"{leaking} would leak, the guard stops {stopped}")
    assert stopped >= 0.99 * leaking


def sanitize(seed, *, without, now):
    sanitizer = Sanitizer(CONTRACT, credentials=seed.credentials, secrets=seed.known.values())
    sanitizer._active -= {without}
    lines = []
    with suppress(SanitizerError):  # what is refused is not written either
        lines.extend(encode_line(sanitizer.sanitize(exchange, at=now)) for exchange in seed.exchanges)
    return lines


@pytest.mark.slow
def test_every_sanitized_recording_is_a_fixpoint_and_replays(corpus, seeds, tmp_path, tell):
    """Sanitizing again changes nothing, and replay answers every request it was recorded from."""
    stored = fixed = replayed = 0
    seed, size = seeds
    for each in corpus.make_seeds(size // 4, seed + 2):
        path = tmp_path / f"{each.number}.json"
        options = {
            "foreign": False,
            "credentials": each.credentials,
            "secrets": each.known,
            "clock": lambda: corpus.NOW,
        }
        try:
            with open_cassette(path, "record", **options) as cassette:
                for exchange in each.exchanges:
                    cassette.transport(lambda _, given=exchange.response: given)(exchange.request)
        except ContractkitError:
            continue
        stored += 1
        entries = load_cassette(path).entries
        again = Sanitizer(CONTRACT)
        fixed += entries == tuple(again.sanitize(entry.to_interaction(), at=corpus.EPOCH) for entry in entries)
        with open_cassette(path, "replay", verify=False, **options) as cassette:
            for exchange, entry in zip(each.exchanges, entries, strict=True):
                kept = entry.to_interaction()
                # What the cloud minted is its stand-in in replay, and what a signature was is another day's.
                asked = kept.request if each.kind in corpus.MINTED else exchange.request
                replayed += cassette.transport(None)(asked) == kept.response
        path.unlink()
    tell("recordings that are a fixpoint and replay", f"{fixed} and {replayed / 2:g} of {stored}")
    assert fixed == stored
    assert replayed == 2 * stored
