"""A run against the reference cloud stays on this machine, whatever address the code under test has built in."""

import re

import pytest

BUILT_IN = """
    import socket
    import pytest, httpx
    from baidubce.auth.bce_credentials import BceCredentials
    from baidubce.bce_client_configuration import BceClientConfiguration
    from baidubce.services.vpc.vpc_client import VpcClient

    @pytest.fixture(autouse=True)
    def asked(monkeypatch):
        names = []
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **options: names.append(host))
        yield
        assert names == []

    def test_sdk(bce_cassette):
        keys = BceCredentials("a-key", "a-secret")
        VpcClient(BceClientConfiguration(credentials=keys, endpoint="http://bcc.bj.baidubce.com")).list_vpcs()

    def test_httpx(bce_cassette):
        httpx.post("https://eip.bj.baidubce.com/v1/eip", json={})

    def test_own_client(bce_cassette, bce_credentials):
        from contractkit import Client
        from contractkit.adapters.requests import RequestsTransport

        with RequestsTransport() as send:
            Client(bce_credentials, transport=bce_cassette.transport(send)).vpc.list_vpcs()

    def test_swallowed(bce_cassette):
        try:
            httpx.get("https://dns.baidubce.com/v1/dns/zone")
        except Exception:  # what this test is about: the error may not be lost with it
            pass
"""

SERVER = """
    import http.server, threading
    import pytest, httpx

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"up")

        def log_message(self, *args):
            pass

    @pytest.fixture
    def address():
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()

    def test_forgotten(bce_client, address):
        httpx.get(f"http://{address}/health")

    def test_let_through(bce_client, bce_cassette, address):
        bce_cassette.allow(address)
        assert httpx.get(f"http://{address}/health").text == "up"
        assert bce_client.vpc.list_vpcs()["vpcs"] == []
"""

OWN_CLOUD = """
    import httpx
    from contractkit import HttpxAuth, ReferenceCloud
    from contractkit.cloud.server import serve

    def test_served(bce_cassette, bce_credentials):
        with serve(ReferenceCloud()) as served, httpx.Client(auth=HttpxAuth(bce_credentials)) as client:
            assert client.get(f"{served.base_url}/v1/vpc").json()["vpcs"] == []
"""


@pytest.mark.parametrize("mode", ["record", "extend", "direct"])
def test_no_name_of_the_real_cloud_is_even_looked_up(project, mode):
    """Code that has it built in fails, also where it swallows the error, and is told what to do."""
    project.write(test_a=BUILT_IN)
    result = project.run(f"--contract-mode={mode}")
    result.assert_outcomes(failed=3, passed=1, errors=1)  # the error of the one that swallows it comes afterwards
    assert (
        "not sent: eip.bj.baidubce.com is the real cloud, and this run is against the reference cloud. Give the client "
        "the address that bce_cloud.endpoint(...) tells, or aim the run at the real cloud with --contract-target=live"
    ) in result.stdout.str()
    assert not [name for name in project.names() if name.endswith(".json")]


@pytest.mark.parametrize("mode", ["record", "extend", "direct"])
def test_a_server_of_the_tests_own_is_not_taken_for_the_cloud(project, mode):
    project.write(test_a=SERVER)
    result = project.run(f"--contract-mode={mode}")
    result.assert_outcomes(passed=1, failed=1)
    said = result.stdout.str()
    assert re.search(r"not sent: 127\.0\.0\.1:\d+ is not the reference cloud, and no operation has this path", said)
    assert re.search(
        r"allow_hosts=\['127\.0\.0\.1:\d+'\] in the contract mark, or with bce_cassette\.allow\('127", said
    )


def test_a_cloud_that_the_test_serves_by_itself_is_recorded(project):
    project.write(test_a=OWN_CLOUD)
    project.record()
    assert len(project.interactions("test_a/test_served.json")) == 1
