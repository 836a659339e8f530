"""Every method of the official VPN client is answered and decoded, but for those that send what nobody documents."""

import pytest
from baidubce.exception import BceHttpClientError
from baidubce.services.eip.eip_client import EipClient
from baidubce.services.eip.model import Billing as EipBilling
from baidubce.services.vpc.vpc_client import VpcClient
from baidubce.services.vpn.vpn_client import VpnClient
from baidubce.services.vpn.vpn_model import Billing, IkeConfig, IpsecConfig, SSLUser

VPC = [("create_vpc", {"name": "net", "cidr": "10.0.0.0/16"}, {"vpc": "vpc_id"})]
EIP = [("create_eip", {"bandwidth_in_mbps": 5, "billing": EipBilling("Postpaid", "ByTraffic")}, {"eip": "eip"})]
VPN = {"vpn_id": "<vpn>"}
SSL = {"vpn_id": "<ssl>"}
TUNNEL = {
    "vpn_id": "<vpn>",
    "secret_key": "only_4_tests",
    "local_subnets": ["10.0.0.0/24"],
    "cgwId": None,
    "remote_ip": "198.51.100.250",
    "remote_subnets": ["192.168.0.0/16"],
    "vpn_conn_name": "t",
    "ike_config": IkeConfig("v1", "main", "aes", "sha1", "group2", "28800"),
    "ipsec_config": IpsecConfig("aes", "sha1", "group2", "3600"),
}
SERVER = {"sslservice_name": "s", "local_routes": ["10.0.0.0/16"], "address_pool": "192.168.0.0/24"}
GATEWAYS = [
    (
        "create_vpn",
        {"vpc_id": "<vpc>", "vpn_name": "v", "billing": Billing("Postpaid"), "description": "d"},
        {"vpn": "vpn_id"},
    ),
    ("list_vpns", {"vpc_id": "<vpc>", "max_Keys": 10, "vpn_type": "IPSec"}, {"status": "vpns.0.status"}),
    ("update_vpn", {**VPN, "vpn_name": "w", "description": "e"}),
    ("bind_eip", {**VPN, "eip": "<eip>"}),
    ("get_vpn", VPN, {"bound": "eip"}),
    ("unbind_eip", VPN),
    ("update_vpn_delete_protect", {**VPN, "delete_protect": True}),
    ("update_vpn_delete_protect", {**VPN, "delete_protect": False}),
    ("create_vpn_conn", TUNNEL, {"tunnel": "vpn_conn_id"}),
    ("get_vpn_conn", VPN, {"secret": "vpn_conns.0.secret_key"}),
    ("delete_vpn_conn", {"vpn_conn_id": "<tunnel>"}),
    ("delete_vpn", VPN),
    ("create_vpn", {"vpc_id": "<vpc>", "vpn_name": "v", "billing": Billing("Prepaid")}, {"prepaid": "vpn_id"}),
    ("renew_vpn", {"vpn_id": "<prepaid>", "billing": Billing("Prepaid", reservation_length=2)}),
]
INSIDE = [
    (
        "create_vpn",
        {
            "vpc_id": "<vpc>",
            "vpn_name": "v",
            "billing": Billing("Postpaid"),
            "vpn_type": "SSL",
            "max_connections": 5,
        },
        {"ssl": "vpn_id"},
    ),
    ("create_vpn_sslservice", {**SSL, **SERVER, "client_dns": "192.0.2.53"}, {"server": "ssl_vpn_server_id"}),
    ("get_vpn_sslservice", SSL, {"interface": "interface_type"}),
    ("update_vpn_sslservice", {**SSL, **SERVER, "sslservice_id": "<server>"}),
    ("delete_vpn_sslservice", {**SSL, "sslservice_id": "<server>"}),
    ("create_vpn_sslusers", {**SSL, "sslusers": [SSLUser("u", "only_4_tests")]}, {"user": "ssl_vpn_user_ids.0"}),
    ("get_vpn_ssl_user", {**SSL, "user_name": "u", "max_keys": 5}, {"name": "ssl_vpn_users.0.user_name"}),
    ("update_vpn_ssl_user", {**SSL, "ssluser_id": "<user>", "password": "even_4_more_tests", "description": "d"}),
    ("delete_vpn_ssl_user", {**SSL, "ssluser_id": "<user>"}),
]
# vpn_client.py:554-567 of 0.9.79 names the members of ikeConfig and ipsecConfig ike_version, ipsec_enc_alg...: they are missing.
REFUSED = [("update_vpn_conn", {**TUNNEL, "vpn_conn_id": "<tunnel>"})]


def test_every_method_of_the_vpn_client(walk, public_methods):
    for client, table in ((VpcClient, VPC), (EipClient, EIP), (VpnClient, GATEWAYS), (VpnClient, INSIDE)):
        walk(client, table)
    assert (walk.kept["bound"], walk.kept["secret"]) == (walk.kept["eip"], "only_4_tests")
    assert (walk.kept["interface"], walk.kept["name"]) == ("tun", "u")
    assert public_methods(VpnClient) == walk.called - {"create_vpc", "create_eip"} | {name for name, _ in REFUSED}


@pytest.mark.parametrize(("method", "arguments"), REFUSED)
def test_what_the_vpn_client_sends_wrongly_is_refused(walk, method, arguments):
    walk(VpcClient, VPC)
    walk(VpnClient, [each for each in GATEWAYS if each[0] in ("create_vpn", "create_vpn_conn")][:2])
    with pytest.raises(BceHttpClientError, match="is missing"):
        walk(VpnClient, [(method, arguments)])
