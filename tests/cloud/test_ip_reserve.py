"""Reserved ranges, and questions about who uses which private address."""

import pytest


@pytest.fixture
def vpc(caller):
    return caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16", enableIpv6=True)["vpcId"]


@pytest.fixture
def subnet(caller, vpc):
    arguments = {"name": "s", "zoneName": "z", "cidr": "10.0.1.0/24", "vpcId": vpc, "enableIpv6": True}
    return caller.ok("vpc.create_subnet", **arguments)["subnetId"]


def reserve(caller, subnet, cidr, version=4):
    response = caller.call("vpc.create_ip_reserve", subnetId=subnet, ipCidr=cidr, ipVersion=version)
    return None if response.status == 200 else (response.status, response.json()["code"])


@pytest.mark.parametrize(
    ("cidr", "version", "refusal"),
    [
        ("10.0.1.9", 4, None),
        ("10.0.1.0/24", 4, (409, "CidrConflict")),
        ("10.0.1.64/27", 4, (409, "CidrConflict")),
        ("10.0.1.32/27", 4, None),
        ("10.0.0.0/16", 4, (400, "BadRequest")),
        ("10.0.1.9", 6, (400, "BadRequest")),
        ("2001:db8::10/124", 6, None),
        ("2001:db8:1::/80", 6, (400, "BadRequest")),
    ],
)
def test_ranges_lie_in_the_subnet_and_apart(caller, subnet, cidr, version, refusal):
    assert reserve(caller, subnet, "10.0.1.64/28") is None
    assert reserve(caller, subnet, cidr, version) == refusal


def test_a_subnet_without_ipv6_reserves_none_of_it(caller, vpc):
    plain = caller.ok("vpc.create_subnet", name="p", zoneName="z", cidr="10.0.2.0/24", vpcId=vpc)["subnetId"]
    assert reserve(caller, plain, "2001:db8::/80", 6) == (400, "BadRequest")


def test_a_reserved_range_keeps_its_subnet(caller, subnet):
    assert reserve(caller, subnet, "10.0.1.64/28") is None
    assert caller.no("vpc.delete_subnet", subnetId=subnet) == (409, "ResourceNeedRelease")


def test_what_is_used_within_a_reserved_range_counts_once(caller, subnet):
    """The first two addresses and the last are never free, one in the range is in use."""
    assert reserve(caller, subnet, "10.0.1.0/28") is None
    items = [{"primary": True, "privateIpAddress": "10.0.1.5"}]
    caller.ok("vpc.create_eni", name="e", subnetId=subnet, privateIpSet=items)
    read = caller.ok("vpc.get_subnet", subnetId=subnet)["subnet"]
    assert (read["availableIp"], read["availableUnreservedIp"]) == (256 - 3 - 1, 256 - 16 - 1)


def test_addresses_in_use_are_shown_by_page_kind_and_subnet(caller, vpc, subnet):
    for number in (20, 10, 30):
        items = [{"primary": True, "privateIpAddress": f"10.0.1.{number}"}]
        caller.ok("vpc.create_eni", name="e", subnetId=subnet, privateIpSet=items)

    def page(**query):
        answer = caller.ok("vpc.list_vpc_resource_ips", vpcId=vpc, **query)
        return answer["totalCount"], [each["ip"].rpartition(".")[2] for each in answer["result"]]

    assert page(pageSize=2) == (3, ["20", "10"])
    assert page(pageSize=2, pageNo=2) == (3, ["30"])
    assert page(pageNo=9) == (3, [])
    assert page(resourceType="eni", subnetId=subnet) == (3, ["20", "10", "30"])
    assert page(resourceType="probe") == page(subnetId="sbn-000000000000") == (0, [])
    asked = caller.ok(
        "vpc.list_vpc_private_ips", vpcId=vpc, privateIpRange="10.0.1.10-10.0.1.20", privateIpAddresses=["10.0.1.30"]
    )
    assert [each["privateIpAddress"] for each in asked["vpcPrivateIpAddresses"]] == ["10.0.1.20", "10.0.1.10"]


@pytest.mark.parametrize("text", ["10.0.1.20-10.0.1.10", "10.0.1.1-2001:db8::1", "here-there", "-"])
def test_a_range_that_is_none_is_told(caller, vpc, text):
    assert caller.no("vpc.list_vpc_private_ips", vpcId=vpc, privateIpRange=text) == (400, "BadRequest")


def test_an_unknown_vpc_uses_nothing(caller):
    for name, query in (("list_vpc_resource_ips", {}), ("list_vpc_private_ips", {"privateIpRange": "10.0.0.1"})):
        assert caller.no(f"vpc.{name}", vpcId="vpc-000000000000", **query) == (404, "NoSuchObject")
