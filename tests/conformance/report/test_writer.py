"""Reports as files."""

import os

import pytest

from contractkit.conformance.report import TestCase, build_report, check_report_path, read_report, write_report
from contractkit.contract import load_contract
from contractkit.errors import ConfigurationError


@pytest.fixture
def report(make_run, failing_run):
    return build_report([make_run(), failing_run()], load_contract())


def test_a_json_report_reads_back_equal(report, tmp_path):
    write_report(report, tmp_path / "new" / "report.json")
    assert read_report(tmp_path / "new" / "report.json") == report


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("r.xml", "--junitxml="), ("r.pdf", r"\.html or \.json"), ("r", r"\.html or \.json")],
)
def test_a_kind_that_does_not_exist_is_refused_with_the_way_out(report, tmp_path, name, remedy):
    with pytest.raises(ConfigurationError, match=remedy):
        write_report(report, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_no_report(tmp_path):
    (tmp_path / "r.html").mkdir()
    with pytest.raises(ConfigurationError, match="is a directory"):
        check_report_path(tmp_path / "r.html")


def test_a_place_that_cannot_be_written_is_told_plainly(report, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_report(report, tmp_path / "file" / "r.json")


def test_a_failed_write_leaves_the_old_report_and_nothing_else(report, tmp_path, monkeypatch):
    path = tmp_path / "r.json"
    path.write_text("old")

    def fail(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(ConfigurationError, match="No space left"):
        write_report(report, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", ["html", "json"])
def test_no_given_secret_reaches_a_report(make_run, tmp_path, suffix):
    secret = "s3cr3t&<value>/" + "f" * 20
    test = TestCase(f"t[{secret}]", f"about {secret}", secret, "failed", 0.1, f"E  {secret} != 1")
    path = tmp_path / f"r.{suffix}"
    write_report(build_report([make_run(tests=(test,))], load_contract()), path, secrets=[secret, ""])
    assert "f" * 20 not in path.read_text("utf-8")
    assert "about ***" in path.read_text("utf-8")


@pytest.mark.parametrize("suffix", ["html", "json"])
def test_terminal_colours_and_characters_that_are_no_text_do_no_harm(make_run, tmp_path, suffix):
    test = TestCase("t", "reversed \u202etxet", "g", "failed", 0.1, "\x1b[31mred\x1b[0m nul\x00 lone \ud800")
    path = tmp_path / f"r.{suffix}"
    write_report(build_report([make_run(tests=(test,))], load_contract()), path)
    text = path.read_text("utf-8")
    assert "red nul" in text
    assert not {"\x1b", "\x00", "\u202e"} & set(text)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{}", "is not a JSON report"),
        (b"[", "is damaged"),
        (b'{"format": "contractkit report", "format_version": 99}', "version is not 1"),
        (b'{"format": "contractkit report", "format_version": 1}', "is damaged"),
    ],
)
def test_what_is_no_report_is_refused_by_name(tmp_path, content, told):
    (tmp_path / "r.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match=told):
        read_report(tmp_path / "r.json")
