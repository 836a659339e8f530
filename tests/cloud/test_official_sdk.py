"""The unmodified official SDK works against the served cloud: every described operation it has a method for."""

import gc

import pytest
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration
from baidubce.exception import BceHttpClientError, BceServerError
from baidubce.services.dns.dns_client import DnsClient
from baidubce.services.eip.eip_client import EipClient
from baidubce.services.eip.model import Billing
from baidubce.services.localdns.ld_client import LdClient
from baidubce.services.subnet.subnet_client import SubnetClient
from baidubce.services.vpc.vpc_client import VpcClient

from contractkit.cloud import ReferenceCloud, Weather, cutting, failing
from contractkit.cloud.server import serve
from contractkit.signing import EXAMPLE, UNVERIFIED

OWNER = "a0" * 16
# The SDK closes its connections when they are collected, and asks for the time in a deprecated way.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]


@pytest.fixture
def cloud():
    made = ReferenceCloud()
    yield made
    assert made.failures == ()


@pytest.fixture
def configure():
    def make(served, credentials=EXAMPLE):
        keys = BceCredentials(credentials.access_key_id, credentials.secret_access_key)
        return BceClientConfiguration(credentials=keys, endpoint=served.base_url)

    yield make
    gc.collect()  # here, where what the SDK leaves open is expected


@pytest.fixture
def sdk(cloud, configure):
    """Make SDK clients aimed at a served cloud."""
    with serve(cloud) as served:
        yield lambda client: client(configure(served))


def test_vpc_client(sdk):
    client = sdk(VpcClient)
    vpc = client.create_vpc("net", "192.168.0.0/16", description="d", enable_ipv6=True, tags=[]).vpc_id
    assert client.get_vpc(vpc).vpc.cidr == "192.168.0.0/16"
    client.update_vpc(vpc, "renamed", description="e")
    assert [each.name for each in client.list_vpcs(max_keys=10, is_default=False).vpcs] == ["renamed"]
    assert [each.vpc_id for each in client.list_vpcs(vpc_ids=vpc).vpcs] == [vpc]
    client.delete_vpc(vpc)
    with pytest.raises(BceHttpClientError) as caught:
        client.get_vpc(vpc)
    assert isinstance(caught.value.last_error, BceServerError)
    assert (caught.value.status_code, caught.value.code) == (404, "NoSuchObject")


def test_subnet_client(sdk):
    vpc = sdk(VpcClient).create_vpc("net", "192.168.0.0/16").vpc_id
    client = sdk(SubnetClient)
    subnet = client.create_subnet("s", "cn-bj-a", "192.168.1.0/24", vpc, subnet_type="BCC", description="d").subnet_id
    assert client.get_subnet(subnet).subnet.vpc_id == vpc
    client.update_subnet(subnet, "renamed")
    assert [each.name for each in client.list_subnets(vpc_id=vpc, zone_name="cn-bj-a").subnets] == ["renamed"]
    with pytest.raises(BceHttpClientError, match="overlaps"):
        client.create_subnet("s", "cn-bj-a", "192.168.1.0/25", vpc)
    client.delete_subnet(subnet)
    assert client.list_subnets().subnets == []


def test_eip_client(sdk):
    client = sdk(EipClient)
    eip = client.create_eip(5, name="web", billing=Billing("Postpaid", "ByTraffic")).eip
    client.bind_eip(eip, "BCC", "i-abc")
    (item,) = client.list_eips(eip=eip).eip_list
    assert (item.status, item.instance_id) == ("binded", "i-abc")
    client.resize_eip(eip, 10)
    client.unbind_eip(eip)
    assert client.list_eips(status="available", max_keys=5).eip_list[0].bandwidth_in_mbps == 10
    client.release_eip(eip)
    assert client.list_eips().eip_list == []


def test_dns_client(sdk):
    client = sdk(DnsClient)
    client.create_zone({"name": "example.com"}, client_token="z")
    assert [each.name for each in client.list_zone(name="example").zones] == ["example.com"]
    client.create_record("example.com", {"rr": "www", "type": "A", "value": "192.0.2.1"})
    (record,) = client.list_record("example.com", rr="www").records
    client.update_record("example.com", record.id, {"rr": "www", "type": "A", "value": "192.0.2.2"})
    assert client.list_record("example.com", id=record.id).records[0].value == "192.0.2.2"
    client.delete_record("example.com", record.id)
    client.delete_zone("example.com")
    assert client.list_zone().zones == []


def test_private_dns_client(sdk):
    vpc = sdk(VpcClient).create_vpc("net", "192.168.0.0/16").vpc_id
    client = sdk(LdClient)
    zone = client.create_private_zone({"zoneName": "corp.example"}).zone_id
    client.bind_vpc(zone, {"region": "bj", "vpcIds": [vpc]})
    record = client.add_record(zone, {"rr": "www", "type": "A", "value": "192.0.2.1"}).record_id
    assert client.get_private_zone(zone).record_count == 1
    client.update_record(record, {"rr": "www", "type": "A", "value": "192.0.2.2"})
    assert client.list_record(zone, rr="w", search_mode="LIKE").records[0].value == "192.0.2.2"
    client.delete_record(record)
    client.unbind_vpc(zone, {"region": "bj", "vpcIds": [vpc]})
    assert client.list_private_zone(max_keys=5).zones[0].zone_name == "corp.example"
    client.delete_private_zone(zone)


def test_an_account_without_real_name_is_told_so(cloud, configure):
    with serve(cloud) as served, pytest.raises(BceHttpClientError) as caught:
        VpcClient(configure(served, UNVERIFIED)).list_vpcs()
    assert (caught.value.status_code, caught.value.code) == (403, "QualifyNotPass")


def test_the_retries_of_the_sdk_make_one_thing(configure):
    """A 503 before and a cut after the commit: the SDK keeps its token, so one VPC exists."""
    plan = [failing("vpc.create_vpc", occurrences=[1]), cutting("vpc.create_vpc", occurrences=[2], after_commit=True)]
    cloud = ReferenceCloud(weather=Weather(plan))
    with serve(cloud) as served:
        vpc = VpcClient(configure(served)).create_vpc("net", "192.168.0.0/16").vpc_id
    assert [each["vpcId"] for each in cloud.resources(OWNER, "vpc")] == [vpc]
    assert cloud.weather.unmet == ()
