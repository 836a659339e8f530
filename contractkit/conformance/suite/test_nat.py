"""NAT gateways: their life, the public addresses bound to them, and their rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import (
    LENGTHS,
    RESOURCE_GROUP,
    TAGS,
    TIMINGS,
    Eventually,
    Refusal,
    is_rising,
    reservations,
)

if TYPE_CHECKING:
    from contractkit.client.services import VpcCreateNatGatewayBilling

pytestmark = pytest.mark.contract(creates=True)

POSTPAID: Final[VpcCreateNatGatewayBilling] = {"paymentTiming": "Postpaid"}
MONTH: Final[VpcCreateNatGatewayBilling] = {
    "paymentTiming": "Prepaid",
    "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
}
MakeEip = Callable[[], str]
MakeNat = Callable[..., str]


def status_of(client: Client, nat: str) -> str:
    return client.vpc.get_nat_gateway(nat)["status"]


def bound_to(client: Client, eip: str) -> tuple[str | None, str | None]:
    (found,) = client.eip.list_eips(eip=eip)["eipList"]
    return found["instanceType"], found["instanceId"]


def is_settled(client: Client, eip: str) -> bool:
    (found,) = client.eip.list_eips(eip=eip)["eipList"]
    return found["status"] == "binded"


@pytest.fixture
def make_nat(bce_client: Client, vpc: str, label: str, eventually: Eventually) -> Iterator[MakeNat]:
    """Make gateways ready for use: `make_nat(cuNum=1)`, `make_nat(spec="small")`; deleted at the end."""
    made: list[str] = []

    def make(**members: Any) -> str:
        nat = bce_client.vpc.create_nat_gateway(name=label, vpcId=vpc, billing=POSTPAID, **members)["natId"]
        eventually(lambda: status_of(bce_client, nat) in ("unconfigured", "active"))
        made.append(nat)
        return nat

    yield make
    for nat in made:
        bce_client.vpc.delete_nat_gateway(nat)
    eventually(lambda: not bce_client.vpc.list_nat_gateways(vpcId=vpc)["nats"])


@pytest.fixture
def nat(bce_client: Client, make_eip: MakeEip, make_nat: MakeNat, eventually: Eventually) -> tuple[str, str, str]:
    """A gateway of one capacity unit, and the two public addresses bound to it."""
    eips, made = (make_eip(), make_eip()), make_nat(cuNum=1)
    bce_client.vpc.bind_nat_eips(made, bindEips=[*eips])
    eventually(lambda: status_of(bce_client, made) == "active")
    eventually(lambda: all(bound_to(bce_client, each) == ("NAT", made) for each in eips))
    return made, *eips


def test_a_gateway_lives_its_life(
    bce_client: Client, vpc: str, label: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Create with tags and timeouts, wait until built, list, rename, resize, hold its VPC, delete, gone."""
    call = bce_client.vpc
    timeouts: Any = {"tcpTimeout": 900, "udpTimeout": 60, "icmpTimeout": 30}
    made = call.create_nat_gateway(
        name=label, vpcId=vpc, cuNum=1, ipVersion="v4", sessionConfig=timeouts, tags=TAGS, billing=POSTPAID
    )["natId"]
    eventually(lambda: status_of(bce_client, made) == "unconfigured")
    found = call.get_nat_gateway(made)
    assert (found["name"], found["vpcId"], found["cuNum"], found["bindEips"]) == (label, vpc, 1, [])
    assert (found["ipVersion"], found["sessionConfig"], found["tags"]) == ("v4", timeouts, TAGS)
    assert [each["id"] for each in call.list_nat_gateways.each(vpcId=vpc, name=label, natId=made)] == [made]
    call.update_nat_gateway(made, name=f"{label}-b")
    call.resize_nat_gateway(made, cuNum=2)
    eventually(lambda: status_of(bce_client, made) == "unconfigured")
    changed = call.get_nat_gateway(made)
    assert (changed["name"], changed["cuNum"]) == (f"{label}-b", 2)
    assert refusal(call.delete_vpc, vpcId=vpc).status == 409
    call.delete_nat_gateway(made)
    eventually(lambda: not call.list_nat_gateways(vpcId=vpc)["nats"])
    error = refusal(call.get_nat_gateway, natId=made)
    assert (error.status, error.code) == (404, "NoSuchNat")


