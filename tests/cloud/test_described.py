"""The cloud can do whatever the documents describe, and no word in them goes unread."""

from dataclasses import fields

import pytest

from contractkit.cloud.acts import make_plan
from contractkit.cloud.behaviours import Behaviours, load_behaviours
from contractkit.cloud.behaviours.registry import _join
from contractkit.cloud.cloud import _read_kinds
from contractkit.cloud.refusals import SITUATIONS
from contractkit.cloud.traits import read_traits
from contractkit.contract import Resource, load_contract
from contractkit.errors import ContractError

CONTRACT = load_contract()
KINDS = _read_kinds(CONTRACT)


@pytest.mark.parametrize("operation", CONTRACT.operations(), ids=lambda each: each.qualified)
def test_every_operation_has_an_effect_the_cloud_understands(operation):
    plan = make_plan(operation, KINDS)
    behaviours = load_behaviours()
    assert plan.kind is not None or operation.qualified in behaviours.operations or plan.effect.does == "inquire"


def test_every_code_of_the_cloud_is_documented_with_a_status():
    named = {code for kind in KINDS.values() for code in kind.traits.errors.values()}
    named |= {code for each in CONTRACT.operations() for code in each.traits.get("x-bce-errors", {}).values()}
    assert named | set(SITUATIONS.values()) <= set(CONTRACT.errors)


def test_every_kind_named_by_a_kind_is_described():
    for kind in KINDS.values():
        embedded = {getattr(each, "kind", each) for each in kind.traits.embeds.values()}
        named = {*kind.traits.parents, *kind.traits.counts.values(), *embedded}
        assert named <= set(KINDS), kind.name


def test_every_behaviour_is_for_something_described():
    """By kind or, for changes and whole operations, by the dotted name of an operation."""
    behaviours, operations = load_behaviours(), {each.qualified for each in CONTRACT.operations()}
    allowed = {"changing": operations | set(KINDS), "operations": operations}
    for place in fields(Behaviours):
        assert set(getattr(behaviours, place.name)) <= allowed.get(place.name, set(KINDS)), place.name


@pytest.mark.parametrize(
    "traits",
    [{"id": {"member": "x"}, "quotas": {}}, {"id": {"member": "x"}, "errors": {"absent": "NoSuchObject"}}, {}],
)
def test_an_unknown_word_in_a_document_is_told(traits):
    with pytest.raises(ContractError, match="thing"):
        read_traits(Resource("vpc", "thing", traits))


def test_two_files_cannot_both_have_a_say_in_the_same_place():
    tables = [Behaviours(deleting={"vpc": bool}), Behaviours(deleting={"vpc": bool})]
    with pytest.raises(ContractError, match="deleting vpc"):
        _join(tables, "deleting")
