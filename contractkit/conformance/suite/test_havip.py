"""High-availability virtual addresses: the instances behind them, and their public address."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Eventually, Refusal

pytestmark = pytest.mark.contract(creates=True)


@pytest.fixture
def havip(bce_client: Client, subnet: str, label: str) -> Iterator[str]:
    """The id of a virtual address of the test's own at 10.0.1.30, removed at the end."""
    made = bce_client.vpc.create_havip(name=label, subnetId=subnet, privateIpAddress="10.0.1.30")["haVipId"]
    yield made
    bce_client.vpc.delete_havip(made)


def test_a_virtual_address_lives_its_life(
    bce_client: Client, vpc: str, subnet: str, label: str, refusal: Refusal
) -> None:
    """Create at any free address, read, list, rename, delete, gone."""
    call = bce_client.vpc
    made = call.create_havip(name=label, subnetId=subnet, privateIpAddress="", description="made by a test")["haVipId"]
    found = call.get_havip(made)
    assert (found["name"], found["vpcId"], found["subnetId"], found["status"]) == (label, vpc, subnet, "available")
    assert found["privateIpAddress"].startswith("10.0.1.")
    call.update_havip(made, name=f"{label}-b", description="changed")
    (listed,) = call.list_havips.each(vpcId=vpc)
    assert (listed["haVipId"], listed["name"], listed["description"]) == (made, f"{label}-b", "changed")
    call.delete_havip(made)
    error = refusal(call.get_havip, haVipId=made)
    assert (error.status, error.code) == (404, "NoSuchObject")


def test_virtual_addresses_come_in_pages(bce_client: Client, vpc: str, subnet: str, label: str) -> None:
    """Three in pages of two: each once, and no private address twice."""
    call = bce_client.vpc
    made = [call.create_havip(name=label, subnetId=subnet, privateIpAddress="")["haVipId"] for _ in range(3)]
    paged = list(call.list_havips.each(vpcId=vpc, maxKeys=2))
    assert [each["haVipId"] for each in paged] == made
    assert len({each["privateIpAddress"] for each in paged}) == 3
    for each in made:
        call.delete_havip(each)


@pytest.mark.usefixtures("havip")
def test_a_private_address_is_had_once(bce_client: Client, subnet: str, label: str, refusal: Refusal) -> None:
    """A second virtual address at the private one of the first is refused; so is one outside of the subnet."""
    create = bce_client.vpc.create_havip
    assert refusal(create, name=label, subnetId=subnet, privateIpAddress="10.0.1.30").status == 409
    assert 400 <= refusal(create, name=label, subnetId=subnet, privateIpAddress="10.9.0.1").status < 500


@pytest.mark.reference_only("needs network interfaces that it may attach")
def test_instances_are_attached_and_detached(
    bce_client: Client, subnet: str, havip: str, label: str, refusal: Refusal
) -> None:
    """An attached interface is bound, one of them the master; twice is refused; detached, servers take their place."""
    call = bce_client.vpc
    addresses: list[str] = ["10.0.1.40", "10.0.1.41"]
    enis = [
        call.create_eni(name=label, subnetId=subnet, privateIpSet=[{"primary": True, "privateIpAddress": each}])[
            "eniId"
        ]
        for each in addresses
    ]
    call.attach_havip_instances(havip, instanceIds=enis, instanceType="ENI")
    found = call.get_havip(havip)
    assert (found["status"], [each["instanceId"] for each in found["bindedInstances"]]) == ("binded", enis)
    assert [each["master"] for each in found["bindedInstances"]].count(True) == 1
    again = refusal(call.attach_havip_instances, haVipId=havip, instanceIds=enis[:1], instanceType="ENI")
    assert again.status == 409
    assert refusal(call.delete_havip, haVipId=havip).status == 409
    call.detach_havip_instances(havip, instanceIds=enis, instanceType="ENI")
    assert call.get_havip(havip)["status"] == "available"
    for each in enis:
        call.delete_eni(each)
    call.attach_havip_instances(havip, instanceIds=["i-00000001"], instanceType="SERVER")
    (server,) = call.get_havip(havip)["bindedInstances"]
    assert (server["instanceId"], server["instanceType"]) == ("i-00000001", "SERVER")
    call.detach_havip_instances(havip, instanceIds=["i-00000001"], instanceType="SERVER")
    assert call.get_havip(havip)["bindedInstances"] == []


def test_a_public_address_is_bound_and_unbound(
    bce_client: Client, havip: str, make_eip: Callable[[], str], eventually: Eventually, refusal: Refusal
) -> None:
    """Both sides show the binding; a second address, and one that nobody has, are refused."""
    call, eips = bce_client.vpc, [make_eip(), make_eip()]
    call.bind_havip_eip(havip, publicIpAddress=eips[0])
    assert call.get_havip(havip)["publicIpAddress"] == eips[0]
    eventually(lambda: bce_client.eip.list_eips(eip=eips[0])["eipList"][0]["status"] == "binded")
    assert bce_client.eip.list_eips(eip=eips[0])["eipList"][0]["instanceId"] == havip
    assert refusal(call.bind_havip_eip, haVipId=havip, publicIpAddress=eips[1]).status == 409
    call.unbind_havip_eip(havip)
    assert not call.get_havip(havip).get("publicIpAddress")
    assert refusal(call.unbind_havip_eip, haVipId=havip).status == 409
    assert refusal(call.bind_havip_eip, haVipId=havip, publicIpAddress="192.0.2.254").status == 404
