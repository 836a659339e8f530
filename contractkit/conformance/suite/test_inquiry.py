"""Prices: asked for, never paid."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import CAPACITIES, reservations

if TYPE_CHECKING:
    from contractkit.client.services import EipInquireEipPriceBilling

pytestmark = pytest.mark.contract

TRAFFIC: Final[EipInquireEipPriceBilling] = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
MONTH: Final[EipInquireEipPriceBilling] = {
    "paymentTiming": "Prepaid",
    "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
}


def are_rising(prices: Iterable[str]) -> bool:
    return all(0 < Decimal(one) < Decimal(two) for one, two in pairwise(prices))


def test_an_address_has_a_price_by_billing(bce_client: Client) -> None:
    """Prepaid there is one price, by traffic one for the traffic too; two cost more than one."""
    ask = bce_client.eip.inquire_eip_price
    one = ask(bandwidthInMbps=5, billing=MONTH)["prices"]
    two = ask(bandwidthInMbps=5, billing=MONTH, count=2)["prices"]
    assert 0 < Decimal(one["purchasePrice"]) < Decimal(two["purchasePrice"])
    assert Decimal(ask(bandwidthInMbps=5, billing=TRAFFIC)["prices"]["netrafficPrice"]) > 0


def test_shared_things_have_a_price(bce_client: Client) -> None:
    """A shared bandwidth, a bandwidth package and a traffic package: each costs something, and more of it more."""
    call = bce_client.eip
    group = call.inquire_eip_group_price(bandwidthInMbps=20, ipNum=2, billing=MONTH)["prices"]
    groups = call.inquire_eip_group_price(bandwidthInMbps=20, ipNum=2, count=2, billing=MONTH)["prices"]
    assert are_rising((group["purchasePrice"], groups["purchasePrice"]))
    package = call.inquire_eip_bp_price(bandwidthInMbps=20)["prices"]
    packages = call.inquire_eip_bp_price(bandwidthInMbps=20, count=2, type="BandwidthPackage")["prices"]
    assert are_rising((package["configPrice"], packages["configPrice"]))
    kind: Any = {"deductPolicy": "FullTimeDurationPackage", "packageType": "WebOutBytes"}
    traffic = call.inquire_eip_tp_price(reservationLength=1, capacity="10G", **kind)["price"]
    assert Decimal(traffic) > 0


def test_the_longer_the_term_the_higher_the_price(bce_client: Client) -> None:
    """Of addresses and of shared bandwidths, for every term they are sold for."""
    ask, ask_group = bce_client.eip.inquire_eip_price, bce_client.eip.inquire_eip_group_price
    terms: Any = [{"paymentTiming": "Prepaid", "reservation": each} for each in reservations("month", "Month")]
    assert are_rising(ask(bandwidthInMbps=5, billing=each)["prices"]["purchasePrice"] for each in terms)
    groups = [ask_group(bandwidthInMbps=20, ipNum=1, billing=each)["prices"]["purchasePrice"] for each in terms]
    assert are_rising(groups)


def test_the_more_traffic_the_higher_the_price(bce_client: Client) -> None:
    """Every capacity of traffic packages that is sold for a term, whichever way it is deducted from."""
    for length, capacities in CAPACITIES.items():
        policy: Any = "TimeDurationPackage" if length == 1 else "FullTimeDurationPackage"
        asked = [
            bce_client.eip.inquire_eip_tp_price(reservationLength=length, capacity=each, deductPolicy=policy)["price"]
            for each in capacities
        ]
        assert are_rising(asked)


@pytest.mark.reference_only("not every line and way of billing is sold in every region and to every account")
def test_everything_sold_has_a_price(bce_client: Client) -> None:
    """An address of any line, a shared bandwidth billed in any way: each costs something."""
    call = bce_client.eip
    by_bandwidth: EipInquireEipPriceBilling = {"paymentTiming": "Postpaid", "billingMethod": "ByBandwidth"}
    lines: Any = ("BGP", "Static", "ChinaTelcom", "ChinaTelecom", "ChinaUnicom", "ChinaMobile")
    told = [call.inquire_eip_price(bandwidthInMbps=5, purchaseType=each, billing=by_bandwidth) for each in lines]
    methods: Any = ("ByTraffic", "ByBandwidth", "ByPeak95", "ByNetrafficMax")
    for method in methods:
        billing: Any = {"paymentTiming": "Postpaid", "billingMethod": method}
        told.append(call.inquire_eip_group_price(bandwidthInMbps=20, ipNum=1, billing=billing))
    assert all(Decimal(each["prices"]["configPrice"]) > 0 for each in told)


def test_a_price_needs_a_bandwidth_that_is_sold(bce_client: Client) -> None:
    """A bandwidth of nothing has no price."""
    request = bce_client.prepare("eip.inquire_eip_bp_price", {"bandwidthInMbps": 1})
    assert bce_client.exchange(request.replace(body=b'{"bandwidthInMbps": 0}')).status == 400
