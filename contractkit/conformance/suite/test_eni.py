"""Elastic network interfaces: addresses, groups, instances and public addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from contractkit.client import Client
from contractkit.errors import ServiceError

pytestmark = pytest.mark.contract(creates=True)

Refusal = Callable[..., ServiceError]
Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def eni(bce_client: Client, subnet: str, label: str) -> Iterator[str]:
    """The id of an interface with the primary address 10.0.1.10, removed at the end."""
    made = bce_client.vpc.create_eni(
        name=label, subnetId=subnet, privateIpSet=[{"primary": True, "privateIpAddress": "10.0.1.10"}]
    )["eniId"]
    yield made
    bce_client.vpc.delete_eni(made)


def addresses_of(client: Client, eni: str) -> list[str]:
    return [each["privateIpAddress"] for each in client.vpc.get_eni(eni)["privateIpSet"]]


def test_an_interface_lives_its_life(bce_client: Client, vpc: str, subnet: str, label: str, refusal: Refusal) -> None:
    """Create, read, list, rename, delete, gone."""
    call = bce_client.vpc
    made = call.create_eni(
        name=label, subnetId=subnet, privateIpSet=[{"primary": True, "privateIpAddress": "10.0.1.10"}]
    )["eniId"]
    found = call.get_eni(made)
    assert (found["name"], found["vpcId"], found["subnetId"], found["status"]) == (label, vpc, subnet, "available")
    assert addresses_of(bce_client, made) == ["10.0.1.10"]
    assert call.get_eni_status(made)["status"] == "available"
    assert [each["eniId"] for each in call.list_enis.each(vpcId=vpc, name=label)] == [made]
    assert [each["eniId"] for each in call.list_enis.each(vpcId=vpc, privateIpAddress=["1.10"])] == [made]
    call.update_eni(made, name=f"{label}-b", description="changed")
    changed = call.get_eni(made)
    assert (changed["name"], changed["description"]) == (f"{label}-b", "changed")
    call.delete_eni(made)
    assert refusal(call.get_eni, eniId=made).status == 404


def test_an_interface_gets_and_gives_up_addresses(bce_client: Client, eni: str, refusal: Refusal) -> None:
    """One by name, two by number, then all taken away but the primary one, which stays."""
    call = bce_client.vpc
    assert call.add_eni_private_ip(eni, privateIpAddress="10.0.1.20")["privateIpAddress"] == "10.0.1.20"
    added = call.batch_add_eni_private_ips(eni, privateIpAddressCount=2)["privateIpAddresses"]
    assert sorted(addresses_of(bce_client, eni)) == sorted({"10.0.1.10", "10.0.1.20", *added})
    call.delete_eni_private_ip(eni, "10.0.1.20")
    call.batch_delete_eni_private_ips(eni, privateIpAddresses=added)
    assert addresses_of(bce_client, eni) == ["10.0.1.10"]
    assert 400 <= refusal(call.delete_eni_private_ip, eniId=eni, privateIpAddress="10.0.1.10").status < 500


def test_the_addresses_of_an_interface_are_in_use(bce_client: Client, vpc: str, subnet: str, eni: str) -> None:
    """The VPC knows who has them, and the subnet has one less."""
    call = bce_client.vpc
    assert [each["ip"] for each in call.list_vpc_resource_ips(vpcId=vpc)["result"]] == ["10.0.1.10"]
    asked = ["10.0.1.10", "10.0.1.11"]
    (found,) = call.list_vpc_private_ips(vpc, privateIpAddresses=asked)["vpcPrivateIpAddresses"]
    assert (found["privateIpAddress"], found["cidr"]) == ("10.0.1.10", "10.0.1.0/24")
    before = call.get_subnet(subnet)["subnet"]["availableIp"]
    call.add_eni_private_ip(eni, privateIpAddress="10.0.1.11")
    assert call.get_subnet(subnet)["subnet"]["availableIp"] == before - 1


def test_an_address_belongs_to_one_interface(
    bce_client: Client, subnet: str, eni: str, label: str, refusal: Refusal
) -> None:
    """An address in use is not given to another interface."""
    taken = {"name": f"{label}-b", "subnetId": subnet}
    items = [{"primary": True, "privateIpAddress": "10.0.1.10"}]
    assert 400 <= refusal(bce_client.vpc.create_eni, **taken, privateIpSet=items).status < 500
    assert addresses_of(bce_client, eni) == ["10.0.1.10"]


def test_a_subnet_with_an_interface_is_not_deleted(bce_client: Client, subnet: str, eni: str, refusal: Refusal) -> None:
    """The interface has to go first."""
    assert refusal(bce_client.vpc.delete_subnet, subnetId=subnet).status == 409
    assert bce_client.vpc.get_eni_status(eni)["status"] == "available"


def test_groups_guard_an_interface(bce_client: Client, vpc: str, eni: str, label: str, refusal: Refusal) -> None:
    """Replace both kinds of groups; a group in use is not deleted."""
    call = bce_client.vpc
    before = [each["id"] for each in call.list_security_groups.each(vpcId=vpc)]
    assert call.get_eni(eni)["securityGroupIds"] == before
    plain = call.create_security_group(name=label, vpcId=vpc)["securityGroupId"]
    enterprise = call.create_enterprise_security_group(name=label)["enterpriseSecurityGroupId"]
    call.update_eni_security_groups(eni, securityGroupIds=[plain])
    call.update_eni_enterprise_security_groups(eni, enterpriseSecurityGroupIds=[enterprise])
    found = call.get_eni(eni)
    assert (found["securityGroupIds"], found["enterpriseSecurityGroupIds"]) == ([plain], [enterprise])
    assert call.get_security_group(plain)["bindInstanceNum"] == 1
    assert 400 <= refusal(call.delete_security_group, securityGroupId=plain).status < 500
    wrong = refusal(call.delete_enterprise_security_group, enterpriseSecurityGroupId=enterprise)
    assert 400 <= wrong.status < 500
    call.update_eni_security_groups(eni, securityGroupIds=before)
    call.update_eni_enterprise_security_groups(eni, enterpriseSecurityGroupIds=[])
    call.delete_security_group(plain)
    call.delete_enterprise_security_group(enterprise)


@pytest.mark.reference_only("no instance to attach to")
def test_an_interface_is_attached_and_detached(
    bce_client: Client, eni: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Attach, refuse another instance and deletion while attached, detach."""
    call = bce_client.vpc
    call.attach_eni_instance(eni, instanceId="i-00000001")
    eventually(lambda: call.get_eni_status(eni)["status"] == "inuse")
    assert call.get_eni(eni)["instanceId"] == "i-00000001"
    assert 400 <= refusal(call.attach_eni_instance, eniId=eni, instanceId="i-00000002").status < 500
    assert 400 <= refusal(call.delete_eni, eniId=eni).status < 500
    assert 400 <= refusal(call.detach_eni_instance, eniId=eni, instanceId="i-00000002").status < 500
    call.detach_eni_instance(eni, instanceId="i-00000001")
    eventually(lambda: call.get_eni_status(eni)["status"] == "available")


