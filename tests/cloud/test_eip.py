"""Public addresses pass through their states as the lifecycle table says."""

from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest

BILLING = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
PREPAID = {"paymentTiming": "Prepaid", "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"}}


def apply(caller, **more):
    return caller.ok("eip.apply_eip", **{"bandwidthInMbps": 5, "billing": BILLING, **more})["eip"]


def read(caller, eip, **more):
    (item,) = caller.ok("eip.list_eips", eip=eip, **more)["eipList"]
    return item


def bind(caller, eip, instance="i-abc"):
    return {"eip": eip, "instanceType": "BCC", "instanceId": instance}


@pytest.fixture
def slow(make_caller, make_cloud):
    """A caller of a cloud whose passing states last ten seconds."""
    return make_caller(make_cloud(settle=timedelta(seconds=10)))


def test_an_address_is_described_in_full(caller):
    item = read(caller, apply(caller, name="web", tags=[{"tagKey": "k", "tagValue": "v"}], deleteProtect=True))
    assert item["eipId"].startswith("ip-")
    assert len(item["eipId"]) == 11
    expected = {
        "name": "web",
        "status": "available",
        "bandwidthInMbps": 5,
        "paymentTiming": "Postpaid",
        "billingMethod": "ByTraffic",
        "expireTime": None,
        "eipInstanceType": "normal",
        "instanceType": None,
        "instanceId": None,
        "region": "bj",
        "routeType": "BGP",
        "tags": [{"tagKey": "k", "tagValue": "v"}],
        "deleteProtect": True,
        "createTime": "2024-05-01T12:00:00Z",
    }
    assert {name: item[name] for name in expected} == expected


