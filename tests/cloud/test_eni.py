"""Network interfaces: no address twice, states that pass, and public addresses seen from both sides."""

from datetime import timedelta

import pytest

POSTPAID = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}


def net(caller, cidr="10.0.1.0/24", **more):
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16", **more)["vpcId"]
    return vpc, caller.ok("vpc.create_subnet", name="s", zoneName="z", cidr=cidr, vpcId=vpc, **more)["subnetId"]


def items(*addresses):
    return [{"primary": not index, "privateIpAddress": each} for index, each in enumerate(addresses)]


def make(caller, subnet, *addresses, **more):
    return caller.ok("vpc.create_eni", name="e", subnetId=subnet, privateIpSet=items(*addresses), **more)["eniId"]


def refused(caller, subnet, given, **more):
    return caller.no("vpc.create_eni", name="e", subnetId=subnet, privateIpSet=given, **more)


def addresses_of(caller, eni):
    read = caller.ok("vpc.get_eni", eniId=eni)
    return [each["privateIpAddress"] for each in (*read["privateIpSet"], *read["ipv6PrivateIpSet"])]


def apply(caller, clock):
    eip = caller.ok("eip.apply_eip", bandwidthInMbps=1, billing=POSTPAID)["eip"]
    clock.advance(minutes=1)
    return eip


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (items("10.0.1.0"), (400, "BadRequest")),
        (items("10.0.1.1"), (400, "BadRequest")),
        (items("10.0.1.255"), (400, "BadRequest")),
        (items("10.0.2.5"), (400, "BadRequest")),
        (items("10.0.1.5", "10.0.1.5"), (409, "OperationDenied")),
        (items("10.0.1.5") + items("10.0.1.6"), (400, "BadRequest")),
        (items("10.0.1.5", "10.0.1.6")[1:], (400, "BadRequest")),
        ([{**items("10.0.1.5")[0], "publicIpAddress": "192.0.2.99"}], (404, "NoSuchObject")),
    ],
)
def test_an_interface_that_cannot_be_leaves_nothing_behind(caller, given, refusal):
    vpc, subnet = net(caller)
    assert refused(caller, subnet, given) == refusal
    assert caller.ok("vpc.list_enis", vpcId=vpc)["enis"] == []
    assert caller.ok("vpc.list_vpc_resource_ips", vpcId=vpc)["totalCount"] == 0


def test_an_item_without_an_address_gets_a_free_one(caller, clock):
    """Addresses that are named are taken first, wherever they stand; empty stands for none, as the Go client has it."""
    _, subnet = net(caller)
    public = apply(caller, clock)
    given = [{"primary": True, "publicIpAddress": public}]
    given += [{"primary": False, "privateIpAddress": "10.0.1.2"}, {"primary": False}]
    eni = caller.ok("vpc.create_eni", name="e", subnetId=subnet, privateIpSet=given)["eniId"]
    assert addresses_of(caller, eni) == ["10.0.1.3", "10.0.1.2", "10.0.1.4"]
    assert caller.ok("vpc.get_eni", eniId=eni)["privateIpSet"][0]["publicIpAddress"] == public
    added = caller.raw("POST", f"/v1/eni/{eni}/privateIp", b'{"privateIpAddress": ""}')
    assert added.json() == {"privateIpAddress": "10.0.1.5"}
    assert caller.ok("vpc.add_eni_private_ip", eniId=eni, isIpv6=False)["privateIpAddress"] == "10.0.1.6"


def test_an_interface_without_groups_gets_that_of_its_vpc(caller):
    vpc, subnet = net(caller)
    far, _ = net(caller)
    eni = make(caller, subnet, "10.0.1.5")
    (default,) = caller.ok("vpc.list_security_groups", vpcId=vpc)["securityGroups"]
    (stranger,) = caller.ok("vpc.list_security_groups", vpcId=far)["securityGroups"]
    assert caller.ok("vpc.get_eni", eniId=eni)["securityGroupIds"] == [default["id"]]
    change = {"eniId": eni, "securityGroupIds": [stranger["id"]]}
    assert caller.no("vpc.update_eni_security_groups", **change) == (400, "BadRequest")
    gone = {"eniId": eni, "enterpriseSecurityGroupIds": ["esg-000000000000"]}
    assert caller.no("vpc.update_eni_enterprise_security_groups", **gone) == (404, "Esg.EsgResourceNotExist")


