"""Every operation's gates: what the contract takes is let through, each constraint broken is refused by its code."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from contractkit.cloud.gates import read_token, require_contract, require_route
from contractkit.contract import build_call, load_contract
from contractkit.contract.examples import example_arguments
from contractkit.contract.faults import find_faults
from contractkit.idempotency import LedgerPolicy
from contractkit.properties.strategies import operation_requests

OPERATIONS = load_contract().operations()
SHAPE = {"type", "required", "anyOf", "oneOf", "dependentRequired"}
# A fixed stride through all of them for the quick run.
SAMPLE = OPERATIONS[::15]


def documented_code(fault):
    """The code the documents name for just this, else the one of the protocol for where it is and what kind."""
    if fault.code:
        return fault.code
    if fault.where != "body":
        return "BadRequest"
    if fault.rule == "malformed":
        return "MalformedJSON"
    return "InappropriateJSON" if fault.rule in SHAPE else "BadRequest"


def examine(operation, count):
    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation_requests(operation))
    def let_through(request):
        match = require_route(load_contract().route(request))
        assert match.operation.qualified == operation.qualified
        require_contract(match, request)
        read_token(match.operation, request, LedgerPolicy())

    let_through()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.qualified)
def test_the_example_is_served(caller, operation):
    """The least valid call of each operation is answered by the operation: neither a lost path nor a breakdown."""
    arguments = example_arguments(operation)
    if operation.client_token != "none":
        arguments["clientToken"] = "one"
    response = caller.call(operation.qualified, **arguments)
    assert response.status < 500
    assert response.status < 400 or response.json()["code"] not in ("InvalidURI", "InvalidVersion", "MalformedJSON")


@pytest.mark.parametrize("operation", SAMPLE, ids=lambda each: each.qualified)
def test_drawn_calls_pass_the_gates(operation):
    """Calls drawn from the contract are let through (some operations; the slow run takes them all)."""
    examine(operation, 10)


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.qualified)
def test_fifty_drawn_calls_of_every_operation_pass_the_gates(operation):
    """Fifty calls drawn from the contract are let through, of every operation."""
    examine(operation, 50)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.qualified)
def test_each_constraint_broken_is_refused_with_its_code(caller, encoded, operation):
    """A value just outside of each constraint is refused, with the code documented for it, and changes nothing."""
    for fault in find_faults(operation):
        response = caller.send(encoded(operation, fault.call))
        code = documented_code(fault)
        assert (response.json()["code"], response.status) == (code, load_contract().errors[code]["status"]), fault
    assert caller.cloud.snapshot() == {}


@pytest.fixture
def encoded():
    """Write a call that may be wrong as an unsigned request to its documented host."""
    from urllib.parse import quote  # noqa: PLC0415 - only this fixture needs it

    from contractkit.message import Request  # noqa: PLC0415 - as above

    def encode(operation, call):
        path = "/" + "/".join(quote(each, safe="") for each in call.path_segments)
        items = [quote(n, safe="") + ("" if v is None else "=" + quote(v, safe="")) for n, v in call.query]
        host = load_contract().host(operation.service)
        headers = {"Host": host, "Content-Type": "application/json"}
        return Request(call.method, f"https://{host}{path}?{'&'.join(items)}", headers, call.body)

    return encode


def test_the_sample_speaks_of_every_service():
    """The quick run leaves no service out, and an operation that exists is one that is built."""
    assert {each.service for each in SAMPLE} == set(load_contract().services)
    assert all(build_call(each, example_arguments(each)).path_segments for each in OPERATIONS)
