"""Every method of the official client for virtual addresses is answered and decoded."""

from baidubce.services.eip.eip_client import EipClient
from baidubce.services.eip.model import Billing
from baidubce.services.havip.havip_client import HavipClient
from baidubce.services.subnet.subnet_client import SubnetClient
from baidubce.services.vpc.vpc_client import VpcClient

HAVIP = {"havip_id": "<havip>"}
VPC = [("create_vpc", {"name": "net", "cidr": "10.0.0.0/16"}, {"vpc": "vpc_id"})]
SUBNET = [
    (
        "create_subnet",
        {"name": "s", "zone_name": "cn-bj-a", "cidr": "10.0.1.0/24", "vpc_id": "<vpc>"},
        {"subnet": "subnet_id"},
    )
]
EIP = [("create_eip", {"bandwidth_in_mbps": 5, "billing": Billing("Postpaid", "ByTraffic")}, {"eip": "eip"})]
SERVERS = {**HAVIP, "instance_ids": ["i-1", "i-2"], "instance_type": "SERVER"}
TABLE = [
    ("create_havip", {"name": "h", "subnet_id": "<subnet>", "private_ip_address": ""}, {"havip": "ha_vip_id"}),
    ("get_havip_detail_list", {"vpc_id": "<vpc>", "max_keys": 5}, {"listed": "ha_vips.0.ha_vip_id"}),
    ("update_havip", {**HAVIP, "name": "renamed", "description": "d"}),
    ("havip_attach_instance", SERVERS),
    ("havip_bind_public_ip", {**HAVIP, "public_ip_address": "<eip>"}),
    (
        "get_havip_detail",
        HAVIP,
        {"name": "name", "state": "status", "public": "public_ip_address", "master": "binded_instances.0.master"},
    ),
    ("havip_unbind_public_ip", HAVIP),
    ("havip_detach_instance", SERVERS),
    ("delete_havip", HAVIP),
]


def test_every_method_of_the_client_for_virtual_addresses(walk, public_methods):
    for client, table in ((VpcClient, VPC), (SubnetClient, SUBNET), (EipClient, EIP)):
        walk(client, table)
    walk(HavipClient, TABLE)
    assert public_methods(HavipClient) <= walk.called
    kept = walk.kept
    assert (kept["listed"], kept["public"]) == (kept["havip"], kept["eip"])
    assert (kept["name"], kept["state"], kept["master"]) == ("renamed", "binded", True)
