"""What the families of the suite share: names of their own, patience, and one VPC when they need it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contractkit.client import Client
from contractkit.errors import ServiceError


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
def eventually(bce_cloud: Any) -> Callable[[Callable[[], bool]], None]:
    """Wait until a condition holds: `eventually(lambda: ...)`; fails after 30 looks, at first in quick succession."""

    def wait(condition: Callable[[], bool]) -> None:
        for look in range(30):
            if condition():
                return
            time.sleep(min(bce_cloud.pause, 0.02 * 1.6**look))
        pytest.fail("the condition did not come true in 30 looks")

    return wait


@pytest.fixture
def refusal() -> Callable[..., ServiceError]:
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
