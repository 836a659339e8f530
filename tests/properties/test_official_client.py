"""The client retry suite aimed at a client that speaks HTTP: the official Python SDK, unmodified."""

import contextlib
import gc
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from contractkit.errors import TransportError
from contractkit.message import Request
from contractkit.properties import LawBrokenError, client_retry_suite

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from baidubce.auth.bce_credentials import BceCredentials
    from baidubce.bce_client_configuration import BceClientConfiguration
    from baidubce.retry.retry_policy import BackOffRetryPolicy
    from baidubce.services.vpc.vpc_client import VpcClient


# The SDK leaves the sockets of failed attempts to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def _collect_sockets():
    yield
    gc.collect()


class Door(BaseHTTPRequestHandler):
    """Hands each request to the transport of the moment; no answer means a cut connection."""

    protocol_version = "HTTP/1.1"
    transport = None

    def handle_one_request(self):
        with contextlib.suppress(ConnectionError):  # cut connections are part of these laws
            super().handle_one_request()

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, f"http://{self.headers['Host']}{self.path}", self.headers.items(), body)
        try:
            response = Door.transport(request)
        except (TransportError, LawBrokenError):
            self.close_connection = True
            return
        self.send_response(response.status)
        for name, value in response.headers:
            if name.lower() not in ("content-length", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the names http.server looks for

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def _door():
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        Door.port = server.server_port
        yield
        server.shutdown()
        thread.join()


def make_official(transport, keys):
    """The adapter a project would write: a client at the door, and one call by the name of the operation."""
    Door.transport = transport
    client = VpcClient(
        BceClientConfiguration(
            credentials=BceCredentials(keys.access_key_id, keys.secret_access_key),
            endpoint=f"http://127.0.0.1:{Door.port}",
            retry_policy=BackOffRetryPolicy(max_error_retry=3, max_delay_in_millis=1, base_interval_in_millis=1),
        )
    )
    calls = {
        "vpc.create_vpc": lambda given: client.create_vpc(
            given["name"], given["cidr"], client_token=given.get("clientToken")
        ),
        "vpc.get_vpc": lambda given: client.get_vpc(given["vpcId"]),
    }
    return lambda operation, arguments: calls[operation](arguments)


SURVIVED = ("cut before", "cut after", "503 before", "500 after")


@pytest.mark.slow
@pytest.mark.usefixtures("_door")
class TestTheOfficialClient(client_retry_suite(make_client=make_official, patience=3, faults=SURVIVED)):
    """The SDK keeps its token and creates one resource, whatever is cut; what it does not retry is a 429."""


@pytest.mark.usefixtures("_door")
def test_the_official_client_gives_up_on_throttling(without_shrinking):
    """Known of the SDK: a 429 is final, so the law of survival finds it."""
    suite = client_retry_suite(make_client=make_official, patience=1, faults=("429",))
    with pytest.raises(LawBrokenError, match="gave up"):
        suite().test_one_call_has_one_effect()
