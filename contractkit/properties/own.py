"""The suites aimed at this package itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contractkit.client import Client
from contractkit.cloud import ReferenceCloud
from contractkit.message import Request
from contractkit.passwords import decrypt_password, encrypt_password
from contractkit.properties.contracts import contract_suite
from contractkit.properties.idempotency import idempotency_suite
from contractkit.properties.ledgers import ledger_target
from contractkit.properties.passwords import password_suite
from contractkit.properties.recordings import recording_suite
from contractkit.properties.retries import SINGLE_KINDS, client_retry_suite
from contractkit.properties.signer import signer_suite
from contractkit.signing import Credentials, sign, verify

__all__ = ["own_suites"]


def own_suites() -> dict[str, type]:
    """Every suite, by what it examines; made under the settings of the moment."""
    return {
        "signer": signer_suite(sign=sign, verify=verify, sign_listed=_sign_listed),
        "passwords": password_suite(encrypt=encrypt_password, decrypt=decrypt_password),
        "ledger": idempotency_suite(make_target=ledger_target(), scale=0.5),
        "cloud": idempotency_suite(make_target=lambda clock: ReferenceCloud(clock=clock).handle, scale=0.5),
        "client": client_retry_suite(
            make_client=lambda transport, keys: Client(keys, transport=transport, sleep=lambda _: None).call,
            kinds=SINGLE_KINDS,
        ),
        "contract": contract_suite(make_target=lambda clock: ReferenceCloud(clock=clock).handle),
        "recording": recording_suite(),
    }


def _sign_listed(
    request: Request, credentials: Credentials, *, at: datetime, expires_in: int, signed_headers: Sequence[str]
) -> Request:
    return sign(request, credentials, at=at, expires_in=expires_in, signed_headers=signed_headers)
