"""Signed requests go to documented hosts or to a named endpoint, over HTTPS, and nowhere else."""

import pytest

from contractkit import Client, Request, Response
from contractkit.errors import ConfigurationError
from contractkit.signing import EXAMPLE


def build(**options):
    sent = []
    client = Client(EXAMPLE, transport=lambda request: sent.append(request) or Response(200), **options)
    return client, sent


@pytest.mark.parametrize(
    ("region", "operation", "host"),
    [
        ("bj", "vpc.list_vpcs", "bcc.bj.baidubce.com"),
        ("gz", "vpc.list_vpcs", "bcc.gz.baidubce.com"),
        ("su", "eip.list_eips", "eip.su.baidubce.com"),
        ("gz", "dns.list_dns_zones", "dns.baidubce.com"),
    ],
)
def test_the_documented_host_is_used_over_https(region, operation, host):
    request = build(region=region)[0].prepare(operation, {})
    assert (request.scheme, request.authority, request.headers.get("host")) == ("https", host, host)


def test_an_endpoint_serves_every_service_or_those_it_names():
    every = build(endpoint="https://gateway.example:8443/")[0]
    some = build(endpoint={"vpc": "http://[::1]:8080"})[0]
    assert every.prepare("dns.list_dns_zones", {}).url == "https://gateway.example:8443/v1/dns/zone"
    assert every.prepare("vpc.list_vpcs", {}).headers.get("host") == "gateway.example:8443"
    assert some.prepare("vpc.list_vpcs", {}).url == "http://[::1]:8080/v1/vpc"
    assert some.prepare("eip.list_eips", {}).url == "https://eip.bj.baidubce.com/v1/eip"


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ({"region": "mars"}, "known: bj"),
        ({"endpoint": {"ftp": "https://a.example"}}, "ftp"),
        ({"endpoint": "bcc.bj.baidubce.com"}, "https://bcc.bj.baidubce.com"),
        ({"endpoint": "ftp://a.example"}, "a scheme, a host"),
        ({"endpoint": "https://a.example/prefix"}, "no path"),
        ({"endpoint": "https://a.example?x=1"}, "no path, query"),
        ({"endpoint": "https://user:pw@a.example"}, "user name"),
        ({"endpoint": "https://bücher.example"}, "non-ASCII"),
        ({"endpoint": "https://a.example:65536"}, "port"),
        ({"endpoint": "https://a.example\n"}, "a scheme"),
        ({"endpoint": ""}, "a scheme"),
        ({"endpoint": 8080}, "a scheme"),
        ({"endpoint": "http://a.example"}, "allow_http=True"),
        ({"endpoint": "http://127.1"}, "allow_http=True"),
        ({"endpoint": "http://0x7f000001"}, "allow_http=True"),
        ({"endpoint": "http://127.0.0.1.evil.example"}, "allow_http=True"),
        ({"endpoint": "http://localhost.evil.example"}, "allow_http=True"),
    ],
)
def test_an_endpoint_that_cannot_be_used_says_what_to_write(options, remedy):
    with pytest.raises(ConfigurationError, match=remedy):
        build(**options)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "http://LOCALHOST:80", "http://127.9.9.9", "http://[::1]"])
def test_plain_http_reaches_loopback(endpoint):
    assert build(endpoint=endpoint)[0].prepare("vpc.list_vpcs", {}).scheme == "http"


def test_plain_http_beyond_loopback_has_to_be_allowed():
    client, sent = build(endpoint="http://a.example", allow_http=True)
    client.vpc.list_vpcs()
    assert sent[0].url == "http://a.example/v1/vpc"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1/vpc",
        "http://bcc.bj.baidubce.com/v1/vpc",
        "https://bcc.bj.baidubce.com.evil.example/v1/vpc",
        "https://bcc.bj.baidubce.com@evil.example/v1/vpc",
        "https://evil.example@bcc.bj.baidubce.com/v1/vpc",
        "https://bcc.bj.baidubce.com\\@evil.example/v1/vpc",
        "https://bcc.bj.baidubce.com:8443/v1/vpc",
        "https://bcc.bj.baidubce.com./v1/vpc",
        "https://bcc.bj.baidubce.com:443:443/v1/vpc",
        "https://169.254.169.254/v1/vpc",
        "https:///v1/vpc",
        "//bcc.bj.baidubce.com/v1/vpc",
        "/v1/vpc",
        "https://bcc.bj.baidubce.com/v1/v pc",
        "https://bcc。bj.baidubce.com/v1/vpc",
        "https://evil.example#https://bcc.bj.baidubce.com/v1/vpc",
        "ftp://bcc.bj.baidubce.com/v1/vpc",
    ],
)
def test_nothing_signed_goes_to_another_host(url):
    """Look-alikes, user names, ports, dots and other schemes are not the documented host."""
    client, sent = build()
    for sign in (True, False):
        with pytest.raises(ConfigurationError):
            client.exchange(Request("GET", url, {"Host": "bcc.bj.baidubce.com"}), sign=sign)
    assert not sent


@pytest.mark.parametrize(
    "url",
    ["https://bcc.bj.baidubce.com/v1/vpc", "HTTPS://EIP.SU.baidubce.com:443/v1/eip", "https://dns.baidubce.com?x=1"],
)
def test_documented_hosts_of_any_region_are_reached(url):
    client, sent = build()
    client.exchange(Request("GET", url))
    assert len(sent) == 1


def test_with_an_endpoint_of_ones_own_documented_hosts_stay_reachable():
    client, sent = build(endpoint="https://gateway.example")
    client.exchange(Request("GET", "https://gateway.example/v1/vpc"))
    client.exchange(Request("GET", "https://bcc.bj.baidubce.com/v1/vpc"))
    with pytest.raises(ConfigurationError, match="pass it as endpoint="):
        client.exchange(Request("GET", "https://gateway.example:444/v1/vpc"))
    assert len(sent) == 2
