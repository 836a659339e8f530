"""The contract as standard OpenAPI."""

from dataclasses import replace

import jsonschema_rs
import openapi_spec_validator as validator
import pytest
from openapi_spec_validator.validation import exceptions as refusals

from contractkit.contract import load_contract
from contractkit.contract.export import export_openapi
from contractkit.errors import ConfigurationError

SERVICES = load_contract().services


def operations_of(document):
    return {(path, method): each for path, item in document["paths"].items() for method, each in item.items()}


def parameters_of(operation):
    return {each["name"]: each for each in operation["parameters"] if "name" in each}


@pytest.mark.parametrize("service", SERVICES)
def test_an_independent_validator_accepts_the_document(service):
    validator.validate(export_openapi(load_contract(), service))


def test_the_validator_is_awake():
    document = export_openapi(load_contract(), "vpc")
    document["paths"]["/v1/vpc"]["get"]["responses"] = {}
    with pytest.raises(refusals.OpenAPIValidationError, match="less than 1 property"):
        validator.validate(document)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_exported_once_and_ids_are_unique(service):
    contract = load_contract()
    operations = operations_of(export_openapi(contract, service))
    parts = [part["operationId"] for each in operations.values() for part in each.get("x-bce-operations", [each])]
    assert sorted(parts) == sorted(operation.name for operation in contract.operations(service))
    ids = [each["operationId"] for each in operations.values()]
    assert len(ids) == len(set(ids))
    assert all(each.isidentifier() for each in ids)


def test_flags_on_one_path_become_optional_empty_query_items():
    put = operations_of(export_openapi(load_contract(), "eip"))["/v1/eip/{eip}", "put"]
    flags = {name: each for name, each in parameters_of(put).items() if each.get("allowEmptyValue")}
    assert {"bind", "unbind", "resize"} <= set(flags)
    assert all(each["schema"]["enum"] == [""] and not each["required"] for each in flags.values())
    assert put["requestBody"]["required"] is False
    titles = [each["title"] for each in put["requestBody"]["content"]["application/json"]["schema"]["anyOf"]]
    assert {"bind_eip", "resize_eip"} <= set(titles)


def test_a_body_that_is_right_for_one_of_the_merged_operations_is_right():
    put = operations_of(export_openapi(load_contract(), "eip"))["/v1/eip/{eip}", "put"]
    schema = put["requestBody"]["content"]["application/json"]["schema"]
    check = jsonschema_rs.Draft202012Validator(schema)
    assert check.is_valid({"newBandwidthInMbps": 20})
    assert check.is_valid({"instanceType": "BCC", "instanceId": "i-12345678"})
    assert not check.is_valid({"newBandwidthInMbps": "fast", "instanceType": 1, "autoRenewTime": "often"})


def test_a_flag_that_stands_alone_on_its_path_is_required():
    document = export_openapi(load_contract(), "vpc")
    flags = [
        each
        for operation in operations_of(document).values()
        if "x-bce-action" in operation
        for each in operation["parameters"]
        if each.get("allowEmptyValue")
    ]
    assert flags
    assert all(each["required"] for each in flags)


class Stub:
    """The shipped contract with other operations: what it hands out is real."""

    def __init__(self, operations):
        real = load_contract()
        self.common, self.errors, self.resources, self.digest = real.common, real.errors, {}, real.digest
        self._operations = operations

    def operations(self, _service):
        return self._operations


def test_paths_that_differ_only_in_a_parameter_name_are_one_path():
    get, delete = load_contract().operation("vpc.get_vpc"), load_contract().operation("vpc.delete_vpc")
    renamed = tuple(replace(each, name="id") if each.where == "path" else each for each in delete.parameters)
    document = export_openapi(Stub((get, replace(delete, path="/v1/vpc/{id}", parameters=renamed))), "vpc")
    validator.validate(document)
    assert list(document["paths"]) == ["/v1/vpc/{vpcId}"]
    assert "vpcId" in parameters_of(document["paths"]["/v1/vpc/{vpcId}"]["delete"])


def test_flags_with_values_become_one_query_item_that_lists_them():
    one = replace(load_contract().operation("vpc.get_vpc"), action="action=one", name="get_one")
    two = replace(one, action="action=two", name="get_two")
    document = export_openapi(Stub((one, two)), "vpc")
    validator.validate(document)
    flag = parameters_of(document["paths"]["/v1/vpc/{vpcId}"]["get"])["action"]
    assert (flag["schema"]["enum"], flag["required"], flag["allowEmptyValue"]) == (["one", "two"], True, False)


def test_regions_security_and_error_answers_are_told():
    document = export_openapi(load_contract(), "eip")
    server = document["servers"][0]
    assert server["url"] == "https://eip.{region}.baidubce.com"
    assert "bj" in server["variables"]["region"]["enum"]
    assert "variables" not in export_openapi(load_contract(), "dns")["servers"][0]
    assert document["components"]["securitySchemes"]["bceAuthV1"]["name"] == "Authorization"
    listing = operations_of(document)["/v1/eip", "get"]
    assert {"200", "400", "403", "404", "default"} <= set(listing["responses"])
    assert "EipNotFound" in document["components"]["responses"]["Error404"]["x-bce-codes"]
    assert (
        "EipNotFound"
        not in export_openapi(load_contract(), "vpc")["components"]["responses"]["Error404"]["x-bce-codes"]
    )


def test_extensions_are_kept_and_the_contract_is_not_touched():
    contract = load_contract()
    document = export_openapi(contract, "vpc")
    create = document["paths"]["/v1/vpc"]["post"]
    assert create["x-bce-effect"]["does"] == "create"
    create["x-bce-effect"]["does"] = "changed"
    create["requestBody"]["content"]["application/json"]["schema"].clear()
    assert contract.operation("vpc.create_vpc").effect["does"] == "create"
    assert contract.operation("vpc.create_vpc").body["properties"]


def test_an_unknown_service_is_refused_with_the_known_ones():
    with pytest.raises(ConfigurationError, match="known: vpc"):
        export_openapi(load_contract(), "bcc")
