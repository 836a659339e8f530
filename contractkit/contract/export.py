"""The contract of a service as standard OpenAPI 3.1, for the tools that read nothing else.

OpenAPI knows one operation for each path and method, and no query in a path key. BCE tells operations on one
path apart by a query flag without value (`?bind`, `?resize`). Those become one OpenAPI operation: each flag
an optional query item that may only be empty, the bodies as alternatives. The other way out, path keys that
carry the flag, is refused by validators and makes tools append a second `?`. Alternatives are `anyOf`, not
`oneOf`: their members overlap, and a body that fits two of them is right, not wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from contractkit.contract.contract import Contract
from contractkit.contract.model import Operation, Parameter, Schema

__all__ = ["export_openapi"]

_TEMPLATE: Final = re.compile(r"\{[^}]+\}")
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SCHEMES: Final = {
    "bceAuthV1": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`bce-auth-v1/{access key id}/{time}/{seconds}/{signed headers}/{signature}`: HMAC-SHA256 over "
        "the canonical request. `contractkit sign --explain` shows every step.",
    },
    "bceSessionToken": {
        "type": "apiKey",
        "in": "header",
        "name": "x-bce-security-token",
        "description": "Goes with temporary keys, beside Authorization, and is signed.",
    },
}
_DATE: Final = {
    "name": "x-bce-date",
    "in": "header",
    "required": False,
    "description": "The instant of signing in UTC; no further than 30 minutes from the service's clock.",
    "schema": {"type": "string", "examples": ["2015-04-27T08:23:49Z"]},
}


def export_openapi(contract: Contract, service: str) -> dict[str, Any]:
    """One service as an OpenAPI 3.1 document of plain values; `x-bce-*` extensions are kept.

    Merged operations list their parts under `x-bce-operations`. Raises ConfigurationError for an unknown service.
    """
    operations = contract.operations(service)
    described = contract.common["services"][service]
    statuses = _codes_by_status(contract, service)
    document = {
        "openapi": "3.1.0",
        "jsonSchemaDialect": _DIALECT,
        "info": {"title": described["title"], "version": "1", "x-bce-contract": contract.digest},
        "servers": list(_servers(described)),
        "security": [{"bceAuthV1": []}, {"bceAuthV1": [], "bceSessionToken": []}],
        "tags": [{"name": name} for name in dict.fromkeys(each.group for each in operations)],
        "paths": _paths(operations, statuses),
        "components": _components(contract, statuses),
        "x-bce-resources": {kind: each.traits for kind, each in contract.resources.items() if each.service == service},
    }
    return deepcopy(document)


def _servers(described: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    regions = described["regions"]
    for scheme in ("https", "http"):
        server: dict[str, Any] = {"url": f"{scheme}://{described['host']}"}
        if regions:
            server["variables"] = {"region": {"default": regions[0], "enum": list(regions)}}
        yield server


def _codes_by_status(contract: Contract, service: str) -> dict[int, dict[str, str]]:
    statuses: dict[int, dict[str, str]] = {}
    for code, error in sorted(contract.errors.items()):
        if service in error.get("services", (service,)):
            statuses.setdefault(error["status"], {})[code] = error["meaning"]
    return dict(sorted(statuses.items()))


def _components(contract: Contract, statuses: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    headers = {"x-bce-request-id": {"$ref": "#/components/headers/RequestId"}}
    return {
        "securitySchemes": _SCHEMES,
        "parameters": {"Date": _DATE},
        "headers": {"RequestId": {"description": "Names the request in every log.", "schema": {"type": "string"}}},
        "schemas": {"Error": contract.common["error"]},
        "responses": {
            "Error": {"description": "Refused, or failed.", "headers": headers, "content": content},
            **{
                f"Error{status}": {
                    "description": "\n".join(f"- `{code}`: {meaning}" for code, meaning in codes.items()),
                    "headers": headers,
                    "content": content,
                    "x-bce-codes": list(codes),
                }
                for status, codes in statuses.items()
            },
        },
    }


def _paths(operations: Sequence[Operation], statuses: Iterable[int]) -> dict[str, Any]:
    """Paths that differ only in the names of their parameters are one path to OpenAPI: the first name stands."""
    keys: dict[str, str] = {}
    merged: dict[tuple[str, str], list[Operation]] = {}
    for operation in operations:
        key = keys.setdefault(_TEMPLATE.sub("{}", operation.path), operation.path)
        merged.setdefault((key, operation.method.lower()), []).append(operation)
    paths: dict[str, Any] = {}
    for (key, method), same in merged.items():
        paths.setdefault(key, {})[method] = _operation(key, same, statuses)
    return paths


def _operation(path: str, same: Sequence[Operation], statuses: Iterable[int]) -> dict[str, Any]:
    first = same[0]
    described: dict[str, Any] = {
        "operationId": first.name if len(same) == 1 else _name_of(first.method, path),
        "tags": list(dict.fromkeys(each.group for each in same)),
        "summary": first.summary if len(same) == 1 else "; ".join(each.summary for each in same),
        "parameters": [*_path_parameters(path, same), *_flags(same), *_query(same)],
        "responses": {**_successes(same), **_failures(statuses)},
    }
    described["parameters"].append({"$ref": "#/components/parameters/Date"})
    if any(each.body for each in same):
        described["requestBody"] = _body(same)
    if len(same) == 1:
        return {**described, **_traits(first)}
    described["description"] = "Exactly one of: " + ", ".join(
        f"`{each.action or '(no flag)'}` ({each.summary})" for each in same
    )
    described["x-bce-operations"] = [{"operationId": each.name, **_traits(each)} for each in same]
    return described


def _name_of(method: str, path: str) -> str:
    words = [each.strip("{}") for each in path.split("/")[2:]]
    return "_".join([method.lower(), *(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|\W+", "_", each).lower() for each in words)])


def _traits(operation: Operation) -> dict[str, Any]:
    flag = {"x-bce-action": operation.action} if operation.action else {}
    return {**flag, **operation.traits}


def _path_parameters(path: str, same: Sequence[Operation]) -> Iterator[dict[str, Any]]:
    for position, template in enumerate(_TEMPLATE.findall(path)):
        found = [each.parameter(_TEMPLATE.findall(each.path)[position][1:-1]) for each in same]
        schema = _any_of([each.schema for each in found if each is not None]) or {"type": "string"}
        yield {"name": template[1:-1], "in": "path", "required": True, "schema": schema}


def _flags(same: Sequence[Operation]) -> Iterator[dict[str, Any]]:
    """The query flags that choose among the operations of one path; required when every operation has that one."""
    values: dict[str, list[str]] = {}
    carriers: dict[str, int] = {}
    meanings: dict[str, list[str]] = {}
    for operation in same:
        if operation.action:
            name, _, value = operation.action.partition("=")
            values.setdefault(name, []).append(value)
            carriers[name] = carriers.get(name, 0) + 1
            meanings.setdefault(name, []).append(operation.summary)
    for name, allowed in values.items():
        yield {
            "name": name,
            "in": "query",
            "required": carriers[name] == len(same),
            "allowEmptyValue": "" in allowed,
            "description": "; ".join(meanings[name]),
            "schema": {"type": "string", "enum": list(dict.fromkeys(allowed))},
        }


def _query(same: Sequence[Operation]) -> Iterator[dict[str, Any]]:
    found: dict[str, list[Parameter]] = {}
    for operation in same:
        for parameter in operation.parameters:
            if parameter.where == "query":
                found.setdefault(parameter.name, []).append(parameter)
    for name, each in found.items():
        described = {
            "name": name,
            "in": "query",
            "required": len(each) == len(same) and all(parameter.required for parameter in each),
            "schema": _any_of([parameter.schema for parameter in each]),
        }
        yield {**described, "style": "form", "explode": False} if each[0].comma_separated else described


def _body(same: Sequence[Operation]) -> dict[str, Any]:
    bodies = [{"title": each.name, **each.body} if len(same) > 1 else each.body for each in same if each.body]
    return {
        "required": all(each.body_required for each in same),
        "content": {"application/json": {"schema": _any_of(bodies)}},
    }


def _successes(same: Sequence[Operation]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status in dict.fromkeys(each.success_status for each in same):
        schemas = [each.response for each in same if each.success_status == status and each.response]
        responses[str(status)] = {
            "description": "Done.",
            "headers": {"x-bce-request-id": {"$ref": "#/components/headers/RequestId"}},
            **({"content": {"application/json": {"schema": _any_of(schemas)}}} if schemas else {}),
        }
    return responses


def _failures(statuses: Iterable[int]) -> dict[str, Any]:
    known = {str(status): {"$ref": f"#/components/responses/Error{status}"} for status in statuses}
    return {**known, "default": {"$ref": "#/components/responses/Error"}}


def _any_of(schemas: Sequence[Schema]) -> Schema:
    distinct: list[Schema] = []
    for schema in schemas:
        if schema not in distinct:
            distinct.append(schema)
    if len(distinct) < 2:
        return distinct[0] if distinct else {}
    return {"anyOf": distinct}
