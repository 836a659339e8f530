"""NAT gateways: their life, the public addresses bound to them, and their rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import pytest

from contractkit.client import Client
from contractkit.errors import ServiceError

if TYPE_CHECKING:
    from contractkit.client.services import VpcCreateNatGatewayBilling

pytestmark = pytest.mark.contract(creates=True)

POSTPAID: Final[VpcCreateNatGatewayBilling] = {"paymentTiming": "Postpaid"}
Refusal = Callable[..., ServiceError]
Eventually = Callable[[Callable[[], bool]], None]
MakeEip = Callable[[], str]
MakeNat = Callable[..., str]


def status_of(client: Client, nat: str) -> str:
    return client.vpc.get_nat_gateway(nat)["status"]


def bound_to(client: Client, eip: str) -> tuple[str | None, str | None]:
    (found,) = client.eip.list_eips(eip=eip)["eipList"]
    return found["instanceType"], found["instanceId"]


@pytest.fixture
def make_nat(bce_client: Client, vpc: str, label: str, eventually: Eventually) -> Iterator[MakeNat]:
    """Make gateways ready for use: `make_nat(cuNum=1)`, `make_nat(spec="small")`; deleted at the end."""
    made: list[str] = []

    def make(**size: int | str) -> str:
        nat = bce_client.vpc.create_nat_gateway(name=label, vpcId=vpc, billing=POSTPAID, **size)["natId"]  # type: ignore[arg-type] # the size is one of two members
        eventually(lambda: status_of(bce_client, nat) == "unconfigured")
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
    """Create, wait until built, list, rename, resize, hold its VPC, delete, gone."""
    call = bce_client.vpc
    made = call.create_nat_gateway(name=label, vpcId=vpc, cuNum=1, billing=POSTPAID)["natId"]
    eventually(lambda: status_of(bce_client, made) == "unconfigured")
    found = call.get_nat_gateway(made)
    assert (found["name"], found["vpcId"], found["cuNum"], found["bindEips"]) == (label, vpc, 1, [])
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
    """While it is protected, deleting it is refused."""
    call, made = bce_client.vpc, make_nat(cuNum=1)
    call.update_nat_gateway_delete_protect(made, deleteProtect=True)
    assert call.get_nat_gateway(made)["deleteProtect"] is True
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
    """Each renewal moves the expiry on; until then it is not deleted. A postpaid one is not renewed."""
    call = bce_client.vpc
    vpc = call.create_vpc(name=label, cidr="10.0.0.0/16")["vpcId"]
    month: VpcCreateNatGatewayBilling = {
        "paymentTiming": "Prepaid",
        "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
    }
    made = call.create_nat_gateway(name=label, vpcId=vpc, cuNum=1, billing=month)["natId"]
    eventually(lambda: status_of(bce_client, made) == "unconfigured")
    before = call.get_nat_gateway(made)["expiredTime"]
    call.renew_nat_gateway(made, billing={"reservation": month["reservation"]})
    assert call.get_nat_gateway(made)["expiredTime"] > before
    assert refusal(call.delete_nat_gateway, natId=made).status == 409
    other = call.create_nat_gateway(name=label, vpcId=vpc, cuNum=1, billing=POSTPAID)["natId"]
    again = refusal(call.renew_nat_gateway, natId=other, billing={"reservation": month["reservation"]})
    assert again.status == 409
    call.delete_nat_gateway(other)
