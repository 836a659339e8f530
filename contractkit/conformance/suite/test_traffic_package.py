"""Shared traffic packages: bought, read, listed. Nothing takes one back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contractkit.client import Client
from contractkit.errors import ServiceError

pytestmark = [pytest.mark.contract(creates=True), pytest.mark.reference_only("it buys ahead, or needs an instance")]

Refusal = Callable[..., ServiceError]


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


def test_not_every_capacity_is_sold_for_every_term(bce_client: Client) -> None:
    """60G is sold for six months, not for one."""
    request = bce_client.prepare("eip.create_eip_tp", {"reservationLength": 1, "capacity": "10G"})
    body = b'{"reservationLength": 1, "capacity": "60G"}'
    assert bce_client.exchange(request.replace(body=body)).status == 400
