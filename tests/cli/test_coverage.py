"""`contractkit coverage`: what requests held, the floor that only rises, and disagreements for a program."""

import json
import re

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
    heads, *_ = result.stdout.splitlines()
    vpc = next(line for line in result.stdout.splitlines() if line.startswith("vpc "))
    assert dict(zip(heads.split(), vpc.split()[1:], strict=True))["members"] == f"2/{described}"
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
    for arguments in (
        ("--raise",),
        ("--disagreements", "--at-least", floor),
        ("--disagreements", "--html", floor),
        ("--disagreements", "--counts"),
        ("--counts", "vpc"),
    ):
        assert call("coverage", *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("--html=c.txt", "must end in .html"),
        ("--json=c.html", "must end in .json"),
        ("--html=notes.txt/c.html", "cannot be written"),
        ("--at-least=none.json", "write it with --raise"),
    ],
)
def test_a_place_that_does_not_serve_is_told_before_the_cassettes_are_read(call, cassette, tmp_path, wish, told):
    """No table is made for results that cannot be kept, or a floor that is not there."""
    (tmp_path / "notes.txt").write_text("mine")
    option, _, name = wish.partition("=")
    result = call("coverage", "--cassettes", cassette.parent, option, tmp_path / name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_group_shows_what_of_it_was_exercised_of_how_many(cover):
    heads, *lines = cover("--raise").stdout.splitlines()
    group = next(line for line in lines if line.startswith("  VPC networks"))
    cells = dict(zip(heads.split(), group.split()[2:], strict=True))
    described = [each for each in load_contract().operations("vpc") if each.group == "VPC networks"]
    assert cells["ops"] == f"2/{len(described)}"
    assert cells["flags"] == f"0/{len([each for each in described if each.action])}"
    assert (cells["values"], cells["codes"].partition("/")[0]) == ("-", "1")


def test_a_named_operation_shows_what_its_requests_never_held(cover):
    result = cover("--raise", "vpc.create_vpc", "vpc.get_vpc", "vpc.delete_vpc", "vpc.create_subnet")
    created, read, deleted, subnet = result.stdout.split("vpc.")[1:5]
    assert "answered: 200 x1\n" in created
    assert "answered: 200 x1, 404 NoSuchObject x1" in read
    assert re.search(r"body members +2 of \d+ +never: /description", created)
    assert "answered: never" in deleted
    assert re.search(r"values of /subnetType +0 of \d+ +never: BCC, ", subnet)


def test_a_named_service_shows_all_its_operations_and_the_codes_nobody_saw(cover):
    shown = cover("--raise", "vpc").stdout
    assert all(each.qualified in shown for each in load_contract().operations("vpc"))
    never = shown.partition("vpc: error codes never answered: ")[2]
    assert "409 CidrConflict" in never
    assert "NoSuchObject" not in never


@pytest.mark.parametrize(("name", "known"), [("vpc.fly", "vpc.create_vpc"), ("fly", "vpc, eip, dns, privatezone")])
def test_a_name_that_means_nothing_is_refused_with_those_that_do(cover, name, known):
    result = cover("--raise", name)
    assert result.exit_code == 2
    assert known in result.stderr


def test_the_counts_keep_the_floor_and_write_the_page_as_well(cover, floor, tmp_path):
    assert cover("--raise", "--counts", "--html", tmp_path / "c.html").exit_code == 0
    assert (tmp_path / "c.html").exists()
    set_count(floor, "operations", 3)
    assert cover("--counts").exit_code == 1


def test_disagreements_are_written_by_operation_for_a_program(call, tmp_path):
    path = tmp_path / "disagreements.json"
    assert call("coverage", "--disagreements", "--json", path).exit_code == 0
    described = {
        each.qualified: list(each.disagreements) for each in load_contract().operations() if each.disagreements
    }
    assert json.loads(path.read_text("utf-8")) == described
    assert described
