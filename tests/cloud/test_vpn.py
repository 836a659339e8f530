"""VPN gateways and what lives inside: states, addresses, terms, secrets."""

from datetime import timedelta

import pytest

POSTPAID = {"paymentTiming": "Postpaid"}
PREPAID = {"paymentTiming": "Prepaid", "reservation": {"reservationLength": 1, "reservationTimeUnit": "Month"}}
IKE = {
    "ikeVersion": "v2",
    "ikeMode": "main",
    "ikeEncAlg": "aes256",
    "ikeAuthAlg": "sha2_256",
    "ikePfs": "group14",
    "ikeLifeTime": 28800,
}
IPSEC = {"ipsecEncAlg": "aes256", "ipsecAuthAlg": "sha2_512", "ipsecPfs": "disabled", "ipsecLifetime": "0180"}
TUNNEL = {
    "vpnConnName": "t",
    "secretKey": "only_4_tests",
    "remoteIp": "198.51.100.250",
    "localSubnets": ["10.0.0.0/24"],
    "remoteSubnets": ["192.168.0.0/16"],
    "ikeConfig": IKE,
    "ipsecConfig": IPSEC,
}


@pytest.fixture
def slow(make_caller, make_cloud):
    """A caller of a cloud in which a passing state lasts ten seconds."""
    return make_caller(cloud=make_cloud(settle=timedelta(seconds=10)))


def make_vpc(caller):
    return caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]


def make_vpn(caller, vpc=None, billing=POSTPAID, **more):
    given = {"vpcId": vpc or make_vpc(caller), "vpnName": "v", "billing": billing, **more}
    return caller.ok("vpc.create_vpn", **given)["vpnId"]


def make_eip(caller):
    return caller.ok("eip.apply_eip", bandwidthInMbps=7, billing={**POSTPAID, "billingMethod": "ByTraffic"})["eip"]


def status_of(caller, vpn):
    return caller.ok("vpc.get_vpn", vpnId=vpn)["status"]


def test_a_gateway_is_built_then_waits_for_an_address_and_is_active_with_one(slow, clock):
    eip = make_eip(slow)
    clock.advance(seconds=10)
    vpn = make_vpn(slow)
    assert status_of(slow, vpn) == "building"
    assert slow.no("vpc.bind_vpn_eip", vpnId=vpn, eip=eip) == (409, "OperationDenied")
    clock.advance(seconds=10)
    assert status_of(slow, vpn) == "unconfigured"
    slow.ok("vpc.bind_vpn_eip", vpnId=vpn, eip=eip)
    assert status_of(slow, vpn) == "configuring"
    assert slow.no("vpc.unbind_vpn_eip", vpnId=vpn) == (409, "OperationDenied")
    clock.advance(seconds=10)
    found = slow.ok("vpc.get_vpn", vpnId=vpn)
    assert (found["status"], found["eip"], found["bandwidthInMbps"]) == ("active", eip, 7)
    slow.ok("vpc.unbind_vpn_eip", vpnId=vpn)
    assert status_of(slow, vpn) == "configuring"
    clock.advance(seconds=10)
    assert status_of(slow, vpn) == "unconfigured"


def test_a_gateway_made_with_an_address_is_active_once_it_is_built(slow, clock):
    eip = make_eip(slow)
    clock.advance(seconds=10)
    vpn = make_vpn(slow, eip=eip)
    assert status_of(slow, vpn) == "building"
    clock.advance(seconds=10)
    assert status_of(slow, vpn) == "active"


def test_nothing_is_bound_unbound_or_deleted_while_an_address_is_on_its_way(slow, clock):
    """A gateway that has one address takes no other; one whose address is changing cannot go."""
    one, two, vpn = make_eip(slow), make_eip(slow), make_vpn(slow)
    clock.advance(seconds=10)
    slow.ok("vpc.bind_vpn_eip", vpnId=vpn, eip=one)
    assert slow.no("vpc.delete_vpn", vpnId=vpn) == (409, "OperationDenied")
    clock.advance(seconds=10)
    assert slow.no("vpc.bind_vpn_eip", vpnId=vpn, eip=two) == (409, "OperationDenied")
    slow.ok("eip.resize_eip", eip=one, newBandwidthInMbps=9)
    assert slow.no("vpc.unbind_vpn_eip", vpnId=vpn) == (409, "OperationDenied")
    assert status_of(slow, vpn) == "active"
    clock.advance(seconds=10)
    slow.ok("vpc.unbind_vpn_eip", vpnId=vpn)
    clock.advance(seconds=10)
    assert slow.no("vpc.unbind_vpn_eip", vpnId=vpn) == (409, "OperationDenied")


