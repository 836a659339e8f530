"""A foreign repository records with clients of every kind, and replays them in a new process without a network."""

import json
import re

import pytest

pytestmark = pytest.mark.slow

# Installed before a test or a client is imported: whatever opens a socket or asks for a name is counted.
COUNTER = """
import socket
import sys

seen = []

def count(event, args):
    if event == "socket.__new__" and args[1] in (socket.AF_INET, socket.AF_INET6):
        seen.append((event, ""))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        seen.append((event, str(args[0])))
    elif event in ("socket.connect", "socket.sendto") and args[0].family != socket.AF_UNIX:
        seen.append((event, str(args[1])))

import urllib3  # when imported it makes a socket, to see whether the machine knows IPv6, and connects it to nothing

sys.addaudithook(count)

import json
import pytest

def pytest_sessionfinish():
    with open("network.json", "w") as file:
        json.dump(seen, file)
"""

OURS = """
def test_our_client(bce_client):
    vpc = bce_client.vpc.create_vpc(name="app", cidr="10.0.0.0/16")["vpcId"]
    subnet = bce_client.vpc.create_subnet(name="in", cidr="10.0.1.0/24", zoneName="cn-bj-a", vpcId=vpc)["subnetId"]
    assert bce_client.vpc.get_subnet(subnet)["subnet"]["vpcId"] == vpc
    bce_client.dns.create_dns_zone(name="example.com")
    assert [each["name"] for each in bce_client.dns.list_dns_zones()["zones"]] == ["example.com"]
    bce_client.vpc.delete_subnet(subnet)
    bce_client.vpc.delete_vpc(vpc)
"""

SDK = """
import pytest
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration
from baidubce.exception import BceHttpClientError
from baidubce.services.dns.dns_client import DnsClient
from baidubce.services.eip.eip_client import EipClient
from baidubce.services.subnet.subnet_client import SubnetClient
from baidubce.services.vpc.vpc_client import VpcClient

# From Python 3.12 on, the SDK's way to read the clock is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

@pytest.fixture
def make(bce_cassette, bce_cloud, bce_credentials):
    keys = BceCredentials(bce_credentials.access_key_id, bce_credentials.secret_access_key)
    services = {VpcClient: "vpc", SubnetClient: "vpc", EipClient: "eip", DnsClient: "dns"}
    return lambda kind: kind(BceClientConfiguration(credentials=keys, endpoint=bce_cloud.endpoint(services[kind])))

def test_networks(make):
    vpcs, subnets = make(VpcClient), make(SubnetClient)
    vpc = vpcs.create_vpc("app", "10.0.0.0/16").vpc_id
    subnet = subnets.create_subnet("in", "cn-bj-a", "10.0.1.0/24", vpc).subnet_id
    assert subnets.get_subnet(subnet).subnet.vpc_id == vpc
    assert [each.vpc_id for each in vpcs.list_vpcs().vpcs] == [vpc]
    with pytest.raises(BceHttpClientError):
        vpcs.delete_vpc(vpc)
    subnets.delete_subnet(subnet)
    vpcs.delete_vpc(vpc)

def test_addresses(make):
    eips = make(EipClient)
    address = eips.create_eip(5, name="one", client_token="t-1").eip
    assert [each.eip for each in eips.list_eips().eip_list] == [address]

def test_names(make):
    names = make(DnsClient)
    names.create_zone({"name": "example.com"}, client_token="t-2")
    assert [each.name for each in names.list_zone().zones] == ["example.com"]
"""

HTTPX = """
import asyncio

import httpx
from contractkit import HttpxAuth

def test_sync(bce_cassette, bce_cloud, bce_credentials):
    with httpx.Client(base_url=bce_cloud.endpoint("vpc"), auth=HttpxAuth(bce_credentials)) as client:
        made = client.post("/v1/vpc", params={"clientToken": "t"}, json={"name": "app", "cidr": "10.0.0.0/16"})
        assert client.get("/v1/vpc/" + made.json()["vpcId"]).json()["vpc"]["name"] == "app"

def test_async(bce_cassette, bce_cloud, bce_credentials):
    async def ask():
        async with httpx.AsyncClient(base_url=bce_cloud.endpoint("eip"), auth=HttpxAuth(bce_credentials)) as client:
            first, second = await asyncio.gather(client.get("/v1/eip"), client.get("/v1/eip"))
            return first.json()["eipList"] + second.json()["eipList"]
    assert asyncio.run(ask()) == []
"""

REQUESTS = """
import requests
from contractkit import RequestsAuth

def test_requests(bce_cassette, bce_cloud, bce_credentials):
    with requests.Session() as session:
        session.auth = RequestsAuth(bce_credentials)
        url = bce_cloud.endpoint("vpc") + "/v1/vpc"
        made = session.post(url, json={"name": "app", "cidr": "10.0.0.0/16"}, timeout=5)
        assert session.get(url + "/" + made.json()["vpcId"], timeout=5).json()["vpc"]["name"] == "app"
        assert session.get(url, params={"maxKeys": 5000}, timeout=5).status_code == 400
"""

THREADS = """
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration
from baidubce.services.vpc.vpc_client import VpcClient

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

def sixteen(ask):
    barrier = threading.Barrier(16)

    def share(first):
        barrier.wait()
        return [ask(n + 1) for n in range(first, 200, 16)]

    with ThreadPoolExecutor(16) as pool:
        return sum(len(answers) for answers in pool.map(share, range(16)))

def test_sdk(bce_cassette, bce_cloud, bce_credentials):
    keys = BceCredentials(bce_credentials.access_key_id, bce_credentials.secret_access_key)
    client = VpcClient(BceClientConfiguration(credentials=keys, endpoint=bce_cloud.endpoint("vpc")))
    assert sixteen(lambda n: client.list_vpcs(max_keys=n).max_keys) == 200

def test_ours(bce_client):
    assert sixteen(lambda n: bce_client.vpc.list_vpcs(maxKeys=n)["maxKeys"]) == 200
"""


@pytest.mark.parametrize(
    ("code", "tests", "interactions"),
    [(OURS, 1, 7), (SDK, 3, 11), (HTTPX, 2, 4), (REQUESTS, 1, 3), (THREADS, 2, 400)],
    ids=["our client", "the official SDK", "httpx", "requests", "sixteen threads"],
)
def test_what_was_recorded_replays_in_another_process_without_a_socket(project, code, tests, interactions):
    project.write(conftest=COUNTER, test_a=code)
    result = project.spawn("--contract-mode=record", "-W", "error", "-W", "ignore:invalid escape sequence")
    result.assert_outcomes(passed=tests)
    files = f"{tests} cassette{'s' if tests > 1 else ''}"
    result.stdout.fnmatch_lines([f"{files}: {interactions} recorded, 0 replayed, 0 unused interactions"])
    assert not re.search("findings: .*error", result.stdout.str())
    assert json.loads((project.root / "network.json").read_text()) != []  # the counter counts
    before = project.files()
    result = project.spawn("--contract-report=r.json")
    result.assert_outcomes(passed=tests)
    result.stdout.fnmatch_lines([f"{files}: 0 recorded, {interactions} replayed, 0 unused interactions"])
    assert json.loads((project.root / "network.json").read_text()) == []
    assert project.files() == before
    report = json.loads((project.root / "r.json").read_text())
    assert sum(each["count"] for each in report["runs"][0]["exchanges"]) == interactions
    stored = [each for name in project.names() for each in project.interactions(name)]
    assert len(stored) == interactions
