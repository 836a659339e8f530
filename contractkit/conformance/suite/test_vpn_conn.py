"""Tunnels of VPN gateways, and the secrets they are made with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

if TYPE_CHECKING:
    from contractkit.client.services import VpcCreateVpnConnIkeConfig, VpcCreateVpnConnIpsecConfig

pytestmark = pytest.mark.contract(creates=True)

IKE: Final[VpcCreateVpnConnIkeConfig] = {
    "ikeVersion": "v1",
    "ikeMode": "main",
    "ikeEncAlg": "aes",
    "ikeAuthAlg": "sha1",
    "ikePfs": "group2",
    "ikeLifeTime": "28800",
}
IPSEC: Final[VpcCreateVpnConnIpsecConfig] = {
    "ipsecEncAlg": "aes",
    "ipsecAuthAlg": "sha1",
    "ipsecPfs": "group2",
    "ipsecLifetime": "3600",
}
SUBNETS: Final = {"localSubnets": ["10.0.1.0/24"], "remoteSubnets": ["192.168.0.0/16"]}
KEY: Final = "only_4_tests"


@pytest.fixture
def customer_gateway(bce_client: Client, label: str) -> Iterator[str]:
    """The id of a customer gateway of the test's own, removed at the end."""
    made = bce_client.vpc.create_customer_gateway(name=label, ip="198.51.100.250")["cgwId"]
    yield made
    bce_client.vpc.delete_customer_gateway(made)


def tunnels(client: Client, vpn: str) -> dict[str, Any]:
    """The tunnels of a gateway by id."""
    return {each["vpnConnId"]: each for each in client.vpc.list_vpn_conns(vpn)["vpnConns"]}


def test_a_tunnel_lives_its_life(
    bce_client: Client, vpn: str, customer_gateway: str, label: str, refusal: Refusal
) -> None:
    """Create with a customer gateway, list, replace, delete, gone; while it leads there, both gateways stay."""
    call, shape = bce_client.vpc, {"ikeConfig": IKE, "ipsecConfig": IPSEC, **SUBNETS}
    given = {"vpnId": vpn, "vpnConnName": label, "secretKey": KEY, "cgwId": customer_gateway, **shape}
    made = bce_client.call("vpc.create_vpn_conn", given)["vpnConnId"]
    found = tunnels(bce_client, vpn)[made]
    assert (found["vpnId"], found["vpnConnName"], found["cgwId"]) == (vpn, label, customer_gateway)
    assert {name: found[name] for name in shape} == shape
    assert found["secretKey"]  # told in clear text, and so never kept in a cassette
    gateway = call.get_vpn(vpn)
    assert (gateway["vpnConnNum"], [each["vpnConnId"] for each in gateway["vpnConns"]]) == (1, [made])
    assert refusal(call.delete_vpn, vpnId=vpn).status == 409
    assert refusal(call.delete_customer_gateway, cgwId=customer_gateway).status == 409
    bce_client.call("vpc.update_vpn_conn", {**given, "vpnConnId": made, "vpnConnName": f"{label}-b"})
    assert tunnels(bce_client, vpn)[made]["vpnConnName"] == f"{label}-b"
    elsewhere = {**given, "vpnConnId": made, "cgwId": None, "remoteIp": "198.51.100.251", "description": "changed"}
    bce_client.call("vpc.update_vpn_conn", elsewhere)
    replaced = tunnels(bce_client, vpn)[made]
    assert (replaced["remoteIp"], replaced["cgwId"], replaced["description"]) == ("198.51.100.251", "", "changed")
    call.delete_vpn_conn(made)
    assert tunnels(bce_client, vpn) == {}
    assert refusal(call.delete_vpn_conn, vpnConnId=made).status == 404


def test_a_peer_can_be_named_by_its_address(bce_client: Client, vpn: str, label: str) -> None:
    """Without a customer gateway the tunnel leads to remoteIp."""
    made = bce_client.vpc.create_vpn_conn(
        vpn,
        vpnConnName=label,
        secretKey=KEY,
        description="made by a test",
        remoteIp="198.51.100.251",
        localSubnets=["10.0.1.0/24"],
        remoteSubnets=["192.168.0.0/16"],
        ikeConfig=IKE,
        ipsecConfig=IPSEC,
    )["vpnConnId"]
    found = tunnels(bce_client, vpn)[made]
    assert (found["remoteIp"], found["description"]) == ("198.51.100.251", "made by a test")
    bce_client.vpc.delete_vpn_conn(made)


def test_every_cipher_is_taken(bce_client: Client, vpn: str, label: str) -> None:
    """Tunnels of every version, mode, cipher, digest and group: created like that, and each changed to the next."""
    shapes = [
        (
            {**IKE, **dict(zip(IKE, (version, mode, cipher, digest, ike_group), strict=False))},
            {**IPSEC, **dict(zip(IPSEC, (cipher, digest, group), strict=False))},
        )
        for version, mode, cipher, digest, ike_group, group in (
            ("v1", "main", "aes", "sha1", "group2", "group2"),
            ("v1", "aggressive", "aes192", "md5", "group5", "group5"),
            ("v2", "main", "aes256", "sha2_256", "group14", "group14"),
            ("v2", "main", "3des", "sha2_384", "group24", "group24"),
            ("v2", "main", "aes256", "sha2_512", "group24", "disabled"),
        )
    ]

    def given(number: int, *, turned: int) -> dict[str, Any]:
        ike, ipsec = shapes[(number + turned) % len(shapes)]
        there = {"remoteIp": f"198.51.100.{number + 1}", "remoteSubnets": [f"192.168.{number}.0/24"]}
        common = {"vpnId": vpn, "vpnConnName": label, "secretKey": KEY, "localSubnets": ["10.0.1.0/24"]}
        return {**common, **there, "ikeConfig": ike, "ipsecConfig": ipsec}

    numbers = range(len(shapes))
    made = [bce_client.call("vpc.create_vpn_conn", given(each, turned=0))["vpnConnId"] for each in numbers]
    there = tunnels(bce_client, vpn)
    assert [(there[each]["ikeConfig"], there[each]["ipsecConfig"]) for each in made] == shapes
    for number, tunnel in enumerate(made):
        bce_client.call("vpc.update_vpn_conn", {**given(number, turned=1), "vpnConnId": tunnel})
    there = tunnels(bce_client, vpn)
    assert [(there[each]["ikeConfig"], there[each]["ipsecConfig"]) for each in made] == [*shapes[1:], shapes[0]]
    for tunnel in made:
        bce_client.vpc.delete_vpn_conn(tunnel)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b'"28800"', b'"59"'),
        (b'"3600"', b'"86401"'),
        (b'"aes"', b'"des"'),
        (b'"%s"' % KEY.encode(), b'"onlyletters"'),
        (b'"remoteIp":"198.51.100.251",', b""),
    ],
)
def test_a_tunnel_out_of_bounds_is_refused(
    bce_client: Client, vpn: str, label: str, right: bytes, wrong: bytes
) -> None:
    """A lifetime out of range, an unknown cipher, a plain secret, no peer: each is refused with 400."""
    given = {"vpnId": vpn, "vpnConnName": label, "secretKey": KEY, "remoteIp": "198.51.100.251"}
    request = bce_client.prepare("vpc.create_vpn_conn", {**given, "ikeConfig": IKE, "ipsecConfig": IPSEC, **SUBNETS})
    assert right in request.body
    assert bce_client.exchange(request.replace(body=request.body.replace(right, wrong))).status == 400
