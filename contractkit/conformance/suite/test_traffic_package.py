"""Shared traffic packages: bought, read, listed. Nothing takes one back."""

from __future__ import annotations

from typing import Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import CAPACITIES, Refusal

pytestmark = [pytest.mark.contract(creates=True), pytest.mark.reference_only("it buys ahead, or needs an instance")]

UNITS: Final = {"G": 2**30, "T": 2**40, "P": 2**50}


def test_a_traffic_package_is_bought_read_and_listed(bce_client: Client, refusal: Refusal) -> None:
    """It runs from the start, holds what was paid for, and ends half a year later."""
    call = bce_client.eip
    made = call.create_eip_tp(reservationLength=6, capacity="60G", deductPolicy="TimeDurationPackage")["id"]
    found = call.get_eip_tp(made)
    assert (found["status"], found["deductPolicy"], found["packageType"]) == (
        "RUNNING",
        "TimeDurationPackage",
        "WebOutBytes",
    )
    assert (int(found["capacity"]), int(found["usedCapacity"])) == (60 * 2**30, 0)
    assert found["expireTime"] > found["activeTime"]
    assert made in [each["id"] for each in call.list_eip_tps.each(status="RUNNING")]
    assert [each["id"] for each in call.list_eip_tps.each(id=made, deductPolicy="FullTimeDurationPackage")] == []
    assert refusal(call.get_eip_tp, id="tp-00000000").status == 404


def test_traffic_packages_are_bought_of_every_size(bce_client: Client) -> None:
    """Each holds what it was bought for, and is listed page by page among its kind, neither expired nor used up."""
    call = bce_client.eip
    bought: dict[str, tuple[int, str]] = {}
    policies: Any = {1: "TimeDurationPackage", 6: "FullTimeDurationPackage", 12: "FullTimeDurationPackage"}
    for length, capacities in CAPACITIES.items():
        for capacity in capacities:
            given: Any = {"deductPolicy": policies[length], "packageType": "WebOutBytes"}
            made = call.create_eip_tp(reservationLength=length, capacity=capacity, **given)["id"]
            bought[made] = int(capacity[:-1]) * UNITS[capacity[-1]], policies[length]
    told: dict[str, tuple[int, str]] = {}
    for policy in dict.fromkeys(policies.values()):
        listed = call.list_eip_tps.each(deductPolicy=policy, maxKeys=5)
        told |= {each["id"]: (int(each["capacity"]), each["deductPolicy"]) for each in listed}
    assert {made: told[made] for made in bought} == bought
    ended: Any = ("EXPIRED", "USED_UP")
    assert [each["id"] for status in ended for each in call.list_eip_tps.each(status=status)] == []


def test_not_every_capacity_is_sold_for_every_term(bce_client: Client) -> None:
    """60G is sold for six months, not for one."""
    request = bce_client.prepare("eip.create_eip_tp", {"reservationLength": 1, "capacity": "10G"})
    body = b'{"reservationLength": 1, "capacity": "60G"}'
    assert bce_client.exchange(request.replace(body=body)).status == 400
