"""Requests that got no whole answer: which kind of fault it was, whatever the client calls it.

A fault is recorded as an interaction and raised again in replay, by each door in the terms of its client.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from enum import Enum
from typing import Final

from contractkit.errors import TransportError

__all__ = ["Fault", "RecordedFaultError", "recognize_fault"]


class Fault(Enum):
    """How a request ended without an answer. `sent` is what can be known of it: False when it cannot have left."""

    REFUSED = "refused"
    UNRESOLVED = "unresolved"
    CONNECT_TIMEOUT = "connect-timeout"
    TIMEOUT = "timeout"
    CUT = "cut"
    HALF = "half"
    UNTRUSTED = "untrusted"

    @property
    def sent(self) -> bool | None:
        """False when the request cannot have reached the cloud, None when nobody can know."""
        return False if self in (Fault.REFUSED, Fault.UNRESOLVED, Fault.CONNECT_TIMEOUT) else None


_SENTENCES: Final = {
    Fault.REFUSED: "the connection was refused",
    Fault.UNRESOLVED: "the name of the host could not be resolved",
    Fault.CONNECT_TIMEOUT: "no connection came about in time",
    Fault.TIMEOUT: "no answer came in time; it may have been carried out",
    Fault.CUT: "the connection was cut before an answer came; it may have been carried out",
    Fault.HALF: "the connection was cut in the middle of the answer; it may have been carried out",
    Fault.UNTRUSTED: "the certificate of the server was not trusted",
}

# Names of exception classes, the most telling first; a class counts under its own name and those of its bases.
_CLASSES: Final = {
    "SSLCertVerificationError": Fault.UNTRUSTED,
    "ClientConnectorCertificateError": Fault.UNTRUSTED,
    "gaierror": Fault.UNRESOLVED,
    "NameResolutionError": Fault.UNRESOLVED,
    "ClientConnectorDNSError": Fault.UNRESOLVED,
    "ConnectionRefusedError": Fault.REFUSED,
    "NewConnectionError": Fault.REFUSED,
    "ConnectTimeout": Fault.CONNECT_TIMEOUT,
    "ConnectTimeoutError": Fault.CONNECT_TIMEOUT,
    "ConnectionTimeoutError": Fault.CONNECT_TIMEOUT,
    "ConnectError": Fault.REFUSED,
    "ClientConnectorError": Fault.REFUSED,
    "TimeoutError": Fault.TIMEOUT,
    "TimeoutException": Fault.TIMEOUT,
    "Timeout": Fault.TIMEOUT,
    "IncompleteRead": Fault.HALF,
    "ChunkedEncodingError": Fault.HALF,
    "ClientPayloadError": Fault.HALF,
    "ConnectionError": Fault.CUT,
    "BadStatusLine": Fault.CUT,
    "ProtocolError": Fault.CUT,
    "NetworkError": Fault.CUT,
    "ServerDisconnectedError": Fault.CUT,
    "ClientOSError": Fault.CUT,
    "SSLError": Fault.CUT,
}
_LOCAL: Final = frozenset({"LocalProtocolError", "PoolTimeout", "EmptyPoolError"})  # the caller's doing
_UNREACHABLE: Final = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
_RANK: Final = {name: rank for rank, name in enumerate(_CLASSES)}
_MAX_CHAIN: Final = 8


class RecordedFaultError(TransportError):
    """In the recording this request got no whole answer, so it gets none in replay. `fault` says of which kind."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(f"{_SENTENCES[fault]} (recorded)", sent=fault.sent)

    def __reduce__(self) -> tuple[type[RecordedFaultError], tuple[Fault]]:
        return type(self), (self.fault,)


def recognize_fault(error: BaseException) -> Fault | None:
    """The kind of fault that an exception of any HTTP client means; None when it is no fault of the network."""
    if isinstance(error, RecordedFaultError):
        return None
    wrapped = list(_chain(error))
    names = [kind.__name__ for each in wrapped for kind in type(each).__mro__]
    found = [name for name in names if name in _CLASSES]
    if not _LOCAL.isdisjoint(names):
        return None
    if any(isinstance(each, OSError) and each.errno in _UNREACHABLE for each in wrapped):
        return Fault.REFUSED
    if found:
        return _CLASSES[min(found, key=_RANK.__getitem__)]
    return _by_knowledge(error) if isinstance(error, TransportError) else None


def _by_knowledge(error: TransportError) -> Fault:
    return Fault.REFUSED if error.sent is False else Fault.CUT


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it wraps, as cause, context, argument or `reason`."""
    waiting, seen = [error], 0
    while waiting and seen < _MAX_CHAIN:
        each = waiting.pop(0)
        seen += 1
        yield each
        hidden = each.__context__ if each.__suppress_context__ else None  # `raise ... from None` replaces an error
        wrapped = (each.__cause__, hidden, getattr(each, "reason", None), *each.args)
        waiting += [inner for inner in wrapped if isinstance(inner, BaseException)]
