"""Every method of the official peering client is answered and decoded, also between regions and accounts."""

from copy import copy
from dataclasses import replace

from baidubce.auth.bce_credentials import BceCredentials
from baidubce.services.vpc.peerconn_client import PeerConnClient
from baidubce.services.vpc.peerconn_model import Billing
from baidubce.services.vpc.vpc_client import VpcClient

from contractkit.client import Client
from contractkit.cloud import NEIGHBOUR
from contractkit.signing import EXAMPLE

CONN, OFFER, MONTHLY = ({"peer_conn_id": f"<{name}>"} for name in ("conn", "offer", "monthly"))
VPCS = [
    ("create_vpc", {"name": name, "cidr": f"10.{number}.0.0/16"}, {name: "vpc_id"})
    for number, name in enumerate(("local", "peer"))
]
THEIRS = [("create_vpc", {"name": "theirs", "cidr": "10.9.0.0/16"}, {"theirs": "vpc_id"})]
WIDTH = {"bandwidth_in_mbps": 10, "local_vpc_id": "<local>"}
TABLE = [
    (
        "create_peerconn",
        {**WIDTH, "peer_vpc_id": "<peer>", "peer_region": "bj", "description": "d", "local_if_name": "n"},
        {"conn": "peer_conn_id"},
    ),
    ("list_peerconns", {"vpc_id": "<peer>", "max_keys": 5}, {"listed": "peer_conns.0.role"}),
    ("get_peerconn", {**CONN, "role": "initiator"}, {"side": "local_if_id", "state": "status"}),
    ("update_peerconn", {**CONN, "local_if_id": "<side>", "local_if_name": "renamed", "description": "e"}),
    ("resize_peerconn", {**CONN, "new_bandwidth_in_mbps": 20}),
    ("open_peerconn_dns_sync", {**CONN, "role": "initiator"}),
    ("close_peerconn_dns_sync", {**CONN, "role": "initiator"}),
    ("update_peerconn_delete_protect", {**CONN, "delete_protect": True}),
    ("get_peerconn", {**CONN, "role": "initiator"}, {"name": "local_if_name", "protected": "delete_protect"}),
    ("update_peerconn_delete_protect", {**CONN, "delete_protect": False}),
    ("delete_peerconn", CONN),
    (
        "create_peerconn",
        {**WIDTH, "peer_vpc_id": "<theirs>", "peer_region": "bj", "peer_account_id": "b0" * 16},
        {"offer": "peer_conn_id"},
    ),
    (
        "create_peerconn",
        {**WIDTH, "peer_vpc_id": "<away>", "peer_region": "gz", "billing": Billing("Prepaid")},
        {"monthly": "peer_conn_id"},
    ),
    ("purchase_reserved_peerconn", MONTHLY),
    ("refund_peerconn", MONTHLY),
]


def test_every_method_of_the_peering_client(walk, public_methods):
    keys = BceCredentials(NEIGHBOUR.access_key_id, NEIGHBOUR.secret_access_key)
    configuration = copy(walk.configuration)
    configuration.credentials = keys
    neighbour = replace(walk, configuration=configuration)
    # The SDK reaches one region through one address; the VPC in the other one is made past it.
    far = Client(EXAMPLE, "gz", transport=walk.send)
    walk.kept["away"] = far.vpc.create_vpc(name="away", cidr="10.8.0.0/16")["vpcId"]
    neighbour(VpcClient, THEIRS)
    walk(VpcClient, VPCS)
    walk(PeerConnClient, TABLE)
    neighbour(PeerConnClient, [("handle_peerconn", {**OFFER, "action": "accept"})])
    walk(PeerConnClient, [("get_peerconn", OFFER, {"accepted": "status"})])
    assert public_methods(PeerConnClient) <= walk.called
    kept = walk.kept
    assert (kept["listed"], kept["state"], kept["accepted"]) == ("acceptor", "active", "active")
    assert (kept["name"], kept["protected"]) == ("renamed", True)
