"""The client and the reference cloud agree on the specification, over function calls and over real HTTP."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from contractkit import Client, Credentials, ReferenceCloud, RetryPolicy
from contractkit.cloud.server import serve
from contractkit.cloud.weather import Weather, cutting, failing, throttling
from contractkit.errors import (
    AuthenticationError,
    ConflictError,
    IdempotencyError,
    NotFoundError,
    QualificationError,
    TransportError,
)
from contractkit.signing import EXAMPLE, UNVERIFIED


@pytest.fixture(params=["calls", "http"])
def connect(request):
    """Make a client of a cloud, directly or over loopback HTTP; it never really waits."""
    with ExitStack() as opened:

        def make(cloud, credentials=EXAMPLE, **options):
            options = {"sleep": lambda _: None, **options}
            if request.param == "calls":
                return Client(credentials, transport=cloud.handle, **options)
            served = opened.enter_context(serve(cloud))
            return opened.enter_context(Client(credentials, endpoint=served.base_url, **options))

        yield make


def test_a_network_lives_and_dies(connect):
    """Create, list over pages, read, change and delete, with the errors of each state."""
    client = connect(ReferenceCloud())
    ids = {client.vpc.create_vpc(name=f"n{each}", cidr="10.0.0.0/16")["vpcId"] for each in range(5)}
    assert {each["vpcId"] for each in client.vpc.list_vpcs.each(maxKeys=2)} >= ids
    assert len(list(client.vpc.list_vpcs.pages(maxKeys=2))) >= 3
    vpc_id = min(ids)
    subnet = client.vpc.create_subnet(name="s", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId=vpc_id)
    assert client.vpc.update_vpc(vpc_id, name="renamed") == {}
    assert client.vpc.get_vpc(vpc_id)["vpc"]["name"] == "renamed"
    with pytest.raises(ConflictError):
        client.vpc.delete_vpc(vpc_id)
    client.vpc.delete_subnet(subnet["subnetId"])
    assert client.vpc.delete_vpc(vpc_id) == {}
    with pytest.raises(NotFoundError) as caught:
        client.vpc.get_vpc(vpc_id)
    assert (caught.value.status, caught.value.code) == (404, "NoSuchObject")
    assert caught.value.request_id


def test_one_token_is_one_effect(connect):
    """The same token repeats the answer, and is refused for another request."""
    client = connect(ReferenceCloud())
    first = client.vpc.create_vpc(name="n", cidr="10.0.0.0/16", clientToken="t")
    assert client.vpc.create_vpc(name="n", cidr="10.0.0.0/16", clientToken="t") == first
    with pytest.raises(IdempotencyError) as caught:
        client.vpc.create_vpc(name="other", cidr="10.0.0.0/16", clientToken="t")
    assert caught.value.status == 403


@pytest.mark.parametrize(
    "spell",
    [
        cutting("vpc.create_vpc", occurrences=[1, 2], after_commit=True),
        cutting("vpc.create_vpc", occurrences=[1, 2]),
        failing("vpc.create_vpc", occurrences=[1, 2], status=503),
        throttling("vpc.create_vpc", occurrences=[1, 2], retry_after=1),
    ],
    ids=["cut after the act", "cut before it", "503", "429"],
)
def test_trouble_on_the_way_creates_nothing_twice(connect, spell):
    """Two failed attempts and one good one leave exactly one network."""
    cloud = ReferenceCloud(weather=Weather([spell]))
    client = connect(cloud)
    before = len(list(client.vpc.list_vpcs.each()))
    vpc_id = client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")["vpcId"]
    after = [each["vpcId"] for each in client.vpc.list_vpcs.each()]
    assert vpc_id in after
    assert len(after) == before + 1


def test_sixteen_threads_in_bad_weather_create_each_thing_once():
    """One shared client, cuts before and after the act: as many networks as calls."""
    plan = [cutting("vpc.create_vpc", chance=0.2), cutting("vpc.create_vpc", chance=0.2, after_commit=True)]
    cloud = ReferenceCloud(weather=Weather(plan, seed=7), quotas={"vpc": 1000})
    client = Client(EXAMPLE, transport=cloud.handle, sleep=lambda _: None, retry=RetryPolicy(attempts=20))
    before = len(list(client.vpc.list_vpcs.each()))

    def create(number):
        return client.vpc.create_vpc(name=f"n{number}", cidr="10.0.0.0/16")["vpcId"]

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(create, range(96)))
    assert len(set(ids)) == 96
    assert len(list(client.vpc.list_vpcs.each())) == before + 96


def test_who_may_not_is_told_why(connect):
    cloud = ReferenceCloud()
    with pytest.raises(QualificationError) as caught:
        connect(cloud, UNVERIFIED).vpc.list_vpcs()
    assert caught.value.code == "QualifyNotPass"
    with pytest.raises(AuthenticationError) as caught:
        connect(cloud, Credentials("a" * 32, "x" * 32)).vpc.list_vpcs()
    assert caught.value.code == "SignatureDoesNotMatch"
    with pytest.raises(AuthenticationError) as caught:
        connect(cloud, Credentials("e" * 32, "x" * 32)).vpc.list_vpcs()
    assert caught.value.code == "InvalidAccessKeyId"


def test_a_slow_clock_is_refused_after_one_fresh_signature(connect):
    behind = datetime.now(UTC) - timedelta(hours=2)
    with pytest.raises(AuthenticationError) as caught:
        connect(ReferenceCloud(), clock=lambda: behind).vpc.list_vpcs()
    assert caught.value.code == "RequestExpired"
    assert "after 2 attempts" in caught.value.__notes__[0]


def test_other_services_answer_too(connect):
    client = connect(ReferenceCloud())
    zone = client.privatezone.create_private_zone(zoneName="example.internal")["zoneId"]
    client.privatezone.add_private_record(zone, rr="www", value="192.0.2.1", type="A")
    assert [each["rr"] for each in client.privatezone.list_private_records.each(zone)] == ["www"]
    client.dns.create_dns_zone(name="example.com")
    assert "example.com" in [each["name"] for each in client.dns.list_dns_zones.each()]
    address = client.eip.apply_eip(
        bandwidthInMbps=5, billing={"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
    )["eip"]
    assert client.eip.resize_eip(address, newBandwidthInMbps=10) == {}
    assert client.eip.release_eip(address) == {}


def test_a_cut_that_never_ends_is_a_transport_error(connect):
    cloud = ReferenceCloud(weather=Weather([cutting("vpc.get_vpc")]))
    with pytest.raises(TransportError) as caught:
        connect(cloud).vpc.get_vpc("vpc-1")
    assert "after 4 attempts" in caught.value.__notes__[0]
