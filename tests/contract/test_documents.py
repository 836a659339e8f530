"""The descriptions are whole: every operation can be routed, called, checked and compiled."""

import re

import jsonschema_rs
import pytest

from contractkit.contract import Contract, Match, load_contract
from contractkit.errors import ConfigurationError
from contractkit.message import Request, encode_json

CONTRACT = load_contract()
OPERATIONS = CONTRACT.operations()
BY_NAME = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.qualified)


def test_operation_names_are_unique_within_their_service():
    names = [each.qualified for each in OPERATIONS]
    assert len(names) == len(set(names))


@BY_NAME
def test_every_schema_is_valid_json_schema(operation):
    schemas = [each.schema for each in operation.parameters]
    schemas += [each for each in (operation.body, operation.response) if each is not None]
    for schema in schemas:
        assert jsonschema_rs.meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


@BY_NAME
def test_every_operation_says_what_it_does_to_a_described_resource(operation):
    assert operation.effect["does"]
    assert operation.effect["resource"] in CONTRACT.resources


@BY_NAME
def test_path_parameters_are_those_of_the_template(operation):
    templated = {part[1:-1] for part in operation.path.split("/") if part.startswith("{")}
    assert {each.name for each in operation.parameters if each.where == "path"} == templated


@BY_NAME
def test_every_operation_is_found_by_its_own_route(operation):
    path = "/".join("x" if part.startswith("{") else part for part in operation.path.split("/"))
    selector = operation.traits.get("x-bce-selected-by", {})
    query = "&".join([*filter(None, [operation.action]), *selector.get("query", ())])
    body = encode_json(dict.fromkeys(selector.get("body", ())))
    request = Request(operation.method, f"https://{CONTRACT.host(operation.service)}{path}?{query}", body=body)
    match = CONTRACT.route(request)
    assert isinstance(match, Match)
    assert match.operation is operation


@BY_NAME
def test_summaries_are_short_sentences(operation):
    assert 5 < len(operation.summary) < 100
    assert operation.summary[0].isupper()
    assert not operation.summary.endswith(".")


def test_hosts_are_known_in_both_directions():
    for service in CONTRACT.services:
        assert CONTRACT.service_of_host(CONTRACT.host(service, "gz")) == service
    assert CONTRACT.service_of_host("bcc.bj.baidubce.com.example.org") is None


def test_unknown_regions_services_and_operations_are_refused_by_name():
    with pytest.raises(ConfigurationError, match="no region 'mars' for vpc; known: bj"):
        CONTRACT.host("vpc", "mars")
    with pytest.raises(ConfigurationError, match="no service 'bos'"):
        CONTRACT.operations("bos")
    with pytest.raises(ConfigurationError, match=r"no operation 'vpc\.fly'; vpc has: .*create_subnet"):
        CONTRACT.operation("vpc.fly")


def test_a_service_is_read_only_when_asked_for():
    contract = Contract()
    contract.operation("dns.create_dns_zone")
    assert set(contract._documents) == {"dns"}


def test_digest_is_stable_and_covers_every_service():
    assert Contract().digest == CONTRACT.digest
    assert re.fullmatch("sha256:[0-9a-f]{64}", CONTRACT.digest)


def test_error_codes_have_a_status_and_a_meaning():
    for code, described in CONTRACT.errors.items():
        assert 400 <= described["status"] < 600, code
        assert described["meaning"].endswith("."), code