def test_a_public_address_is_bound_to_an_interface(
    bce_client: Client, eni: str, label: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Bind, see it on both sides, refuse to delete either, unbind."""
    client = bce_client

    def status() -> str:
        return client.eip.list_eips(eip=eip)["eipList"][0]["status"]

    eip = client.eip.apply_eip(
        name=label, bandwidthInMbps=1, billing={"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
    )["eip"]
    eventually(lambda: status() == "available")
    client.vpc.bind_eni_eip(eni, privateIpAddress="10.0.1.10", publicIpAddress=eip)
    eventually(lambda: status() == "binded")
    assert client.vpc.get_eni(eni)["privateIpSet"][0]["publicIpAddress"] == eip
    assert client.eip.list_eips(eip=eip)["eipList"][0]["instanceId"] == eni
    assert 400 <= refusal(client.vpc.delete_eni, eniId=eni).status < 500
    client.vpc.unbind_eni_eip(eni, publicIpAddress=eip)
    eventually(lambda: status() == "available")
    assert not client.vpc.get_eni(eni)["privateIpSet"][0]["publicIpAddress"]
    client.eip.release_eip(eip)


def test_an_interface_that_does_not_exist_is_not_found(bce_client: Client, refusal: Refusal) -> None:
    """Reading and deleting an interface of nobody gets 404."""
    for operation in (bce_client.vpc.get_eni, bce_client.vpc.delete_eni):
        assert refusal(operation, eniId="eni-000000000000").status == 404
