"""Resolvers of private DNS, the rules that forward through them, and the VPCs that use the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Eventually, Refusal
from contractkit.errors import ServiceError

pytestmark = pytest.mark.contract(creates=True)

SERVERS: Final[Any] = [{"ip": "192.0.2.53", "port": 53}]


@pytest.fixture
def make_resolver(bce_client: Client, vpc: str, subnet: str, label: str, eventually: Eventually) -> Callable[..., str]:
    """Create a resolver in the VPC of the test and wait until it runs: `make_resolver(type="inbound")`."""

    def make(**changed: Any) -> str:
        where = {"vpcId": vpc, "vpcRegion": bce_client.region, "ipModels": [{"subnetId": subnet}]}
        arguments = {"name": label, "type": "outbound", **where, **changed}
        made: str = bce_client.privatezone.create_dns_resolver(**arguments)["id"]
        eventually(lambda: bce_client.privatezone.get_dns_resolver(made)["status"] == "RUNNING")
        return made

    return make


@pytest.fixture
def remove_resolver(bce_client: Client, eventually: Eventually) -> Callable[[str], None]:
    """Delete a resolver and wait until it is gone."""

    def is_gone(resolver: str) -> bool:
        try:
            bce_client.privatezone.get_dns_resolver(resolver)
        except ServiceError as error:
            return error.status == 404
        return False

    def remove(resolver: str) -> None:
        bce_client.privatezone.delete_dns_resolver(resolver)
        eventually(lambda: is_gone(resolver))

    return remove


@pytest.fixture
def resolver(make_resolver: Callable[..., str], remove_resolver: Callable[[str], None]) -> Iterator[str]:
    """The id of an outbound resolver that runs, removed at the end."""
    made = make_resolver()
    yield made
    remove_resolver(made)


@pytest.fixture
def rule(bce_client: Client, label: str, resolver: str) -> Iterator[str]:
    """The id of a forwarding rule, removed at the end."""
    arguments: dict[str, Any] = {
        "name": label,
        "zone": f"{label}.test",
        "resolverId": resolver,
        "dnsServerConfigs": SERVERS,
    }
    made = bce_client.privatezone.create_dns_resolver_rule(**arguments)["id"]
    yield made
    bce_client.privatezone.delete_dns_resolver_rule(made)


def test_a_resolver_lives_its_life(
    bce_client: Client,
    make_resolver: Callable[..., str],
    remove_resolver: Callable[[str], None],
    subnet: str,
    label: str,
) -> None:
    """Create with a chosen and a drawn address, read, list, update, delete, gone."""
    call = bce_client.privatezone
    models = [{"subnetId": subnet, "ipAddress": "10.0.1.20"}, {"subnetId": subnet}]
    made = make_resolver(type="inbound", description="made by a test", ipModels=models)
    found = call.get_dns_resolver(made)
    assert (found["name"], found["type"], found["vpcRegion"]) == (label, "inbound", bce_client.region)
    addresses = [each["ipAddress"] for each in found["ipModels"]]
    assert "10.0.1.20" in addresses
    assert len(set(addresses)) == 2
    call.update_dns_resolver(made, name=f"{label}-2", description="changed")
    (listed,) = (each for each in call.list_dns_resolvers.each(status="RUNNING") if each["id"] == made)
    assert (listed["name"], listed["description"]) == (f"{label}-2", "changed")
    remove_resolver(made)
    assert made not in {each["id"] for each in call.list_dns_resolvers.each()}


def test_resolvers_are_paged(
    bce_client: Client, make_resolver: Callable[..., str], remove_resolver: Callable[[str], None]
) -> None:
    """Three resolvers in pages of two: each once."""
    made = [make_resolver() for _ in range(3)]
    assert len(bce_client.privatezone.list_dns_resolvers(maxKeys=2)["result"]) == 2
    paged = [each["id"] for each in bce_client.privatezone.list_dns_resolvers.each(maxKeys=2)]
    assert [each for each in paged if each in made] == made
    for each in made:
        remove_resolver(each)


def test_an_address_is_taken_once(bce_client: Client, resolver: str, vpc: str, subnet: str, refusal: Refusal) -> None:
    """A second resolver does not get the address of the first."""
    call = bce_client.privatezone
    (taken,) = call.get_dns_resolver(resolver)["ipModels"]
    error = refusal(
        call.create_dns_resolver,
        name="second",
        vpcId=vpc,
        vpcRegion=bce_client.region,
        ipModels=[{"subnetId": subnet, "ipAddress": taken["ipAddress"]}],
        type="outbound",
    )
    assert 400 <= error.status < 500


def test_a_rule_lives_its_life(bce_client: Client, resolver: str, label: str, refusal: Refusal) -> None:
    """Create, read, list with paging, update, delete, gone; meanwhile the resolver cannot be deleted."""
    call = bce_client.privatezone
    rules = [
        call.create_dns_resolver_rule(
            name=label,
            description="made by a test",
            zone=f"{label}-{number}.test",
            resolverId=resolver,
            dnsServerConfigs=SERVERS,
        )["id"]
        for number in range(3)
    ]
    found = call.get_dns_resolver_rule(rules[0])
    assert (found["status"], found["zone"], found["resolverId"]) == ("UNBOUND", f"{label}-0.test", resolver)
    assert found["dnsServerConfigs"] == SERVERS
    listed = [each["id"] for each in call.list_dns_resolver_rules.each(maxKeys=2, status="UNBOUND")]
    assert [each for each in listed if each in rules] == rules
    servers: Any = [{"ip": "192.0.2.54", "port": 5353}]
    call.update_dns_resolver_rule(rules[0], name=label, description="changed", dnsServerConfigs=servers)
    changed = call.get_dns_resolver_rule(rules[0])
    assert (changed["zone"], changed["description"], changed["dnsServerConfigs"]) == (found["zone"], "changed", servers)
    assert 400 <= refusal(call.delete_dns_resolver, resolverId=resolver).status < 500
    for each in rules:
        call.delete_dns_resolver_rule(each)
    assert refusal(call.get_dns_resolver_rule, ruleId=rules[0]).status == 404


def test_a_rule_is_bound_to_a_vpc_and_unbound(
    bce_client: Client, rule: str, vpc: str, eventually: Eventually, refusal: Refusal
) -> None:
    """A bound rule says so, and is deleted only after it is unbound; the misspelled token is let pass."""
    call = bce_client.privatezone
    vpcs: Any = [{"region": bce_client.region, "vpcIds": [vpc]}]
    call.bind_resolver_rule_vpc(rule, vpcRegions=vpcs, clienToken="misspelled")
    eventually(lambda: bool(call.get_dns_resolver_rule(rule)["status"] == "BOUND"))
    assert 400 <= refusal(call.delete_dns_resolver_rule, ruleId=rule).status < 500
    call.unbind_resolver_rule_vpc(rule, vpcRegions=vpcs, clienToken="misspelled")
    eventually(lambda: bool(call.get_dns_resolver_rule(rule)["status"] == "UNBOUND"))


def test_only_an_outbound_resolver_forwards(
    bce_client: Client,
    make_resolver: Callable[..., str],
    remove_resolver: Callable[[str], None],
    label: str,
    refusal: Refusal,
) -> None:
    """A rule through an inbound resolver is refused."""
    made = make_resolver(type="inbound")
    arguments: dict[str, Any] = {
        "name": label,
        "zone": f"{label}.test",
        "resolverId": made,
        "dnsServerConfigs": SERVERS,
    }
    assert 400 <= refusal(bce_client.privatezone.create_dns_resolver_rule, **arguments).status < 500
    remove_resolver(made)


def test_what_was_never_made_is_not_found(bce_client: Client, refusal: Refusal) -> None:
    """Reading a resolver or a rule of nobody gets 404."""
    assert refusal(bce_client.privatezone.get_dns_resolver, resolverId="resolver-000000000000").status == 404
    assert refusal(bce_client.privatezone.get_dns_resolver_rule, ruleId="rule-000000000000").status == 404


@pytest.mark.parametrize("status", ["CREATING", "CREATE_FAILED", "RUNNING", "STOPPED", "DELETING"])
def test_resolvers_are_listed_by_status(bce_client: Client, resolver: str, status: Any) -> None:
    """A resolver that runs is listed under that status and no other."""
    listed = {each["id"] for each in bce_client.privatezone.list_dns_resolvers.each(status=status)}
    assert (resolver in listed) == (status == "RUNNING")


@pytest.mark.parametrize("status", ["BOUND", "UNBOUND", "BINDING", "UNBINDING", "BINGDING", "UNBINGDING"])
def test_rules_are_listed_by_status(bce_client: Client, rule: str, status: Any) -> None:
    """A rule without a VPC is listed as unbound, and under no other status in any spelling."""
    listed = {each["id"] for each in bce_client.privatezone.list_dns_resolver_rules.each(status=status)}
    assert (rule in listed) == (status == "UNBOUND")