def test_addresses_come_from_documentation_networks_and_never_repeat(caller):
    drawn = [apply(caller) for _ in range(600)]
    assert len(set(drawn)) == 600
    known = [ip_network(each) for each in ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24")]
    assert all(any(ip_address(each) in network for network in known) for each in drawn)
    caller.ok("eip.release_eip", eip=drawn[0])
    assert apply(caller) not in drawn


def test_more_addresses_than_documentation_has_come_from_the_shared_network(make_cloud):
    dice = make_cloud()._dice
    drawn = [dice.address("ipv4") for _ in range(254 * 3 + 2)]
    assert drawn[-2:] == ["100.64.0.1", "100.64.0.2"]
    assert len(set(drawn)) == len(drawn)


def test_an_ipv6_address_is_listed_under_its_version(caller):
    eip = apply(caller, ipVersion="ipv6")
    assert caller.ok("eip.list_eips", eip=eip)["eipList"] == []
    assert read(caller, eip, ipVersion="ipv6")["eip"] == eip


def test_every_change_passes_through_its_state(slow, clock):
    """creating, binding, updating and unbinding are seen while they last, and end where the table says."""
    eip = apply(slow)
    seen = [read(slow, eip)["status"]]
    steps = [
        None,
        ("eip.bind_eip", bind(slow, eip)),
        ("eip.resize_eip", {"eip": eip, "newBandwidthInMbps": 20}),
        ("eip.unbind_eip", {"eip": eip}),
    ]
    for step in steps:
        if step:
            slow.ok(step[0], **step[1])
            seen.append(read(slow, eip)["status"])
        clock.advance(seconds=10)
        seen.append(read(slow, eip)["status"])
    assert seen == ["creating", "available", "binding", "binded", "updating", "binded", "unbinding", "available"]
    assert read(slow, eip)["bandwidthInMbps"] == 20


def test_nothing_is_done_to_an_address_in_a_passing_state(slow, clock):
    eip = apply(slow)
    for operation, arguments in (
        ("bind_eip", bind(slow, eip)),
        ("resize_eip", {"eip": eip, "newBandwidthInMbps": 9}),
        ("release_eip", {"eip": eip}),
    ):
        assert slow.no(f"eip.{operation}", **arguments) == (400, "BadRequest")
    clock.advance(seconds=10)
    slow.ok("eip.release_eip", eip=eip)


def test_a_bound_address_shows_its_instance_until_it_is_unbound(caller):
    eip = apply(caller)
    caller.ok("eip.bind_eip", **bind(caller, eip))
    item = read(caller, eip)
    assert (item["status"], item["instanceType"], item["instanceId"]) == ("binded", "BCC", "i-abc")
    assert caller.no("eip.bind_eip", **bind(caller, eip, "i-other")) == (400, "BadRequest")
    assert caller.no("eip.release_eip", eip=eip) == (400, "BadRequest")
    caller.ok("eip.unbind_eip", eip=eip)
    item = read(caller, eip)
    assert (item["status"], item["instanceType"], item["instanceId"]) == ("available", None, None)
    assert caller.no("eip.unbind_eip", eip=eip) == (400, "BadRequest")


@pytest.mark.parametrize("method", ["ByPeak95", "ByNetrafficMax"])
@pytest.mark.parametrize("operation", ["eip.apply_eip", "eip.batch_create_eips"])
def test_a_single_address_is_not_billed_by_its_peaks(caller, operation, method):
    """The contract describes these methods for every billing; they belong to shared bandwidth."""
    billing = {"paymentTiming": "Postpaid", "billingMethod": method}
    assert caller.no(operation, bandwidthInMbps=1, billing=billing) == (400, "BadRequest")
    caller.ok("eip.create_eip_group", bandwidthInMbps=20, eipCount=1, billing=billing)


@pytest.mark.parametrize("kind", ["NAT", "VPN"])
def test_a_gateway_that_does_not_exist_takes_no_address(caller, kind):
    """Gateways are known here; instances of other services are not."""
    eip = apply(caller)
    assert caller.no("eip.bind_eip", eip=eip, instanceType=kind, instanceId="gone")[0] == 404
    assert read(caller, eip)["status"] == "available"


def test_an_instance_takes_one_address(caller):
    first, second = apply(caller), apply(caller)
    caller.ok("eip.bind_eip", **bind(caller, first))
    assert caller.no("eip.bind_eip", **bind(caller, second)) == (400, "BadRequest")
    caller.ok("eip.unbind_eip", eip=first)
    caller.ok("eip.bind_eip", **bind(caller, second))


def test_a_protected_address_is_not_released(caller):
    eip = apply(caller, deleteProtect=True)
    assert caller.no("eip.release_eip", eip=eip) == (400, "BadRequest")
    assert read(caller, eip)["status"] == "available"


def test_the_recycle_bin_takes_a_bound_address(caller):
    eip = apply(caller)
    caller.ok("eip.bind_eip", **bind(caller, eip))
    caller.ok("eip.release_eip_optionally", eip=eip, releaseToRecycle=True)
    assert caller.ok("eip.list_eips")["eipList"] == []


def test_a_released_address_is_gone(caller):
    eip = apply(caller)
    caller.ok("eip.release_eip", eip=eip)
    assert caller.no("eip.release_eip", eip=eip) == (404, "EipNotFound")
    assert caller.no("eip.bind_eip", **bind(caller, eip)) == (404, "EipNotFound")


def test_a_prepaid_address_expires_and_is_not_released(caller):
    eip = apply(caller, billing=PREPAID)
    item = read(caller, eip)
    assert (item["paymentTiming"], item["billingMethod"], item["expireTime"]) == (
        "Prepaid",
        None,
        "2024-06-01T12:00:00Z",
    )
    assert caller.no("eip.release_eip", eip=eip) == (400, "BadRequest")


def test_the_quota_of_addresses_has_its_own_code(make_caller, make_cloud):
    caller = make_caller(make_cloud(quotas={"eip": 1}))
    apply(caller)
    assert caller.no("eip.apply_eip", bandwidthInMbps=5, billing=BILLING) == (413, "ExceedLimit")


def test_the_bandwidth_keeps_the_limits_of_its_line(caller, code_of):
    body = b'{"bandwidthInMbps": 501, "billing": {"paymentTiming": "Postpaid", "billingMethod": "ByBandwidth"}}'
    assert code_of(caller.raw("POST", "/v1/eip?clientToken=t", body, service="eip")) == (400, "BadRequest")
