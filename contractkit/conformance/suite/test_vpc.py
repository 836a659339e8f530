"""VPCs and subnets, from creation to gone."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import Final, Literal

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import TAGS, Refusal

pytestmark = pytest.mark.contract(creates=True)

SUBNET_TYPES: Final[tuple[Literal["BCC", "BBC", "BCC_NAT"], ...]] = ("BCC", "BBC", "BCC_NAT")


def zone_in(client: Client) -> str:
    """An availability zone of the region the run works in."""
    return f"cn-{client.region}-a"


def test_a_vpc_lives_its_life(bce_client: Client, label: str, refusal: Refusal) -> None:
    """Create with a tag, read, list, update, delete, gone."""
    vpc_id = bce_client.vpc.create_vpc(name=label, cidr="10.0.0.0/16", description="made by a test", tags=TAGS)["vpcId"]
    found = bce_client.vpc.get_vpc(vpc_id)["vpc"]
    assert (found["name"], found["cidr"], found["description"]) == (label, "10.0.0.0/16", "made by a test")
    assert found["tags"] == TAGS
    assert vpc_id in {each["vpcId"] for each in bce_client.vpc.list_vpcs.each()}
    bce_client.vpc.update_vpc(vpc_id, name=f"{label}-b", description="changed")
    changed = bce_client.vpc.get_vpc(vpc_id)["vpc"]
    assert (changed["name"], changed["description"]) == (f"{label}-b", "changed")
    bce_client.vpc.delete_vpc(vpc_id)
    error = refusal(bce_client.vpc.get_vpc, vpcId=vpc_id)
    assert (error.status, error.code) == (404, "NoSuchObject")


def test_vpcs_are_listed_by_what_they_are(bce_client: Client, vpc: str, label: str) -> None:
    """By id, page by page, and apart from the default one."""
    call = bce_client.vpc
    other = call.create_vpc(name=f"{label}-b", cidr="10.1.0.0/16")["vpcId"]
    listed = [each["vpcId"] for each in call.list_vpcs.each(vpcIds=[vpc, other], maxKeys=1)]
    assert sorted(listed) == sorted([vpc, other])
    default, made = ({each["vpcId"] for each in call.list_vpcs.each(isDefault=told)} for told in (True, False))
    assert {vpc, other} <= made - default
    call.delete_vpc(other)


def test_a_vpc_grows(bce_client: Client, vpc: str, label: str) -> None:
    """IPv6 and a secondary network come later; a subnet is made in both, another gets IPv6 later."""
    call, zone = bce_client.vpc, zone_in(bce_client)
    call.update_vpc(vpc, name=label, enableIpv6=True, secondaryCidr=["172.16.0.0/16"])
    grown = call.get_vpc(vpc)["vpc"]
    assert grown["secondaryCidr"] == ["172.16.0.0/16"]
    first = call.create_subnet(name=label, zoneName=zone, cidr="10.0.1.0/24", vpcId=vpc)["subnetId"]
    second = call.create_subnet(
        name=label,
        zoneName=zone,
        cidr="172.16.1.0/24",
        vpcId=vpc,
        vpcSecondaryCidr="172.16.0.0/16",
        enableIpv6=True,
    )["subnetId"]
    call.update_subnet(first, name=label, enableIpv6=True)
    one, two = (IPv6Network(call.get_subnet(each)["subnet"]["ipv6Cidr"]) for each in (first, second))
    assert not one.overlaps(two)
    assert all(each.subnet_of(IPv6Network(grown["ipv6Cidr"])) for each in (one, two))
    for each in (first, second):
        call.delete_subnet(each)


def test_a_subnet_lives_its_life(bce_client: Client, vpc: str, label: str, refusal: Refusal) -> None:
    """Create with a tag, read, list with a filter, update, delete, gone."""
    subnet_id = bce_client.vpc.create_subnet(
        name=label,
        zoneName=zone_in(bce_client),
        cidr="10.0.1.0/24",
        vpcId=vpc,
        description="made by a test",
        tags=TAGS,
    )["subnetId"]
    found = bce_client.vpc.get_subnet(subnet_id)["subnet"]
    assert (found["name"], found["cidr"], found["vpcId"]) == (label, "10.0.1.0/24", vpc)
    assert (found["description"], found["tags"]) == ("made by a test", TAGS)
    assert [each["subnetId"] for each in bce_client.vpc.list_subnets.each(vpcId=vpc)] == [subnet_id]
    assert [each["subnetId"] for each in bce_client.vpc.get_vpc(vpc)["vpc"]["subnets"]] == [subnet_id]
    bce_client.vpc.update_subnet(subnet_id, name=f"{label}-b", description="changed")
    changed = bce_client.vpc.get_subnet(subnet_id)["subnet"]
    assert (changed["name"], changed["description"]) == (f"{label}-b", "changed")
    bce_client.vpc.delete_subnet(subnet_id)
    assert refusal(bce_client.vpc.get_subnet, subnetId=subnet_id).status == 404


def test_subnets_are_listed_by_what_they_are(bce_client: Client, vpc: str, label: str) -> None:
    """Of one subnet of each type, all are found by their ids and zone, none in another zone, one by its type."""
    call, zone = bce_client.vpc, zone_in(bce_client)
    made = {
        kind: call.create_subnet(name=label, zoneName=zone, cidr=f"10.0.{n}.0/24", vpcId=vpc, subnetType=kind)[
            "subnetId"
        ]
        for n, kind in enumerate(SUBNET_TYPES)
    }
    ids = list(made.values())
    assert {each["subnetId"] for each in call.list_subnets.each(subnetIds=ids, zoneName=zone)} == set(ids)
    assert list(call.list_subnets.each(vpcId=vpc, zoneName=f"cn-{bce_client.region}-b")) == []
    for kind, subnet_id in made.items():
        (found,) = call.list_subnets.each(vpcId=vpc, subnetType=kind)
        assert (found["subnetId"], found["subnetType"]) == (subnet_id, kind)
    for subnet_id in ids:
        call.delete_subnet(subnet_id)


def test_pages_follow_one_another(bce_client: Client, vpc: str, label: str) -> None:
    """Five subnets in pages of two: each once, in the same order as on one page."""
    for number in range(5):
        bce_client.vpc.create_subnet(name=label, zoneName=zone_in(bce_client), cidr=f"10.0.{number}.0/24", vpcId=vpc)
    whole = [each["subnetId"] for each in bce_client.vpc.list_subnets.each(vpcId=vpc)]
    paged = [each["subnetId"] for each in bce_client.vpc.list_subnets.each(vpcId=vpc, maxKeys=2)]
    page = bce_client.vpc.list_subnets(vpcId=vpc, maxKeys=2)
    assert (page["isTruncated"], page["maxKeys"], len(page["subnets"])) == (True, 2, 2)
    assert "nextMarker" not in bce_client.vpc.list_subnets(vpcId=vpc)
    assert paged == whole
    assert len(set(whole)) == 5
    for subnet_id in whole:
        bce_client.vpc.delete_subnet(subnet_id)


def test_a_vpc_with_subnets_is_not_deleted(bce_client: Client, vpc: str, label: str, refusal: Refusal) -> None:
    """A VPC that still has a subnet cannot be deleted."""
    subnet_id = bce_client.vpc.create_subnet(name=label, zoneName=zone_in(bce_client), cidr="10.0.0.0/24", vpcId=vpc)[
        "subnetId"
    ]
    assert refusal(bce_client.vpc.delete_vpc, vpcId=vpc).status == 409
    bce_client.vpc.delete_subnet(subnet_id)


def test_subnets_do_not_overlap(bce_client: Client, vpc: str, label: str, refusal: Refusal) -> None:
    """A subnet that overlaps another gets CidrConflict."""
    subnet_id = bce_client.vpc.create_subnet(name=label, zoneName=zone_in(bce_client), cidr="10.0.0.0/23", vpcId=vpc)[
        "subnetId"
    ]
    error = refusal(
        bce_client.vpc.create_subnet, name=label, zoneName=zone_in(bce_client), cidr="10.0.1.0/24", vpcId=vpc
    )
    assert (error.status, error.code) == (409, "CidrConflict")
    bce_client.vpc.delete_subnet(subnet_id)


def test_a_subnet_lies_within_its_vpc(bce_client: Client, vpc: str, label: str, refusal: Refusal) -> None:
    """A subnet outside the network of its VPC is refused."""
    error = refusal(
        bce_client.vpc.create_subnet, name=label, zoneName=zone_in(bce_client), cidr="10.9.0.0/24", vpcId=vpc
    )
    assert 400 <= error.status < 500


def test_a_subnet_needs_a_vpc_that_exists(bce_client: Client, label: str, refusal: Refusal) -> None:
    """A subnet in a VPC that does not exist gets NoSuchObject."""
    error = refusal(
        bce_client.vpc.create_subnet,
        name=label,
        zoneName=zone_in(bce_client),
        cidr="10.0.0.0/24",
        vpcId="vpc-000000000000",
    )
    assert (error.status, error.code) == (404, "NoSuchObject")


@pytest.mark.parametrize("operation", ["delete_vpc", "update_vpc"])
def test_changes_to_nothing_are_not_found(bce_client: Client, operation: str, refusal: Refusal) -> None:
    """Changing or deleting a VPC that does not exist gets 404."""
    extra = {"name": "ck-none"} if operation == "update_vpc" else {}
    assert refusal(getattr(bce_client.vpc, operation), vpcId="vpc-000000000000", **extra).status == 404
