"""`contractkit coverage`: what requests held, the floor that only rises, and disagreements for a program."""

import json

import pytest

from contractkit.contract import load_contract


@pytest.fixture
def floor(tmp_path):
    return tmp_path / "floor.json"


@pytest.fixture
def cover(call, cassette, floor):
    """Run it over one cassette against the floor."""

    def run(*arguments):
        return call("coverage", "--cassettes", cassette.parent, "--at-least", floor, *arguments)

    return run


def set_count(floor, noun, exercised):
    kept = json.loads(floor.read_text("utf-8"))
    kept["services"]["vpc"][noun]["exercised"] = exercised
    floor.write_text(json.dumps(kept), "utf-8")


def count(floor, noun):
    return json.loads(floor.read_text("utf-8"))["services"]["vpc"][noun]["exercised"]


def test_parameters_and_members_of_the_cassettes_are_counted(cover, floor):
    result = cover("--raise")
    assert result.exit_code == 0
    described = json.loads(floor.read_text("utf-8"))["services"]["vpc"]["body members"]["described"]
    assert f", 2 of {described} body members, 0 of " in result.stdout
    counts = {noun: count(floor, noun) for noun in ("operations", "statuses", "error codes", "parameters")}
    assert counts == {"operations": 2, "statuses": 2, "error codes": 1, "parameters": 2}
    assert (count(floor, "body members"), count(floor, "enum values")) == (2, 0)


def test_counts_that_hold_pass_and_leave_the_file_alone(cover, floor):
    cover("--raise")
    before = floor.read_bytes()
    result = cover()
    assert (result.exit_code, floor.read_bytes()) == (0, before)
    assert "fallen" not in result.stdout
    assert "risen" not in result.stdout


@pytest.mark.parametrize("raise_", [(), ("--raise",)])
def test_a_count_that_fell_fails_and_is_never_written(cover, floor, raise_):
    cover("--raise")
    set_count(floor, "body members", 3)
    before = floor.read_bytes()
    result = cover(*raise_)
    assert (result.exit_code, floor.read_bytes()) == (1, before)
    assert "fallen  vpc: body members exercised 3 -> 2 of" in result.stdout
    assert "1 count below" in result.stdout


def test_a_count_that_rose_passes_and_is_kept_when_asked(cover, floor):
    cover("--raise")
    set_count(floor, "operations", 1)
    told = cover()
    assert (told.exit_code, count(floor, "operations")) == (0, 1)
    assert "risen   vpc: operations exercised 1 -> 2 of" in told.stdout
    assert "keep it with --raise" in told.stdout
    cover("--raise")
    assert count(floor, "operations") == 2


def test_a_floor_that_is_not_there_is_refused_and_written_only_when_asked(cover, floor):
    missing = cover()
    assert (missing.exit_code, floor.exists()) == (2, False)
    assert "--raise" in missing.stderr


def test_options_that_make_no_sense_together_are_refused(call, floor):
    for arguments in (("--raise",), ("--disagreements", "--at-least", floor), ("--disagreements", "--html", floor)):
        assert call("coverage", *arguments).exit_code == 2


def test_disagreements_are_written_by_operation_for_a_program(call, tmp_path):
    path = tmp_path / "disagreements.json"
    assert call("coverage", "--disagreements", "--json", path).exit_code == 0
    described = {
        each.qualified: list(each.disagreements) for each in load_contract().operations() if each.disagreements
    }
    assert json.loads(path.read_text("utf-8")) == described
    assert described
