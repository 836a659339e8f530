"""Public addresses: applied for, bound, resized, unbound, protected, renewed, released."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import pytest

from contractkit.client import Client
from contractkit.errors import ServiceError

if TYPE_CHECKING:
    from contractkit.client.services import EipApplyEipBilling

pytestmark = pytest.mark.contract(creates=True)

POSTPAID: Final[EipApplyEipBilling] = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
Refusal = Callable[..., ServiceError]
Eventually = Callable[[Callable[[], bool]], None]


def status_of(client: Client, address: str) -> str:
    found = client.eip.list_eips(eip=address)["eipList"]
    return found[0]["status"] if found else "gone"


def test_an_address_is_applied_for_and_released(bce_client: Client, label: str, eventually: Eventually) -> None:
    """Apply, wait until available, list, release, gone."""
    address = bce_client.eip.apply_eip(name=label, bandwidthInMbps=1, billing=POSTPAID)["eip"]
    assert str(ipaddress.ip_address(address)) == address
    eventually(lambda: status_of(bce_client, address) == "available")
    (found,) = bce_client.eip.list_eips(eip=address)["eipList"]
    assert (found["name"], found["bandwidthInMbps"], found["paymentTiming"]) == (label, 1, "Postpaid")
    bce_client.eip.release_eip(address)
    assert status_of(bce_client, address) == "gone"


def test_an_address_is_resized(bce_client: Client, eip: str, eventually: Eventually) -> None:
    """A new bandwidth is seen once the address has settled."""
    bce_client.eip.resize_eip(eip, newBandwidthInMbps=5)
    eventually(lambda: status_of(bce_client, eip) == "available")
    assert bce_client.eip.list_eips(eip=eip)["eipList"][0]["bandwidthInMbps"] == 5


@pytest.mark.reference_only("no instance to bind to")
def test_an_address_is_bound_and_unbound(
    bce_client: Client, eip: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Bind, refuse a second binding and a release while bound, unbind."""
    bce_client.eip.bind_eip(eip, instanceType="BCC", instanceId="i-ck000001")
    eventually(lambda: status_of(bce_client, eip) == "binded")
    (found,) = bce_client.eip.list_eips(eip=eip)["eipList"]
    assert (found["instanceType"], found["instanceId"]) == ("BCC", "i-ck000001")
    assert 400 <= refusal(bce_client.eip.bind_eip, eip=eip, instanceType="BCC", instanceId="i-ck000002").status < 500
    assert 400 <= refusal(bce_client.eip.release_eip, eip=eip).status < 500
    bce_client.eip.unbind_eip(eip)
    eventually(lambda: status_of(bce_client, eip) == "available")


def test_what_is_not_bound_cannot_be_unbound(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """Unbinding an address that is not bound is refused."""
    assert 400 <= refusal(bce_client.eip.unbind_eip, eip=eip).status < 500


def test_an_address_that_was_never_given_is_not_found(bce_client: Client, refusal: Refusal) -> None:
    """Releasing an address of nobody gets 404."""
    assert refusal(bce_client.eip.release_eip, eip="192.0.2.254").status == 404


@pytest.mark.parametrize("bandwidth", [0, 1001, -1])
def test_a_bandwidth_out_of_bounds_is_refused(bce_client: Client, eip: str, bandwidth: int) -> None:
    """A bandwidth outside 1 to 1000 is refused with 400."""
    request = bce_client.prepare("eip.resize_eip", {"eip": eip, "newBandwidthInMbps": 1})
    body = b'{"newBandwidthInMbps":%d}' % bandwidth
    assert bce_client.exchange(request.replace(body=body)).status == 400


def found(client: Client, address: str) -> Any:
    return client.eip.list_eips(eip=address)["eipList"][0]


def test_several_addresses_are_applied_for_in_one_call(bce_client: Client, label: str, eventually: Eventually) -> None:
    """Three addresses that follow one another, each of them real."""
    call = bce_client.eip
    made = call.batch_create_eips(name=label, bandwidthInMbps=1, billing=POSTPAID, count=3, continuous=True)["eips"]
    numbers = [int(ipaddress.ip_address(each)) for each in made]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    eventually(lambda: {status_of(bce_client, each) for each in made} == {"available"})
    for address in made:
        assert found(bce_client, address)["name"] == label
        call.release_eip(address)


def test_a_protected_address_stays(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """Protect, refuse the release, take the protection off."""
    bce_client.eip.update_eip_delete_protect(eip, deleteProtect=True)
    assert found(bce_client, eip)["deleteProtect"] is True
    assert 400 <= refusal(bce_client.eip.release_eip, eip=eip).status < 500
    bce_client.eip.update_eip_delete_protect(eip, deleteProtect=False)
    assert found(bce_client, eip)["deleteProtect"] is False


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_a_bound_address_goes_direct(bce_client: Client, eip: str, eventually: Eventually, refusal: Refusal) -> None:
    """Direct only while bound, and only once; back again."""
    call = bce_client.eip
    assert 400 <= refusal(call.enable_eip_direct, eip=eip).status < 500
    call.bind_eip(eip, instanceType="ENI", instanceId="eni-ck0000000001")
    eventually(lambda: status_of(bce_client, eip) == "binded")
    assert 400 <= refusal(call.disable_eip_direct, eip=eip).status < 500
    call.enable_eip_direct(eip)
    call.disable_eip_direct(eip)
    call.unbind_eip(eip)
    eventually(lambda: status_of(bce_client, eip) == "available")


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_an_address_becomes_prepaid(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """Convert once; then it has an expiry, no billing method, and is refunded instead of released."""
    call = bce_client.eip
    call.convert_eip_to_prepaid(eip, purchaseLength=2, bandWidth=3)
    changed = found(bce_client, eip)
    assert (changed["paymentTiming"], changed["billingMethod"], changed["bandwidthInMbps"]) == ("Prepaid", None, 3)
    assert changed["expireTime"] > changed["createTime"]
    assert 400 <= refusal(call.convert_eip_to_prepaid, eip=eip, purchaseLength=1, bandWidth=3).status < 500
    assert 400 <= refusal(call.release_eip, eip=eip).status < 500
    call.refund_eip(eip)
    assert status_of(bce_client, eip) == "gone"


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_a_prepaid_address_is_renewed(bce_client: Client, prepaid_eip: str, refusal: Refusal) -> None:
    """Renewing moves the expiry on; renewing by itself is started once and stopped once."""
    call = bce_client.eip
    before = found(bce_client, prepaid_eip)["expireTime"]
    call.renew_eip(prepaid_eip, billing={"reservation": {"reservationLength": 2, "reservationTimeUnit": "month"}})
    assert found(bce_client, prepaid_eip)["expireTime"] > before
    assert 400 <= refusal(call.stop_eip_auto_renew, eip=prepaid_eip).status < 500
    call.start_eip_auto_renew(prepaid_eip, autoRenewTimeUnit="year", autoRenewTime=1)
    assert 400 <= refusal(call.start_eip_auto_renew, eip=prepaid_eip).status < 500
    call.stop_eip_auto_renew(prepaid_eip)


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_a_postpaid_address_is_not_renewed(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """Renewing, renewing by itself and a refund belong to what is prepaid."""
    term = {"reservation": {"reservationLength": 1, "reservationTimeUnit": "month"}}
    assert 400 <= refusal(bce_client.eip.renew_eip, eip=eip, billing=term).status < 500
    assert 400 <= refusal(bce_client.eip.start_eip_auto_renew, eip=eip).status < 500
    assert 400 <= refusal(bce_client.eip.refund_eip, eip=eip).status < 500
