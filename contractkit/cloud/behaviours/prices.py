"""What things would cost. The tariff is made up: a price here is the same every time, and grows with what is asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.bandwidth_package import require_accelerated
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.behaviours.traffic_package import read_capacity

__all__ = ["BEHAVIOURS"]

# In yuan: what a Mbps costs in a month, what one costs in a minute, what an address and a gigabyte cost.
_MBPS_MONTH: Final = Decimal(23)
_MBPS_MINUTE: Final = Decimal("0.00064")
_ADDRESS_MONTH: Final = Decimal(2)
_GIGABYTE: Final = Decimal("0.76")
_PACKAGED_GIGABYTE: Final = Decimal("0.63")
_ACCELERATED: Final = Decimal(3)
_CENT: Final = Decimal("0.00001")


def _ask_eip(act: Act) -> dict[str, Any]:
    return {"prices": _price(act, addresses=1)}


def _ask_group(act: Act) -> dict[str, Any]:
    prices = _price(act, addresses=act.body["ipNum"])
    return {"prices": {name: text for name, text in prices.items() if name != "netrafficPrice"}}


def _ask_package(act: Act) -> dict[str, Any]:
    accelerates = act.body.get("type") == "AccelerationPackage"
    if accelerates:
        require_accelerated(act)
    factor = _ACCELERATED if accelerates else Decimal(1)
    return {"prices": {"configPrice": _tell(act, factor * _MBPS_MINUTE * act.body["bandwidthInMbps"])}}


def _ask_traffic(act: Act) -> dict[str, Any]:
    gigabytes = read_capacity(act.body["capacity"]) // 2**30
    return {"price": _tell(act, _PACKAGED_GIGABYTE * gigabytes)}


def _price(act: Act, *, addresses: int) -> dict[str, str]:
    """Prepaid, the whole term costs; postpaid, each minute of bandwidth does, or each gigabyte of traffic."""
    bandwidth, billing = act.body["bandwidthInMbps"], act.body["billing"]
    if billing.get("paymentTiming") == "Prepaid":
        months = billing["reservation"].get("reservationLength", 1)
        return {"purchasePrice": _tell(act, (_MBPS_MONTH * bandwidth + _ADDRESS_MONTH * addresses) * months)}
    if billing.get("billingMethod") == "ByTraffic":
        return {"configPrice": _tell(act, _ADDRESS_MONTH * addresses), "netrafficPrice": _tell(act, _GIGABYTE)}
    return {"configPrice": _tell(act, _MBPS_MINUTE * bandwidth)}


def _tell(act: Act, price: Decimal) -> str:
    return f"{(price * act.body.get('count', 1)).quantize(_CENT):f}"


BEHAVIOURS: Final = Behaviours(
    operations={
        "eip.inquire_eip_price": _ask_eip,
        "eip.inquire_eip_group_price": _ask_group,
        "eip.inquire_eip_bp_price": _ask_package,
        "eip.inquire_eip_tp_price": _ask_traffic,
    }
)
