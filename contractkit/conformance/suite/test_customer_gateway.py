"""Customer gateways: the far ends of VPN tunnels."""

from __future__ import annotations

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = pytest.mark.contract(creates=True)


def test_a_customer_gateway_lives_its_life(bce_client: Client, label: str, refusal: Refusal) -> None:
    """Create, read, list page by page, change, delete, gone."""
    call = bce_client.vpc
    first, second = (
        call.create_customer_gateway(name=label, ip=ip, description="made by a test")["cgwId"]
        for ip in ("198.51.100.250", "198.51.100.251")
    )
    found = call.get_customer_gateway(first)
    assert (found["name"], found["ip"], found["description"]) == (label, "198.51.100.250", "made by a test")
    listed = [each["cgwId"] for each in call.list_customer_gateways.each(maxKeys=1)]
    assert {first, second} <= set(listed)
    assert len(listed) == len(set(listed))
    call.update_customer_gateway(first, name=f"{label}-b")
    changed = call.get_customer_gateway(first)
    assert (changed["name"], changed["ip"], changed["description"]) == (f"{label}-b", found["ip"], "made by a test")
    call.update_customer_gateway(first, description="changed")
    again = call.get_customer_gateway(first)
    assert (again["name"], again["description"]) == (f"{label}-b", "changed")
    for each in (first, second):
        call.delete_customer_gateway(each)
    error = refusal(call.get_customer_gateway, cgwId=first)
    assert (error.status, error.code) == (404, "NoSuchObject")


def test_times_are_told_as_in_beijing(bce_client: Client, label: str) -> None:
    """The times of a customer gateway have no zone and no letter T."""
    made = bce_client.vpc.create_customer_gateway(name=label, ip="198.51.100.250")["cgwId"]
    found = bce_client.vpc.get_customer_gateway(made)
    for told in (found["createdTime"], found["updatedTime"]):
        assert (len(told), told[10]) == (len("2024-05-01 20:00:00"), " ")
    bce_client.vpc.delete_customer_gateway(made)


def test_a_change_names_something_to_change(bce_client: Client, refusal: Refusal) -> None:
    """A change of neither name nor description gets 400, one of a gateway that does not exist 404."""
    request = bce_client.prepare("vpc.update_customer_gateway", {"cgwId": "cgw-000000000000", "name": "ck-none"})
    assert bce_client.exchange(request.replace(body=b"{}")).status == 400
    missing = refusal(bce_client.vpc.update_customer_gateway, cgwId="cgw-000000000000", name="ck-none")
    assert (missing.status, missing.code) == (404, "NoSuchObject")
