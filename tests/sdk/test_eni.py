"""Every method of the official interface client is answered and decoded."""

from baidubce.services.bcc.bcc_client import BccClient
from baidubce.services.eip.eip_client import EipClient
from baidubce.services.eip.model import Billing
from baidubce.services.eni.eni_client import EniClient
from baidubce.services.eni.eni_model import EniIPSet
from baidubce.services.esg.esg_client import EsgClient
from baidubce.services.subnet.subnet_client import SubnetClient
from baidubce.services.vpc.vpc_client import VpcClient

ENI = {"eni_id": "<eni>"}
VPC = [("create_vpc", {"name": "net", "cidr": "10.0.0.0/16"}, {"vpc": "vpc_id"})]
SUBNET = [
    (
        "create_subnet",
        {"name": "s", "zone_name": "cn-bj-a", "cidr": "10.0.1.0/24", "vpc_id": "<vpc>"},
        {"subnet": "subnet_id"},
    )
]
EIP = [
    ("create_eip", {"bandwidth_in_mbps": 5, "billing": Billing("Postpaid", "ByTraffic")}, {"eip": "eip"}),
]
GROUP = [("create_security_group", {"name": "web", "rules": [], "vpc_id": "<vpc>"}, {"group": "security_group_id"})]
ENTERPRISE = [
    ("create_enterprise_security_group", {"name": "all", "rules": []}, {"esg": "enterprise_security_group_id"})
]
TABLE = [
    (
        "create_eni",
        {
            "name": "e",
            "subnet_id": "<subnet>",
            "security_group_ids": ["<group>"],
            "enterprise_security_group_ids": ["<esg>"],
            "eni_ip_address_list": [EniIPSet(private_ip="10.0.1.10", primary=True)],
            "eni_ipv6_address_list": [],
            "description": "d",
        },
        {"eni": "eni_id"},
    ),
    ("update_eni", {**ENI, "name": "f", "description": "e"}),
    ("get_eni_details", ENI, {"name": "name", "zone": "zone_name"}),
    (
        "list_eni",
        {"vpc_id": "<vpc>", "private_ip_address_list": ["10.0.1.10", "10.0.1.99"]},
        {"found": "enis.0.eni_id"},
    ),
    ("add_private_ip", {**ENI, "private_ip_address": "10.0.1.20"}, {"added": "private_ip_address"}),
    ("delete_private_ip", {**ENI, "private_ip_address": "<added>"}),
    ("batch_add_private_ip", {**ENI, "private_ip_address_count": 2}, {"more": "private_ip_addresses.0"}),
    ("batch_add_private_ip", {**ENI, "private_ip_address_list": ["10.0.1.30"], "is_ipv6": False}),
    ("batch_delete_private_ip", {**ENI, "private_ip_address_list": ["<more>", "10.0.1.30"]}),
    ("attach_eni_instance", {**ENI, "instance_id": "i-1"}),
    ("get_eni_status", ENI, {"attached": "status"}),
    ("detach_eni_instance", {**ENI, "instance_id": "i-1"}),
    ("update_eni_security_group", {**ENI, "security_group_ids": ["<group>"]}),
    ("update_eni_enterprise_security_group", {**ENI, "enterprise_security_group_ids": []}),
    ("bind_eni_public_ip", {**ENI, "private_ip_address": "10.0.1.10", "public_ip_address": "<eip>"}),
    ("get_eni_details", ENI, {"bound": "private_ip_set.0.public_ip_address"}),
    ("unbind_eni_public_ip", {**ENI, "public_ip_address": "<eip>"}),
    ("delete_eni", ENI),
]


def test_every_method_of_the_interface_client(walk, public_methods):
    before = ((VpcClient, VPC), (SubnetClient, SUBNET), (EipClient, EIP), (BccClient, GROUP), (EsgClient, ENTERPRISE))
    for client, table in before:
        walk(client, table)
    walk(EniClient, TABLE)
    assert public_methods(EniClient) <= walk.called
    kept = walk.kept
    assert (kept["found"], kept["bound"], kept["attached"]) == (kept["eni"], kept["eip"], "inuse")
