"""Which parameters, body members and enum values a request exercised."""

import pytest

from contractkit.conformance.report import build_report, find_places
from contractkit.conformance.report.places import PLACES, list_places
from contractkit.contract import load_contract
from contractkit.message import Interaction, Request, Response, encode_json

CONTRACT = load_contract()
DESCRIBED = [f"{each.qualified} {kind} {where}" for each in CONTRACT.operations() for kind, where in list_places(each)]
BASE = "https://privatezone.baidubce.com/v1/privatezone"
RULES = f"{BASE}/resolver/rule"


@pytest.fixture
def places():
    """The places of one request to private DNS, without the name of its operation."""

    def of(method, url, body=None, status=200):
        data = body if isinstance(body, bytes) else b"" if body is None else encode_json(body)
        request = Request(method, url, {"Content-Type": "application/json"}, data)
        found = find_places(Interaction(request, Response(status, {}, b"")), CONTRACT)
        assert found <= set(DESCRIBED)
        return {each.partition(" ")[2] for each in found}

    return of


def test_parameters_count_with_the_enum_values_they_have(places):
    found = places("GET", f"{RULES}?status=BOUND&maxKeys=5&marker=&unknown=1")
    assert found == {"parameter query/status", "value query/status=BOUND", "parameter query/maxKeys"}


def test_members_count_inside_lists_too_and_null_does_not(places):
    body = {"name": "n", "description": None, "dnsServerConfigs": [{"ip": "192.0.2.1"}, {"port": 53}], "other": 1}
    assert places("PUT", f"{RULES}/rule-1", body) == {
        "parameter path/ruleId",
        *("member /name", "member /dnsServerConfigs"),
        *("member /dnsServerConfigs/*/ip", "member /dnsServerConfigs/*/port"),
    }


def test_a_value_counts_only_where_it_is_one_of_the_enumeration(places):
    assert "value /type=inbound" in places("POST", f"{BASE}/resolver", {"type": "inbound"})
    assert "member /type" in places("POST", f"{BASE}/resolver", {"type": "sideways"})
    assert not any("sideways" in each for each in places("POST", f"{BASE}/resolver", {"type": "sideways"}))


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"7"])
def test_a_body_that_is_no_object_exercises_no_member(places, body):
    assert places("PUT", f"{RULES}/rule-1", body) == {"parameter path/ruleId"}


def test_what_was_refused_or_means_no_operation_exercises_nothing(places):
    assert places("GET", f"{RULES}?status=BOUND", status=400) == set()
    assert places("GET", "https://privatezone.baidubce.com/v1/nowhere") == set()


def test_every_described_place_is_of_a_known_kind_and_counted_once_in_the_report(make_run):
    assert {each.split()[1] for each in DESCRIBED} == set(PLACES)
    report = build_report([make_run(places=tuple(sorted(DESCRIBED)))], CONTRACT)
    for service in report.coverage.services:
        for noun in PLACES.values():
            assert service.tallies[noun].exercised == service.tallies[noun].described > 0
    counted = sum(service.tallies[noun].described for service in report.coverage.services for noun in PLACES.values())
    assert counted == len(DESCRIBED) == len(set(DESCRIBED))


def test_runs_side_by_side_exercise_what_any_of_them_does(make_run):
    one, two, three = (f"vpc.create_vpc member /{name}" for name in ("cidr", "description", "name"))
    runs = [make_run(places=(one,)), make_run("replay", places=(two,)), make_run(places=(one, three))]
    report = build_report(runs, CONTRACT)
    assert [run.places for run in report.runs] == [(one, three), (two,)]
    assert report.coverage.services[0].tallies["body members"].exercised == 3


def test_statuses_and_codes_count_those_the_service_documents(make_run):
    tallies = build_report([make_run()], CONTRACT).coverage.services[0].tallies
    codes = [each for each in CONTRACT.errors.values() if "vpc" in each.get("services", ["vpc"])]
    assert (tallies["error codes"].exercised, tallies["error codes"].described) == (2, len(codes))
    assert (tallies["statuses"].exercised, tallies["statuses"].described) == (
        3,
        len({e["status"] for e in codes} | {200}),
    )
    assert "parameters" not in tallies  # nobody looked at what the requests held
