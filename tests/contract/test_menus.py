"""The published menus: every entry that names an operation leads to described operations."""

import json
from collections import Counter
from pathlib import Path

import pytest

from contractkit.contract import load_contract

MENUS = json.loads(Path(__file__).with_name("menus.json").read_text(encoding="utf-8"))
DESCRIBED = {each.qualified for each in load_contract().operations()}
ENTRIES = [
    (menu, group, entry, tuple(operations))
    for menu, groups in MENUS.items()
    for group, entries in groups.items()
    for entry, operations in entries.items()
]
# Described though no menu names them: they come from the official clients alone.
UNLISTED = {
    "vpc.refund_peer_conn",
    "vpc.create_customer_gateway",
    "vpc.delete_customer_gateway",
    "vpc.update_customer_gateway",
    "vpc.get_customer_gateway",
    "vpc.list_customer_gateways",
}


@pytest.mark.parametrize(("menu", "group", "entry", "operations"), ENTRIES, ids=str)
def test_each_entry_leads_to_described_operations(menu, group, entry, operations):
    """An entry has at least one operation, each of the service of its menu, and each described."""
    assert operations
    assert {each.partition(".")[0] for each in operations} == {menu}
    assert set(operations) <= DESCRIBED


def test_the_menus_are_whole():
    """The menu of VPC has 183 entries (one group of nine stands in it twice), that of EIP 65."""
    assert Counter(menu for menu, *_ in ENTRIES) == {"vpc": 183, "eip": 65}


def test_no_two_entries_lead_to_one_operation():
    """But for the group that stands in its menu twice, each operation has one entry."""
    seen = Counter(name for _, group, _, operations in ENTRIES if "(HAVIP) Related" not in group for name in operations)
    assert [name for name, count in seen.items() if count > 1] == []


def test_what_of_vpc_stands_in_no_menu_is_known():
    """The menu of VPC leaves out six operations that official clients have."""
    listed = {name for *_, operations in ENTRIES for name in operations}
    assert {each for each in DESCRIBED - listed if each.startswith("vpc.")} == UNLISTED
    assert len({each for each in DESCRIBED - listed if each.startswith("eip.")}) == 13
