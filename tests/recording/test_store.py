"""Files: names that stay inside, a journal that survives, one replace that is all or nothing."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractkit.errors import CassetteFormatError, RecordingError
from contractkit.recording import Cassette, Sanitizer, open_cassette
from contractkit.recording.cassette import encode_line
from contractkit.recording.names import cassette_name
from contractkit.recording.store import Journal, load_cassette, partial_path, read_journal, replace_file


def test_a_plain_node_id_gives_a_plain_name():
    assert cassette_name("tests/test_vpc.py::test_list") == "tests/test_vpc/test_list.json"


def test_ids_that_differ_only_in_replaced_characters_or_case_get_different_names():
    tests = ["t[10.0.0.0/16]", "t[10.0.0.0:16]", "t[10.0.0.0|16]", "t[a]", "t[A]", "T[a]", "t-a-", "t", "T"]
    names = [cassette_name(f"tests/test_vpc.py::{test}").lower() for test in tests]
    assert len(set(names)) == len(tests)


@pytest.mark.parametrize(
    "nodeid",
    [
        "../../etc/x.py::t",
        "/abs/x.py::t",
        "C:\\x.py::t",
        "x.py::" + "t" * 400,
        "x.py::../..",
        "con.py::nul",
        "",
        "::",
        "x.py",
        ".hidden/x.py::t",
        "é/测试.py::测试",
        "x.py::a\0b",
    ],
)
def test_no_node_id_leads_outside(nodeid):
    name = PurePosixPath(cassette_name(nodeid))
    assert not name.is_absolute()
    assert ".." not in name.parts
    assert all(len(part) < 255 for part in name.parts)
    assert re.fullmatch(r"[A-Za-z0-9_./-]+\.json", str(name))


@given(st.lists(st.text(max_size=60), min_size=2, max_size=6, unique=True))
def test_names_stay_inside_and_never_collide(texts):
    names = [cassette_name(f"tests/test_x.py::{text}") for text in texts]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert Path(os.path.normpath(Path("/root") / name)).is_relative_to("/root")


def test_replacing_leaves_nothing_beside_the_file(tmp_path):
    replace_file(tmp_path / "deep" / "c.json", b"one")
    replace_file(tmp_path / "deep" / "c.json", b"two")
    assert [(each.name, each.read_bytes()) for each in (tmp_path / "deep").iterdir()] == [("c.json", b"two")]


def test_a_failing_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    replace_file(tmp_path / "c.json", b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(RecordingError, match=r"No space.*make room and record again"):
        replace_file(tmp_path / "c.json", b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("c.json", b"old")]


@pytest.mark.parametrize("lies", ["below a file", "where a directory is"])
def test_a_place_that_cannot_be_written_is_not_called_full(tmp_path, lies):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder.json").mkdir()
    path = tmp_path / ("file/c.json" if lies == "below a file" else "folder.json")
    with pytest.raises(RecordingError, match="choose another place") as caught:
        replace_file(path, b"x")
    assert "make room" not in str(caught.value)
    if lies == "below a file":
        with pytest.raises(RecordingError, match=r"no recording can be started there.*choose another place"):
            Journal(path)


def test_symbolic_links_are_neither_read_nor_written(tmp_path):
    (tmp_path / "real.json").write_bytes(Cassette().encode())
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    (tmp_path / "new.json.partial").symlink_to(tmp_path / "elsewhere")
    for forbidden in (
        lambda: load_cassette(tmp_path / "link.json"),
        lambda: replace_file(tmp_path / "link.json", b"x"),
        lambda: Journal(tmp_path / "new.json"),
    ):
        with pytest.raises(CassetteFormatError, match="symbolic link"):
            forbidden()
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_cassette_is_named_with_the_remedy(tmp_path):
    with pytest.raises(
        CassetteFormatError,
        match=r"none\.json: no such cassette; check the path, or record it with --contract-mode=record",
    ):
        load_cassette(tmp_path / "none.json")


def test_a_journal_cut_in_its_last_line_gives_the_whole_entries_before(tmp_path, kit):
    entry = Sanitizer(kit.contract, credentials=kit.own).sanitize(kit.interaction(), at=kit.now)
    line = encode_line(entry)
    path = tmp_path / "c.json.partial"
    for cut in range(0, len(line), 5):
        path.write_bytes(line + line[:cut])
        assert read_journal(path) == (entry,)
    path.write_bytes(line[:-20] + b"\n" + line)
    with pytest.raises(CassetteFormatError, match="line 1 is damaged"):
        read_journal(path)


def test_a_second_recording_of_the_same_cassette_has_a_journal_of_its_own(tmp_path):
    first, second = Journal(tmp_path / "c.json"), Journal(tmp_path / "c.json")
    first.append(b"one\n")
    second.append(b"two\n")
    assert [each.path.read_bytes() for each in (first, second)] == [b"one\n", b"two\n"]
    assert second.path.name == "c.json.2.partial"
    assert first.path.stat().st_mode & 0o777 == 0o600, "it was looked at by nobody yet"
    for each in (first, second):
        each.close(discard=True)
    Journal(tmp_path / "c.json").close(discard=True)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_recording_keeps_every_answer_and_the_old_cassette(tmp_path):
    """SIGKILL in the middle: the journal holds what was answered, the old cassette is byte for byte there."""
    path = tmp_path / "c.json"
    old = Cassette().encode()
    path.write_bytes(old)
    script = textwrap.dedent(
        """
        import os, signal, sys
        from datetime import UTC, datetime
        from contractkit.message import Request, Response
        from contractkit.recording import open_cassette
        from contractkit.signing import EXAMPLE, sign
        now = datetime.now(UTC)
        answer = Response(200, {"Content-Type": "application/json"}, b'{"vpcs": []}')
        with open_cassette(sys.argv[1], "record", foreign=False) as cassette:
            ask = cassette.transport(lambda request: answer)
            for number in range(7):
                ask(sign(Request("GET", f"http://bcc.bj.baidubce.com/v1/vpc?marker={number}"), EXAMPLE, at=now))
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], check=False, capture_output=True, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == -9, done.stderr
    assert path.read_bytes() == old
    assert [entry.request.url[-1] for entry in read_journal(partial_path(path))] == list("0123456")
    with open_cassette(path, "record", foreign=False):
        pass  # the journal of the dead process does not stand in the way
    assert not partial_path(path).exists()
