"""Every method of the official clients for public addresses, packages and shared bandwidths is answered and decoded.

The SDK has no client for basic and burst protection, unblocking, clusters and most prices.
"""

import pytest
from baidubce.exception import BceHttpClientError
from baidubce.services.eip import eip_group_model
from baidubce.services.eip.eip_bp_client import EipBpClient
from baidubce.services.eip.eip_client import EipClient
from baidubce.services.eip.eip_group_client import EipGroupClient
from baidubce.services.eip.eip_tp_client import EipTpClient
from baidubce.services.eip.model import Billing

OWNER = "a0" * 16
POSTPAID = Billing("Postpaid", "ByTraffic")
PREPAID = Billing("Prepaid", reservation_length=1)
EIP = {"eip": "<eip>"}
ADDRESSES = [
    ("create_eip", {"bandwidth_in_mbps": 5, "name": "web", "billing": POSTPAID}, {"eip": "eip"}),
    ("resize_eip", {**EIP, "new_bandwidth_in_mbps": 10}),
    ("bind_eip", {**EIP, "instance_type": "BCC", "instance_id": "i-1"}),
    ("direct_eip", EIP),
    ("undirect_eip", EIP),
    ("unbind_eip", EIP),
    ("update_eip_delete_protect", {**EIP, "delete_protect": True}),
    ("update_eip_delete_protect", {**EIP, "delete_protect": False}),
    ("list_eips", {**EIP, "status": "available", "max_keys": 5}, {"id": "eip_list.0.eip_id"}),
    ("optional_delete_eip", {**EIP, "release_to_recycle": True}),
    ("list_eip_recycle", {"eip": "<eip>"}, {"recycled": "eip_list.0.eip_id"}),
    ("restore_recycle_eip", EIP),
    ("optional_delete_eip", {**EIP, "release_to_recycle": True}),
    ("delete_recycle_eip", EIP),
]
TRANSFERS = [
    ("create_eip", {"bandwidth_in_mbps": 5, "name": "web", "billing": POSTPAID}, {"eip": "eip"}),
    ("list_eips", {"eip": "<eip>"}, {"id": "eip_list.0.eip_id"}),
    *(
        step
        for answer in ("cancel", "reject", "accept")
        for step in (
            (
                "create_eip_transfer",
                {"transfer_type": "eip", "transfer_resource_list": ["<id>"], "to_user_id": OWNER},
                {"transfer": "transfers.0.transfer_id"},
            ),
            (f"{answer}_eip_transfer", {"transfer_id_list": ["<transfer>"]}),
        )
    ),
    (
        "list_eip_transfer",
        {"transfer_id": "<transfer>", "direction": "received", "max_keys": 5},
        {"transferred": "transfer_list.0.status"},
    ),
    ("change_eip_to_prepay", {**EIP, "purchase_length": 1, "bandwidth": 5}),
    ("purchase_reserved_eip", {**EIP, "billing": Billing(reservation_length=1)}),
    ("start_auto_renew_eip", {**EIP, "auto_renew_time_unit": "month", "auto_renew_time": 1}),
    ("stop_auto_renew_eip", EIP),
]
END = [
    ("refund_prepay_eip", EIP),
    ("create_eip", {"bandwidth_in_mbps": 5, "billing": POSTPAID}, {"eip": "eip"}),
    ("release_eip", EIP),
]
BP = {"id": "<bp>"}
PACKAGES = [
    (
        "create_eip_bp",
        {"eip": "<eip>", "eip_group_Id": None, "bandwidth_in_mbps": 10, "name": "more"},
        {"bp": "id"},
    ),
    ("resize_eip_bp", {**BP, "new_bandwidth_in_mbps": 20}),
    ("rename_eip_bp", {**BP, "name": "much-more"}),
    ("get_eip_bp_detail", BP, {"until": "auto_release_time", "packaged": "name"}),
    ("update_eip_bp_autoReleaseTime", {**BP, "auto_release_time": "<until>"}),
    ("list_eip_bps", {**BP, "bind_type": "eip"}, {"on": "bp_list.0.eips.0"}),
    ("release_eip_bp", BP),
]
GROUP = {"id": "<group>"}
BY_BANDWIDTH = eip_group_model.Billing("Postpaid", "ByBandwidth")
POSTPAID_GROUP = [
    (
        "create_eip_group",
        {"eip_count": 1, "bandwidth_in_mbps": 20, "name": "g", "billing": BY_BANDWIDTH, "eipv6_count": 1},
        {"group": "id"},
    ),
    ("list_eip_groups", {**GROUP, "status": "available", "max_keys": 5}, {"listed": "eipgroups.0.id"}),
    ("get_eip_group", GROUP, {"native": "eips.0.eip", "v6": "eipv6s.0.eip"}),
    ("update_eip_group", {**GROUP, "name": "h"}),
    ("resize_eip_group_bandwidth", {**GROUP, "bandwidth_in_mbps": 30}),
    ("resize_eip_group_count", {**GROUP, "eip_add_count": 1}),
    ("resize_eip_group_count_v2", {**GROUP, "eip_add_count": 1}),
    ("get_eip_group", GROUP, {"third": "eips.2.eip"}),
    (
        "eip_group_move_out",
        {**GROUP, "move_out_args": [{"eip": "<native>", "bandwidthInMbps": 5, "billing": BY_BANDWIDTH}]},
    ),
    ("eip_group_move_in", {**GROUP, "eips": ["<native>"]}),
    ("eip_group_move_out", {**GROUP, "move_out_args": [{"eip": "<native>"}]}),
    ("delete_eip_group", GROUP),
]
PREPAID_GROUP = [
    ("create_eip_group", {"eip_count": 1, "bandwidth_in_mbps": 20}, {"group": "id"}),
    ("purchase_reserved_eip_group", GROUP),
    ("refund_eip_group", GROUP),
]
TRAFFIC = [
    ("get_eip_tp_price", {"reservation_length": 1, "capacity": "10G"}, {"price": "price"}),
    ("create_eip_tp", {"reservation_length": 1, "capacity": "10G"}, {"tp": "id"}),
    ("get_eip_tp_detail", {"id": "<tp>"}, {"capacity": "capacity"}),
    ("list_eip_tps", {"id": "<tp>", "status": "RUNNING"}, {"running": "package_list.0.status"}),
]


def test_every_method_of_the_address_and_the_package_clients(walk, public_methods):
    walk(EipClient, ADDRESSES)
    assert walk.kept["recycled"] == walk.kept["id"]
    walk(EipClient, TRANSFERS)
    assert walk.kept["transferred"] == "success"
    walk(EipBpClient, PACKAGES)
    assert (walk.kept["packaged"], walk.kept["on"]) == ("much-more", walk.kept["eip"])
    walk(EipClient, END)
    assert walk.called == public_methods(EipClient) | public_methods(EipBpClient)


def test_every_method_of_the_shared_bandwidth_client(walk, public_methods):
    walk(EipGroupClient, POSTPAID_GROUP)
    assert walk.kept["listed"] == walk.kept["group"]
    walk(EipGroupClient, PREPAID_GROUP)
    assert walk.called == public_methods(EipGroupClient)
    with pytest.raises(BceHttpClientError, match="list them first"):
        walk(EipGroupClient, [("get_eip_group", GROUP)])


def test_every_method_of_the_traffic_package_client(walk, public_methods):
    walk(EipTpClient, TRAFFIC)
    assert walk.called == public_methods(EipTpClient)
    assert (walk.kept["capacity"], walk.kept["running"]) == (str(10 * 2**30), "RUNNING")
    assert float(walk.kept["price"]) > 0
