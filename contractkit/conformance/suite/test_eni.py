"""Elastic network interfaces: addresses, groups, instances and public addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import TAGS, Eventually, Refusal

pytestmark = pytest.mark.contract(creates=True)

# An instance of each type an interface is attached to.
INSTANCES: Final[tuple[tuple[Literal["server", "hpas"], str], ...]] = (
    ("server", "i-00000001"),
    ("hpas", "hpas-00000001"),
)


@pytest.fixture
def eni(bce_client: Client, subnet: str, label: str) -> Iterator[str]:
    """The id of an interface with the primary address 10.0.1.10, removed at the end."""
    made = bce_client.vpc.create_eni(
        name=label, subnetId=subnet, privateIpSet=[{"primary": True, "privateIpAddress": "10.0.1.10"}]
    )["eniId"]
    yield made
    bce_client.vpc.delete_eni(made)


@pytest.fixture
def head(bce_client: Client, vpc: str, subnet: str, label: str) -> str:
    """What the IPv6 addresses of the test's subnet begin with, now that it has some."""
    bce_client.vpc.update_vpc(vpc, name=label, enableIpv6=True)
    bce_client.vpc.update_subnet(subnet, name=label, enableIpv6=True)
    return bce_client.vpc.get_subnet(subnet)["subnet"]["ipv6Cidr"].partition("/")[0]


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


def test_an_interface_is_made_with_all_it_needs(
    bce_client: Client, vpc: str, subnet: str, eni: str, *, head: str, label: str
) -> None:
    """Group, tag, description and IPv6 addresses are there from the start; more addresses come, and go again."""
    call = bce_client.vpc

    def ends() -> set[str]:
        found = {each["privateIpAddress"] for each in call.get_eni(made)["ipv6PrivateIpSet"]}
        return {each.removeprefix(head) for each in found}

    group = call.create_security_group(name=label, vpcId=vpc)["securityGroupId"]
    made = call.create_eni(
        name=f"{label}-b",
        subnetId=subnet,
        description="made by a test",
        networkInterfaceTrafficMode="standard",
        securityGroupIds=[group],
        privateIpSet=[{"primary": True}],
        ipv6PrivateIpSet=[{"primary": False, "privateIpAddress": f"{head}a", "publicIpAddress": ""}],
        tags=TAGS,
    )["eniId"]
    found = call.get_eni(made)
    assert (found["description"], found["securityGroupIds"]) == ("made by a test", [group])
    assert (found["tags"], ends()) == (TAGS, {"a"})
    listed = [each["eniId"] for each in call.list_enis.each(vpcId=vpc, maxKeys=1)]
    assert sorted(listed) == sorted([eni, made])
    call.add_eni_private_ip(made, isIpv6=True, privateIpAddress=f"{head}b")
    call.batch_add_eni_private_ips(made, isIpv6=True, privateIpAddresses=[f"{head}c", f"{head}d"])
    assert ends() == {"a", "b", "c", "d"}
    call.delete_eni_private_ip(made, f"{head}b")
    call.batch_delete_eni_private_ips(made, privateIpAddresses=[f"{head}a", f"{head}c"])
    assert ends() == {"d"}
    call.delete_eni(made)
    call.delete_security_group(group)


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
    (used,) = call.list_vpc_resource_ips(vpcId=vpc)["result"]
    assert used["ip"] == "10.0.1.10"
    assert call.list_vpc_resource_ips(vpcId=vpc, resourceType=used["resourceType"])["result"] == [used]
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
    """To each type of instance: attach, refuse another instance and deletion while attached, detach."""
    call = bce_client.vpc
    for kind, instance in INSTANCES:
        call.attach_eni_instance(eni, instanceId=instance, instanceType=kind)
        eventually(lambda: call.get_eni_status(eni)["status"] == "inuse")
        assert call.get_eni(eni)["instanceId"] == instance
        assert 400 <= refusal(call.attach_eni_instance, eniId=eni, instanceId="i-00000002").status < 500
        assert 400 <= refusal(call.delete_eni, eniId=eni).status < 500
        assert 400 <= refusal(call.detach_eni_instance, eniId=eni, instanceId="i-00000002").status < 500
        call.detach_eni_instance(eni, instanceId=instance)
        eventually(lambda: call.get_eni_status(eni)["status"] == "available")


@pytest.mark.reference_only("no instance to attach to")
def test_an_interface_is_made_for_an_instance(
    bce_client: Client, vpc: str, subnet: str, eip: str, *, label: str, eventually: Eventually
) -> None:
    """It has its instance, groups and public address from the start; it and its groups are found by the instance."""
    call, instance = bce_client.vpc, INSTANCES[0][1]
    plain = call.create_security_group(name=label, vpcId=vpc)["securityGroupId"]
    enterprise = call.create_enterprise_security_group(name=label)["enterpriseSecurityGroupId"]
    made = call.create_eni(
        name=label,
        subnetId=subnet,
        instanceId=instance,
        securityGroupIds=[plain],
        enterpriseSecurityGroupIds=[enterprise],
        privateIpSet=[{"primary": True, "privateIpAddress": "10.0.1.10", "publicIpAddress": eip}],
    )["eniId"]
    eventually(lambda: call.get_eni_status(made)["status"] == "inuse")
    found = call.get_eni(made)
    assert (found["instanceId"], found["privateIpSet"][0]["publicIpAddress"]) == (instance, eip)
    assert [each["eniId"] for each in call.list_enis.each(vpcId=vpc, instanceId=instance)] == [made]
    assert [each["id"] for each in call.list_security_groups.each(vpcId=vpc, instanceId=instance)] == [plain]
    assert [each["id"] for each in call.list_enterprise_security_groups.each(instanceId=instance)] == [enterprise]
    call.unbind_eni_eip(made, publicIpAddress=eip)
    call.detach_eni_instance(made, instanceId=instance)
    eventually(lambda: call.get_eni_status(made)["status"] == "available")
    call.delete_eni(made)
    call.delete_enterprise_security_group(enterprise)
    call.delete_security_group(plain)
    eventually(lambda: bce_client.eip.list_eips(eip=eip)["eipList"][0]["status"] == "available")


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
