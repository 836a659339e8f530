"""The closed network: while it is in force, nothing in this process reaches an address that was not allowed.

It stands on the interpreter's audit events, so it holds in every thread and event loop and for every
library that uses Python's sockets. A forked process takes it along; any other child process would be beyond its
reach, so none is started unless that is allowed. multiprocessing starts its children below all audit events, by a
function that is therefore wrapped as well. Beyond its reach are C libraries with sockets of their own (libuv,
libcurl, gRPC), and connections that were made before it closed.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePath, PurePosixPath
from typing import Any, Final

from contractkit.errors import ConfigurationError, NetworkClosedError

__all__ = ["closed_network", "parse_entry"]

_INTERNET: Final = frozenset({socket.AF_INET, socket.AF_INET6})
_SENDS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_ENTRY: Final = re.compile(
    r"(?:\[(?P<bracketed>[^][/\s]+)\]|(?P<host>[^][/:\s]+))(?::(?P<port>[0-9]{1,5}))?|(?P<bare>[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[^][/\s]*)"
)
_CHILDREN: Final = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"})
# What the standard library itself asks about the machine; none of them has anything to do with a network.
_HARMLESS: Final = frozenset({"uname", "ldconfig", "gcc", "cc", "ld", "objdump", "sw_vers", "lsb_release", "getconf"})
_SYSTEM: Final = frozenset({"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"})
# Written by multiprocessing itself: a process that only counts what others share, and ends with this one.
_TRACKER: Final = "from multiprocessing.resource_tracker import main;main("
_LOOKUPS: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_ADVICE: Final = (
    "its client is not recorded: record it again with --contract-mode=record, or use a client built on http.client, "
    "httpx or aiohttp"
)


@contextmanager
def closed_network(
    allow: Iterable[str] = (), *, processes: bool = True, advice: str = _ADVICE
) -> Iterator[Callable[[str], None]]:
    """Refuse IPv4 and IPv6 traffic and name look-ups, in all threads, except to `allow`.

    An entry is an exact host, `localhost` or `127.0.0.1` (any port), or an exact host and port, `127.0.0.1:8080` or
    `[::1]:8080`. Names in it are resolved once, here. Nested uses only narrow: what is reached must be allowed by
    every one. Unix sockets are never refused, nor is "resolving" a numeric address, since nothing leaves the machine
    by it. The block is given a function that allows one more entry from then on. With `processes` False, no child
    process can be started either, but for what the standard library asks about the machine: its traffic could not be
    seen. `advice` is what an error says of a request that should be answered.

    Inside, a refused call raises NetworkClosedError (no OSError, so that no client takes it for a fault to
    retry) and the socket it came from is closed. Raises ConfigurationError for an entry that is no host.
    """
    guard = _Guard(allow, processes=processes, advice=advice)
    hook = _installed_hook()
    hook.add(guard)
    try:
        yield guard.allow
    finally:
        hook.remove(guard)


class _Guard:
    """What one use of `closed_network` allows: (host, port) pairs, port None for any."""

    def __init__(self, allow: Iterable[str], *, processes: bool, advice: str) -> None:
        self.processes = processes
        self.advice = advice
        self._allowed: frozenset[tuple[str, int | None]] = frozenset()
        for entry in allow:
            self.allow(entry)

    def allow(self, entry: str) -> None:
        host, port = parse_entry(entry)
        self._allowed |= {(host, port)}  # first, since the name is looked up under this very guard
        self._allowed |= {(address, port) for address in _addresses(host)}

    def allows(self, host: str, port: int | None) -> bool:
        return (host, None) in self._allowed or (host, port) in self._allowed

    def allows_name(self, host: str) -> bool:
        return any(host == allowed for allowed, _ in self._allowed)


class _Hook:
    """The one audit hook. Hooks cannot be removed, so it must cost nothing while no guard is in force."""

    def __init__(self) -> None:
        self._guards: tuple[_Guard, ...] = ()
        self._lock = threading.Lock()

    def add(self, guard: _Guard) -> None:
        with self._lock:
            self._guards = (*self._guards, guard)

    def remove(self, guard: _Guard) -> None:
        with self._lock:
            self._guards = tuple(other for other in self._guards if other is not guard)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._guards:
            return
        if event in _CHILDREN:
            self._check_child(event, args)
        elif event.startswith("socket."):
            if event in _SENDS:
                self._check_send(event, *args)
            elif event in _LOOKUPS:
                self._check_lookup(event, args[0])
            elif event == "socket.getnameinfo":
                self._check_lookup("socket.gethostbyaddr", args[0][0])

    def _check_send(self, event: str, sock: socket.socket, address: Any) -> None:
        if address and address == _fork_server():  # whom it starts was never under this guard
            self.refuse_child(sys.executable)
        if sock.family not in _INTERNET or not isinstance(address, tuple):
            return  # another family, or no address: a connected socket, whose connect was checked
        host, port = _normal(address[0]), address[1]
        against = next((guard for guard in self._guards if not guard.allows(host, port)), None)
        if against is not None:
            if event == "socket.connect":
                sock.close()  # its owner expects an OSError to close it at; unclosed it would only warn later
            doing = "connect to" if event == "socket.connect" else "send to"
            raise NetworkClosedError(_refusal(doing, host, port, against.advice))

    def _check_child(self, event: str, args: tuple[Any, ...]) -> None:
        program = os.fsdecode(_program(args))
        # `subprocess` of newer Pythons tells of the same start once more, and that call searches no PATH.
        searched = event == "subprocess.Popen"
        if not ((searched or event == "os.posix_spawn") and _is_harmless(program, searched=searched)):
            self.refuse_child(program)

    def refuse_child(self, program: str) -> None:
        if not all(guard.processes for guard in self._guards):
            raise NetworkClosedError(
                f"something tried to start {PurePath(program).name[:40]!r} while the network is closed: what a "
                "child process sends cannot be seen. Start it before the cassette is opened, or, if it asks nobody, "
                "allow it: allow_processes=True in the contract mark."
            )

    def _check_lookup(self, event: str, name: Any) -> None:
        host = _normal(name)
        if not host or (_is_numeric(host) and (event != "socket.gethostbyaddr" or _is_loopback(host))):
            return  # a wildcard or a numeric address: nothing is asked of anyone
        against = next((guard for guard in self._guards if not guard.allows_name(host)), None)
        if against is not None:
            raise NetworkClosedError(_refusal("look up", host, None, against.advice))


@functools.cache
def _installed_hook() -> _Hook:
    hook = _Hook()
    sys.addaudithook(hook)
    _watch_multiprocessing(hook)
    return hook


def _watch_multiprocessing(hook: _Hook) -> None:
    """Let the hook know of children that are started without an audit event. Like the hook itself, it stays.

    `subprocess` has the function by a name of its own, and tells before it calls it.
    """
    import subprocess  # noqa: F401, PLC0415 - loaded first, or it would take the wrapped function for its own

    try:
        import _posixsubprocess  # noqa: PLC0415 - of the first use only
    except ImportError:  # elsewhere children have other ways
        return
    start = _posixsubprocess.fork_exec

    @functools.wraps(start)
    def fork_exec(args: Any, *rest: Any) -> Any:
        command = [os.fsdecode(each) for each in args or ()]
        if not any(each.startswith(_TRACKER) for each in command):
            hook.refuse_child(command[0] if command else "")
        return start(args, *rest)

    _posixsubprocess.fork_exec = fork_exec


def _fork_server() -> Any:
    """The address of multiprocessing's fork server, where one runs in this process."""
    server = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    return getattr(server, "_forkserver_address", None)


