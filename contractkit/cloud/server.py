"""The cloud as a real HTTP server on this machine: uvicorn in a thread with a loop of its own.

With `connection.py` the only files that know uvicorn.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, Final

import uvicorn

from contractkit.cloud.asgi import AsgiApp
from contractkit.cloud.connection import Connection
from contractkit.cloud.front import Cloud
from contractkit.contract import load_contract
from contractkit.errors import ConfigurationError
from contractkit.message import is_loopback

__all__ = ["Served", "TlsFiles", "run", "serve"]

_START_SECONDS: Final = 10.0


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


class _Server(uvicorn.Server):
    """Says when it has started; leaves signals to whoever runs it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


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
        server = _Server(_configure(cloud, files))
        thread = threading.Thread(target=server.run, args=([listener],), name="contractkit-cloud", daemon=True)
        thread.start()
        stack.callback(_stop, server, thread)
        if not server.ready.wait(_START_SECONDS):
            raise ConfigurationError(f"the server did not start within {_START_SECONDS:.0f} seconds; see its log")
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
        raise ConfigurationError(f"{host!r} can be reached from other machines; serve on 127.0.0.1, or allow it")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, so that asyncio sets TCP_NODELAY
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
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


def _configure(cloud: Cloud, files: TlsFiles | None) -> uvicorn.Config:
    config = uvicorn.Config(
        AsgiApp(cloud),  # never called: the connections speak to the cloud themselves
        http=partial(Connection, cloud),  # type: ignore[arg-type]  # a function that makes one does as well as a class
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=1,
        ssl_certfile=str(files.certificate) if files else None,
        ssl_keyfile=str(files.key) if files else None,
    )
    try:
        config.load()
    except OSError as error:
        raise ConfigurationError(f"the TLS files cannot be used ({error.strerror}); give PEM files") from None
    return config


def _stop(server: _Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join(_START_SECONDS)
