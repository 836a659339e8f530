"""From runs to a report."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contractkit.conformance.report import (
    CassetteFile,
    CassetteSummary,
    Exchange,
    Run,
    TestCase,
    build_report,
    merge,
)
from contractkit.contract import load_contract


def test_workers_of_one_pass_become_one_run(make_run):
    first, second = make_run(seconds=3.0), make_run(seconds=9.0, started="2026-01-01T00:00:00Z")
    other = TestCase("s/test_x.py::test_x", "X", "X", "passed")
    second = make_run(seconds=9.0, started="2026-01-01T00:00:00Z", tests=(other,))
    (run,) = merge([first, second])
    assert len(run.tests) == len(first.tests) + 1
    assert (run.seconds, run.started) == (9.0, "2026-01-01T00:00:00Z")
    assert next(each.count for each in run.exchanges if each.operation == "vpc.create_vpc") == 6
    assert run.cassettes.recorded == 14
    assert len(run.readings) == len(first.readings)


def test_recording_and_replaying_stand_side_by_side(make_run):
    report = build_report([make_run("record"), make_run("replay")], load_contract())
    assert [run.mode for run in report.runs] == ["record", "replay"]
    assert (report.verdict, report.reasons) == ("passed", ())
    assert (report.totals.passed, report.totals.skipped, report.totals.tests) == (6, 2, 8)


def test_coverage_counts_every_operation_of_the_contract_once(make_run):
    contract = load_contract()
    coverage = build_report([make_run()], contract).coverage
    assert coverage.described == len(contract.operations())
    assert (coverage.exercised, coverage.succeeded) == (3, 2)
    assert sum(group.described for service in coverage.services for group in service.groups) == coverage.described


def test_an_operation_shows_every_status_and_code_it_was_answered_with(make_run):
    coverage = build_report([make_run("record"), make_run("replay")], load_contract()).coverage
    covered = {each.operation: each for s in coverage.services for g in s.groups for each in g.operations}
    create = covered["vpc.create_vpc"]
    assert create.state == "succeeded"
    assert [(each.status, each.code, each.count) for each in create.answers] == [
        (200, "", 6),
        (403, "IdempotentParameterMismatch", 2),
    ]
    assert covered["vpc.get_vpc"].state == "refused"
    assert covered["dns.create_dns_zone"].state == "unseen"


def test_answers_that_mean_no_operation_are_listed_apart(make_run):
    run = make_run(exchanges=(Exchange("", 400, "InvalidURI"), Exchange("vpc.no_such", 200)))
    coverage = build_report([run], load_contract()).coverage
    assert [each.code for each in coverage.undescribed] == ["InvalidURI", ""]
    assert coverage.exercised == 0


def test_a_failed_test_or_a_grave_finding_fails_the_report_and_says_so(make_run, failing_run):
    report = build_report([make_run(), failing_run()], load_contract())
    assert report.verdict == "failed"
    assert report.reasons == ("replay: 1 test failed", "1 finding of level error")
    assert [entry.level for entry in report.findings] == ["error", "note"]
    assert report.totals.findings == {"error": 1, "warning": 0, "note": 1}


def test_a_run_in_which_nothing_passed_is_no_pass(make_run):
    skipped = TestCase("a", "A", "A", "skipped")
    report = build_report([make_run(tests=(skipped,))], load_contract())
    assert report.reasons == ("record: no test passed, so nothing was shown",)


def test_reading_cassettes_alone_reaches_no_verdict(make_run):
    report = build_report([replace(make_run(tests=()), mode="cassettes")], load_contract())
    assert (report.verdict, report.reasons) == ("none", ())


_EXCHANGES = st.lists(
    st.builds(
        Exchange,
        st.sampled_from(["vpc.create_vpc", "eip.list_eips", ""]),
        st.sampled_from([200, 404]),
        st.sampled_from(["", "NoSuchObject"]),
        st.just("recorded"),
        st.integers(1, 5),
    )
)
_TESTS = st.lists(
    st.builds(TestCase, st.text(max_size=3), st.just("t"), st.just("g"), st.sampled_from(["passed", "failed"])),
    unique_by=lambda test: test.id,
)


@given(st.lists(st.tuples(_TESTS, _EXCHANGES), min_size=1, max_size=4))
def test_merging_loses_no_interaction_and_does_nothing_twice(parts):
    blank = {"target": "reference", "region": "bj", "started": "", "seconds": 1.0, "python": "", "contract_digest": ""}
    runs = [
        Run(version="1", mode="record", tests=tuple(tests), exchanges=tuple(exchanges), **blank)
        for tests, exchanges in parts
    ]
    merged = merge(runs)
    total = sum(each.count for _, exchanges in parts for each in exchanges)
    assert sum(each.count for run in merged for each in run.exchanges) == total
    assert {test.id for run in merged for test in run.tests} == {test.id for tests, _ in parts for test in tests}
    assert merge(merged) == merged


def test_one_cassette_used_by_two_workers_is_counted_together():
    blank = {"target": "reference", "region": "bj", "started": "", "seconds": 1.0, "python": "", "contract_digest": ""}
    files = CassetteFile("b.json", 1, 2, ("GET /x",)), CassetteFile("a.json", 1)
    runs = [Run(version="1", mode="replay", cassettes=CassetteSummary(files), **blank)] * 2
    (run,) = merge(runs)
    assert [(file.path, file.recorded, file.replayed, len(file.unused)) for file in run.cassettes.files] == [
        ("a.json", 2, 0, 0),
        ("b.json", 2, 4, 2),
    ]
