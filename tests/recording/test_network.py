"""The closed network: what leaves the machine is refused, in every thread and loop, and told."""

import asyncio
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration
from baidubce.exception import BceHttpClientError
from baidubce.services.vpc.vpc_client import VpcClient

from contractkit.errors import ConfigurationError, NetworkClosedError
from contractkit.recording.network import closed_network


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield f"127.0.0.1:{sock.getsockname()[1]}"


def connect(authority):
    host, _, port = authority.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=2):
        pass


def test_every_way_out_is_refused_naming_host_port_and_remedy(listener):
    port = int(listener.rpartition(":")[2])
    tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    six = socket.socket(socket.AF_INET6)
    with tcp, udp, six, closed_network():
        for attempt in (
            lambda: udp.sendto(b"x", ("127.0.0.1", port)),
            lambda: udp.sendmsg([b"x"], [], 0, ("127.0.0.1", port)),
            lambda: tcp.connect(("127.0.0.1", port)),
            lambda: connect(listener),
        ):
            with pytest.raises(NetworkClosedError, match=rf"127\.0\.0\.1:{port} while the network is closed.*allow"):
                attempt()
        with pytest.raises(NetworkClosedError, match=r"\[::1\]:80"):
            six.connect(("::1", 80))
        with pytest.raises(NetworkClosedError), socket.socket() as other:
            other.connect_ex(("127.0.0.1", port))
    connect(listener)


@pytest.mark.parametrize("look_up", [lambda name: socket.getaddrinfo(name, 443), socket.gethostbyname])
def test_names_are_not_looked_up(look_up):
    with (
        closed_network(allow=["other.invalid"]),
        pytest.raises(NetworkClosedError, match=r"look up bcc\.bj\.baidubce\.com"),
    ):
        look_up("bcc.bj.baidubce.com")


def test_addresses_are_not_looked_up_backwards():
    with closed_network():
        for attempt in (lambda: socket.gethostbyaddr("192.0.2.1"), lambda: socket.getnameinfo(("192.0.2.1", 80), 0)):
            with pytest.raises(NetworkClosedError, match=r"192\.0\.2\.1"):
                attempt()


def test_only_the_exact_host_and_port_are_allowed(listener):
    for allow in ([listener], ["127.0.0.1"], ["localhost"], [f"localhost:{listener.rpartition(':')[2]}"]):
        with closed_network(allow=allow):
            connect(listener)
    for entry in ("127.0.0.100", "127.0.0.1:1", "127.0.0.11:80", "localhost.example:80"):
        with closed_network(allow=[entry]), pytest.raises(NetworkClosedError):
            connect(listener)


def test_an_allowed_name_may_be_looked_up_and_reached(listener):
    port = listener.rpartition(":")[2]
    with closed_network(allow=[f"LOCALHOST:{port}"]):
        connect(f"localhost:{port}")


def test_one_more_may_be_allowed_while_it_is_in_force(listener):
    """Exactly that one, in every thread, and only by the use that was asked; an outer one still has its say."""
    with closed_network() as allow:
        with pytest.raises(NetworkClosedError):
            connect(listener)
        allow(listener)
        thread = threading.Thread(target=connect, args=[listener])
        thread.start()
        thread.join()
        connect(listener)
        with pytest.raises(NetworkClosedError):
            connect(f"localhost:{listener.rpartition(':')[2]}")
        allow(f"localhost:{listener.rpartition(':')[2]}")
        connect(f"localhost:{listener.rpartition(':')[2]}")
        with pytest.raises(NetworkClosedError):
            connect("127.0.0.1:1")
        with closed_network(), pytest.raises(NetworkClosedError):
            connect(listener)
    with closed_network(), closed_network() as allow, pytest.raises(NetworkClosedError):  # noqa: PT012  the last step
        allow(listener)
        connect(listener)


def test_nested_guards_only_narrow(listener):
    with closed_network():
        with closed_network(allow=[listener]), pytest.raises(NetworkClosedError):
            connect(listener)
        with pytest.raises(NetworkClosedError):
            connect(listener)
    with closed_network(allow=[listener]):
        with closed_network(), pytest.raises(NetworkClosedError):
            connect(listener)
        connect(listener)


def test_it_holds_in_other_threads_and_in_event_loops(listener):
    caught = []

    def attempt():
        try:
            connect(listener)
        except NetworkClosedError as error:
            caught.append(error)

    async def by_loop():
        host, _, port = listener.rpartition(":")
        with pytest.raises(NetworkClosedError):
            await asyncio.open_connection(host, int(port))
        with pytest.raises(NetworkClosedError):
            await asyncio.open_connection("bcc.bj.baidubce.com", 80)

    with closed_network():
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        asyncio.run(by_loop())
    assert len(caught) == 1


