"""Virtual addresses, and what happens around them."""

import pytest


@pytest.fixture
def subnet(caller):
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]
    return caller.ok("vpc.create_subnet", name="s", zoneName="cn-bj-a", cidr="10.0.0.0/29", vpcId=vpc)["subnetId"]


def make_havip(caller, subnet, address=""):
    return caller.ok("vpc.create_havip", name="h", subnetId=subnet, privateIpAddress=address)["haVipId"]


def make_eni(caller, subnet, address):
    ips = [{"primary": True, "privateIpAddress": address}]
    return caller.ok("vpc.create_eni", name="e", subnetId=subnet, privateIpSet=ips)["eniId"]


def test_addresses_are_drawn_until_none_is_left_and_come_back(caller, subnet):
    made = [make_havip(caller, subnet) for _ in range(5)]
    assert caller.no("vpc.create_havip", name="h", subnetId=subnet, privateIpAddress="") == (413, "LimitExceeded")
    given = [caller.ok("vpc.get_havip", haVipId=each)["privateIpAddress"] for each in made]
    assert len(set(given)) == 5
    caller.ok("vpc.delete_havip", haVipId=made[2])
    again = make_havip(caller, subnet)
    assert caller.ok("vpc.get_havip", haVipId=again)["privateIpAddress"] == given[2]


def test_interfaces_and_virtual_addresses_share_the_addresses_of_a_subnet(caller, subnet):
    make_eni(caller, subnet, "10.0.0.5")
    wanted = {"name": "h", "subnetId": subnet, "privateIpAddress": "10.0.0.5"}
    assert caller.no("vpc.create_havip", **wanted) == (409, "OperationDenied")


def test_the_next_instance_is_master_when_the_first_is_gone(caller, subnet):
    havip, enis = make_havip(caller, subnet), [make_eni(caller, subnet, f"10.0.0.{last}") for last in (4, 5)]
    caller.ok("vpc.attach_havip_instances", haVipId=havip, instanceIds=enis, instanceType="ENI")
    caller.ok("vpc.delete_eni", eniId=enis[0])
    (left,) = caller.ok("vpc.get_havip", haVipId=havip)["bindedInstances"]
    assert left == {"instanceId": enis[1], "instanceType": "ENI", "master": True}
    caller.ok("vpc.delete_eni", eniId=enis[1])
    assert caller.ok("vpc.get_havip", haVipId=havip)["status"] == "available"


def test_what_is_attached_exists_and_is_detached_as_what_it_is(caller, subnet):
    havip = make_havip(caller, subnet)
    none = {"haVipId": havip, "instanceIds": ["eni-000000000000"], "instanceType": "ENI"}
    assert caller.no("vpc.attach_havip_instances", **none)[0] == 404
    server = {"haVipId": havip, "instanceIds": ["i-1"]}
    caller.ok("vpc.attach_havip_instances", **server, instanceType="SERVER")
    assert caller.no("vpc.detach_havip_instances", **server, instanceType="ENI") == (409, "OperationDenied")
    caller.ok("vpc.detach_havip_instances", **server, instanceType="SERVER")


def test_a_subnet_with_a_virtual_address_stays(caller, subnet):
    havip = make_havip(caller, subnet)
    assert caller.no("vpc.delete_subnet", subnetId=subnet) == (409, "ResourceNeedRelease")
    caller.ok("vpc.delete_havip", haVipId=havip)
    caller.ok("vpc.delete_subnet", subnetId=subnet)
