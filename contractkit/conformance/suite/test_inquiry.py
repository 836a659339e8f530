"""Prices: asked for, never paid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pytest

from contractkit.client import Client

if TYPE_CHECKING:
    from contractkit.client.services import EipInquireEipPriceBilling

pytestmark = pytest.mark.contract

TRAFFIC: Final[EipInquireEipPriceBilling] = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
MONTH: Final[EipInquireEipPriceBilling] = {
    "paymentTiming": "Prepaid",
    "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
}


def test_an_address_has_a_price_by_billing(bce_client: Client) -> None:
    """Prepaid there is one price, by traffic one for the traffic too; two cost more than one."""
    ask = bce_client.eip.inquire_eip_price
    one = ask(bandwidthInMbps=5, billing=MONTH)["prices"]
    two = ask(bandwidthInMbps=5, billing=MONTH, count=2)["prices"]
    assert 0 < Decimal(one["purchasePrice"]) < Decimal(two["purchasePrice"])
    assert Decimal(ask(bandwidthInMbps=5, billing=TRAFFIC)["prices"]["netrafficPrice"]) > 0


def test_shared_things_have_a_price(bce_client: Client) -> None:
    """A shared bandwidth, a bandwidth package and a traffic package: each costs something."""
    call = bce_client.eip
    group = call.inquire_eip_group_price(bandwidthInMbps=20, ipNum=2, billing=MONTH)["prices"]
    package = call.inquire_eip_bp_price(bandwidthInMbps=20)["prices"]
    traffic = call.inquire_eip_tp_price(reservationLength=1, capacity="10G")["price"]
    assert all(Decimal(each) > 0 for each in (*group.values(), *package.values(), traffic))


def test_a_price_needs_a_bandwidth_that_is_sold(bce_client: Client) -> None:
    """A bandwidth of nothing has no price."""
    request = bce_client.prepare("eip.inquire_eip_bp_price", {"bandwidthInMbps": 1})
    assert bce_client.exchange(request.replace(body=b'{"bandwidthInMbps": 0}')).status == 400