def test_test_servers_on_loopback_can_still_be_started_and_allowed():
    async def serve():
        server = await asyncio.start_server(lambda _r, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            return server.sockets[0].getsockname()

    with closed_network():
        HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler).server_close()
        assert asyncio.run(serve())[0] == "127.0.0.1"
        left, right = socket.socketpair()
        left.close()
        right.close()


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # the SDK's, from Python 3.12 on
def test_no_client_takes_the_refusal_for_a_fault_to_retry(listener):
    """NetworkClosedError is no OSError: requests gives it unchanged, the official SDK tells it after one attempt."""
    retrying = requests.Session()
    retrying.mount("http://", requests.adapters.HTTPAdapter(max_retries=5))
    began = time.perf_counter()
    configuration = BceClientConfiguration(BceCredentials("a" * 32, "b" * 32), endpoint=f"http://{listener}")
    with closed_network(), retrying:
        with pytest.raises(NetworkClosedError):
            retrying.get(f"http://{listener}/", timeout=2)
        with pytest.raises(BceHttpClientError, match=r"Retried 0 times.*|network is closed") as told:
            VpcClient(configuration).list_vpcs()
    assert "while the network is closed" in str(told.value)
    assert "Retried 0 times" in str(told.value)
    assert time.perf_counter() - began < 1


def test_a_refused_socket_is_closed_so_that_nothing_is_left_to_warn_about(listener):
    sock = socket.socket()
    with closed_network(), pytest.raises(NetworkClosedError):
        sock.connect(("127.0.0.1", int(listener.rpartition(":")[2])))
    assert sock.fileno() == -1


@pytest.mark.parametrize(
    "entry", ["", "http://127.0.0.1:80", "127.0.0.1:x", "127.0.0.1:99999", "127.0.0.1:", ":80", "[::1", "a/b"]
)
def test_an_entry_that_is_no_host_is_refused(entry):
    with pytest.raises(ConfigurationError, match="no host to allow"), closed_network(allow=[entry]):
        pass


def test_ipv6_entries_are_read_with_and_without_port():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as sock:
        port = sock.getsockname()[1]
        for entry in (f"[::1]:{port}", "[::1]", "::1", "0:0:0:0:0:0:0:1"):
            with closed_network(allow=[entry]), socket.socket(socket.AF_INET6) as client:
                client.connect(("::1", port))


def test_importing_the_guard_installs_nothing():
    """The hook, which can never be removed, is installed by the first use."""
    program = "import sys; sys.addaudithook = None; import contractkit.recording.network"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    "start",
    [
        lambda command: subprocess.run(command, check=False),
        lambda command: subprocess.Popen(" ".join(command), shell=True),  # noqa: S602  a way out like any other
        lambda command: os.system(" ".join(command)),  # noqa: S605  as above
        lambda command: os.posix_spawn(command[0], command, {}),
        lambda command: asyncio.run(asyncio.create_subprocess_exec(*command)),
    ],
)
def test_no_child_process_is_started_where_none_is_allowed(start, tmp_path):
    """What a child sends cannot be seen, so in replay there is none; the program is named, its arguments are not."""
    command = ["/usr/bin/touch", str(tmp_path / "secret")]
    with closed_network(processes=False):
        with pytest.raises(NetworkClosedError, match=r"tried to start .*allow_processes") as caught:
            start(command)
        assert "secret" not in str(caught.value)
        subprocess.run(["uname"], check=True, capture_output=True)  # noqa: S607  what the standard library asks
        assert os.spawnv(os.P_WAIT, command[0], command) == 127, "refused in the fork"  # noqa: S606  as above
    assert not (tmp_path / "secret").exists()
    with closed_network():
        subprocess.run(command, check=True)
    assert (tmp_path / "secret").exists()


def test_a_forked_process_takes_the_closed_network_along(listener):
    """Told by its exit code: 3 for a refusal, 4 for a connection."""
    with closed_network(processes=False):
        child = os.fork()
        if not child:
            try:
                connect(listener)
                os._exit(4)
            except NetworkClosedError:
                os._exit(3)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_multiprocessing_starts_no_child_that_the_guard_could_not_see(method, tmp_path):
    """Its ways to start one raise no audit event; its resource tracker, which asks nobody, may start."""
    context = multiprocessing.get_context(method)
    with closed_network(processes=False):
        context.Lock()  # the tracker
        with pytest.raises(NetworkClosedError, match=r"tried to start 'python.*allow_processes"):
            context.Process(target=os.mkdir, args=[tmp_path / "made"]).start()
    assert not (tmp_path / "made").exists()
    with closed_network():
        child = context.Process(target=os.mkdir, args=[tmp_path / "made"])
        child.start()
        child.join()
    assert (tmp_path / "made").exists()
    with closed_network(processes=False), pytest.raises(NetworkClosedError):  # also of a fork server that runs already
        context.Process(target=os.mkdir, args=[tmp_path / "more"]).start()
    assert not (tmp_path / "more").exists()


@pytest.mark.parametrize("name", ["ld", "uname", "gcc"])
def test_what_only_bears_the_name_of_a_harmless_program_is_refused(name, tmp_path, monkeypatch):
    script = tmp_path / name
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/made\n")
    script.chmod(0o755)
    with closed_network(processes=False):
        for command in (str(script), f"{tmp_path}/./{name}", os.path.relpath(script)):
            with pytest.raises(NetworkClosedError, match="tried to start"):
                subprocess.run([command], check=False)
        monkeypatch.chdir(tmp_path)
        with pytest.raises(NetworkClosedError, match="tried to start"):  # it searches no PATH, but takes what lies here
            os.posix_spawn(name, [name], {})
        subprocess.run(["/usr/bin/uname"], check=True, capture_output=True)
        os.waitpid(os.posix_spawn("/usr/bin/uname", ["uname"], {}), 0)
    assert not (tmp_path / "made").exists()
