"""The recycle bin: an address goes in, is listed, comes back, and goes for good."""

from __future__ import annotations

from typing import Any

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Eventually, Refusal

pytestmark = pytest.mark.contract(creates=True)


def recycled(client: Client, address: str) -> list[Any]:
    return [each for each in client.eip.list_recycled_eips.each(eip=address) if each["eip"] == address]


def test_an_address_goes_into_the_bin_and_out_for_good(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """Recycled it is listed among its kind only, with the day it goes; released there it is gone."""
    call = bce_client.eip
    call.release_eip_optionally(eip, releaseToRecycle=True)
    (found,) = recycled(bce_client, eip)
    assert found["scheduledDeleteTime"] > found["recycleTime"]
    assert found["status"] == "paused"
    assert call.list_eips(eip=eip)["eipList"] == []
    assert refusal(call.unbind_eip, eip=eip).status == 404
    call.release_recycled_eip(eip)
    assert recycled(bce_client, eip) == []
    assert refusal(call.release_recycled_eip, eip=eip).status == 404


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_an_address_comes_back_out_of_the_bin(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """Restored it is the same address with the same id, available, and billed as before."""
    call = bce_client.eip
    (before,) = call.list_eips(eip=eip)["eipList"]
    call.release_eip_optionally(eip, releaseToRecycle=True)
    call.restore_recycled_eip(eip)
    (after,) = call.list_eips(eip=eip)["eipList"]
    assert {name: after[name] for name in ("eipId", "name", "billingMethod", "createTime", "status")} == {
        name: before[name] for name in ("eipId", "name", "billingMethod", "createTime", "status")
    }
    assert recycled(bce_client, eip) == []
    assert refusal(call.restore_recycled_eip, eip=eip).status == 404


def test_the_bin_is_listed_in_pages(bce_client: Client, label: str, eventually: Eventually) -> None:
    """Two of one name in pages of one: each once."""
    call = bce_client.eip
    billing: Any = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
    made = call.batch_create_eips(name=label, bandwidthInMbps=1, count=2, billing=billing)["eips"]
    eventually(lambda: {each["status"] for each in call.list_eips.each(name=label)} == {"available"})
    for address in made:
        call.release_eip_optionally(address, releaseToRecycle=True)
    listed = list(call.list_recycled_eips.each(name=label, maxKeys=1))
    assert sorted(each["eip"] for each in listed) == sorted(made)
    assert {each["name"] for each in listed} == {label}
    for address in made:
        call.release_recycled_eip(address)


def test_an_address_is_released_past_the_bin(bce_client: Client, eip: str) -> None:
    """With releaseToRecycle false the address is gone at once."""
    bce_client.eip.release_eip_optionally(eip, releaseToRecycle=False)
    assert recycled(bce_client, eip) == []
    assert bce_client.eip.list_eips(eip=eip)["eipList"] == []
