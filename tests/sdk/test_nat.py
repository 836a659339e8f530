"""Every method of the official NAT client is answered and decoded."""

from baidubce.services.eip.eip_client import EipClient
from baidubce.services.eip.model import Billing as EipBilling
from baidubce.services.vpc.nat_client import NatClient
from baidubce.services.vpc.nat_model import Billing
from baidubce.services.vpc.vpc_client import VpcClient

NAT, OLDER, MONTHLY = ({"nat_id": f"<{name}>"} for name in ("nat", "older", "monthly"))
VPC = [("create_vpc", {"name": "net", "cidr": "10.0.0.0/16"}, {"vpc": "vpc_id"})]
EIPS = [
    ("create_eip", {"bandwidth_in_mbps": 5, "billing": EipBilling("Postpaid", "ByTraffic")}, {name: "eip"})
    for name in ("first", "second", "third")
]
DNAT = {"public_ip_address": "<first>", "private_ip_address": "10.0.0.5", "protocol": "TCP"}
TABLE = [
    ("create_nat", {"name": "n", "vpc_id": "<vpc>", "cu_num": 1, "bind_eips": ["<first>"]}, {"nat": "nat_id"}),
    ("create_nat", {"name": "o", "vpc_id": "<vpc>", "spec": "small"}, {"older": "nat_id"}),
    ("create_nat", {"name": "m", "vpc_id": "<vpc>", "cu_num": 1, "billing": Billing("Prepaid")}, {"monthly": "nat_id"}),
    ("list_nats", {"vpc_id": "<vpc>", "ip": "<first>", "max_keys": 5}, {"found": "nats.0.id"}),
    ("get_nat", NAT, {"state": "status", "addresses": "bind_eips"}),
    ("update_nat", {**NAT, "name": "renamed"}),
    ("resize_nat", {**NAT, "cu_num": 2}),
    ("update_delete_protect", {**NAT, "delete_protect": True}),
    ("update_delete_protect", {**NAT, "delete_protect": False}),
    ("purchase_reserved_nat", {**MONTHLY, "billing": Billing()}),
    ("enhance_nat_bind_eip", {**NAT, "bind_eips": ["<second>"]}),
    ("enhance_nat_unbind_eip", {**NAT, "bind_eips": ["<second>"]}),
    ("bind_eip", {**OLDER, "eips": ["<second>"]}),
    ("bind_dnat_eip", {**OLDER, "eips": ["<third>"]}),
    ("get_nat", OLDER, {"for_snat": "eips.0", "for_dnat": "dnat_eips.0"}),
    ("unbind_eip", {**OLDER, "eips": ["<second>"]}),
    ("unbind_dnat_eip", {**OLDER, "eips": ["<third>"]}),
    (
        "create_snat_rule",
        {**NAT, "rule_name": "s", "source_cidr": "10.0.0.0/24", "public_ip_address": ["<first>"]},
        {"snat": "rule_id"},
    ),
    (
        "batch_create_snat_rule",
        {**NAT, "snat_rules": [{"ruleName": "t", "sourceCIDR": "10.0.1.0/24", "publicIpsAddress": ["<first>"]}]},
        {"more_snat": "snat_rule_ids.0"},
    ),
    ("update_snat_rule", {**NAT, "snat_rule_id": "<snat>", "rule_name": "u"}),
    ("list_snat_rule", {**NAT, "maxKeys": 1}, {"listed_snat": "rules.0.rule_name"}),
    ("delete_snat_rule", {**NAT, "snat_rule_id": "<snat>"}),
    (
        "create_dnat_rule",
        {**NAT, **DNAT, "rule_name": "d", "public_port": 80, "private_port": 8080},
        {"dnat": "rule_id"},
    ),
    (
        "batch_create_dnat_rule",
        {
            **NAT,
            "dnat_rules": [
                {
                    "ruleName": "e",
                    "publicIpAddress": "<first>",
                    "privateIpAddress": "10.0.0.6",
                    "protocol": "UDP",
                    "publicPort": "90",
                    "privatePort": "90",
                }
            ],
        },
        {"more_dnat": "rule_ids.0"},
    ),
    ("update_dnat_rule", {**NAT, "dnat_rule_id": "<dnat>", "public_port": 81, "private_port": 8081}),
    ("list_dnat_rule", {**NAT, "maxKeys": 1}, {"listed_dnat": "rules.0.public_port"}),
    ("delete_dnat_rule", {**NAT, "dnat_rule_id": "<dnat>"}),
    ("delete_nat", NAT),
    ("delete_nat", OLDER),
]


def test_every_method_of_the_nat_client(walk, public_methods):
    walk(VpcClient, VPC)
    walk(EipClient, EIPS)
    walk(NatClient, TABLE)
    assert public_methods(NatClient) <= walk.called
    kept = walk.kept
    assert (kept["found"], kept["state"], kept["addresses"]) == (kept["nat"], "active", [kept["first"]])
    assert (kept["for_snat"], kept["for_dnat"]) == (kept["second"], kept["third"])
    assert (kept["listed_snat"], kept["listed_dnat"]) == ("u", 81)
