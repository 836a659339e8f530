"""Hold an interaction against the contract: the same check in every mode, in tests and in reports.

Each rule has a stable id; a finding's fingerprint depends on rule, operation and place, never on values,
so that the same finding in another run, or on another machine, is recognisably the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from contractkit.contract.contract import Contract
from contractkit.contract.model import Operation
from contractkit.contract.router import Match, NoRoute
from contractkit.contract.schemas import find_problems, find_unknown_members
from contractkit.contract.validation import validate_request
from contractkit.message import Interaction, Response

__all__ = ["RULES", "Finding", "check"]

Level = Literal["error", "warning", "note"]

RULES: Final[dict[str, tuple[Level, str]]] = {
    "unknown-operation": ("error", "the request means no described operation"),
    "request-accepted": ("error", "the service accepted what the contract forbids"),
    "request-tolerated": ("warning", "the request departs from the contract in a way that is tolerated"),
    "status": ("error", "the status is not the documented one"),
    "error-shape": ("error", "an error answer lacks code, message or requestId"),
    "error-code": ("warning", "the error code is not documented"),
    "error-status": ("error", "the error code came with another status than documented"),
    "body-missing": ("error", "a documented response body is missing"),
    "body-malformed": ("error", "the response body is not JSON in UTF-8"),
    "body-schema": ("error", "the response body breaks its schema"),
    "body-added": ("note", "the response has a member that the contract does not name"),
    "content-type": ("warning", "a JSON body came under another content type"),
    "request-id": ("warning", "the answer names no request id, or two different ones"),
}


@dataclass(frozen=True)
class Finding:
    """One departure from the contract. `pointer` is a JSON pointer into the part named by the rule.

    `level` is error (a consumer may break), warning (look at it) or note (harmless or additive).
    `fingerprint` is 12 hex digits, equal for equal findings across runs.
    """

    rule: str
    level: Level
    operation: str
    pointer: str
    message: str

    @property
    def fingerprint(self) -> str:
        """12 hex digits over rule, operation and pointer (array positions left out)."""
        place = re.sub(r"/\d+(?=/|$)", "/*", self.pointer)
        return hashlib.sha256(f"{self.rule}|{self.operation}|{place}".encode()).hexdigest()[:12]

    def __str__(self) -> str:
        return f"{self.level} {self.rule} {self.operation or '(unknown operation)'} {self.pointer}: {self.message}"


def check(interaction: Interaction, contract: Contract) -> tuple[Finding, ...]:
    """Every departure of one interaction from the contract, requests first."""
    match = contract.route(interaction.request)
    if isinstance(match, NoRoute):
        return tuple(_check_unrouted(match, interaction, contract))
    operation = match.operation
    return (
        *_check_request(match, interaction),
        *_check_status(operation, interaction.response, contract),
        *_check_headers(operation, interaction.response),
        *_check_body(operation, interaction.response),
    )


def _finding(rule: str, operation: str, pointer: str, detail: str = "") -> Finding:
    level, meaning = RULES[rule]
    return Finding(rule, level, operation, pointer, f"{meaning}: {detail}" if detail else meaning)


def _succeeded(response: Response) -> bool:
    return response.status < 400


def _check_unrouted(miss: NoRoute, interaction: Interaction, contract: Contract) -> Iterator[Finding]:
    if _succeeded(interaction.response):
        yield _finding("unknown-operation", "", interaction.request.raw_path, miss.message)
    else:
        yield from _check_error("", interaction.response, contract)


def _check_request(match: Match, interaction: Interaction) -> Iterator[Finding]:
    if not _succeeded(interaction.response):
        return
    for violation in validate_request(match, interaction.request):
        rule = "request-tolerated" if violation.tolerated else "request-accepted"
        yield _finding(rule, match.operation.qualified, f"/{violation.where}{violation.pointer}", violation.message)


def _check_status(operation: Operation, response: Response, contract: Contract) -> Iterator[Finding]:
    if not _succeeded(response):
        yield from _check_error(operation.qualified, response, contract)
    elif response.status != operation.success_status:
        detail = f"{response.status}, not {operation.success_status}"
        yield _finding("status", operation.qualified, "", detail)


def _check_error(operation: str, response: Response, contract: Contract) -> Iterator[Finding]:
    body = _json_or_none(response)
    problems = find_problems(contract.common["error"], body)
    for problem in problems:
        yield _finding("error-shape", operation, problem.pointer, problem.message)
    if problems:
        return
    documented = contract.errors.get(body["code"])
    if documented is None:
        yield _finding("error-code", operation, "/code", _code_text(body["code"]))
    elif documented["status"] != response.status and not documented.get("assumed"):  # no source tells some of them
        detail = f"{body['code']} with {response.status}, not {documented['status']}"
        yield _finding("error-status", operation, "/code", detail)


def _code_text(code: str) -> str:
    """An unknown code, shown only when it looks like one."""
    return code if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]{0,80}", code) else "(not of the form of a code)"


def _check_headers(operation: Operation, response: Response) -> Iterator[Finding]:
    request_id = response.headers.get("x-bce-request-id")
    body = _json_or_none(response)
    stated = body.get("requestId", request_id) if isinstance(body, dict) else request_id
    if not request_id or stated != request_id:
        yield _finding("request-id", operation.qualified, "/x-bce-request-id")
    media_type = response.headers.get("content-type").partition(";")[0].strip().lower()
    if response.body and body is not None and media_type != "application/json":
        yield _finding("content-type", operation.qualified, "/content-type")


def _check_body(operation: Operation, response: Response) -> Iterator[Finding]:
    if not _succeeded(response) or operation.response is None:
        return
    if not response.body:
        yield _finding("body-missing", operation.qualified, "")
        return
    try:
        body = response.json()
    except ValueError:
        yield _finding("body-malformed", operation.qualified, "")
        return
    for problem in find_problems(operation.response, body):
        yield _finding("body-schema", operation.qualified, problem.pointer, problem.message)
    for pointer in find_unknown_members(operation.response, body):
        yield _finding("body-added", operation.qualified, pointer)


def _json_or_none(response: Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