def test_gateways_come_in_pages(bce_client: Client, vpc: str, make_nat: MakeNat) -> None:
    """Three in pages of two: each once, in the order they were made."""
    made = [make_nat(cuNum=1) for _ in range(3)]
    assert [each["id"] for each in bce_client.vpc.list_nat_gateways.each(vpcId=vpc, maxKeys=2)] == made


def test_a_protected_gateway_is_not_deleted(bce_client: Client, make_nat: MakeNat, refusal: Refusal) -> None:
    """Protected from the start or again later, it is not deleted."""
    call, made = bce_client.vpc, make_nat(cuNum=1, deleteProtect=True)
    assert call.get_nat_gateway(made)["deleteProtect"] is True
    for protect in (False, True):
        call.update_nat_gateway_delete_protect(made, deleteProtect=protect)
        assert call.get_nat_gateway(made)["deleteProtect"] is protect
    assert refusal(call.delete_nat_gateway, natId=made).status == 409
    call.update_nat_gateway_delete_protect(made, deleteProtect=False)


def test_addresses_are_bound_and_unbound(
    bce_client: Client, vpc: str, nat: tuple[str, str, str], eventually: Eventually, refusal: Refusal
) -> None:
    """Both sides show the binding, the list finds it by address, and without any address it is not configured."""
    call, (made, first, second) = bce_client.vpc, nat
    assert sorted(call.get_nat_gateway(made)["bindEips"]) == sorted([first, second])
    assert [each["id"] for each in call.list_nat_gateways.each(vpcId=vpc, ip=second)] == [made]
    assert refusal(call.bind_nat_eips, natId=made, bindEips=[first]).status == 409
    call.unbind_nat_eips(made, bindEips=[first])
    eventually(lambda: status_of(bce_client, made) == "active")
    assert call.get_nat_gateway(made)["bindEips"] == [second]
    call.unbind_nat_eips(made, bindEips=[second])
    eventually(lambda: status_of(bce_client, made) == "unconfigured")
    eventually(lambda: bound_to(bce_client, second) == (None, None))
    assert refusal(call.unbind_nat_eips, natId=made, bindEips=[second]).status == 409


def test_addresses_of_nobody_are_not_bound(bce_client: Client, make_nat: MakeNat, refusal: Refusal) -> None:
    """An address that the account does not have gets 404."""
    made = make_nat(cuNum=1)
    assert refusal(bce_client.vpc.bind_nat_eips, natId=made, bindEips=["192.0.2.254"]).status == 404


def test_the_older_generation_keeps_addresses_apart(
    bce_client: Client, make_eip: MakeEip, make_nat: MakeNat, eventually: Eventually, refusal: Refusal
) -> None:
    """A gateway by specification binds addresses for SNAT and for DNAT, and not in the way of the other generation."""
    call, snat, dnat, made = bce_client.vpc, make_eip(), make_eip(), make_nat(spec="small")
    call.bind_nat_snat_eips(made, eips=[snat])
    eventually(lambda: status_of(bce_client, made) == "active")
    call.bind_nat_dnat_eips(made, dnatEips=[dnat])
    eventually(lambda: status_of(bce_client, made) == "active")
    found = call.get_nat_gateway(made)
    assert (found["eips"], found["dnatEips"]) == ([snat], [dnat])
    assert refusal(call.unbind_nat_eips, natId=made, bindEips=[snat]).status == 409
    eventually(lambda: bound_to(bce_client, dnat) == ("NAT", made))
    call.unbind_nat_snat_eips(made, eips=[snat])
    eventually(lambda: status_of(bce_client, made) == "active")
    call.unbind_nat_dnat_eips(made, dnatEips=[dnat])
    eventually(lambda: status_of(bce_client, made) == "unconfigured")


def test_a_gateway_is_built_with_its_addresses(
    bce_client: Client, make_eip: MakeEip, make_nat: MakeNat, eventually: Eventually
) -> None:
    """Either generation has from the start the addresses it is created with, each for what it was named for."""
    call, (first, snat, dnat) = bce_client.vpc, (make_eip() for _ in range(3))
    enhanced = call.get_nat_gateway(make_nat(cuNum=1, bindEips=[first]))
    assert (enhanced["status"], enhanced["bindEips"]) == ("active", [first])
    older = call.get_nat_gateway(make_nat(spec="medium", eips=[snat], dnatEips=[dnat]))
    assert (older["status"], older["spec"], older["eips"], older["dnatEips"]) == ("active", "medium", [snat], [dnat])
    assert call.get_nat_gateway(make_nat(spec="large"))["spec"] == "large"
    eventually(lambda: all(is_settled(bce_client, each) for each in (first, snat, dnat)))


