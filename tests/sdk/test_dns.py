"""Every method of the official SDK's clients of public and of private DNS is answered by the cloud and decoded."""

from baidubce.services.dns.dns_client import DnsClient
from baidubce.services.localdns.ld_client import LdClient
from baidubce.services.vpc.vpc_client import VpcClient

BILLING = {"paymentTiming": "Prepaid", "reservation": {"reservationLength": 1}}
PUBLIC = [
    ("create_zone", {"create_zone_request": {"name": "a.example"}, "client_token": "once"}),
    ("upgrade_zone", {"upgrade_zone_request": {"names": ["a.example"], "billing": BILLING}}),
    ("renew_zone", {"name": "a.example", "renew_zone_request": {"billing": BILLING}}),
    (
        "create_paid_zone",
        {"create_paid_zone_request": {"names": ["b.example"], "productVersion": "flagship", "billing": BILLING}},
    ),
    ("list_zone", {"name": "example", "max_keys": 5}, {"domain": "zones.1.name"}),
    ("add_line_group", {"add_line_group_request": {"name": "north", "lines": ["ct", "edu"]}}),
    ("list_line_group", {"max_keys": 5}, {"line": "line_list.0.id"}),
    ("update_line_group", {"line_id": "<line>", "update_line_group_request": {"name": "south", "lines": ["ct"]}}),
    (
        "create_record",
        {
            "zone_name": "<domain>",
            "create_record_request": {"rr": "www", "type": "A", "value": "192.0.2.1", "line": "south"},
        },
    ),
    ("list_record", {"zone_name": "<domain>", "rr": "www"}, {"record": "records.0.id"}),
    (
        "update_record",
        {
            "zone_name": "<domain>",
            "record_id": "<record>",
            "update_record_request": {"rr": "www", "type": "A", "value": "192.0.2.2"},
        },
    ),
    ("update_record_disable", {"zone_name": "<domain>", "record_id": "<record>"}),
    ("update_record_enable", {"zone_name": "<domain>", "record_id": "<record>"}),
    ("delete_record", {"zone_name": "<domain>", "record_id": "<record>"}),
    ("delete_line_group", {"line_id": "<line>"}),
    ("delete_zone", {"zone_name": "<domain>"}),
]
NETWORK = [("create_vpc", {"name": "net", "cidr": "10.0.0.0/16"}, {"vpc": "vpc_id"})]
PRIVATE = [
    ("create_private_zone", {"create_private_zone_request": {"zoneName": "corp.example"}}, {"zone": "zone_id"}),
    ("bind_vpc", {"zone_id": "<zone>", "bind_vpc_request": {"region": "bj", "vpcIds": ["<vpc>"]}}),
    ("get_private_zone", {"zone_id": "<zone>"}, {"bound": "bind_vpcs.0.vpc_id"}),
    ("unbind_vpc", {"zone_id": "<zone>", "unbind_vpc_request": {"region": "bj", "vpcIds": ["<bound>"]}}),
    (
        "add_record",
        {"zone_id": "<zone>", "add_record_request": {"rr": "www", "type": "A", "value": "10.0.0.1"}},
        {"record": "record_id"},
    ),
    (
        "update_record",
        {"record_id": "<record>", "update_record_request": {"rr": "www", "type": "A", "value": "10.0.0.2"}},
    ),
    ("disable_record", {"record_id": "<record>"}),
    ("enable_record", {"record_id": "<record>"}),
    (
        "list_record",
        {"zone_id": "<zone>", "rr": "w", "search_mode": "LIKE", "max_keys": 5},
        {"same": "records.0.record_id"},
    ),
    ("delete_record", {"record_id": "<same>", "delete_record_request": {}}),
    ("list_private_zone", {"max_keys": 5}, {"listed": "zones.0.zone_id"}),
    ("delete_private_zone", {"zone_id": "<listed>"}),
]


def test_every_method_of_the_public_client(walk, public_methods):
    walk(DnsClient, PUBLIC)
    assert walk.called == public_methods(DnsClient)
    assert walk.kept["domain"] == "b.example"


def test_every_method_of_the_private_client(walk, public_methods):
    """This SDK has no resolvers: they are known to the generated clients of other languages only."""
    walk(VpcClient, NETWORK)
    walk(LdClient, PRIVATE)
    assert walk.called == public_methods(LdClient) | {"create_vpc"}
    kept = walk.kept
    assert (kept["bound"], kept["same"], kept["listed"]) == (kept["vpc"], kept["record"], kept["zone"])
