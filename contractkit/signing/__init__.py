"""Knows how a BCE request is signed and verified (`bce-auth-v1`), and why a signature may not match.

Must never know a clock, the environment, a socket, or which service or operation a request is for.
"""

from contractkit.signing.authorization import (
    Authorization,
    AuthorizationError,
    ParsedAuthorization,
    authorize,
    parse_authorization,
)
from contractkit.signing.credentials import EXAMPLE, UNVERIFIED, Credentials, CredentialsError
from contractkit.signing.explanation import Explanation, explain
from contractkit.signing.signer import sign
from contractkit.signing.times import format_time, parse_time
from contractkit.signing.verifier import MAX_SKEW, Verdict, verify

__all__ = [
    "EXAMPLE",
    "MAX_SKEW",
    "UNVERIFIED",
    "Authorization",
    "AuthorizationError",
    "Credentials",
    "CredentialsError",
    "Explanation",
    "ParsedAuthorization",
    "Verdict",
    "authorize",
    "explain",
    "format_time",
    "parse_authorization",
    "parse_time",
    "sign",
    "verify",
]
