"""Coverage down to one operation: what its requests held, what they never did, and sums that agree at every level."""

import pytest

from contractkit.conformance.report import Exchange, build_report, list_place_rows
from contractkit.contract import load_contract

CONTRACT = load_contract()
HELD = (
    "eip.apply_eip member /billing",
    "eip.apply_eip member /billing/paymentTiming",
    "eip.apply_eip value /billing/paymentTiming=Postpaid",
)


@pytest.fixture
def coverage(make_run):
    return build_report([make_run(places=HELD)], CONTRACT).coverage


@pytest.fixture
def find(coverage):
    """The coverage of one operation by its dotted name."""
    found = {
        each.operation: each for service in coverage.services for group in service.groups for each in group.operations
    }
    return found.__getitem__


def test_each_enumeration_tells_the_values_that_were_never_used(find):
    rows = {each.name: each for each in list_place_rows(find("eip.apply_eip"))}
    timing = rows["values of /billing/paymentTiming"]
    assert (timing.exercised, timing.never) == (("Postpaid",), ("Prepaid",))
    assert rows["body members"].exercised == ("/billing", "/billing/paymentTiming")
    assert rows["parameters"].never == ("query/clientToken",)
    assert list(rows)[:2] == ["parameters", "body members"]


def test_a_value_that_is_empty_text_can_be_seen(find):
    rows = {each.name: each for each in list_place_rows(find("vpc.revoke_security_group_rule"))}
    assert '""' in rows["values of /rule/protocol"].never


def test_when_nobody_looked_at_requests_nothing_is_said_of_them(make_run):
    coverage = build_report([make_run(places=())], CONTRACT).coverage
    operation = coverage.services[0].groups[0].operations[0]
    assert (operation.places, operation.tallies, list_place_rows(operation)) == ((), {}, ())


def test_a_service_counts_what_its_groups_do_and_they_what_their_operations_do(coverage):
    for service in coverage.services:
        for noun in ("operations", "action flags", "parameters", "body members", "enum values"):
            groups = [group.tallies[noun] for group in service.groups]
            assert sum(each.exercised for each in groups) == service.tallies[noun].exercised
            assert sum(each.described for each in groups) == service.tallies[noun].described
        for noun in ("parameters", "body members", "enum values"):
            operations = [each.tallies[noun] for group in service.groups for each in group.operations]
            assert sum(each.described for each in operations) == service.tallies[noun].described


def test_an_action_flag_counts_when_its_operation_was_answered(make_run):
    tallies = (
        build_report([make_run(exchanges=(Exchange("eip.bind_eip", 200),))], CONTRACT).coverage.services[1].tallies
    )
    flagged = [each for each in CONTRACT.operations("eip") if each.action]
    assert (tallies["action flags"].exercised, tallies["action flags"].described) == (1, len(flagged))


def test_every_code_that_a_service_documents_is_listed_as_answered_or_not(coverage):
    codes = {each.code: each for each in coverage.services[0].codes}
    assert set(codes) == {code for code, each in CONTRACT.errors.items() if "vpc" in each.get("services", ["vpc"])}
    assert {code for code, each in codes.items() if each.exercised} == {"IdempotentParameterMismatch", "NoSuchObject"}
    assert codes["NoSuchObject"].status == 404
