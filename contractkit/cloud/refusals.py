"""How the cloud says no: one exception, and the one table of which situation gets which BCE code.

The HTTP status of a code stands in the contract (services.json), never here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from contractkit.contract import NoRoute, Violation

__all__ = ["SITUATIONS", "Refusal", "refuse_route", "refuse_violations"]

# A path that means nothing is an InvalidURI whatever part of it is wrong; only the version has its own code.
_ROUTES: Final[Mapping[str, str]] = {
    "host": "InvalidURI",
    "version": "InvalidVersion",
    "path": "InvalidURI",
    "method": "InvalidURI",
    "action": "InvalidURI",
}
# JSON of the wrong shape is InappropriateJSON; a member of the right type with a value that the operation does
# not take is BadRequest, as is every path and query parameter.
_SHAPE_RULES: Final = frozenset({"type", "required", "dependentRequired", "false", "anyOf", "oneOf"})

SITUATIONS: Final[Mapping[str, str]] = {
    "missing": "NoSuchObject",
    "state": "OperationDenied",
    "duplicate": "OperationDenied",
    "children": "ResourceNeedRelease",
    "cidr": "CidrConflict",
    "quota": "LimitExceeded",
    "value": "BadRequest",
}
"""What can be wrong with the state of a resource, and the code unless the documents name another."""


class Refusal(Exception):  # noqa: N818 - a refusal is an outcome here, not a fault of the program
    """The request is refused with a BCE code; the message tells the caller what to do and shows no value."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(code, message)


def refuse_route(miss: NoRoute) -> Refusal:
    """The refusal of a request that means no operation."""
    return Refusal(_ROUTES[miss.reason], miss.message)


def refuse_violations(violations: Iterable[Violation]) -> Refusal | None:
    """The refusal of a request that breaks its contract; None when every violation is tolerated."""
    broken = [each for each in violations if not each.tolerated]
    if not broken:
        return None
    first = broken[0]
    return Refusal(_violation_code(first), "; ".join(str(each) for each in broken[:5]))


def _violation_code(violation: Violation) -> str:
    if violation.code:
        return violation.code
    if violation.where != "body":
        return "BadRequest"
    if violation.rule == "malformed":
        return "MalformedJSON"
    return "InappropriateJSON" if violation.rule in _SHAPE_RULES else "BadRequest"