@pytest.mark.reference_only("needs a VPC with IPv6, and a resource group")
def test_a_gateway_is_of_ipv6(bce_client: Client, make_nat: MakeNat) -> None:
    """It tells the version of IP that it was created for."""
    made = make_nat(cuNum=1, ipVersion="v6", resourceGroupId=RESOURCE_GROUP)
    assert bce_client.vpc.get_nat_gateway(made)["ipVersion"] == "v6"


def test_an_snat_rule_comes_and_goes(bce_client: Client, nat: tuple[str, str, str], refusal: Refusal) -> None:
    """Create one, then two at once, list in pages, change, delete; an address in use stays bound."""
    call, (made, first, second) = bce_client.vpc, nat
    one = call.create_snat_rule(made, ruleName="out", publicIpsAddress=[first], sourceCIDR="10.0.1.0/24")["ruleId"]
    rules = [
        {"ruleName": f"out{number}", "publicIpsAddress": [first], "sourceCIDR": f"10.0.{number}.0/24"}
        for number in (2, 3)
    ]
    more = call.batch_create_snat_rules(natId=made, snatRules=rules)["snatRuleIds"]  # type: ignore[arg-type] # made in a loop
    listed = list(call.list_snat_rules.each(natId=made, maxKeys=2))
    assert [each["ruleId"] for each in listed] == [one, *more]
    assert (listed[0]["ruleName"], listed[0]["sourceCIDR"]) == ("out", "10.0.1.0/24")
    assert refusal(call.unbind_nat_eips, natId=made, bindEips=[first]).status == 409
    call.update_snat_rule(made, one, publicIpsAddress=[second])
    assert call.list_snat_rules(made)["rules"][0]["publicIpsAddress"] == [second]
    call.update_snat_rule(made, one, ruleName="away", sourceCIDR="10.0.4.0/24")
    changed = call.list_snat_rules(made)["rules"][0]
    assert (changed["ruleName"], changed["sourceCIDR"]) == ("away", "10.0.4.0/24")
    assert changed["publicIpsAddress"] == [second]
    for each in (one, *more):
        call.delete_snat_rule(made, each)
    assert call.list_snat_rules(made)["rules"] == []
    assert refusal(call.delete_snat_rule, natId=made, ruleId=one).status == 404


def test_a_dnat_rule_comes_and_goes(bce_client: Client, nat: tuple[str, str, str], refusal: Refusal) -> None:
    """Create one, then two at once, list in pages, change from a port to a range, delete."""
    call, (made, first, second) = bce_client.vpc, nat
    web = {"publicIpAddress": first, "privateIpAddress": "10.0.1.5", "protocol": "TCP"}
    one = call.create_dnat_rule(made, ruleName="web", publicPort=80, privatePort=8080, **web)["ruleId"]  # type: ignore[arg-type] # common members
    rules = [
        {**web, "ruleName": "range", "publicPortRange": "90-99", "privatePortRange": "90-99"},
        {"ruleName": "all", "publicIpAddress": second, "privateIpAddress": "10.0.1.6", "protocol": "all"},
    ]
    more = call.batch_create_dnat_rules(made, rules=rules)["ruleIds"]  # type: ignore[arg-type] # members as above
    listed = list(call.list_dnat_rules.each(natId=made, maxKeys=2))
    assert [each["ruleId"] for each in listed] == [one, *more]
    assert (listed[0]["publicPort"], listed[1]["publicPortRange"], listed[2]["protocol"]) == (80, "90-99", "all")
    call.update_dnat_rule(made, one, publicPortRange="70-71", privatePortRange="170-171")
    changed = call.list_dnat_rules(made)["rules"][0]
    assert (changed["publicPortRange"], "publicPort" in changed) == ("70-71", False)
    for each in (one, *more):
        call.delete_dnat_rule(made, each)
    assert call.list_dnat_rules(made)["rules"] == []
    assert refusal(call.delete_dnat_rule, natId=made, ruleId=one).status == 404


