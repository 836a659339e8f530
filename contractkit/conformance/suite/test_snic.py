"""Service network interfaces: private addresses of public services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import RESOURCE_GROUP, TAGS, Eventually, Refusal, reservations

if TYPE_CHECKING:
    from contractkit.client.services import VpcCreateSnicBilling

pytestmark = pytest.mark.contract(creates=True)

# Each status an interface can be listed by, and how many have it when all are ready for use.
STATUSES: Final[tuple[tuple[Literal["available", "unavailable", "dead"], int], ...]] = (
    ("available", 2),
    ("unavailable", 0),
    ("dead", 0),
)
POSTPAID: Final[VpcCreateSnicBilling] = {"paymentTiming": "Postpaid"}
Make = Callable[..., Any]


@pytest.fixture
def service(bce_client: Client) -> str:
    """The name of a public service."""
    return bce_client.vpc.list_snic_public_services()["services"][0]


@pytest.fixture
def make_snic(bce_client: Client, vpc: str, subnet: str, service: str) -> Make:
    """Make an interface to that service: `make_snic(name=..., ipAddress=...)`."""

    def make(**given: Any) -> Any:
        return bce_client.vpc.create_snic(
            vpcId=vpc, subnetId=subnet, bandwidth=20, **{"billing": POSTPAID, "service": service, **given}
        )

    return make


@pytest.fixture
def snic(bce_client: Client, make_snic: Make, label: str, eventually: Eventually) -> Iterator[str]:
    """The id of an interface of the test's own that is available, removed at the end."""
    made = make_snic(name=label)["id"]
    eventually(lambda: bce_client.vpc.get_snic(made)["status"] == "available")
    yield made
    bce_client.vpc.delete_snic(made)


def test_an_interface_lives_its_life(
    bce_client: Client, make_snic: Make, label: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Create with a tag, wait until available, read, change, delete, gone."""
    call = bce_client.vpc
    made = make_snic(name=label, ipAddress="10.0.1.77", description="made by a test", tags=TAGS)
    assert made["ipAddress"] == "10.0.1.77"
    eventually(lambda: call.get_snic(made["id"])["status"] == "available")
    found = call.get_snic(made["id"])
    assert (found["endpointId"], found["name"], found["ipAddress"]) == (made["id"], label, "10.0.1.77")
    assert (found["description"], found["tags"]) == ("made by a test", TAGS)
    call.update_snic(made["id"], name=f"{label}-b", description="changed")
    changed = call.get_snic(made["id"])
    assert (changed["name"], changed["description"]) == (f"{label}-b", "changed")
    call.delete_snic(made["id"])
    error = refusal(call.get_snic, endpointId=made["id"])
    assert (error.status, error.code) == (404, "NoSuchObject")


def test_interfaces_are_listed(
    bce_client: Client, make_snic: Make, label: str, snic: str, eventually: Eventually
) -> None:
    """By VPC page by page, by name, by address, by subnet, by service, by each status there is."""
    call, other = bce_client.vpc, make_snic(name=f"{label}-b")
    eventually(lambda: call.get_snic(other["id"])["status"] == "available")
    found = call.get_snic(snic)
    vpc = found["vpcId"]
    assert [each["endpointId"] for each in call.list_snics.each(vpcId=vpc, maxKeys=1)] == [snic, other["id"]]
    by_name = call.list_snics(vpcId=vpc, name=f"{label}-b")["endpoints"]
    by_address = call.list_snics(vpcId=vpc, ipAddress=other["ipAddress"])["endpoints"]
    assert [each["endpointId"] for each in (*by_name, *by_address)] == [other["id"]] * 2
    beside = call.list_snics(vpcId=vpc, subnetId=found["subnetId"], service=found["service"])
    assert len(beside["endpoints"]) == 2
    for status, wanted in STATUSES:
        assert len(call.list_snics(vpcId=vpc, status=status)["endpoints"]) == wanted
    call.delete_snic(other["id"])


@pytest.mark.reference_only("buys interfaces for years")
def test_an_interface_is_bought_for_any_term(bce_client: Client, vpc: str, label: str, make_snic: Make) -> None:
    """One for each term, in a resource group, which no answer shows: each is listed as paid ahead."""
    call, made = bce_client.vpc, []
    for reservation in reservations("month", "Month"):
        billing = {"paymentTiming": "Prepaid", "reservation": reservation}
        made.append(make_snic(name=label, billing=billing, resourceGroupId=RESOURCE_GROUP)["id"])
    listed = {each["endpointId"]: each["productType"] for each in call.list_snics.each(vpcId=vpc)}
    assert listed == dict.fromkeys(made, "Prepaid")
    for each in made:
        call.delete_snic(each)


def test_groups_guard_an_interface(bce_client: Client, vpc: str, label: str, snic: str, refusal: Refusal) -> None:
    """Put under groups that exist; a group that guards is not deleted; taken out of them again; none of nobody."""
    call = bce_client.vpc
    group = call.create_security_group(name=label, vpcId=vpc, rules=[])["securityGroupId"]
    enterprise = call.create_enterprise_security_group(name=label, rules=[])["enterpriseSecurityGroupId"]
    call.update_snic_security_groups(snic, securityGroupIds=[group])
    call.update_snic_enterprise_security_groups(snic, enterpriseSecurityGroupIds=[enterprise])
    assert 400 <= refusal(call.delete_security_group, securityGroupId=group).status < 500
    assert 400 <= refusal(call.delete_enterprise_security_group, enterpriseSecurityGroupId=enterprise).status < 500
    missing = refusal(call.update_snic_security_groups, endpointId=snic, securityGroupIds=["g-000000000000"])
    assert missing.status == 404
    call.update_snic_security_groups(snic, securityGroupIds=[])
    call.update_snic_enterprise_security_groups(snic, enterpriseSecurityGroupIds=[])
    call.delete_security_group(group)
    call.delete_enterprise_security_group(enterprise)


def test_an_interface_leads_to_a_service_that_exists(make_snic: Make, label: str, refusal: Refusal) -> None:
    """A service that nobody offers is refused."""
    assert 400 <= refusal(make_snic, name=label, service="nothing.example").status < 500


def test_an_address_is_given_once(bce_client: Client, make_snic: Make, label: str, snic: str, refusal: Refusal) -> None:
    """The address of an interface is refused to another, and the subnet stays as long as the interface does."""
    found = bce_client.vpc.get_snic(snic)
    assert 400 <= refusal(make_snic, name=label, ipAddress=found["ipAddress"]).status < 500
    assert refusal(bce_client.vpc.delete_subnet, subnetId=found["subnetId"]).status == 409
