"""Files that survive: a write that is cut off leaves what was there, and a lock holds others back."""

import os

import pytest

from contractkit.files import Appendix, lock, open_plain, replace_file


@pytest.fixture
def opened(tmp_path):
    descriptor = open_plain(tmp_path / "f", os.O_RDWR | os.O_CREAT)
    yield tmp_path / "f", descriptor
    os.close(descriptor)


def short_of_room(monkeypatch, room):
    """Let so many bytes be written from now on."""
    left, write = [room], os.write

    def write_some(descriptor, data):
        if not left[0]:
            raise OSError(28, "No space left on device")
        count = write(descriptor, data[: left[0]])
        left[0] -= count
        return count

    monkeypatch.setattr(os, "write", write_some)


@pytest.mark.parametrize("room", range(6))
def test_what_does_not_fit_leaves_no_half(opened, monkeypatch, room):
    path, descriptor = opened
    end = Appendix(descriptor)
    end.append(b"first\n")
    with monkeypatch.context() as patch:
        short_of_room(patch, room)
        with pytest.raises(OSError, match="No space"):
            end.append(b"second\n")
    assert path.read_bytes() == b"first\n"
    end.append(b"third\n")
    assert path.read_bytes() == b"first\nthird\n"


def test_a_file_whose_half_cannot_be_taken_back_takes_nothing_more(opened, monkeypatch):
    path, descriptor = opened
    end = Appendix(descriptor)
    with monkeypatch.context() as patch:
        short_of_room(patch, 2)
        patch.setattr(os, "ftruncate", lambda *_: os.write(-1, b""))
        with pytest.raises(OSError, match="No space"):
            end.append(b"second\n")
    assert end.is_broken
    with pytest.raises(OSError, match="cut off"):
        end.append(b"third\n")
    assert path.read_bytes() == b"se"


def test_what_is_behind_the_end_is_overwritten(opened):
    path, descriptor = opened
    path.write_bytes(b"whole\nhal")
    Appendix(descriptor, 6).append(b"next\n")
    assert path.read_bytes() == b"whole\nnext\n"


def test_a_lock_is_held_by_one_alone(opened):
    path, descriptor = opened
    other = open_plain(path, os.O_RDWR)
    try:
        assert lock(descriptor, wait=False)
        assert not lock(other, wait=False)
    finally:
        os.close(other)


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):  # noqa: PT011  systems spell it differently
        open_plain(tmp_path / "link", os.O_RDWR | os.O_CREAT)
    assert not (tmp_path / "elsewhere").exists()


def test_a_replacement_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "f"
    replace_file(path, b"old")
    short_of_room(monkeypatch, 2)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"newer")
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["f"]