def test_every_protocol_is_forwarded(bce_client: Client, nat: tuple[str, str, str]) -> None:
    """One port, a range or everything, by TCP or UDP: created like that, and changed from one into the other."""
    call, (made, first, second) = bce_client.vpc, nat
    port: Any = {"publicPort": 53, "privatePort": 5353}
    ports: Any = {"publicPortRange": "90-99", "privatePortRange": "190-199"}
    to: Any = {"publicIpAddress": first, "privateIpAddress": "10.0.1.5"}
    one: Any = {"ruleName": "one", "protocol": "UDP", **to, **port}
    few: Any = {"ruleName": "few", "protocol": "UDP", **to, **ports}
    whole: Any = {"ruleName": "whole", "protocol": "all", **to, "publicIpAddress": second}
    call.batch_create_dnat_rules(made, rules=[one])
    call.create_dnat_rule(made, **few)
    rule = call.create_dnat_rule(made, **whole)["ruleId"]
    for given, told in zip((one, few, whole), call.list_dnat_rules(made)["rules"], strict=True):
        assert given.items() <= told.items()
    there: Any = {"publicIpAddress": second, "privateIpAddress": "10.0.1.6"}
    for change in (
        {"ruleName": "names", "protocol": "UDP", **there, **port},
        {"ruleName": "range", "protocol": "TCP", **there, **ports},
        {"ruleName": "every", "protocol": "all", **there},
    ):
        call.update_dnat_rule(made, rule, **change)
        assert change.items() <= call.list_dnat_rules(made)["rules"][-1].items()


def test_a_port_is_forwarded_once(bce_client: Client, nat: tuple[str, str, str], refusal: Refusal) -> None:
    """A second rule for the same ports of the same address is refused; so is a rule for an address not bound."""
    call, (made, first, _) = bce_client.vpc, nat
    ports = {"publicPort": 80, "privatePort": 80}
    to = {"privateIpAddress": "10.0.1.5", "protocol": "TCP"}
    one = call.create_dnat_rule(made, ruleName="web", publicIpAddress=first, **to, **ports)["ruleId"]  # type: ignore[arg-type] # common members
    assert refusal(call.create_dnat_rule, natId=made, publicIpAddress=first, **to, **ports).status == 409
    assert refusal(call.create_dnat_rule, natId=made, publicIpAddress="192.0.2.254", **to, **ports).status == 409
    call.delete_dnat_rule(made, one)


@pytest.mark.reference_only("buys a gateway for a month, which cannot be given back")
def test_a_prepaid_gateway_is_renewed(bce_client: Client, label: str, eventually: Eventually, refusal: Refusal) -> None:
    """Each renewal moves the expiry on, and leaves the payment as it is; a postpaid gateway is not renewed."""
    call = bce_client.vpc
    vpc = call.create_vpc(name=label, cidr="10.0.0.0/16")["vpcId"]
    made = call.create_nat_gateway(name=label, vpcId=vpc, cuNum=1, billing=MONTH)["natId"]
    eventually(lambda: status_of(bce_client, made) == "unconfigured")
    read = [call.get_nat_gateway(made)]
    for reservation, timing in zip(reservations("month"), cycle(TIMINGS), strict=False):
        call.renew_nat_gateway(made, billing={"paymentTiming": timing, "reservation": reservation})
        read.append(call.get_nat_gateway(made))
    assert is_rising(each["expiredTime"] for each in read)
    assert {each["paymentTiming"] for each in read} == {"Prepaid"}
    assert refusal(call.delete_nat_gateway, natId=made).status == 409
    other = call.create_nat_gateway(name=label, vpcId=vpc, cuNum=1, billing=POSTPAID)["natId"]
    again = refusal(call.renew_nat_gateway, natId=other, billing={"reservation": MONTH["reservation"]})
    assert again.status == 409
    call.delete_nat_gateway(other)


@pytest.mark.reference_only("buys gateways for years, which cannot be given back")
def test_a_gateway_is_bought_for_any_term(bce_client: Client, label: str) -> None:
    """The longer the term it is paid for, the later it expires."""
    call = bce_client.vpc
    vpc = call.create_vpc(name=label, cidr="10.0.0.0/16")["vpcId"]
    for reservation in reservations("month"):
        billing: Any = {"paymentTiming": "Prepaid", "reservation": reservation}
        call.create_nat_gateway(name=label, vpcId=vpc, cuNum=1, billing=billing)
    made = call.list_nat_gateways(vpcId=vpc)["nats"]
    assert len(made) == len(LENGTHS)
    assert is_rising(each["expiredTime"] for each in made)