def test_an_address_in_use_is_not_bound_to_another_gateway_which_stays_as_it_is(slow, clock):
    eip, vpn = make_eip(slow), make_vpn(slow)
    clock.advance(seconds=10)
    make_vpn(slow, eip=eip)
    assert slow.no("vpc.bind_vpn_eip", vpnId=vpn, eip=eip) == (409, "OperationDenied")
    assert status_of(slow, vpn) == "unconfigured"


def test_an_address_in_use_makes_no_gateway(caller):
    vpc, eip = make_vpc(caller), make_eip(caller)
    make_vpn(caller, vpc, eip=eip)
    given = {"vpcId": vpc, "vpnName": "v", "billing": POSTPAID}
    assert caller.no("vpc.create_vpn", **given, eip=eip) == (409, "OperationDenied")
    assert caller.no("vpc.create_vpn", **given, eip="192.0.2.254") == (404, "NoSuchObject")
    assert len(caller.ok("vpc.list_vpns", vpcId=vpc)["vpns"]) == 1


def test_an_address_unbound_on_its_own_side_leaves_the_gateway_unconfigured(caller):
    eip = make_eip(caller)
    vpn = make_vpn(caller, eip=eip)
    caller.ok("eip.unbind_eip", eip=eip)
    found = caller.ok("vpc.get_vpn", vpnId=vpn)
    assert (found["status"], found["eip"]) == ("unconfigured", "")
    caller.ok("vpc.bind_vpn_eip", vpnId=vpn, eip=eip)
    assert status_of(caller, vpn) == "active"


def test_a_deleted_gateway_gives_its_address_back(caller):
    eip = make_eip(caller)
    caller.ok("vpc.delete_vpn", vpnId=make_vpn(caller, eip=eip))
    (found,) = caller.ok("eip.list_eips", eip=eip)["eipList"]
    assert (found["status"], found["instanceId"]) == ("available", None)


def test_a_vpc_has_room_for_three_gateways(caller):
    vpc = make_vpc(caller)
    for _ in range(3):
        make_vpn(caller, vpc)
    given = {"vpcId": vpc, "vpnName": "v", "billing": POSTPAID}
    assert caller.no("vpc.create_vpn", **given) == (413, "LimitExceeded")
    make_vpn(caller)


def test_a_gateway_lies_in_a_subnet_of_its_vpc(caller):
    vpc, other = make_vpc(caller), make_vpc(caller)
    given = {"name": "s", "zoneName": "cn-bj-a", "cidr": "10.0.1.0/24", "vpcId": vpc}
    subnet = caller.ok("vpc.create_subnet", **given)["subnetId"]
    given = {"vpcId": other, "vpnName": "v", "billing": POSTPAID, "subnetId": subnet}
    assert caller.no("vpc.create_vpn", **given) == (400, "BadRequest")
    vpn = make_vpn(caller, vpc, subnetId=subnet)
    assert caller.no("vpc.delete_subnet", subnetId=subnet) == (409, "ResourceNeedRelease")
    caller.ok("vpc.delete_vpn", vpnId=vpn)
    caller.ok("vpc.delete_subnet", subnetId=subnet)


def test_a_prepaid_gateway_stays_until_its_term_is_over(caller, clock):
    vpn = make_vpn(caller, billing=PREPAID)
    assert caller.ok("vpc.get_vpn", vpnId=vpn)["expiredTime"] == "2024-06-01T12:00:00Z"
    caller.ok("vpc.renew_vpn", vpnId=vpn, billing=PREPAID)
    assert caller.ok("vpc.get_vpn", vpnId=vpn)["expiredTime"] == "2024-07-01T12:00:00Z"
    clock.advance(days=60)
    assert caller.no("vpc.delete_vpn", vpnId=vpn) == (409, "OperationDenied")
    clock.advance(days=1)
    caller.ok("vpc.delete_vpn", vpnId=vpn)


def test_a_route_holds_its_gateway_back(caller):
    vpc = make_vpc(caller)
    vpn, table = make_vpn(caller, vpc), caller.ok("vpc.get_route_table", vpcId=vpc)["routeTableId"]
    given = {"sourceAddress": "0.0.0.0/0", "destinationAddress": "192.168.0.0/16", "description": ""}
    hop = {"nexthopId": vpn, "nexthopType": "vpn"}
    rule = caller.ok("vpc.create_route_rule", routeTableId=table, **given, **hop)["routeRuleId"]
    assert caller.no("vpc.delete_vpn", vpnId=vpn) == (409, "ResourceNeedRelease")
    caller.ok("vpc.delete_route_rule", routeRuleId=rule)
    caller.ok("vpc.delete_vpn", vpnId=vpn)


def test_a_tunnel_tells_its_secret_and_its_lifetimes_as_text(caller):
    """Numbers and padded text are taken; plain text is read back, as every client expects."""
    eip = make_eip(caller)
    vpn = make_vpn(caller, eip=eip)
    caller.ok("vpc.create_vpn_conn", vpnId=vpn, **TUNNEL)
    (found,) = caller.ok("vpc.list_vpn_conns", vpnId=vpn)["vpnConns"]
    assert (found["secretKey"], found["localIp"], found["cgwId"]) == ("only_4_tests", eip, "")
    assert (found["ikeConfig"]["ikeLifeTime"], found["ipsecConfig"]["ipsecLifetime"]) == ("28800", "180")


