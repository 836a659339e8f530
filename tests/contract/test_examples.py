"""Examples are valid, faults break just what they name, for every operation there is."""

import pytest

from contractkit.contract import Match, build_call, load_contract, validate_request
from contractkit.contract.examples import example_arguments, find_examples
from contractkit.contract.faults import find_faults, find_unbroken
from contractkit.message import Request

OPERATIONS = load_contract().operations()
# Constraints that cannot be broken by themselves, each with the reason.
ONLY_WITH_OTHERS = {
    "tagValue: minLength": "it is 0, and nothing is shorter",
    "reservationLength: required": "without a length every table of capacities applies, and none fits",
    ": type": "an array has not the member that tells this operation from others of its path",
    "bindEips: required": "the member tells this operation from others of its path",
    "eips: required": "as above",
    "dnatEips: required": "as above",
    "bandwidthInMbps: required": "as above",
    "releaseIps: required": "as above",
}


def written(operation, call) -> Request:
    from urllib.parse import quote  # noqa: PLC0415 - only this helper needs it

    path = "/" + "/".join(quote(each, safe="") for each in call.path_segments)
    items = [quote(n, safe="") + ("" if v is None else "=" + quote(v, safe="")) for n, v in call.query]
    host = load_contract().host(operation.service)
    return Request(call.method, f"https://{host}{path}?{'&'.join(items)}", {"Host": host}, call.body)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.qualified)
def test_the_example_is_a_call_of_its_operation_without_violation(operation):
    """The least arguments are accepted, routed to the operation itself, and broken in nothing."""
    request = written(operation, build_call(operation, example_arguments(operation)))
    match = load_contract().route(request)
    assert isinstance(match, Match)
    assert match.operation.qualified == operation.qualified
    assert validate_request(match, request) == ()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.qualified)
def test_every_fault_is_found_where_and_as_it_is_named(operation):
    """Of a call with one constraint broken, the contract says that constraint and no other place."""
    for fault in find_faults(operation):
        match = load_contract().route(request := written(operation, fault.call))
        assert isinstance(match, Match), fault
        # A body that cannot be read selects the first of several operations of one path and flag.
        assert match.operation.qualified == operation.qualified or not fault.pointer, fault
        assert (match.operation.path, match.operation.action) == (operation.path, operation.action), fault
        broken = [each for each in validate_request(match, request) if not each.tolerated]
        assert broken, fault
        assert {each.where for each in broken} == {fault.where}, fault
        assert all(each.pointer == "" or fault.pointer.startswith(each.pointer) for each in broken) or (
            fault.where == "query"
        ), fault


def test_every_constraint_can_be_broken_by_itself():
    """What no fault is found for is known, with its reason."""
    unbroken = {f"{each.qualified} {place}" for each in OPERATIONS for place in find_unbroken(each)}
    unknown = {each for each in unbroken if not each.endswith(tuple(f"/{name}" for name in ONLY_WITH_OTHERS))}
    assert unknown == set()
    assert len(unbroken) < 25


def test_an_example_can_be_asked_for_with_an_optional_parameter_and_a_demand_on_the_body():
    """What is asked for is there, and the whole still holds."""
    operation = load_contract().operation("eip.apply_eip")
    demanded = {"properties": {"routeType": {"enum": ["BGP_S"]}}, "required": ["routeType"]}
    found = next(find_examples(operation, parameter="clientToken", body=(demanded,)))
    assert found.parameters["clientToken"]
    assert (found.body["routeType"], found.body["bandwidthInMbps"]) == ("BGP_S", 100)
