"""Whether a request would buy something for a time: that is never sent, whoever asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from contractkit.contract import Operation
from contractkit.message import Request

__all__ = ["find_purchase"]

_PREPAID: Final = re.compile(r"(?:to_)?prepa(?:y|id)", re.IGNORECASE)
# The words of the operations themselves, in case a description forgot its price.
_BUYING: Final = re.compile(r"purchase|renew|prepa(?:y|id)", re.IGNORECASE)
_TERMS: Final = re.compile(r"reservation|reservationLength|purchaseLength|autoRenew\w*", re.IGNORECASE)


def find_purchase(operation: Operation, request: Request) -> str:
    """Why the request counts as a purchase, in words; "" when it cannot be one.

    A body that could mean a prepaid purchase has to say, in so many words, that it does not: what the service
    assumes when payment is left open is nothing to try out.
    """
    if operation.price in ("prepaid", "renews") or _BUYING.search(f"{operation.name} {operation.action or ''}"):
        return "is a purchase or a renewal"
    if bought := next((name for name, _ in request.query if _BUYING.search(name)), ""):
        return f"carries {bought} in its query"
    payments = tuple(_payment_members(operation.body or {}))
    pairs = _pairs(request.body)
    if pairs is None:
        return "has a body that cannot be read, and may be prepaid" if payments else ""
    for name, value in pairs:
        if isinstance(value, str) and _PREPAID.fullmatch(value):
            return f"says {name} is {value}"
        if _TERMS.fullmatch(name):
            return f"carries {name}, the terms of a purchase"
    silent = set(payments) - {name for name, value in pairs if isinstance(value, str)}
    return f"does not say {min(silent)}, which may default to prepaid" if silent else ""


def _pairs(body: bytes) -> list[tuple[str, Any]] | None:
    """Every name and value of a JSON body at any depth, repeated names too; None when it is not JSON."""
    found: list[tuple[str, Any]] = []

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found.extend(pairs)
        return dict(pairs)

    try:
        json.loads(body or b"{}", object_pairs_hook=keep)
    except (ValueError, RecursionError):
        return None
    return found


def _payment_members(schema: Any) -> Iterator[str]:
    """Names of members, outside of lists, that may say `Prepaid`."""
    for name, member in schema.get("properties", {}).items():
        if any(isinstance(each, str) and _PREPAID.fullmatch(each) for each in member.get("enum", ())):
            yield name
        yield from _payment_members(member)
