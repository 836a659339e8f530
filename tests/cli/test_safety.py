"""`cassette scan` and `cassette rules`: what they say, and their exit codes."""

import tomllib

import pytest

from contractkit.recording.sanitizer import RULES
from contractkit.recording.scan import PATTERNS

RAW = '{"Authorization": "bce-auth-v1/5bb1c2d3e4f5061728394a5b6c7d8e9f/2026-05-01T01:02:03Z/1800/host/00"}'


def test_what_is_found_is_told_by_place_and_never_by_value(call, tmp_path):
    (tmp_path / "a.json").write_text(f"\n{RAW}")
    done = call("cassette", "scan", str(tmp_path))
    assert done.exit_code == 1
    assert f"{tmp_path / 'a.json'}:2: " in done.output
    assert "[bce-authorization]" in done.output
    assert "5bb1c2d3" not in done.output


def test_what_is_clean_or_switched_off_passes(call, tmp_path):
    (tmp_path / "a.json").write_text(RAW)
    assert call("cassette", "scan", "--off", "bce-authorization", str(tmp_path)).exit_code == 0
    (tmp_path / "a.json").write_text("{}")
    assert call("cassette", "scan", str(tmp_path / "a.json")).exit_code == 0


def test_a_scan_of_nothing_is_no_scan(call, tmp_path):
    """And what was looked at is counted: files that are not called like a recording are read when they are named."""
    (tmp_path / ".env").write_text(RAW)
    done = call("cassette", "scan", str(tmp_path))
    assert done.exit_code == 2
    assert f"no recording in {tmp_path}" in done.output
    assert "1 secret found in 1 file" in call("cassette", "scan", str(tmp_path / ".env")).output
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.har").write_text("{}")
    assert "0 secrets found in 2 files" in call("cassette", "scan", str(tmp_path)).output


@pytest.mark.parametrize("arguments", [["--off", "nope", "."], ["no-such-file.json"]])
def test_what_cannot_be_done_is_wrong_usage(call, arguments):
    done = call("cassette", "scan", *arguments)
    assert done.exit_code == 2
    assert "error: " in done.output


def test_rules_are_listed_with_their_ids_and_states(call):
    told = call("cassette", "rules").output
    assert all(rule.id in told and rule.what[:40] in told for rule in RULES)
    assert all(pattern.id in call("cassette", "rules", "scan").output for pattern in PATTERNS)
    assert len(tomllib.loads(call("cassette", "rules", "gitleaks").output)["rules"]) == len(PATTERNS)
