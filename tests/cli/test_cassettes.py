"""`contractkit cassette`, `coverage` and `contract export`."""

import json
from dataclasses import replace

import pytest
from msgspec import UNSET
from msgspec.structs import replace as alter

from contractkit.conformance.report import read_report
from contractkit.contract import load_contract
from contractkit.recording import Cassette
from contractkit.recording.store import load_cassette, replace_file


def test_show_lists_each_interaction_with_operation_and_status(call, cassette):
    lines = call("cassette", "show", cassette).stdout.splitlines()
    assert "3 interactions" in lines[0]
    assert "POST   bcc.bj.baidubce.com/v1/vpc?clientToken=token-1  vpc.create_vpc  200" in lines[1]
    assert lines[3].endswith("vpc.get_vpc  404")


def test_show_can_show_bodies(call, cassette):
    assert '> {"cidr":"10.0.0.0/16","name":"n"}' in call("cassette", "show", "--bodies", cassette.parent).stdout


def test_show_shows_what_a_terminal_would_act_on(call, cassette):
    """A body may hold any character; on the terminal each line is one line and nothing but text."""
    parsed = load_cassette(cassette)
    first, *others = parsed.entries
    response = alter(first.response, json=UNSET, text="\x1b]52;c;eA==\x07\n::error::x")
    changed = (alter(first, response=response), *others)
    cassette.write_bytes(Cassette(changed, parsed.contract, parsed.sanitizer, parsed.at, parsed.recorded).encode())
    shown = call("cassette", "show", "--bodies", cassette).stdout
    assert r"< \x1b]52;c;eA==\x07\n::error::x" in shown
    assert "\x1b" not in shown
    assert "\n::error" not in shown


def test_check_passes_a_recorded_cassette(call, cassette):
    result = call("cassette", "check", cassette.parent)
    assert result.exit_code == 0
    assert result.stdout == "1 cassette, 3 interactions: all sound\n"


def test_check_fails_an_edited_cassette_and_goes_on_to_the_next(call, cassette):
    (cassette.parent / "edited.json").write_bytes(cassette.read_bytes().replace(b'"status": 404', b'"status": 405'))
    result = call("cassette", "check", cassette.parent)
    assert result.exit_code == 1
    assert "edited or damaged" in result.stdout
    assert "2 cassettes, 3 interactions: 1 of them not sound" in result.stdout


def rewrite(path, change):
    replace_file(path, change(load_cassette(path)).encode())


def test_check_fails_a_signature_that_does_not_verify_though_the_digest_is_right(call, cassette):
    def forge(loaded):
        first = loaded.entries[0]
        url = first.request.url.replace("token-1", "token-2")
        return replace(loaded, entries=(alter(first, request=alter(first.request, url=url)), *loaded.entries[1:]))

    rewrite(cassette, forge)
    result = call("cassette", "check", cassette)
    assert result.exit_code == 1
    assert (
        "interaction 1: its signature should verify under the example credentials (SignatureDoesNotMatch"
        in result.stdout
    )


def test_check_fails_a_cassette_whose_answers_break_the_contract(call, cassette):
    def break_answer(loaded):
        first = loaded.entries[0]
        return replace(
            loaded, entries=(alter(first, response=alter(first.response, json={"vpcId": 7})), *loaded.entries[1:])
        )

    rewrite(cassette, break_answer)
    result = call("cassette", "check", cassette)
    assert result.exit_code == 1
    assert "error body-schema vpc.create_vpc /vpcId" in result.stdout


def test_coverage_counts_operations_and_is_written_as_page_and_json(call, cassette, tmp_path):
    result = call(
        "coverage", "--cassettes", cassette.parent, "--json", tmp_path / "c.json", "--html", tmp_path / "c.html"
    )
    assert result.exit_code == 0
    described = len(load_contract().operations())
    assert f"2 of {described} operations exercised, 2 with success" in result.stdout
    assert "not exercised: " in result.stdout
    report = read_report(tmp_path / "c.json")
    assert (report.verdict, report.coverage.exercised, report.totals.exchanges) == ("none", 2, 3)
    assert "described operations are exercised by 1 cassette" in (tmp_path / "c.html").read_text("utf-8")


@pytest.mark.parametrize("command", ["coverage --cassettes", "cassette check", "cassette show"])
def test_a_place_without_cassettes_is_refused_with_the_way_out(call, tmp_path, command):
    missing = call(*command.split(), tmp_path / "no")
    empty = call(*command.split(), tmp_path)
    assert (missing.exit_code, empty.exit_code) == (2, 2)
    assert "no such file or directory" in missing.stderr
    assert "--contract-mode=record" in empty.stderr


def test_disagreements_are_listed_without_any_cassette(call):
    operations = [each for each in load_contract().operations() if each.disagreements]
    result = call("coverage", "--disagreements")
    assert result.exit_code == 0
    assert all(each.qualified in result.stdout for each in operations)
    assert f"{len(operations)} operation" in result.stdout


def test_export_writes_a_document_to_a_file_or_to_standard_output(call, tmp_path):
    printed = call("contract", "export", "--service", "eip")
    document = json.loads(printed.stdout)
    assert document["openapi"] == "3.1.0"
    assert call("contract", "export", "--service", "eip", "-o", tmp_path / "eip.json").exit_code == 0
    assert json.loads((tmp_path / "eip.json").read_text("utf-8")) == document


def test_export_to_a_place_that_cannot_be_written_says_so(call, tmp_path):
    result = call("contract", "export", "--service", "eip", "-o", tmp_path)
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
