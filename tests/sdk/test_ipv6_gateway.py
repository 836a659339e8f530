"""Every method of the official IPv6 gateway client is answered and decoded."""

from baidubce.services.ipv6gateway.ipv6gateway_client import IPv6GatewayClient
from baidubce.services.vpc.vpc_client import VpcClient

GATEWAY = {"gateway_id": "<gateway>"}
VPC = [("create_vpc", {"name": "net", "cidr": "10.0.0.0/16", "enable_ipv6": True}, {"vpc": "vpc_id"})]
LIMITS = {"ingress_bandwidthInMbps": 1, "egress_bandwidthInMbps": 2}
TABLE = [
    ("create_ipv6_gateway", {"name": "g", "vpc_id": "<vpc>", "bandwidthInMbps": 10}, {"gateway": "gateway_id"}),
    ("resize_ipv6_gateway", {**GATEWAY, "bandwidthInMbps": 20}),
    ("create_ipv6_gateway_egress_only_rule", {**GATEWAY, "cidr": "2001:db8::/64"}, {"out": "egress_only_rule_id"}),
    ("list_ipv6_gateway_egress_only_rules", GATEWAY, {"listed_out": "egress_only_rules.0.egress_only_rule_id"}),
    (
        "create_ipv6_gateway_rate_limit_rule",
        {**GATEWAY, **LIMITS, "ipv6_address": "2001:db8::5"},
        {"limit": "rate_limit_rule_id"},
    ),
    ("update_ipv6_gateway_rate_limit_rule", {**GATEWAY, **LIMITS, "rate_limit_rule_id": "<limit>"}),
    (
        "list_ipv6_gateway_rate_limit_rules",
        {**GATEWAY, "max_keys": 5},
        {"egress": "rate_limit_rules.0.egress_bandwidth_in_mbps"},
    ),
    ("update_ipv6_gateway_delete_protect", {**GATEWAY, "delete_protect": True}),
    ("list_ipv6_gateways", {"vpc_id": "<vpc>"}, {"width": "bandwidth_in_mbps", "protected": "delete_protect"}),
    ("update_ipv6_gateway_delete_protect", {**GATEWAY, "delete_protect": False}),
    ("delete_ipv6_gateway_egress_only_rule", {**GATEWAY, "egress_only_rule_id": "<out>"}),
    ("delete_ipv6_gateway_rate_limit_rule", {**GATEWAY, "rate_limit_rule_id": "<limit>"}),
    ("delete_ipv6_gateway", GATEWAY),
]


def test_every_method_of_the_ipv6_gateway_client(walk, public_methods):
    walk(VpcClient, VPC)
    walk(IPv6GatewayClient, TABLE)
    assert public_methods(IPv6GatewayClient) <= walk.called
    kept = walk.kept
    assert (kept["width"], kept["protected"], kept["egress"]) == (20, True, 2)
    assert kept["listed_out"] == kept["out"]
