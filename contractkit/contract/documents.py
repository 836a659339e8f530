"""Read the contract documents shipped in the package and turn them into operations.

A document is OpenAPI 3.1 with two liberties that `contract export` takes back: a path key may end in
`?action` (operations that share a path and differ in a query flag) and in `#name` (operations that share
even that and differ in their body), and what every operation has in common stands once in services.json.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal

import msgspec

from contractkit.contract.model import Operation, Paging, Parameter, Resource, Schema
from contractkit.errors import ContractError

DOCUMENTS: Final = files("contractkit.contract") / "documents"
_METHODS: Final = ("get", "put", "post", "delete")


@dataclass(frozen=True)
class ServiceDocuments:
    """Everything described about one service, and the digest of the files it came from."""

    operations: tuple[Operation, ...]
    resources: Mapping[str, Resource]
    digest: str


def read_common() -> Mapping[str, Any]:
    """What holds for every operation: hosts, headers, paging, the error shape and the error codes."""
    common: Mapping[str, Any] = _parse("services.json", (DOCUMENTS / "services.json").read_bytes())
    return common


def read_service(service: str, common: Mapping[str, Any]) -> ServiceDocuments:
    """Read every document of a service, in the order of their names. Raises ContractError."""
    operations: list[Operation] = []
    resources: dict[str, Resource] = {}
    digest = hashlib.sha256()
    for file in sorted((DOCUMENTS / service).iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".json"):
            continue
        raw = file.read_bytes()
        digest.update(raw)
        document = _parse(f"{service}/{file.name}", raw)
        operations += _read_operations(service, document, common)
        for kind, traits in document.get("x-bce-resources", {}).items():
            resources[kind] = Resource(service, kind, traits)
    return ServiceDocuments(tuple(operations), resources, digest.hexdigest())


def _parse(name: str, raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise ContractError(f"{name}: {error}; reinstall pytest-contractkit") from None


def _read_operations(service: str, document: Mapping[str, Any], common: Mapping[str, Any]) -> Iterator[Operation]:
    shared = document.get("components", {}).get("schemas", {})
    group = document["info"]["title"]
    for key, item in document["paths"].items():
        route, _, _ = key.partition("#")
        path, _, action = route.partition("?")
        for method in _METHODS:
            if method in item:
                described = _resolve(item[method], shared)
                yield _read_operation(service, group, (method.upper(), path, action or None), described, common)


def _read_operation(
    service: str,
    group: str,
    route: tuple[str, str, str | None],
    described: Mapping[str, Any],
    common: Mapping[str, Any],
) -> Operation:
    method, path, action = route
    paging = _read_paging(described)
    need = described.get("x-bce-client-token", "none")
    success = next(iter(described["responses"]))
    body = described.get("requestBody")
    return Operation(
        service=service,
        name=described["operationId"],
        method=method,
        path=path,
        action=action,
        summary=described["summary"],
        group=group,
        parameters=tuple(_read_parameters(described, need, paging, common)),
        body=_json_schema(body),
        body_required=bool(body and body.get("required")),
        response=_read_response(_json_schema(described["responses"][success]), paging, common),
        success_status=int(success),
        paging=paging,
        client_token=need,
        traits={name: value for name, value in described.items() if name.startswith("x-bce-")},
    )


def _read_paging(described: Mapping[str, Any]) -> Paging | None:
    paging = described.get("x-bce-paging")
    return None if paging is None else Paging(**{**paging, "optional": tuple(paging.get("optional", ()))})


def _read_parameters(
    described: Mapping[str, Any],
    need: Literal["none", "optional", "required"],
    paging: Paging | None,
    common: Mapping[str, Any],
) -> Iterator[Parameter]:
    for each in described.get("parameters", ()):
        yield _read_parameter(each)
    if need != "none":
        yield _read_parameter({**common["clientToken"], "required": need == "required"})
    for each in common["paging"]["parameters"] if paging else ():
        yield _read_parameter(_limit_page(each, paging))


def _limit_page(parameter: Mapping[str, Any], paging: Paging | None) -> Mapping[str, Any]:
    if paging is None or parameter["name"] != "maxKeys":
        return parameter
    limits = {"minimum": paging.minimum, "maximum": paging.maximum, "default": paging.usual}
    return {**parameter, "schema": {**parameter["schema"], **limits}}


def _read_parameter(described: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=described["name"],
        where=described["in"],
        required=bool(described.get("required")),
        schema=described["schema"],
        comma_separated=described.get("explode") is False,
    )


def _read_response(schema: Schema | None, paging: Paging | None, common: Mapping[str, Any]) -> Schema | None:
    if schema is None or paging is None:
        return schema
    envelope = common["paging"]["response"]
    needed = [name for name in envelope["required"] if name not in paging.optional]
    return {
        **schema,
        "properties": {**envelope["properties"], **schema["properties"]},
        "required": [*schema.get("required", ()), *needed],
    }


def _json_schema(content: Mapping[str, Any] | None) -> Schema | None:
    if not content or "content" not in content:
        return None
    schema: Schema = content["content"]["application/json"]["schema"]
    return schema


def _resolve(node: Any, shared: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_resolve(each, shared) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _resolve(shared[node["$ref"].rpartition("/")[2]], shared)
    return {name: _resolve(each, shared) for name, each in node.items()}