def test_a_peer_named_anew_replaces_the_one_before(caller):
    vpn = make_vpn(caller)
    cgw = caller.ok("vpc.create_customer_gateway", name="c", ip="198.51.100.251")["cgwId"]
    tunnel = caller.ok("vpc.create_vpn_conn", vpnId=vpn, **TUNNEL)["vpnConnId"]
    by_gateway = {name: value for name, value in TUNNEL.items() if name != "remoteIp"} | {"cgwId": cgw}
    caller.ok("vpc.update_vpn_conn", vpnConnId=tunnel, vpnId=vpn, **by_gateway)
    (found,) = caller.ok("vpc.list_vpn_conns", vpnId=vpn)["vpnConns"]
    assert (found["cgwId"], found["remoteIp"]) == (cgw, "198.51.100.251")
    assert caller.no("vpc.delete_customer_gateway", cgwId=cgw) == (409, "ResourceNeedRelease")
    caller.ok("vpc.update_vpn_conn", vpnConnId=tunnel, vpnId=vpn, **TUNNEL)
    caller.ok("vpc.delete_customer_gateway", cgwId=cgw)
    gone = caller.no("vpc.update_vpn_conn", vpnConnId=tunnel, vpnId=vpn, **by_gateway)
    assert gone == (404, "NoSuchObject")


def test_a_tunnel_keeps_its_gateway(caller):
    vpn, other = make_vpn(caller), make_vpn(caller)
    tunnel = caller.ok("vpc.create_vpn_conn", vpnId=vpn, **TUNNEL)["vpnConnId"]
    moved = caller.no("vpc.update_vpn_conn", vpnConnId=tunnel, vpnId=other, **TUNNEL)
    assert moved == (400, "BadRequest")
    assert caller.ok("vpc.list_vpn_conns", vpnId=other)["vpnConns"] == []


def test_each_type_of_gateway_has_its_own_inside(caller):
    ipsec, ssl = make_vpn(caller), make_vpn(caller, type="SSL", maxConnection=5)
    server = {"sslVpnServerName": "s", "localSubnets": ["10.0.0.0/16"], "remoteSubnet": "192.168.0.0/24"}
    users = [{"userName": "u", "password": "only_4_tests"}]
    assert caller.no("vpc.create_vpn_conn", vpnId=ssl, **TUNNEL) == (409, "OperationDenied")
    assert caller.no("vpc.create_ssl_vpn_server", vpnId=ipsec, **server) == (409, "OperationDenied")
    assert caller.no("vpc.batch_create_ssl_vpn_users", vpnId=ipsec, sslVpnUsers=users) == (409, "OperationDenied")
    assert caller.no("vpc.get_ssl_vpn_server", vpnId=ssl) == (404, "NoSuchObject")


def test_users_go_with_their_gateway_and_a_server_holds_it_back(caller):
    ssl = make_vpn(caller, type="SSL", maxConnection=5)
    server = {"sslVpnServerName": "s", "localSubnets": ["10.0.0.0/16"], "remoteSubnet": "192.168.0.0/24"}
    made = caller.ok("vpc.create_ssl_vpn_server", vpnId=ssl, **server)["sslVpnServerId"]
    users = [{"userName": "u", "password": "only_4_tests"}]
    caller.ok("vpc.batch_create_ssl_vpn_users", vpnId=ssl, sslVpnUsers=users)
    assert caller.no("vpc.delete_vpn", vpnId=ssl) == (409, "ResourceNeedRelease")
    caller.ok("vpc.delete_ssl_vpn_server", vpnId=ssl, sslVpnServerId=made)
    caller.ok("vpc.delete_vpn", vpnId=ssl)
    assert caller.cloud.resources("a0" * 16, "ssl_vpn_user") == ()


def test_the_password_of_a_user_is_not_kept(caller):
    ssl = make_vpn(caller, type="SSL", maxConnection=5)
    users = [{"userName": "u", "password": "only_4_tests"}]
    (made,) = caller.ok("vpc.batch_create_ssl_vpn_users", vpnId=ssl, sslVpnUsers=users)["sslVpnUserIds"]
    caller.ok("vpc.update_ssl_vpn_user", vpnId=ssl, userId=made, password="even_4_more_tests", clientName="c")
    (kept,) = caller.cloud.resources("a0" * 16, "ssl_vpn_user")
    assert "password" not in kept
    (listed,) = caller.ok("vpc.list_ssl_vpn_users", vpnId=ssl)["sslVpnUsers"]
    assert (listed["userName"], listed["clientName"]) == ("u", "c")
