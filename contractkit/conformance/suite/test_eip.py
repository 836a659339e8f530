"""Public addresses: applied for, bound, resized, unbound, released."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

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


@pytest.fixture
def eip(bce_client: Client, label: str, eventually: Eventually) -> Iterator[str]:
    """An address that is ready to be used, released at the end."""
    address = bce_client.eip.apply_eip(name=label, bandwidthInMbps=1, billing=POSTPAID)["eip"]
    eventually(lambda: status_of(bce_client, address) == "available")
    yield address
    bce_client.eip.release_eip(address)


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