def _is_harmless(program: str, *, searched: bool) -> bool:
    """Whether it is one of the system's own: below a directory of the system or, if one is searched for, by its name."""
    name = PurePosixPath(program).name
    return name in _HARMLESS and ((searched and program == name) or os.path.dirname(program) in _SYSTEM)  # noqa: PTH120 - as written


def _program(args: tuple[Any, ...]) -> Any:
    """The program of an audit event that starts one: its path, or the first word of its command."""
    program, *rest = args
    if program is None and rest:  # a command without a path of its own
        program = rest[0]
    if isinstance(program, list | tuple):
        program = program[0] if program else ""
    words = program.split() if isinstance(program, str | bytes) else [program]
    return words[0] if words else ""


def _refusal(doing: str, host: str, port: int | None, advice: str) -> str:
    place = host if port is None else f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return (
        f"something tried to {doing} {place} while the network is closed. If it is a request that should be "
        f"answered, {advice}. If it is to a server of the test's own, allow {place!r} exactly."
    )


def parse_entry(entry: str) -> tuple[str, int | None]:
    """Host, in one spelling, and port of an entry to allow. Raises ConfigurationError."""
    found = _ENTRY.fullmatch(entry)
    port = int(found["port"]) if found and found["port"] else None
    if found is None or (port is not None and not 0 < port < 1 << 16):
        raise ConfigurationError(
            f"{entry!r} is no host to allow: write 'name', 'name:port', '127.0.0.1:port' or '[::1]:port', without a scheme"
        )
    return _normal(found["bracketed"] or found["bare"] or found["host"]), port


def _normal(host: Any) -> str:
    """A host as audit events carry it (str, bytes, None for a wildcard) in one spelling."""
    if host is None:
        return ""
    text = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
    text = text.lower().removesuffix(".")
    with suppress(ValueError):  # a name
        return str(ipaddress.ip_address(text.partition("%")[0]))
    return text


def _is_numeric(host: str) -> bool:
    with suppress(ValueError):  # a name
        return bool(ipaddress.ip_address(host))
    return False


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback


def _addresses(host: str) -> set[str]:
    """The addresses of an allowed name, so that connecting to them is allowed; none when it does not resolve."""
    if _is_numeric(host):
        return set()
    with suppress(OSError):  # it does not resolve, so nothing more is allowed
        return {_normal(found[4][0]) for found in socket.getaddrinfo(host, None)}
    return set()