def test_addresses_are_handed_out_once_and_none_that_is_reserved(caller):
    _, subnet = net(caller, "10.0.1.0/28")
    caller.ok("vpc.create_ip_reserve", subnetId=subnet, ipCidr="10.0.1.4/30", ipVersion=4)
    eni = make(caller, subnet, "10.0.1.3")
    added = caller.ok("vpc.batch_add_eni_private_ips", eniId=eni, privateIpAddressCount=8)["privateIpAddresses"]
    assert added == ["10.0.1.2", *(f"10.0.1.{number}" for number in range(8, 15))]
    more = {"eniId": eni, "privateIpAddressCount": 1}
    assert caller.no("vpc.batch_add_eni_private_ips", **more) == (413, "LimitExceeded")
    read = caller.ok("vpc.get_subnet", subnetId=subnet)["subnet"]
    assert (read["availableIp"], read["availableUnreservedIp"]) == (4, 0)
    assert caller.ok("vpc.add_eni_private_ip", eniId=eni, privateIpAddress="10.0.1.5")["privateIpAddress"] == "10.0.1.5"


def test_a_list_without_addresses_asks_for_nothing(caller):
    """Clients that always send a list send it empty beside a count, or where there is nothing to take away."""
    _, subnet = net(caller)
    eni = make(caller, subnet, "10.0.1.5")
    assert caller.no("vpc.batch_add_eni_private_ips", eniId=eni, privateIpAddresses=[]) == (400, "BadRequest")
    counted = {"eniId": eni, "privateIpAddresses": [], "privateIpAddressCount": 1}
    assert caller.ok("vpc.batch_add_eni_private_ips", **counted) == {"privateIpAddresses": ["10.0.1.2"]}
    caller.ok("vpc.batch_delete_eni_private_ips", eniId=eni, privateIpAddresses=[])
    assert refused(caller, subnet, []) == (400, "BadRequest")


def test_several_addresses_are_added_or_taken_all_or_none(caller):
    _, subnet = net(caller)
    make(caller, subnet, "10.0.1.9")
    eni = make(caller, subnet, "10.0.1.5")
    wanted = {"eniId": eni, "privateIpAddresses": ["10.0.1.8", "10.0.1.9"]}
    assert caller.no("vpc.batch_add_eni_private_ips", **wanted) == (409, "OperationDenied")
    caller.ok("vpc.add_eni_private_ip", eniId=eni, privateIpAddress="10.0.1.8")
    assert caller.no("vpc.batch_delete_eni_private_ips", **wanted) == (404, "NoSuchObject")
    primary = {"eniId": eni, "privateIpAddresses": ["10.0.1.8", "10.0.1.5"]}
    assert caller.no("vpc.batch_delete_eni_private_ips", **primary) == (409, "OperationDenied")
    assert addresses_of(caller, eni) == ["10.0.1.5", "10.0.1.8"]


def test_addresses_of_version_6_live_beside(caller):
    vpc, subnet = net(caller, enableIpv6=True)
    eni = make(caller, subnet, "10.0.1.5", ipv6PrivateIpSet=[{"primary": False, "privateIpAddress": "2001:DB8::0005"}])
    by_name = caller.ok("vpc.add_eni_private_ip", eniId=eni, privateIpAddress="2001:db8::6")
    assert by_name == {"privateIpAddress": "2001:db8::6"}
    counted = caller.ok("vpc.batch_add_eni_private_ips", eniId=eni, isIpv6=True, privateIpAddressCount=2)
    assert counted == {"privateIpAddresses": ["2001:db8::2", "2001:db8::3"]}
    wrong = {"eniId": eni, "privateIpAddress": "10.0.1.7", "isIpv6": True}
    assert caller.no("vpc.add_eni_private_ip", **wrong) == (400, "BadRequest")
    assert addresses_of(caller, eni)[:3] == ["10.0.1.5", "2001:db8::5", "2001:db8::6"]
    (found,) = caller.ok("vpc.list_vpc_private_ips", vpcId=vpc, privateIpAddresses=["2001:db8::5"])[
        "vpcPrivateIpAddresses"
    ]
    assert found["cidr"] == "2001:db8::/64"
    caller.ok("vpc.delete_eni_private_ip", eniId=eni, privateIpAddress="2001:db8::5")


