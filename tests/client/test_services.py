"""Services and operations are attributes with real signatures, made when touched, and misspellings are helped."""

import inspect
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contractkit import Client, Response, load_contract
from contractkit.client.arguments import list_arguments, make_signature
from contractkit.client.service import make_method
from contractkit.contract import Operation
from contractkit.signing import EXAMPLE


@pytest.fixture
def offline():
    return Client(EXAMPLE, transport=lambda _: Response(200))


def test_every_described_operation_is_a_documented_method(offline):
    """Name, help text and signature tell the operation, and dir() lists it."""
    for service in load_contract().services:
        assert service in dir(offline)
        for operation in load_contract().operations(service):
            method = getattr(getattr(offline, service), operation.name)
            assert operation.name in dir(getattr(offline, service))
            assert (method.__name__, method.__qualname__) == (operation.name, operation.qualified)
            assert operation.summary in method.__doc__
            assert operation.path in method.__doc__
            assert list(inspect.signature(method).parameters) == [each.name for each in list_arguments(operation)]
            assert hasattr(method, "each") == hasattr(method, "pages") == (operation.paging is not None)


def test_a_signature_tells_what_is_required_and_of_which_type(offline):
    assert str(inspect.signature(offline.eip.bind_eip)).startswith("(eip: str, *, instanceType: ")
    signature = inspect.signature(offline.vpc.create_vpc)
    assert str(signature) == (
        "(*, name: str, cidr: str, description: str | None = None, enableIpv6: bool | None = None, "
        "tags: list | None = None, clientToken: str | None = None) -> dict[str, typing.Any]"
    )
    assert inspect.signature(offline.vpc.list_vpcs.each).return_annotation == Iterator[dict[str, Any]]


def test_a_name_python_cannot_spell_still_has_a_way_in():
    """`from` goes by `**{"from": ...}` and the signature says that others are taken."""
    body = {"type": "object", "properties": {"from": {"type": "string"}, "to": {}}, "required": ["from"]}
    operation = Operation("vpc", "x", "POST", "/v1/x", None, "X", "", (), body, True, None, 200, None, "none", {})
    assert str(make_signature(operation)) == "(*, to: Any = None, **others: Any) -> dict[str, typing.Any]"
    seen = []
    make_method(operation, lambda _, arguments: seen.append(arguments) or {})(to=1, **{"from": "a"})
    assert seen == [{"to": 1, "from": "a"}]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("vcp", "Client has no 'vcp'; did you mean vpc?"),
        ("frobnicate", "Client has no 'frobnicate'; dir() lists its 4 names"),
        ("vpc.create_vpcc", "client.vpc has no 'create_vpcc'; did you mean create_vpc"),
        ("eip.resize", "client.eip has no 'resize'; did you mean resize_eip"),
        ("dns.qqqqqq", "client.dns has no 'qqqqqq'; dir() lists"),
        ("_private", "has no '_private'"),
        ("vpc._private", "has no '_private'"),
    ],
)
def test_an_unknown_name_names_near_misses(offline, path, message):
    value = offline
    with pytest.raises(AttributeError) as caught:  # noqa: PT012 - the last step of the path is the one that fails
        for name in path.split("."):
            value = getattr(value, name)
    assert message in str(caught.value)
    assert not hasattr(offline, path.partition(".")[0]) or "." in path


def test_attributes_are_made_once(offline):
    assert offline.vpc is offline.vpc
    assert offline.vpc.list_vpcs is offline.vpc.list_vpcs
    assert repr(offline.dns).startswith("<Service dns, ")


def run_python(program):
    return subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    ).stdout.split()


def test_touching_one_service_loads_no_other():
    program = """
from contractkit import Client, Response, load_contract
from contractkit.signing import EXAMPLE
client = Client(EXAMPLE, transport=lambda request: Response(200))
print(*load_contract()._documents, "|")
client.dns.list_dns_zones()
print(*load_contract()._documents)
"""
    assert run_python(program) == ["|", "dns"]


def test_a_transport_of_ones_own_spares_the_import_of_requests():
    program = """
import sys
from contractkit import Client, Response
from contractkit.signing import EXAMPLE
Client(EXAMPLE, transport=lambda request: Response(200)).vpc.list_vpcs()
print(*(name for name in ("requests", "urllib3", "httpx", "vcr", "hypothesis", "h11") if name in sys.modules))
"""
    assert run_python(program) == []


def test_one_client_serves_sixteen_threads(loopback, connect):
    """Nothing is lost or mixed up: every call gets its own answer, token and signature."""
    barrier = threading.Barrier(16)
    client = connect()
    loopback.answer = lambda request: (
        loopback.requests.append(request) or Response(200, {}, b'{"name": "%s"}' % request.json()["name"].encode())
    )

    def work(number):
        barrier.wait()
        names = [f"n-{number}-{each}" for each in range(8)]
        return all(client.vpc.create_vpc(name=name, cidr="10.0.0.0/16") == {"name": name} for name in names)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(work, range(16)))
    assert len(loopback.requests) == 128
    assert len({each.query_value("clientToken") for each in loopback.requests}) == 128
    assert len({each.headers.get("authorization") for each in loopback.requests}) == 128
