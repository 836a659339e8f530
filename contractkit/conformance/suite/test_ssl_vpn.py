"""SSL VPN: the server of a gateway, and its users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Eventually, Refusal

pytestmark = pytest.mark.contract(creates=True)

PASSWORD: Final = "only_4_tests"  # noqa: S105 - made up, and rightly shaped


@pytest.fixture
def ssl(bce_client: Client, label: str, vpc: str, eventually: Eventually) -> Iterator[str]:
    """The id of an SSL gateway for five, built, removed at the end."""
    made = bce_client.vpc.create_vpn(
        vpcId=vpc, vpnName=label, type="SSL", maxConnection=5, billing={"paymentTiming": "Postpaid"}
    )["vpnId"]
    eventually(lambda: bce_client.vpc.get_vpn(made)["status"] == "unconfigured")
    yield made
    bce_client.vpc.delete_vpn(made)


def test_a_server_lives_its_life(bce_client: Client, ssl: str, label: str, refusal: Refusal) -> None:
    """Create, refuse a second one, read by its gateway, change, delete, gone; then one of the other type."""
    call = bce_client.vpc
    made = call.create_ssl_vpn_server(
        ssl,
        sslVpnServerName=label,
        interfaceType="tun",
        localSubnets=["10.0.0.0/16"],
        remoteSubnet="192.168.0.0/24",
        clientDns="10.0.0.53",
    )["sslVpnServerId"]
    found = call.get_ssl_vpn_server(ssl)
    assert (found["vpnId"], found["sslVpnServerId"], found["sslVpnServerName"]) == (ssl, made, label)
    assert (found["interfaceType"], found["localSubnets"]) == ("tun", ["10.0.0.0/16"])
    assert (found["remoteSubnet"], found["clientDns"]) == ("192.168.0.0/24", "10.0.0.53")
    assert found["maxConnection"] == 5
    assert call.get_vpn(ssl)["sslVpnServer"]["sslVpnServerId"] == made
    second = refusal(
        call.create_ssl_vpn_server,
        vpnId=ssl,
        sslVpnServerName=label,
        localSubnets=["10.0.0.0/16"],
        remoteSubnet="192.168.1.0/24",
    )
    assert 400 <= second.status < 500
    call.update_ssl_vpn_server(
        ssl,
        made,
        sslVpnServerName=f"{label}-b",
        localSubnets=["10.0.1.0/24"],
        remoteSubnet="192.168.2.0/24",
        clientDns="10.0.1.53",
    )
    changed = call.get_ssl_vpn_server(ssl)
    assert (changed["sslVpnServerName"], changed["localSubnets"]) == (f"{label}-b", ["10.0.1.0/24"])
    assert (changed["remoteSubnet"], changed["interfaceType"]) == ("192.168.2.0/24", "tun")
    assert changed["clientDns"] == "10.0.1.53"
    call.delete_ssl_vpn_server(ssl, made)
    assert refusal(call.delete_ssl_vpn_server, vpnId=ssl, sslVpnServerId=made).status == 404
    other = call.create_ssl_vpn_server(
        ssl, sslVpnServerName=label, interfaceType="tap", localSubnets=["10.0.0.0/16"], remoteSubnet="192.168.0.0/24"
    )["sslVpnServerId"]
    assert call.get_ssl_vpn_server(ssl)["interfaceType"] == "tap"
    call.delete_ssl_vpn_server(ssl, other)


def test_users_live_their_lives(bce_client: Client, ssl: str, refusal: Refusal) -> None:
    """Create two at once, list page by page and by name, change, delete, gone; no password is ever shown."""
    call = bce_client.vpc
    first, second = call.batch_create_ssl_vpn_users(
        ssl,
        sslVpnUsers=[
            {"userName": "ck-first", "password": PASSWORD, "description": "one"},
            {"userName": "ck-second", "password": PASSWORD},
        ],
    )["sslVpnUserIds"]
    listed = list(call.list_ssl_vpn_users.each(vpnId=ssl, maxKeys=1))
    assert [(each["userId"], each["userName"]) for each in listed] == [(first, "ck-first"), (second, "ck-second")]
    assert all("password" not in each for each in listed)
    call.update_ssl_vpn_user(ssl, first, clientName="ck-client", password=PASSWORD[::-1], description="changed")
    (changed,) = call.list_ssl_vpn_users(vpnId=ssl, userName="ck-first")["sslVpnUsers"]
    assert (changed["userName"], changed["clientName"], changed["description"]) == ("ck-first", "ck-client", "changed")
    for each in (first, second):
        call.delete_ssl_vpn_user(ssl, each)
    assert call.list_ssl_vpn_users(vpnId=ssl)["sslVpnUsers"] == []
    assert refusal(call.delete_ssl_vpn_user, vpnId=ssl, userId=first).status == 404


def test_a_user_name_is_taken_once(bce_client: Client, ssl: str, refusal: Refusal) -> None:
    """Two users of one name in a call are refused, and neither is made."""
    twice: list[dict[str, str]] = [{"userName": "ck-first", "password": PASSWORD}] * 2
    error = refusal(bce_client.vpc.batch_create_ssl_vpn_users, vpnId=ssl, sslVpnUsers=twice)
    assert 400 <= error.status < 500
    assert bce_client.vpc.list_ssl_vpn_users(vpnId=ssl)["sslVpnUsers"] == []


@pytest.mark.parametrize("wrong", ["short_1", "only_letters", "0nlyletters", "much_too_long_1_to_be"])
def test_a_weak_password_is_refused(bce_client: Client, ssl: str, wrong: str) -> None:
    """8 to 17 letters, digits and symbols, some of each: anything else is refused with 400."""
    given = {"vpnId": ssl, "sslVpnUsers": [{"userName": "ck-first", "password": PASSWORD}]}
    request = bce_client.prepare("vpc.batch_create_ssl_vpn_users", given)
    assert (
        bce_client.exchange(request.replace(body=request.body.replace(PASSWORD.encode(), wrong.encode()))).status == 400
    )
