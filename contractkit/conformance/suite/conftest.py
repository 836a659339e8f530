"""What the families of the suite share: names of their own, patience, and one VPC when they need it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Eventually, Refusal
from contractkit.errors import ServiceError

if TYPE_CHECKING:
    from contractkit.client.services import EipApplyEipBilling


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "reference_only(reason): needs what a live run has not; left out before any fixture can start"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A skip inside of the test would leave half a recording, made by its fixtures."""
    mark = item.get_closest_marker("reference_only")
    if mark is not None and item.config.getoption("contract_target") == "live":
        pytest.skip(f"against the live cloud: {mark.args[0]}")


@pytest.fixture
def label(request: pytest.FixtureRequest) -> str:
    """A name that says who made the resource, the same in every run of the same test with the same seed."""
    seed = request.config.getoption("contract_seed")
    return "ck-" + hashlib.sha256(f"{seed}:{request.node.name}".encode()).hexdigest()[:12]


@pytest.fixture
def eventually(bce_cloud: Any) -> Eventually:
    """Wait until a condition holds: `eventually(lambda: ...)`; fails after 30 looks, at first in quick succession."""

    def wait(condition: Callable[[], bool]) -> None:
        for look in range(30):
            if condition():
                return
            time.sleep(min(bce_cloud.pause, 0.02 * 1.6**look))
        pytest.fail("the condition did not come true in 30 looks")

    return wait


@pytest.fixture
def refusal() -> Refusal:
    """Call something that must be refused, and get the error: `refusal(client.vpc.get_vpc, vpcId="...")`."""

    def refused(call: Callable[..., Any], **arguments: Any) -> ServiceError:
        with pytest.raises(ServiceError) as caught:
            call(**arguments)
        return caught.value

    return refused


@pytest.fixture
def vpc(bce_client: Client, label: str) -> Iterator[str]:
    """The id of a VPC of the test's own, 10.0.0.0/16, removed at the end."""
    vpc_id = bce_client.vpc.create_vpc(name=label, cidr="10.0.0.0/16")["vpcId"]
    yield vpc_id
    bce_client.vpc.delete_vpc(vpc_id)


@pytest.fixture
def subnet(bce_client: Client, label: str, vpc: str) -> Iterator[str]:
    """The id of a subnet of the test's own, 10.0.1.0/24 in its VPC, removed at the end."""
    zone = f"cn-{bce_client.region}-a"
    subnet_id = bce_client.vpc.create_subnet(name=label, zoneName=zone, cidr="10.0.1.0/24", vpcId=vpc)["subnetId"]
    yield subnet_id
    bce_client.vpc.delete_subnet(subnet_id)


@pytest.fixture
def et_gateway(bce_client: Client, label: str, vpc: str) -> Iterator[str]:
    """The id of a dedicated gateway of the test's own, removed at the end."""
    made = bce_client.vpc.create_et_gateway(name=label, vpcId=vpc, speed=100)["etGatewayId"]
    yield made
    bce_client.vpc.delete_et_gateway(made)


@pytest.fixture
def eip(bce_client: Client, label: str, eventually: Callable[[Callable[[], bool]], None]) -> Iterator[str]:
    """A postpaid address that is ready to be used, released at the end if it is still there."""
    billing: EipApplyEipBilling = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
    address = bce_client.eip.apply_eip(name=label, bandwidthInMbps=1, billing=billing)["eip"]
    eventually(lambda: bce_client.eip.list_eips(eip=address)["eipList"][0]["status"] == "available")
    yield address
    if bce_client.eip.list_eips(eip=address)["eipList"]:
        bce_client.eip.release_eip(address)


@pytest.fixture
def prepaid_eip(bce_client: Client, label: str, eventually: Callable[[Callable[[], bool]], None]) -> Iterator[str]:
    """An address paid for a month, given back at the end if it is still there and not given back."""
    billing: EipApplyEipBilling = {
        "paymentTiming": "Prepaid",
        "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
    }
    address = bce_client.eip.apply_eip(name=label, bandwidthInMbps=1, billing=billing)["eip"]
    eventually(lambda: bce_client.eip.list_eips(eip=address)["eipList"][0]["status"] == "available")
    yield address
    if bce_client.eip.list_eips(eip=address)["eipList"]:
        bce_client.eip.refund_eip(address)


@pytest.fixture
def make_eip(
    bce_client: Client, label: str, eventually: Callable[[Callable[[], bool]], None]
) -> Iterator[Callable[[], str]]:
    """Make public addresses ready to be bound: `make_eip()`; released at the end, when they are unbound."""
    made: list[str] = []

    def available(address: str) -> bool:
        return bce_client.eip.list_eips(eip=address)["eipList"][0]["status"] == "available"

    def make() -> str:
        billing: Any = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
        made.append(bce_client.eip.apply_eip(name=label, bandwidthInMbps=1, billing=billing)["eip"])
        eventually(lambda: available(made[-1]))
        return made[-1]

    yield make
    for address in made:
        eventually(lambda address=address: available(address))  # type: ignore[misc] # mypy infers no default here
        bce_client.eip.release_eip(address)


@pytest.fixture
def vpn(bce_client: Client, label: str, vpc: str, eventually: Callable[[Callable[[], bool]], None]) -> Iterator[str]:
    """The id of a postpaid IPSec gateway that is built and has no address, removed at the end."""
    made = bce_client.vpc.create_vpn(vpcId=vpc, vpnName=label, billing={"paymentTiming": "Postpaid"})["vpnId"]
    eventually(lambda: bce_client.vpc.get_vpn(made)["status"] == "unconfigured")
    yield made
    bce_client.vpc.delete_vpn(made)
