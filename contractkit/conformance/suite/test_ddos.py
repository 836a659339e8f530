"""The basic protection of every address: thresholds, attacks, blocks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = pytest.mark.contract(creates=True)


def test_an_address_is_protected_from_the_start(bce_client: Client, eip: str) -> None:
    """It is listed as normal, with thresholds; nobody has attacked or blocked it."""
    (found,) = bce_client.eip.list_ddos.each(ips=[eip], type="ipv4")
    assert (found["ip"], found["status"], found["bindInstanceId"]) == (eip, "normal", None)
    records = bce_client.eip.list_ddos_attack_records(eip, startTime="2024-05-01T00:00:00Z", maxKeys=10)
    assert records.get("attackRecordList", []) == []
    assert list(bce_client.eip.list_unban_records.each(ip=eip, maxKeys=10)) == []


def test_protections_come_in_pages(bce_client: Client, make_eip: Callable[[], str]) -> None:
    """Two addresses in pages of one: each once; none of them among those of IPv6."""
    both = [make_eip(), make_eip()]
    assert [each["ip"] for each in bce_client.eip.list_ddos.each(ips=both, maxKeys=1)] == both
    assert list(bce_client.eip.list_ddos.each(ips=both, type="ipv6")) == []


def test_a_threshold_is_set_by_hand(bce_client: Client, eip: str) -> None:
    """Manual thresholds are kept; those by bandwidth and automatic ones are the service's own."""
    bce_client.eip.update_ddos_threshold(eip, thresholdType="manual", ipCleanMbps=200, ipCleanPps=60000)
    (found,) = bce_client.eip.list_ddos.each(ips=[eip])
    assert (found["thresholdType"], found["ipCleanMbps"], found["ipCleanPps"]) == ("manual", 200, 60000)
    bce_client.eip.update_ddos_threshold(eip, thresholdType="bandwidth")
    (found,) = bce_client.eip.list_ddos.each(ips=[eip])
    assert found["thresholdType"] == "bandwidth"
    bce_client.eip.update_ddos_threshold(eip, thresholdType="auto", ipCleanMbps=0, ipCleanPps=0)
    (found,) = bce_client.eip.list_ddos.each(ips=[eip])
    assert found["thresholdType"] == "auto"
    assert found["ipCleanMbps"] > 0


def test_an_address_of_nobody_is_not_protected(bce_client: Client, refusal: Refusal) -> None:
    """Neither thresholds nor attacks of an address that was never given."""
    assert refusal(bce_client.eip.list_ddos_attack_records, ip="192.0.2.254").status == 404
    assert refusal(bce_client.eip.update_ddos_threshold, ip="192.0.2.254", thresholdType="auto").status == 404
