"""The same check in every mode: each departure is a finding with a rule, a place and a fingerprint."""

import pytest

from contractkit.contract import check, load_contract
from contractkit.contract.checks import RULES
from contractkit.message import Interaction, Request, Response, encode_json

CONTRACT = load_contract()
ID = "8f7c6d5e-0000-4000-8000-000000000001"
HEADERS = {"content-type": "application/json;charset=UTF-8", "x-bce-request-id": ID}
LIST = Request("GET", "https://bcc.bj.baidubce.com/v1/vpc")
EMPTY_PAGE = {"vpcs": [], "isTruncated": False, "maxKeys": 1000}


def findings(response, request=LIST):
    return check(Interaction(request, response), CONTRACT)


def rules(response, request=LIST):
    return [each.rule for each in findings(response, request)]


def answer(body, status=200, headers=HEADERS):
    return Response(status, headers, body if isinstance(body, bytes) else encode_json(body))


def error(code, status, **changes):
    return answer({"code": code, "message": "no", "requestId": ID, **changes}, status)


def test_a_promise_kept_has_no_finding():
    assert rules(answer(EMPTY_PAGE)) == []
    assert rules(error("AccessDenied", 403)) == []


@pytest.mark.parametrize(
    ("response", "rule"),
    [
        (answer(EMPTY_PAGE, 201), "status"),
        (answer(b""), "body-missing"),
        (answer(b"<html>"), "body-malformed"),
        (answer({"vpcs": []}), "body-schema"),
        (answer({**EMPTY_PAGE, "vpcs": [{"vpcId": 1}]}), "body-schema"),
        (answer({**EMPTY_PAGE, "extra": 1}), "body-added"),
        (answer(EMPTY_PAGE, headers={**HEADERS, "content-type": "text/html"}), "content-type"),
        (answer(EMPTY_PAGE, headers={"content-type": "application/json"}), "request-id"),
        (error("AccessDenied", 403, requestId="other"), "request-id"),
        (answer({"code": "AccessDenied"}, 403), "error-shape"),
        (answer(b"", 500), "error-shape"),
        (error("Surprise", 400), "error-code"),
        (error("AccessDenied", 400), "error-status"),
    ],
)
def test_each_departure_of_an_answer_has_its_rule(response, rule):
    assert rule in rules(response)


def test_a_code_whose_status_no_source_tells_may_come_with_any():
    assert rules(error("SUBNET_INUSE", 400)) == rules(error("SUBNET_INUSE", 409)) == []


def test_a_page_may_lack_what_its_service_leaves_out():
    """Some lists are known without the usual envelope; all others owe it."""
    clusters = Request("GET", "https://eip.bj.baidubce.com/v1/eipcluster")
    assert rules(answer({"clusterList": []}), clusters) == []
    assert rules(answer({"vpcs": []})) == ["body-schema", "body-schema"]


def test_a_request_that_was_accepted_against_the_contract_is_a_finding():
    request = LIST.replace(url=LIST.url + "?maxKeys=5000")
    assert rules(answer(EMPTY_PAGE), request) == ["request-accepted"]


def test_a_request_that_was_refused_is_no_finding():
    request = LIST.replace(url=LIST.url + "?maxKeys=5000")
    assert rules(error("BadRequest", 400), request) == []


def test_a_tolerated_departure_is_a_warning():
    (finding,) = findings(answer(EMPTY_PAGE), LIST.replace(url=LIST.url + "?colour=red"))
    assert (finding.rule, finding.level, finding.pointer) == ("request-tolerated", "warning", "/query/colour")


def test_an_unknown_operation_that_succeeds_is_a_finding():
    assert rules(answer({}), LIST.replace(url="https://bcc.bj.baidubce.com/v1/moon")) == ["unknown-operation"]
    assert rules(error("InvalidURI", 400), LIST.replace(url="https://bcc.bj.baidubce.com/v1/moon")) == []


def test_fingerprints_do_not_depend_on_values_or_positions():
    first, second = (findings(answer({**EMPTY_PAGE, "vpcs": [{"vpcId": "a"}] * n + [{"vpcId": n}]}))[0] for n in (1, 3))
    assert first.pointer != second.pointer
    assert first.fingerprint == second.fingerprint
    assert len(first.fingerprint) == 12


def test_a_code_that_could_be_a_secret_is_not_repeated():
    (finding,) = findings(error("bce-auth-v1/aaaa/xyz", 400))
    assert "aaaa" not in str(finding)


def test_every_rule_has_a_level_and_a_meaning():
    for level, meaning in RULES.values():
        assert level in {"error", "warning", "note"}
        assert meaning
