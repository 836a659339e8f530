"""Knows how to draw whatever travels between a client and BCE: keys, messages, tokens, passwords, arguments.

Everything drawn is synthetic. Must never read a credential, a cassette or the environment.
"""

from contractkit.properties.strategies.faults import FaultyRequest, faulty_requests
from contractkit.properties.strategies.keys import (
    access_key_ids,
    client_tokens,
    credentials,
    invalid_client_tokens,
    passwords,
    secret_access_keys,
    session_tokens,
)
from contractkit.properties.strategies.messages import (
    expiries,
    headers,
    hosts,
    instants,
    paths,
    query_lists,
    requests,
    spellings,
    write_query,
)
from contractkit.properties.strategies.operations import arguments, operation_requests, operations
from contractkit.properties.strategies.schemas import values
from contractkit.properties.strategies.walks import Walk, walks

__all__ = [
    "FaultyRequest",
    "Walk",
    "access_key_ids",
    "arguments",
    "client_tokens",
    "credentials",
    "expiries",
    "faulty_requests",
    "headers",
    "hosts",
    "instants",
    "invalid_client_tokens",
    "operation_requests",
    "operations",
    "passwords",
    "paths",
    "query_lists",
    "requests",
    "secret_access_keys",
    "session_tokens",
    "spellings",
    "values",
    "walks",
    "write_query",
]
