"""Every method of the official VPC, subnet, ACL and route clients is answered and decoded."""

from baidubce.services.etGateway.et_gateway_client import EtGatewayClient
from baidubce.services.route.route_client import RouteClient
from baidubce.services.route.route_model import NextHop
from baidubce.services.subnet.subnet_client import SubnetClient
from baidubce.services.vpc.acl_client import AclClient
from baidubce.services.vpc.vpc_client import VpcClient

VPC = [
    ("create_vpc", {"name": "net", "cidr": "10.0.0.0/16"}, {"vpc": "vpc_id"}),
    ("get_vpc", {"vpc_id": "<vpc>"}, {"name": "vpc.name"}),
    ("list_vpcs", {"max_keys": 10}, {"listed": "vpcs.0.vpc_id"}),
    ("update_vpc", {"vpc_id": "<vpc>", "name": "renamed", "description": "d"}),
    ("open_relay", {"vpc_id": "<vpc>"}),
    ("shutdown_relay", {"vpc_id": "<vpc>"}),
    ("get_resource_ip", {"vpc_id": "<vpc>", "page_no": 1, "page_size": 5}, {"used": "total_count"}),
    ("get_private_ip_address_info", {"vpc_id": "<vpc>", "private_ip_range": "10.0.0.1-10.0.0.9"}),
    ("get_private_ip_address_info", {"vpc_id": "<vpc>", "private_ip_addresses": ["10.0.0.1", "10.0.0.2"]}),
]
VPC_END = [("delete_vpc", {"vpc_id": "<vpc>"})]
SUBNET = [
    (
        "create_subnet",
        {"name": "s", "zone_name": "cn-bj-a", "cidr": "10.0.1.0/24", "vpc_id": "<vpc>"},
        {"subnet": "subnet_id"},
    ),
    ("get_subnet", {"subnet_id": "<subnet>"}, {"home": "subnet.vpc_id"}),
    ("list_subnets", {"vpc_id": "<vpc>"}),
    ("update_subnet", {"subnet_id": "<subnet>", "name": "t"}),
    (
        "create_subnet_ipreserve",
        {"subnet_id": "<subnet>", "ip_cidr": "10.0.1.128/28", "ip_version": 4, "description": "d"},
        {"reserve": "ip_reserve_id"},
    ),
    ("list_subnet_ipreserve", {"subnet_id": "<subnet>"}, {"version": "ip_reserves.0.ip_version"}),
    ("delete_subnet_ipreserve", {"ip_reserve_id": "<reserve>"}),
]
SUBNET_END = [("delete_subnet", {"subnet_id": "<subnet>"})]
RULE = {
    "subnetId": "<subnet>",
    "protocol": "tcp",
    "sourceIpAddress": "192.0.2.0/24",
    "destinationIpAddress": "all",
    "sourcePort": "all",
    "destinationPort": "443",
    "position": 10,
    "direction": "ingress",
    "action": "allow",
}
ACL = [
    ("create_acl", {"rule_list": [RULE]}),
    ("list_acl_entrys", {"vpc_id": "<vpc>"}, {"entry": "acl_entrys.0.subnet_id"}),
    ("list_subnet_acl", {"subnet_id": "<subnet>"}, {"rule": "acl_rules.2.id"}),
    ("update_acl", {"acl_rule_id": "<rule>", "position": 20, "action": "deny", "source_port": "1024-65535"}),
    ("delete_acl", {"acl_rule_id": "<rule>"}),
]
GATEWAYS = [
    ("create_et_gateway", {"name": "g", "vpc_id": "<vpc>", "speed": 100}, {name: "et_gateway_id"})
    for name in ("one", "two")
]
ROUTE = [
    ("get_route", {"vpc_id": "<vpc>"}, {"table": "route_table_id"}),
    (
        "create_route",
        {
            "route_table_id": "<table>",
            "source_address": "10.0.1.0/24",
            "destination_address": "192.168.0.0/24",
            "description": "d",
            "next_hop_type": "custom",
            "next_hop_id": "i-1",
        },
        {"route": "route_rule_id"},
    ),
    (
        "create_route",
        {
            "route_table_id": "<table>",
            "source_address": "0.0.0.0/0",
            "destination_address": "192.168.0.0/24",
            "description": "d",
            "next_hops": [NextHop("<one>", "dcGateway", "ha:active"), NextHop("<two>", "dcGateway", "ha:standby")],
        },
        {"active": "route_rule_ids.0"},
    ),
    ("get_route_rule", {"vpcId": "<vpc>"}, {"path": "route_rules.1.path_type"}),
    ("switch_route", {"route_rule_id": "<active>"}),
    ("update_route", {"route_rule_id": "<route>", "description": "e", "next_hop_id": "i-2"}),
    ("delete_route", {"route_rule_id": "<route>"}),
]


def test_every_method_of_the_vpc_and_subnet_clients(walk, public_methods):
    for client, table in ((VpcClient, VPC), (SubnetClient, SUBNET), (SubnetClient, SUBNET_END), (VpcClient, VPC_END)):
        walk(client, table)
    assert public_methods(VpcClient) | public_methods(SubnetClient) == walk.called
    assert (walk.kept["listed"], walk.kept["home"]) == (walk.kept["vpc"], walk.kept["vpc"])
    assert (walk.kept["version"], walk.kept["used"]) == ("4", 0)


def test_every_method_of_the_acl_client(walk, public_methods):
    for client, table in ((VpcClient, VPC[:1]), (SubnetClient, SUBNET[:1]), (AclClient, ACL)):
        walk(client, table)
    assert public_methods(AclClient) <= walk.called
    assert walk.kept["entry"] == walk.kept["subnet"]


def test_every_method_of_the_route_client(walk, public_methods):
    before = ((VpcClient, VPC[:1]), (SubnetClient, SUBNET[:1]), (EtGatewayClient, GATEWAYS))
    for client, table in (*before, (RouteClient, ROUTE)):
        walk(client, table)
    assert public_methods(RouteClient) <= walk.called
