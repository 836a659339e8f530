"""The official SDK, unmodified, is recorded and replayed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration
from baidubce.exception import BceHttpClientError
from baidubce.services.dns.dns_client import DnsClient
from baidubce.services.eip.eip_client import EipClient
from baidubce.services.vpc.vpc_client import VpcClient

from contractkit.recording.doors import open_doors

# From Python 3.12 on, the SDK's way to read the clock is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


def configuration(endpoint):
    return BceClientConfiguration(credentials=BceCredentials("a" * 32, "b" * 32), endpoint=endpoint)


def calls(endpoint):
    vpc, eip, dns = (kind(configuration(endpoint)) for kind in (VpcClient, EipClient, DnsClient))
    return [
        vpc.list_vpcs().is_truncated,
        eip.create_eip(5, name="one", client_token="t-1").eip,
        dns.list_zone(name="example.com").path,
        dns.create_zone({"name": "example.com"}, client_token="t-2").method,
    ]


def test_the_official_sdk_is_recorded_and_replayed_unmodified(server, tape, events):
    tape.live = True
    with open_doors(tape):
        first = calls(server.url)
    assert first == [False, "10.0.0.7", "/v1/dns/zone?marker=&max_keys=&name=example.com", "POST"]
    assert (server.hits, tape.count) == (4, 4)
    server.stop()
    tape.live = False
    with open_doors(tape), events.count() as seen:
        assert calls(server.url) == first
    assert seen == []
    assert all(asked.headers.get("authorization").startswith("bce-auth-v1/" + "a" * 32) for asked in tape.requests)
    assert all(asked.host == server.authority for asked in tape.requests)


def test_a_miss_is_told_by_the_official_sdk_and_not_retried(server, tape):
    with open_doors(tape), pytest.raises(BceHttpClientError, match="nothing recorded for GET /v1/vpc: record it"):
        VpcClient(configuration(server.url)).list_vpcs()
    assert (len(tape.requests), server.hits) == (1, 0)


def test_the_official_sdk_loses_nothing_in_sixteen_threads(server, tape, events):
    client = DnsClient(configuration(server.url))

    def ask(share):
        barrier.wait()
        return [client.list_zone(name=f"zone-{n}").path for n in share]

    def sixteen():
        with ThreadPoolExecutor(16) as pool:
            return sorted(path for paths in pool.map(ask, [range(n, 200, 16) for n in range(16)]) for path in paths)

    barrier = threading.Barrier(16)
    tape.live = True
    with open_doors(tape):
        recorded = sixteen()
    assert (server.hits, tape.count, len(set(recorded))) == (200, 200, 200)
    server.stop()
    tape.live = False
    with open_doors(tape), events.count() as seen:
        assert sixteen() == recorded
    assert (tape.replayed, server.hits, seen) == (200, 200, [])
