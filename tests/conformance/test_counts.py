"""The five counts: what is missing is named, and what is there is counted."""

import pytest

from contractkit.conformance.cassettes import run_of_cassettes
from contractkit.conformance.counts import NOUNS, count_services, find_missing
from contractkit.conformance.report import build_report
from contractkit.contract import load_contract

CONTRACT = load_contract()


@pytest.fixture(scope="module")
def nothing_recorded():
    """The coverage of no cassette at all."""
    return build_report([run_of_cassettes([], CONTRACT, version="0")], CONTRACT).coverage


def test_every_operation_is_described_callable_and_served(nothing_recorded):
    """The first three counts are whole without any cassette: the client has all, the cloud answers all."""
    missing = find_missing(nothing_recorded, CONTRACT)
    assert {noun: missing[noun] for noun in NOUNS[:3]} == dict.fromkeys(NOUNS[:3], ())


def test_without_cassettes_nothing_counts_as_walked_through(nothing_recorded):
    """The last two counts come from cassettes alone."""
    counts = count_services(find_missing(nothing_recorded, CONTRACT), CONTRACT)
    assert list(counts) == list(CONTRACT.services)
    for service, tallies in counts.items():
        described = len(CONTRACT.operations(service))
        assert [each.exercised for each in tallies.values()] == [described, described, described, 0, 0]
        assert {each.described for each in tallies.values()} == {described}
