"""What was answered is on disk, whatever happens: kills, full and failing disks, other recordings of the same cassette."""

import errno
import json
import multiprocessing
import os
import random
import subprocess
import sys
import threading
from itertools import permutations
from pathlib import Path

import pytest

from contractkit.errors import CassetteFormatError, ContractkitError, RecordingError
from contractkit.message import Response
from contractkit.recording import Cassette, open_cassette
from contractkit.recording.merging import merge_side_by_side, without
from contractkit.recording.names import cassette_name, ensure_inside, named_cassette
from contractkit.recording.store import load_cassette, partial_path, read_journal

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("CONTRACTKIT_SEED", "0"))
KILLS = int(os.environ.get("CONTRACTKIT_KILLS", "40"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "c.json"


def recording(path, kit, **options):
    options = {"foreign": False, "clock": lambda: kit.now, "credentials": kit.own, "mode": "record", **options}
    return open_cassette(path, **options)


def ask(cassette, kit, *targets):
    """Ask for each target; the answer names it."""
    for target in targets:
        method = "POST" if "clientToken" in target else "GET"
        body = {"name": target.partition("?")[0]} if method == "POST" else None
        answer = kit.response({"asked": target.partition("?")[0]})
        cassette.transport(lambda _, answer=answer: answer)(kit.request(method, target, body))


def urls(path):
    return [entry.request.url.removeprefix("https://bcc.bj.baidubce.com") for entry in load_cassette(path).entries]


# --- kills and disks --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_killed_recording_loses_nothing_that_was_answered(record_testsuite_property):
    """Uniform over the run and aimed at the save; CONTRACTKIT_KILLS and CONTRACTKIT_SEED say how many and which."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "killing.py"), str(KILLS), str(SEED)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    result = json.loads(done.stdout)
    print(result)  # noqa: T201  the figure
    record_testsuite_property("kills", done.stdout.decode())
    assert result["killed"] > KILLS / 3
    assert result["told"] > KILLS
    assert (result["lost"], result["damaged"]) == (0, 0)


WRITES = ("open", "write", "fsync", "fdatasync", "ftruncate", "replace", "fchmod", "unlink")


class Disk:
    """Fails the n-th call that changes the disk, and all after it when it is `full`; short writes come before a failure."""

    def __init__(self, monkeypatch, fails_at, number):
        self.calls, self._fails_at, self._errno = 0, fails_at, number
        for name in WRITES:
            monkeypatch.setattr(os, name, self._watched(name, getattr(os, name)))

    def _watched(self, name, real):
        def call(*args, **options):
            if name == "open" and not args[1] & os.O_CREAT:
                return real(*args, **options)
            self.calls += 1
            if self.calls == self._fails_at:
                if name == "write":
                    real(args[0], bytes(args[1])[: len(args[1]) // 2])
                raise OSError(self._errno, os.strerror(self._errno))
            return real(*args, **options)

        return call


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=["ENOSPC", "EIO"])
def test_a_full_or_failing_disk_loses_nothing_and_harms_nothing(tmp_path, kit, number):
    """At every single call that changes the disk: answers that were handed out are there, the old cassette is whole."""
    with pytest.MonkeyPatch.context() as patch:
        counting = Disk(patch, 0, number)
        with recording(tmp_path / "count.json", kit) as cassette:
            ask(cassette, kit, *(f"/v1/vpc?marker={each}" for each in range(4)))
    assert counting.calls > 10
    told_of = 0
    for fails_at in range(1, counting.calls + 1):
        path = tmp_path / f"{fails_at}.json"
        path.write_bytes(Cassette().encode())
        answered, refused = [], []
        with pytest.MonkeyPatch.context() as patch:
            Disk(patch, fails_at, number)
            try:
                with recording(path, kit) as cassette:
                    for each in range(4):
                        try:
                            ask(cassette, kit, f"/v1/vpc?marker={each}")
                            answered.append(each)
                        except ContractkitError as error:
                            refused.append(error)
            except ContractkitError as error:
                refused.append(error)
        told_of += bool(refused)
        assert all("record again" in str(error) or "can be started" in str(error) for error in refused)
        there = list(load_cassette(path).entries)  # the old one, or the new: never a damaged one
        if partial_path(path).exists():
            there += read_journal(partial_path(path))
        assert {f"marker={each}" for each in answered} <= {entry.request.url.rpartition("?")[2] for entry in there}
        assert not list(tmp_path.glob(".*.new")), "no rubbish is left"
    assert told_of >= counting.calls - 2, "only removing the journal, and nothing else, may fail unseen"


def test_a_cassette_cut_at_any_byte_is_never_taken_for_a_whole_one(kit, path):
    with recording(path, kit) as cassette:
        ask(cassette, kit, "/v1/vpc?clientToken=a", "/v1/subnet")
    data = path.read_bytes()
    silent = 0
    for end in range(len(data)):
        path.write_bytes(data[:end])
        try:
            load_cassette(path)
            silent += 1
        except CassetteFormatError as error:
            named = str(path) in str(error)
            silent += not named
    assert silent == 0


def test_any_single_byte_that_says_something_is_missed_when_changed(kit, path):
    """A thousand places over the whole file, header block included."""
    with recording(path, kit) as cassette:
        ask(cassette, kit, "/v1/vpc?clientToken=a", "/v1/subnet")
    data, rng, silent = path.read_bytes(), random.Random(SEED), []  # noqa: S311  a repeatable choice, no secret
    for _ in range(1000):
        place = rng.randrange(len(data))
        changed = data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]
        path.write_bytes(changed)
        try:
            if load_cassette(path).encode() != data:
                silent.append(place)
        except CassetteFormatError:
            continue
    assert silent == []


# --- several recordings of one cassette -------------------------------------------------------------------------


def test_recordings_at_the_same_time_keep_what_each_of_them_stored(kit, path):
    with recording(path, kit) as one, recording(path, kit) as two, recording(path, kit, mode="extend") as three:
        ask(one, kit, "/v1/vpc?clientToken=aaaaaaaa", "/v1/subnet?marker=1")
        ask(two, kit, "/v1/vpc?clientToken=bbbbbbbb", "/v1/subnet?marker=2")
        ask(three, kit, "/v1/vpc?clientToken=cccccccc", "/v1/subnet?marker=3")
    assert urls(path) == [
        *(f"/v1/vpc?clientToken=token-{number}" for number in (1, 2, 3)),
        *(f"/v1/subnet?marker={number}" for number in (1, 2, 3)),
    ]
    assert {entry.verdict for entry in load_cassette(path).entries} == {""}, "signed anew where they were renumbered"
    assert not list(path.parent.glob("*.partial"))


@pytest.mark.parametrize("mode", ["record", "extend"])
@pytest.mark.parametrize("before", [(), ("/v1/subnet",), ("/v1/acl",)])
def test_recordings_of_the_same_at_the_same_time_are_stored_once(kit, path, mode, before):
    """As when every worker runs every test: what each of them got is the same, so one copy answers all."""
    targets = ("/v1/vpc?clientToken=aaaaaaaa", "/v1/subnet", "/v1/vpc?clientToken=bbbbbbbb", "/v1/subnet")
    with recording(path, kit) as cassette:
        ask(cassette, kit, *before)
    with recording(path, kit, mode=mode) as one, recording(path, kit, mode=mode) as two:
        for cassette in (one, two):
            ask(cassette, kit, *targets)
        one.keep()
        alone = path.read_bytes()
    assert path.read_bytes() == alone


def test_the_order_in_which_they_end_does_not_show(kit, tmp_path):
    """All orders of three recordings stand in the same order on disk; each keeps its token apart from the others'."""
    entries = []
    for number, name in enumerate("abc"):
        with recording(tmp_path / f"{name}.json", kit) as cassette:
            ask(cassette, kit, f"/v1/{name}?clientToken={name * 8}", f"/v1/{name}{number}")
        entries.append(load_cassette(tmp_path / f"{name}.json").entries)
    for first, second, third in permutations(entries):
        merged = merge_side_by_side((), merge_side_by_side((), first, second), third)
        asked = [entry.request.url.partition("/v1/")[2] for entry in merged]
        assert [each.partition("?")[0] for each in asked] == ["a0", "b1", "c2", "a", "b", "c"]
        assert sorted(each.partition("=")[2] for each in asked) == ["", "", "", "token-1", "token-2", "token-3"]


def test_a_recording_that_came_after_still_replaces_what_was_there(kit, path):
    for target in ("/v1/one", "/v1/two"):
        with recording(path, kit) as cassette:
            ask(cassette, kit, target)
    assert urls(path) == ["/v1/two"]


def test_parts_stand_in_the_order_of_their_names_and_are_recorded_again_alone(kit, path):
    for part in ("b", "a", "c", "b"):
        with recording(path, kit, part=part) as cassette:
            ask(cassette, kit, f"/v1/{part}?clientToken=xxxxxxxx", "/v1/vpc")
    assert [(entry.part, entry.operation) for entry in load_cassette(path).entries] == [
        (part, name) for part in "abc" for name in ("", "vpc.list_vpcs")
    ]
    before = path.read_bytes()
    with recording(path, kit, part="a") as cassette:
        ask(cassette, kit, "/v1/a?clientToken=yyyyyyyy", "/v1/vpc")
    assert path.read_bytes() == before


def test_each_part_replays_its_own_answers_and_lends_them_to_a_test_without(kit, path):
    for part in ("a", "b"):
        with recording(path, kit, part=part) as cassette:
            cassette.transport(lambda _, part=part: kit.response({"of": part}))(kit.request())
    for part, expected in (("a", "a"), ("b", "b"), ("new", "a"), ("", "a")):
        with recording(path, kit, mode="replay", part=part) as cassette:
            assert cassette.transport(None)(kit.request()).json() == {"of": expected}
            assert len(cassette.tape.unused) == (part == "")


@pytest.mark.parametrize("order", ["own first", "part first"])
@pytest.mark.parametrize("mode", ["record", "extend"])
def test_a_part_and_what_has_no_part_leave_each_other_alone(kit, path, order, mode):
    """A test may name the cassette that is another's own: whoever records, the other's answers stay and are found."""
    parts = ["", "guest"] if order == "own first" else ["guest", ""]
    for mode_now in (mode, mode, "replay"):
        for part in parts:
            name = part or "own"
            with recording(path, kit, part=part, mode=mode_now) as cassette:
                ask(cassette, kit, f"/v1/{name}?clientToken=xxxxxxxx", f"/v1/{name}")
                assert mode_now != "replay" or cassette.tape.unused == ()
        asked = [url.removeprefix("/v1/").partition("?")[0] for url in urls(path)]
        assert asked == ["own", "own", "guest", "guest"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_a_forked_child_is_refused_before_it_sends_and_the_recording_with_it(kit, path):
    """Its answers would be thrown away with it: told in the child, and again at the end, where nobody swallows it."""
    sent = []

    def in_child(cassette):
        try:
            cassette.transport(sent.append)(kit.request())
        except RecordingError as error:
            os._exit(0 if "forked child" in str(error) and not sent else 1)
        os._exit(2)

    with pytest.raises(RecordingError, match="a forked child process asked"), recording(path, kit) as cassette:  # noqa: PT012
        ask(cassette, kit, "/v1/vpc")
        child = os.fork() or in_child(cassette)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        ask(cassette, kit, "/v1/subnet")
    assert not path.exists()
    assert len(read_journal(partial_path(path))) == 2, "nothing was written over"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
def test_a_forked_child_that_asks_nothing_does_no_harm(kit, path):
    """Though it comes to the end of the block as its parent does."""
    with recording(path, kit) as cassette:
        ask(cassette, kit, "/v1/vpc")
        child = os.fork()
        if not child:
            cassette.keep()
            cassette.abandon()
            os._exit(0)
        os.waitpid(child, 0)
        assert not path.exists()
        ask(cassette, kit, "/v1/subnet")
    assert urls(path) == ["/v1/vpc", "/v1/subnet"]


def record_one(path, number):
    from datetime import UTC, datetime  # noqa: PLC0415  in a process of its own

    from contractkit.message import Request  # noqa: PLC0415  as above
    from contractkit.signing import EXAMPLE, sign  # noqa: PLC0415  as above

    now = datetime.now(UTC)
    for turn in range(5):
        with open_cassette(path, "extend", foreign=False) as cassette:
            send = cassette.transport(lambda _: Response(200, {"Content-Type": "application/json"}, b"{}"))
            send(
                sign(
                    Request("POST", f"http://bcc.bj.baidubce.com/v1/p{number}/{turn}?clientToken=t{turn}"),
                    EXAMPLE,
                    at=now,
                )
            )


@pytest.mark.slow
def test_processes_that_extend_one_cassette_lose_nothing(path):
    """Eight processes, five recordings each, no part named: forty interactions with forty different tokens."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=record_one, args=(path, number)) for number in range(8)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)
    assert [each.exitcode for each in workers] == [0] * 8
    found = urls(path)
    assert len(found) == 40
    assert len({url.rpartition("=")[2] for url in found}) == 40


def test_threads_that_record_one_cassette_each_for_themselves_lose_nothing(kit, path):
    def record(number):
        with recording(path, kit, part=f"part-{number:02}") as cassette:
            ask(cassette, kit, *(f"/v1/{number}/{each}" for each in range(5)))

    threads = [threading.Thread(target=record, args=(number,)) for number in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert urls(path) == [f"/v1/{number}/{each}" for number in range(16) for each in range(5)]


def test_taking_entries_away_counts_them(kit, path):
    with recording(path, kit) as cassette:
        ask(cassette, kit, "/v1/vpc", "/v1/vpc", "/v1/subnet")
    vpc, _, subnet = entries = load_cassette(path).entries
    assert len(without(entries, [subnet])) == 2
    assert without(entries, entries) == ()
    assert without([vpc], [subnet]) == (vpc,)


# --- names ------------------------------------------------------------------------------------------------------


def hostile_names(seed):
    """Five hundred node ids meant to leave the directory, to meet on one file, or to be no file name at all."""
    rng = random.Random(seed)  # noqa: S311  a repeatable choice, no secret
    cidrs = [f"10.0.0.0{mark}{size}" for mark in "/:|\\ *?<>\"'%#&;$" for size in (8, 16, 24)]
    tricks = [
        "..", "../x", "../../etc/passwd", "/etc/passwd", "C:\\x", "\\\\host\\share", "~", "~root", "a\0b", "\n", "x" * 300,
        "x" * 299 + "y", "é", "e\u0301", "\u202egnp", "CON", "con", "nul", "com1", "aux.txt", ".", "...", " ", "", "-", "--",
        "a.", "a ", ".a", "A", "a", "\ud800", "\ud801", "ß", "SS", "ﬁ", "fi", "İ", "i", "a" * 100, "a" * 101, "$(x)", "`x`",
    ]  # fmt: skip
    folders = [
        "t.py",
        "T.py",
        "a/t.py",
        "a//t.py",
        "./t.py",
        "../t.py",
        "/t.py",
        "a/../t.py",
        "t",
        "t.txt",
        "",
        "a\\t.py",
    ]
    names = (
        [f"t.py::t[{each}]" for each in cidrs]
        + [f"t.py::{each}" for each in tricks]
        + [f"{each}::x" for each in folders]
    )
    names += [f"{folder}::{trick}" for folder in folders for trick in tricks]
    alphabet = "aA.-_/\\: \0é\n%*"
    names += ["t.py::" + "".join(rng.choices(alphabet, k=rng.randint(0, 40))) for _ in range(400)]
    return [*list(dict.fromkeys(names))[:500], f"{'d/' * 200}t.py::x", f"{'e/' * 200}t.py::x"]


def test_no_hostile_name_leaves_the_directory_or_meets_another(tmp_path):
    """More than five hundred names: each a file below the directory that can be made, none the same as another."""
    names = hostile_names(SEED)
    assert len(names) >= 500
    made = {}
    for name in names:
        file = cassette_name(name)
        target = Path(os.path.normpath(tmp_path / file))
        assert target.is_relative_to(tmp_path), name
        assert made.setdefault(file.lower(), name) == name, (name, made[file.lower()])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"")
    assert sum(each.is_file() for each in tmp_path.rglob("*")) == len(names)


def test_no_given_name_leaves_the_directory_or_meets_another(tmp_path):
    names = [
        "shared",
        "Shared",
        "a/b",
        "a//b",
        "/a/b",
        "../b",
        "a/../b",
        "b",
        "\0",
        "x" * 300,
        "x" * 301,
        "con",
        "con_",
    ]
    files = [named_cassette(name) for name in names]
    assert len({file.lower() for file in files}) == len(names)
    assert all(Path(os.path.normpath(tmp_path / file)).is_relative_to(tmp_path) for file in files)
    assert named_cassette("a/b.json") == named_cassette("a/b") == "a/b.json"


def test_a_link_on_the_way_does_not_lead_out(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "root" / "in").mkdir(parents=True)
    (tmp_path / "root" / "bad").symlink_to(tmp_path / "out")
    (tmp_path / "root" / "good").symlink_to(tmp_path / "root" / "in")
    root = tmp_path / "root"
    assert ensure_inside(root / "good" / "c.json", root)
    with pytest.raises(CassetteFormatError, match="a symbolic link leads out of"):
        ensure_inside(root / "bad" / "c.json", root)


@pytest.mark.parametrize("name", ["c\0.json", "x" * 300 + ".json"])
def test_a_path_that_can_be_no_file_is_refused_with_a_typed_error(tmp_path, kit, name):
    for mode in ("record", "extend", "replay"):
        with pytest.raises(ContractkitError), recording(tmp_path / name, kit, mode=mode) as cassette:
            ask(cassette, kit, "/v1/vpc")


def test_a_device_or_pipe_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path / "pipe.json", Path(os.devnull), tmp_path):
        with pytest.raises(CassetteFormatError, match=r"is no file|is a directory|cannot be read"):
            load_cassette(path)
