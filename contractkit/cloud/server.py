"""The cloud as a real HTTP server on this machine: a thread with a loop of its own, which ends when told to."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, Final

from contractkit.cloud.connection import Connection
from contractkit.cloud.front import Cloud
from contractkit.contract import load_contract
from contractkit.errors import ConfigurationError
from contractkit.message import is_loopback

__all__ = ["Served", "TlsFiles", "run", "serve"]

_START_SECONDS: Final = 10.0
_GRACE_SECONDS: Final = 0.2
_BACKLOG: Final = 2048


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the server's certificate and key, and the CA a client has to trust."""

    certificate: Path
    key: Path
    ca: Path


@dataclass(frozen=True, slots=True)
class Served:
    """A cloud being served. `ca_path` is the certificate to trust, None without TLS."""

    host: str
    port: int
    ca_path: Path | None = None

    @property
    def base_url(self) -> str:
        """The base URL to hand to any client."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.ca_path else 'http'}://{host}:{self.port}"


@contextmanager
def serve(
    cloud: Cloud,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool | TlsFiles = False,
    allow_remote: bool = False,
) -> Iterator[Served]:
    """Serve a cloud until the context ends; port 0 takes any free one.

    `tls` True makes a certificate for this machine and the documented hosts, under a CA of its own. Refuses,
    with ConfigurationError, an address other machines can reach unless `allow_remote`, and one that cannot be
    bound.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(_bind(host, port, allow_remote=allow_remote))
        files = stack.enter_context(_tls_files(tls))
        stack.enter_context(_listening(cloud, listener, _tls_context(files) if files else None))
        yield Served(host, listener.getsockname()[1], files.ca if files else None)


def run(
    cloud: Cloud,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool | TlsFiles = False,
    allow_remote: bool = False,
    announce: Callable[[Served], None] = lambda served: print(served.base_url),  # noqa: T201 - the line others wait for
) -> int:
    """Serve until SIGINT or SIGTERM, announcing when ready, usually by the base URL in one line; gives the exit code 0.

    Call it in the main thread, which is where signals arrive.
    """
    stop = threading.Event()

    def stop_now(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature signals ask for
        stop.set()

    before = {number: signal.signal(number, stop_now) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with serve(cloud, host=host, port=port, tls=tls, allow_remote=allow_remote) as served:
            announce(served)
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _bind(host: str, port: int, *, allow_remote: bool) -> socket.socket:
    if not (allow_remote or host == "localhost" or is_loopback(host)):
        raise ConfigurationError(
            f"{host!r} can be reached from other machines; serve on 127.0.0.1, or allow it (allow_remote)"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, so that asyncio sets TCP_NODELAY
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigurationError(f"cannot listen on {host} port {port}: {error.strerror}; choose another") from None
    return listener


@contextmanager
def _tls_files(tls: bool | TlsFiles) -> Iterator[TlsFiles | None]:
    if isinstance(tls, TlsFiles):
        yield tls
    elif tls:
        from contractkit.cloud.tls import write_certificates  # noqa: PLC0415 - heavy, and rarely wanted

        with TemporaryDirectory(prefix="contractkit-tls-") as folder:
            yield TlsFiles(*write_certificates(Path(folder), _hosts()))
    else:
        yield None


def _hosts() -> list[str]:
    """Every documented host, so that a client pointed here by name resolution finds its certificate good."""
    contract = load_contract()
    services: dict[str, dict[str, Any]] = contract.common["services"]
    return [contract.host(name, region) for name, each in services.items() for region in each["regions"] or ["bj"]]


def _tls_context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(files.certificate, files.key)
    except OSError as error:
        raise ConfigurationError(f"the TLS files cannot be used ({error.strerror}); give PEM files") from None
    return context


@contextmanager
def _listening(cloud: Cloud, listener: socket.socket, tls: ssl.SSLContext | None) -> Iterator[None]:
    """Answer on the listener, in a thread of its own."""
    begun: Future[Callable[[], object]] = Future()

    def live() -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(_answer_until_stopped(cloud, listener, tls, begun))

    thread = threading.Thread(target=live, name="contractkit-cloud", daemon=True)
    thread.start()
    try:
        stop = begun.result(_START_SECONDS)
    except TimeoutError:
        raise ConfigurationError(f"the server did not start within {_START_SECONDS:.0f} seconds; try again") from None
    try:
        yield
    finally:
        stop()
        thread.join(_START_SECONDS)


async def _answer_until_stopped(
    cloud: Cloud, listener: socket.socket, tls: ssl.SSLContext | None, begun: Future[Callable[[], object]]
) -> None:
    """Serve until the function that `begun` is given is called, from whatever thread."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    opened: set[Connection] = set()
    server = await loop.create_server(partial(Connection, cloud, opened), sock=listener, ssl=tls, backlog=_BACKLOG)
    begun.set_result(partial(loop.call_soon_threadsafe, stopped.set))
    await stopped.wait()
    server.close()
    for end in (Connection.close, Connection.abort):
        for each in tuple(opened):
            end(each)
        if opened:
            await asyncio.wait([each.lost for each in opened], timeout=_GRACE_SECONDS)
