"""Every method of the official clients of probes, service interfaces and dedicated gateways is answered and decoded."""

from baidubce.services.bcc.bcc_client import BccClient
from baidubce.services.endpoint.endpoint_client import EndpointClient
from baidubce.services.endpoint.model import Billing
from baidubce.services.esg.esg_client import EsgClient
from baidubce.services.etGateway.et_gateway_client import EtGatewayClient
from baidubce.services.probe.probe_client import ProbeClient
from baidubce.services.subnet.subnet_client import SubnetClient
from baidubce.services.vpc.vpc_client import VpcClient

VPC = [("create_vpc", {"name": "net", "cidr": "10.0.0.0/16"}, {"vpc": "vpc_id"})]
SUBNET = [
    (
        "create_subnet",
        {"name": "s", "zone_name": "cn-bj-a", "cidr": "10.0.1.0/24", "vpc_id": "<vpc>"},
        {"subnet": "subnet_id"},
    )
]
PLACE = {"vpc_id": "<vpc>", "subnet_id": "<subnet>"}
PROBES = [
    (
        "create_probe",
        {
            **PLACE,
            "name": "p",
            "protocol": "UDP",
            "frequency": 20,
            "dst_ip": "192.0.2.1",
            "dst_port": 53,
            "source_ip_num": 2,
            "payload": "hello",
        },
        {"probe": "probe_id"},
    ),
    ("list_probes", {"max_keys": 5}, {"listed": "probes.0.probe_id"}),
    ("get_probe", {"probe_id": "<probe>"}, {"port": "dest_port"}),
    ("update_probe", {"probe_id": "<probe>", "name": "q", "dst_port": 54, "frequency": 30, "payload": "bye"}),
    ("delete_probe", {"probe_id": "<probe>"}),
]
GROUP = [("create_security_group", {"name": "web", "rules": [], "vpc_id": "<vpc>"}, {"group": "security_group_id"})]
ENTERPRISE = [
    ("create_enterprise_security_group", {"name": "all", "rules": []}, {"esg": "enterprise_security_group_id"})
]
ENDPOINT = {"endpoint_id": "<endpoint>"}
ENDPOINTS = [
    ("list_services", {}, {"service": "services.0"}),
    (
        "create_endpoint",
        {**PLACE, "name": "e", "service": "<service>", "billing": Billing("Postpaid"), "bandwidth": 20},
        {"endpoint": "id", "address": "ip_address"},
    ),
    (
        "list_endpoints",
        {"vpc_id": "<vpc>", "ip_address": "<address>", "status": "available"},
        {"found": "endpoints.0.name"},
    ),
    ("get_endpoint", ENDPOINT, {"home": "subnet_id"}),
    ("update_endpoint", {**ENDPOINT, "name": "f", "description": "d"}),
    ("update_endpoint_sg", {**ENDPOINT, "security_group_list": ["<group>"]}),
    ("update_endpoint_enterprise_sg", {**ENDPOINT, "enterprise_sg_list": ["<esg>"]}),
    ("delete_endpoint", ENDPOINT),
]
GATEWAY = {"et_gateway_id": "<gateway>"}
GATEWAYS = [
    (
        "create_et_gateway",
        {"name": "g", "vpc_id": "<vpc>", "speed": 10, "description": "d"},
        {"gateway": "et_gateway_id"},
    ),
    ("list_et_gateway", {"vpc_id": "<vpc>", "status": "running", "max_keys": 5}, {"status": "et_gateways.0.status"}),
    (
        "update_et_gateway",
        {**GATEWAY, "name": "h", "speed": 20, "enable_ipv6": 1, "ipv6_local_cidrs": ["2001:db8::/64"]},
    ),
    ("bind_et", {**GATEWAY, "et_id": "dcphy-1", "channel_id": "dedicatedconn-1", "local_cidrs": ["10.0.0.0/16"]}),
    (
        "create_health_check",
        {**GATEWAY, "health_check_interval": 3, "health_check_threshold": 2, "unhealth_threshold": 2},
    ),
    ("get_et_gateway", GATEWAY, {"line": "et_id", "type": "health_check_type"}),
    ("unbind_et", GATEWAY),
    ("delete_et_gateway", GATEWAY),
]


def test_every_method_of_the_probe_client(walk, public_methods):
    for client, table in ((VpcClient, VPC), (SubnetClient, SUBNET), (ProbeClient, PROBES)):
        walk(client, table)
    assert walk.kept["port"] == "53"
    assert public_methods(ProbeClient) <= walk.called


def test_every_method_of_the_endpoint_client(walk, public_methods):
    clients = (VpcClient, SubnetClient, BccClient, EsgClient, EndpointClient)
    for client, table in zip(clients, (VPC, SUBNET, GROUP, ENTERPRISE, ENDPOINTS), strict=True):
        walk(client, table)
    assert (walk.kept["found"], walk.kept["home"]) == ("e", walk.kept["subnet"])
    assert public_methods(EndpointClient) <= walk.called


def test_every_method_of_the_dedicated_gateway_client(walk, public_methods):
    walk(VpcClient, VPC)
    walk(EtGatewayClient, GATEWAYS)
    assert (walk.kept["status"], walk.kept["line"], walk.kept["type"]) == ("running", "dcphy-1", "ICMP")
    assert public_methods(EtGatewayClient) <= walk.called
