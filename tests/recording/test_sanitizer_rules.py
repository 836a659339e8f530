"""Every numbered rule does what it says and no more: its samples are the test."""

import json
from dataclasses import replace
from urllib.parse import quote

import msgspec
import pytest

from contractkit.contract import Contract
from contractkit.errors import ConfigurationError, SanitizerError
from contractkit.message import Interaction, Request, Response
from contractkit.recording.sanitizer import RULES, Sanitizer

SWITCHES = {rule.id: rule for rule in RULES}


def build(sample):
    def raw(body):
        return body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()

    url = f"http://{sample.userinfo}bcc.bj.baidubce.com{sample.path}{'?' + sample.query if sample.query else ''}"
    request = Request("POST", url, sample.request_headers, raw(sample.request_body))
    return Interaction(request, Response(sample.status, sample.response_headers, raw(sample.response_body)))


class MarkedContract(Contract):
    """The shipped contract, but every operation has members marked secret at the given pointers."""

    def __init__(self, pointers):
        super().__init__()
        self._pointers = pointers

    def route(self, request):
        match = super().route(request)
        schema = {}
        for pointer in self._pointers:
            node = {"x-bce-secret": True}
            for step in reversed(pointer.split("/")[1:]):
                node = {"items": node} if step == "*" else {"properties": {step: node}}
            schema |= node
        return replace(match, operation=replace(match.operation, body=schema, response=schema))


def stored(kit, sample, **switches):
    contract = MarkedContract(sample.marked) if sample.marked else kit.contract
    sanitizer = Sanitizer(contract, credentials=kit.own, **switches)
    entry = sanitizer.sanitize(build(sample), at=kit.now)
    return msgspec.json.encode(entry).decode(), entry


SAMPLES = [pytest.param(rule, sample, id=f"{rule.id}-{n}") for rule in RULES for n, sample in enumerate(rule.removes)]
HARMLESS = [pytest.param(rule, sample, id=f"{rule.id}-{n}") for rule in RULES for n, sample in enumerate(rule.leaves)]


@pytest.mark.parametrize(("rule", "sample"), SAMPLES)
def test_what_a_rule_must_remove_is_removed(kit, rule, sample):
    if sample.refused:
        with pytest.raises(SanitizerError, match=rule.id) as refused:
            stored(kit, sample)
        assert sample.text not in str(refused.value)
        return
    text, _ = stored(kit, sample, on=[] if rule.default else [rule.id])
    assert sample.text not in text
    assert quote(sample.text) not in text


@pytest.mark.parametrize(("rule", "sample"), [each for each in SAMPLES if not each.values[0].required])
def test_it_is_this_rule_that_removes_it(kit, rule, sample):
    """Without the rule the text stays: no sample passes by the work of another rule."""
    text, _ = stored(kit, sample, off={rule.id: "to see it stay"} if rule.default else {})
    assert sample.text in text or quote(sample.text) in text


@pytest.mark.parametrize(("rule", "sample"), HARMLESS)
def test_what_a_rule_must_leave_is_left(kit, rule, sample):
    text, _ = stored(kit, sample, on=[] if rule.default else [rule.id])
    assert sample.text in text


def test_every_rule_has_true_and_false_samples():
    assert [rule.id for rule in RULES if not (rule.removes and rule.leaves)] == []


def test_rule_ids_are_unique_and_described():
    assert len(SWITCHES) == len(RULES)
    assert all(rule.what and rule.id.startswith("CK-") for rule in RULES)


def test_a_switched_rule_is_recorded_with_its_reason(kit):
    sanitizer = Sanitizer(kit.contract, off={"CK-ALIAS-004": "times matter here"}, on=["CK-ALIAS-005"])
    assert sanitizer.record.off == {"CK-ALIAS-004": "times matter here"}
    assert sanitizer.record.on == ("CK-ALIAS-005",)


@pytest.mark.parametrize(
    ("off", "fault"),
    [
        ({"CK-NOPE-001": "x"}, "no sanitizer rule 'CK-NOPE-001'"),
        ({"CK-AUTH-001": "x"}, "CK-AUTH-001 cannot be switched off"),
        ({"CK-VAL-001": "x"}, "CK-VAL-001 cannot be switched off"),
        ({"CK-ALIAS-004": " "}, "needs a reason"),
    ],
)
def test_a_switch_that_makes_no_sense_is_refused(kit, off, fault):
    with pytest.raises(ConfigurationError, match=fault):
        Sanitizer(kit.contract, off=off)
