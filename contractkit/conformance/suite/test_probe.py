"""Probes: what watches a destination from inside of a subnet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = pytest.mark.contract(creates=True)

Make = Callable[..., str]


@pytest.fixture
def make_probe(bce_client: Client, vpc: str, subnet: str, label: str) -> Make:
    """Make a TCP probe that watches from these addresses, and from so many more: `make_probe(sources=[], count=2)`."""

    def make(*, sources: list[str], count: int = 0) -> str:
        made = bce_client.vpc.create_probe(
            name=label,
            vpcId=vpc,
            subnetId=subnet,
            protocol="TCP",
            frequency=20,
            sourceIps=sources,
            sourceIpNum=count,
            destIp="192.0.2.9",
            destPort=443,
        )
        return made["probeId"]

    return make


def test_a_probe_lives_its_life(bce_client: Client, make_probe: Make, label: str, refusal: Refusal) -> None:
    """Create, read, list page by page, change, delete, gone."""
    call = bce_client.vpc
    first = make_probe(sources=["10.0.1.50"])
    second = make_probe(sources=["10.0.1.51"])
    found = call.get_probe(first)
    assert (found["name"], found["status"], found["protocol"], found["frequency"]) == (label, "active", "TCP", 20)
    assert (found["sourceIps"], found["destIp"], int(found["destPort"])) == (["10.0.1.50"], "192.0.2.9", 443)
    listed = [each["probeId"] for each in call.list_probes.each(maxKeys=1)]
    assert {first, second} <= set(listed)
    assert len(listed) == len(set(listed))
    call.update_probe(first, name=f"{label}-b", destPort=80, frequency=30)
    changed = call.get_probe(first)
    assert (changed["name"], int(changed["destPort"]), changed["frequency"]) == (f"{label}-b", 80, 30)
    for each in (first, second):
        call.delete_probe(each)
    error = refusal(call.get_probe, probeId=first)
    assert (error.status, error.code) == (404, "NoSuchObject")


def test_addresses_are_chosen_for_a_probe(bce_client: Client, make_probe: Make) -> None:
    """Asked for two addresses without naming any, a probe gets two of its subnet."""
    probe = make_probe(sources=[], count=2)
    sources = bce_client.vpc.get_probe(probe)["sourceIps"]
    assert len(set(sources)) == 2
    assert all(each.startswith("10.0.1.") for each in sources)
    bce_client.vpc.delete_probe(probe)


def test_probes_speak_every_protocol(bce_client: Client, vpc: str, subnet: str, label: str) -> None:
    """Each keeps its description, payload and frequency, and takes others, another destination too."""
    call = bce_client.vpc

    def told(probe: str, wanted: dict[str, Any]) -> dict[str, Any]:
        found = call.get_probe(probe)
        return {name: found.get(name) for name in wanted}

    common = {"vpcId": vpc, "subnetId": subnet, "destIp": "192.0.2.9", "description": "made by a test"}
    kinds: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
        ({"protocol": "ICMP", "frequency": 10}, {}, {"frequency": 20, "description": "changed"}),
        (
            {"protocol": "UDP", "frequency": 30, "payload": "hello"},
            {"destPort": 514},
            {"destIp": "192.0.2.8", "frequency": 10},
        ),
        ({"protocol": "DNS", "frequency": 20, "payload": "a.example"}, {"destPort": 53}, {"payload": "b.example"}),
    ]
    for given, port, change in kinds:
        wanted = {**common, **given}
        made = call.create_probe(name=label, sourceIps=["10.0.1.50"], sourceIpNum=0, **wanted, **port)["probeId"]
        assert told(made, wanted) == wanted
        call.update_probe(made, **change)
        assert told(made, wanted) == {**wanted, **change}
        call.delete_probe(made)


def test_two_probes_share_no_address(bce_client: Client, make_probe: Make, subnet: str, refusal: Refusal) -> None:
    """An address in use is refused, and a subnet with a probe is not deleted."""
    probe = make_probe(sources=["10.0.1.50"])
    again = refusal(make_probe, sources=["10.0.1.50"])
    assert 400 <= again.status < 500
    assert refusal(bce_client.vpc.delete_subnet, subnetId=subnet).status == 409
    bce_client.vpc.delete_probe(probe)


def test_a_probe_of_ports_needs_a_port(bce_client: Client) -> None:
    """TCP without destPort is refused with 400."""
    given = {
        "name": "ck-none",
        "vpcId": "vpc-000000000000",
        "subnetId": "sbn-000000000000",
        "protocol": "ICMP",
        "frequency": 10,
        "sourceIps": ["10.0.1.50"],
        "destIp": "192.0.2.9",
    }
    request = bce_client.prepare("vpc.create_probe", given)
    assert bce_client.exchange(request.replace(body=request.body.replace(b"ICMP", b"TCP"))).status == 400