def test_attaching_takes_its_time(make_caller, make_cloud, clock):
    caller = make_caller(make_cloud(settle=timedelta(seconds=30)))
    _, subnet = net(caller)
    eni = make(caller, subnet, "10.0.1.5")

    def status():
        return caller.ok("vpc.get_eni_status", eniId=eni)["status"]

    caller.ok("vpc.attach_eni_instance", eniId=eni, instanceId="i-1")
    assert status() == "attaching"
    for name, extra in (("attach", {}), ("detach", {})):
        wrong = caller.no(f"vpc.{name}_eni_instance", eniId=eni, instanceId="i-1", **extra)
        assert wrong == (409, "OperationDenied")
    clock.advance(seconds=30)
    assert status() == "inuse"
    caller.ok("vpc.detach_eni_instance", eniId=eni, instanceId="i-1")
    assert (status(), caller.no("vpc.delete_eni", eniId=eni)) == ("detaching", (409, "OperationDenied"))
    clock.advance(seconds=30)
    assert (status(), caller.ok("vpc.get_eni", eniId=eni)["instanceId"]) == ("available", "")
    caller.ok("vpc.delete_eni", eniId=eni)


def test_an_interface_may_be_made_attached_and_bound(caller, clock):
    vpc, subnet = net(caller)
    eip = apply(caller, clock)
    given = [{**items("10.0.1.5")[0], "publicIpAddress": eip}]
    eni = caller.ok("vpc.create_eni", name="e", subnetId=subnet, privateIpSet=given, instanceId="i-1")["eniId"]
    (read,) = caller.ok("vpc.list_enis", vpcId=vpc, instanceId="i-1")["enis"]
    assert (read["eniId"], read["status"], read["privateIpSet"][0]["publicIpAddress"]) == (eni, "inuse", eip)


def test_each_private_address_has_one_public_one(caller, clock):
    _, subnet = net(caller)
    eni = make(caller, subnet, "10.0.1.5", "10.0.1.6")
    first, second, third = (apply(caller, clock) for _ in range(3))

    def bind(private, public):
        return {"eniId": eni, "privateIpAddress": private, "publicIpAddress": public}

    caller.ok("vpc.bind_eni_eip", **bind("10.0.1.5", first))
    caller.ok("vpc.bind_eni_eip", **bind("10.0.1.6", second))
    assert caller.no("vpc.bind_eni_eip", **bind("10.0.1.6", third)) == (409, "OperationDenied")
    assert caller.no("vpc.bind_eni_eip", **bind("10.0.1.7", third)) == (404, "NoSuchObject")
    assert caller.no("vpc.bind_eni_eip", **bind("10.0.1.5", first)) == (409, "OperationDenied")
    shown = caller.ok("vpc.get_eni", eniId=eni)["privateIpSet"]
    assert [each["publicIpAddress"] for each in shown] == [first, second]
    leaving = {"eniId": eni, "privateIpAddress": "10.0.1.6"}
    assert caller.no("vpc.delete_eni_private_ip", **leaving) == (409, "OperationDenied")
    caller.ok("vpc.unbind_eni_eip", eniId=eni, publicIpAddress=second)
    caller.ok("vpc.delete_eni_private_ip", **leaving)
    assert caller.no("vpc.unbind_eni_eip", eniId=eni, publicIpAddress=second) == (409, "OperationDenied")


def test_what_the_address_does_the_interface_shows(caller, clock):
    """Bound and unbound from the side of the public address."""
    _, subnet = net(caller)
    eni, eip = make(caller, subnet, "10.0.1.5"), apply(caller, clock)
    caller.ok("eip.bind_eip", eip=eip, instanceType="ENI", instanceId=eni)
    assert caller.ok("vpc.get_eni", eniId=eni)["privateIpSet"][0]["publicIpAddress"] == eip
    assert caller.no("vpc.delete_eni", eniId=eni) == (409, "OperationDenied")
    caller.ok("eip.unbind_eip", eip=eip)
    assert caller.ok("vpc.get_eni", eniId=eni)["privateIpSet"][0]["publicIpAddress"] == ""
    caller.ok("vpc.delete_eni", eniId=eni)


def test_one_address_is_looked_for_by_its_end_and_several_as_they_are(caller):
    vpc, subnet = net(caller)
    first, second = make(caller, subnet, "10.0.1.5"), make(caller, subnet, "10.0.1.15")

    def found(*addresses):
        return [
            each["eniId"] for each in caller.ok("vpc.list_enis", vpcId=vpc, privateIpAddress=list(addresses))["enis"]
        ]

    assert found("5") == [first, second]
    assert found(".5") == [first]
    assert found("10.0.1.15", "5") == [second]
