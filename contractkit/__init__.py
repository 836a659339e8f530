"""Record, replay and contract-test calls to Baidu AI Cloud's VPC, EIP, DNS and PrivateZone APIs.

Everything a user needs is importable from here; each name is loaded when it is first touched, so
`import contractkit` costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers read it; importing typing alone would double the cost of this module
if TYPE_CHECKING:
    from typing import Any

    from contractkit.adapters.httpx import HttpxAuth
    from contractkit.adapters.requests import RequestsAuth
    from contractkit.client import Client, RetryPolicy
    from contractkit.cloud import ReferenceCloud
    from contractkit.contract import Contract, Finding, Operation, load_contract
    from contractkit.errors import ContractkitError, ServiceError
    from contractkit.idempotency import ClientToken, Ledger
    from contractkit.message import Interaction, Request, Response
    from contractkit.passwords import decrypt_password, encrypt_password
    from contractkit.recording import Mode, Sanitizer, open_cassette
    from contractkit.signing import Credentials, sign, verify

__all__ = [
    "Client",
    "ClientToken",
    "Contract",
    "ContractkitError",
    "Credentials",
    "Finding",
    "HttpxAuth",
    "Interaction",
    "Ledger",
    "Mode",
    "Operation",
    "ReferenceCloud",
    "Request",
    "RequestsAuth",
    "Response",
    "RetryPolicy",
    "Sanitizer",
    "ServiceError",
    "decrypt_password",
    "encrypt_password",
    "load_contract",
    "open_cassette",
    "sign",
    "verify",
]

_ROOMS = {
    "Client": "client",
    "ClientToken": "idempotency",
    "Contract": "contract",
    "ContractkitError": "errors",
    "Credentials": "signing",
    "Finding": "contract",
    "HttpxAuth": "adapters.httpx",
    "Interaction": "message",
    "Ledger": "idempotency",
    "Mode": "recording",
    "Operation": "contract",
    "ReferenceCloud": "cloud",
    "Request": "message",
    "RequestsAuth": "adapters.requests",
    "Response": "message",
    "RetryPolicy": "client",
    "Sanitizer": "recording",
    "ServiceError": "errors",
    "decrypt_password": "passwords",
    "encrypt_password": "passwords",
    "load_contract": "contract",
    "open_cassette": "recording",
    "sign": "signing",
    "verify": "signing",
}


def __getattr__(name: str) -> Any:
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - as for typing

    value = getattr(import_module(f"{__name__}.{room}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]
