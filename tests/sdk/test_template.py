"""The official client of address sets and groups: every method that gets as far as sending is answered and decoded."""

import pytest
from baidubce.services.vpc.template_client import TemplateClient
from baidubce.services.vpc.template_model import TemplateIpAddressInfo

SETS = [
    (
        "create_ip_set",
        {
            "name": "s",
            "ip_version": "IPv4",
            "ip_address_info": [TemplateIpAddressInfo("192.0.2.1")],
            "description": "d",
        },
        {"set": "ip_set_id"},
    ),
    ("list_ip_set", {"ip_version": "IPv4", "max_keys": 5}, {"address": "ip_sets.0.ip_address_info.0.ip_address"}),
    ("create_ip_group", {"name": "g", "ip_version": "IPv4", "ip_set_ids": ["<set>"]}, {"group": "ip_group_id"}),
    ("list_ip_group", {"max_keys": 5}, {"member": "ip_groups.0.ip_set_ids.0"}),
]
SET, GROUP = {"ip_set_id": "ips-1"}, {"ip_group_id": "ipg-1"}
# template_client.py of 0.9.79 joins bytes and text into the path of each of these, in Python 3 a TypeError before anything is
# sent: lines 179, 223, 268, 306, 368 (sets), 447, 485, 527, 565, 627 (groups).
UNSENT = [
    ("add_ip_address_to_ip_set", {**SET, "ip_address_info": []}),
    ("delete_ip_address", {**SET, "ip_address": []}),
    ("update_ip_set", SET),
    ("delete_ip_set", SET),
    ("get_ip_set_detail", SET),
    ("bind_ip_set", {**GROUP, "ip_set_ids": []}),
    ("unbind_ip_set", {**GROUP, "ip_set_ids": []}),
    ("update_ip_group", GROUP),
    ("delete_ip_group", GROUP),
    ("get_ip_group_detail", GROUP),
]


def test_every_method_of_the_template_client_that_sends(walk, public_methods):
    walk(TemplateClient, SETS)
    assert (walk.kept["address"], walk.kept["member"]) == ("192.0.2.1", walk.kept["set"])
    assert public_methods(TemplateClient) == walk.called | {name for name, _ in UNSENT}


@pytest.mark.parametrize(("method", "arguments"), UNSENT)
def test_the_other_methods_of_the_template_client_send_nothing(walk, method, arguments):
    with pytest.raises(TypeError, match="bytes") as caught:
        walk(TemplateClient, [(method, arguments)])
    assert caught.traceback[-1].path.name == "template_client.py"  # not of what sends, let alone of the answer
