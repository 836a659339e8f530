"""The fixtures and the mark in the many ways a suite uses them."""

import pytest

from contractkit.conformance.marks import MODES


@pytest.mark.parametrize("mode", MODES)
def test_the_cloud_can_be_arranged_where_there_is_one(project, mode):
    """`bce_cloud.reference` is the embedded cloud of a test that records, and None in replay."""
    project.write(
        test_a="""
        def test_weather(bce_client, bce_cloud, bce_credentials):
            if bce_cloud.reference is not None:
                from contractkit.cloud.weather import Weather, failing
                bce_cloud.reference.weather = Weather([failing("vpc.*", occurrences=[1])])
            assert bce_client.vpc.list_vpcs()["vpcs"] == []
            assert (bce_cloud.reference is None) == (bce_cloud.mode.value == "replay")
            assert bce_cloud.pause >= 0
            loopback = bce_cloud.endpoint("vpc").startswith("http://127.0.0.1:")
            assert loopback or bce_cloud.endpoint("vpc") == "https://bcc.bj.baidubce.com"
            assert loopback == (bce_cloud.mode.value != "replay")
            assert bce_credentials.access_key_id == "a" * 32
        """
    )
    project.record()
    statuses = [each["response"]["status"] for each in project.interactions("test_a/test_weather.json")]
    assert statuses == [503, 200]
    project.run(f"--contract-mode={mode}").assert_outcomes(passed=1)


def test_every_test_has_a_fresh_cloud_and_the_same_ids_in_every_run(project):
    project.write(test_a=project.network.replace("bce_client.vpc.delete_vpc(vpc)", "print('id', vpc)") + project.lists)

    def ids(*arguments):
        result = project.record("-s", *arguments, passed=2)
        return [line for line in result.outlines if "id vpc-" in line]

    first = ids()
    assert first == ids()
    assert first != ids("--contract-seed=1")


def test_an_unknown_service_of_the_cloud_is_told(project):
    project.write(test_a="def test_a(bce_cloud):\n    bce_cloud.endpoint('moon')\n")
    project.run("--contract-mode=record").stdout.fnmatch_lines(
        ["E*ConfigurationError: no service *moon*known: vpc, eip, dns, privatezone"]
    )


def test_asking_for_the_cloud_alone_never_reaches_the_network_in_replay(project):
    """A client that is handed the documented host finds the network closed, or a cassette to answer it."""
    project.write(
        test_a="""
        import urllib.request

        def test_a(bce_cloud):
            urllib.request.urlopen(bce_cloud.endpoint("vpc") + "/v1/vpc")
        """
    )
    project.replay(failed=1).stdout.fnmatch_lines(["*CassetteMiss*"])


def test_a_mark_alone_gives_a_test_its_cassette(project):
    """Its foreign client is answered from the cassette, without a fixture of ours."""
    project.write(
        test_a="""
        import pytest
        import requests
        from contractkit import Credentials, RequestsAuth

        @pytest.mark.contract(cassette="lists")
        def test_foreign():
            auth = RequestsAuth(Credentials("a" * 32, "b" * 32))
            answer = requests.get("https://bcc.bj.baidubce.com/v1/vpc", auth=auth, timeout=5)
            assert answer.json()["vpcs"] == []
        """,
        test_b=f"import pytest\n@pytest.mark.contract(cassette='lists'){project.lists}",
    )
    project.record("test_b.py")
    project.replay(passed=2)


def test_a_mark_on_one_case_concerns_that_case_only(project):
    project.write(
        test_a="""
        import pytest

        @pytest.mark.parametrize("marked", [False, pytest.param(True, marks=pytest.mark.contract(mode="record"))])
        def test_case(marked, request):
            assert ("bce_cassette" in request.fixturenames) == marked
        """
    )
    project.replay(passed=2)


def test_a_mark_that_a_conftest_adds_counts(project):
    project.write(
        conftest="""
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.contract(mode="record"))
        """,
        test_a="def test_a(request):\n    assert 'bce_cassette' in request.fixturenames\n",
    )
    project.replay()


def test_a_marked_test_opens_its_cassette_after_what_outlives_it_and_before_its_own_fixtures(project):
    """Servers that a module starts are none of the cassette's business; what a test sets up is."""
    project.write(
        test_a="""
        import pytest

        from contractkit.recording.doors.http_client import is_door_open

        @pytest.fixture(scope="module")
        def whole():
            assert not is_door_open()
            yield
            assert not is_door_open()

        @pytest.fixture
        def own():
            assert is_door_open()
            yield
            assert is_door_open()

        @pytest.mark.contract(mode="record")
        def test_a(own, whole):
            assert is_door_open()
        """
    )
    project.replay()


@pytest.mark.parametrize("fixture", ["bce_client", "bce_cassette", "bce_cloud", "bce_credentials"])
def test_a_fixture_that_outlives_the_test_may_not_ask_for_ours(project, fixture):
    project.write(
        test_a=f"""
        import pytest

        @pytest.fixture(scope="module")
        def shared({fixture}):
            return {fixture}

        def test_a(shared):
            pass
        """
    )
    project.replay(errors=1).stdout.fnmatch_lines(["*ScopeMismatch*"])


def test_classes_subclasses_and_unittest_cases_are_tests_like_others(project):
    project.write(
        test_a="""
        import unittest

        import pytest

        class TestGroup:
            def test_it(self, bce_client):
                assert bce_client.vpc.list_vpcs()["vpcs"] == []

        class TestMore(TestGroup):
            pass

        @pytest.mark.contract
        class Case(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _client(self, bce_client):
                self.client = bce_client

            def test_it(self):
                self.assertEqual(self.client.vpc.list_vpcs()["vpcs"], [])
        """
    )
    project.record(passed=3)
    assert len(project.names()) == 3
    project.replay(passed=3)


def test_a_fixture_asked_for_by_name_at_run_time_is_recorded_and_reported(project):
    project.write(test_a="def test_a(request):\n    request.getfixturevalue('bce_client').vpc.list_vpcs()\n")
    project.record("--contract-report=r.json")
    assert '"test_a.py::test_a"' in (project.root / "r.json").read_text()
    project.replay()


def test_async_tests_are_recorded_and_replayed(project):
    project.write(
        test_a="""
        import httpx
        import pytest
        from contractkit import HttpxAuth

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.fixture
        async def client(bce_cassette, bce_cloud, bce_credentials):
            async with httpx.AsyncClient(base_url=bce_cloud.endpoint("vpc"), auth=HttpxAuth(bce_credentials)) as made:
                yield made

        @pytest.mark.anyio
        async def test_async(client):
            assert (await client.get("/v1/vpc")).json()["vpcs"] == []

        @pytest.mark.anyio
        async def test_with_our_client(bce_client):
            assert bce_client.vpc.list_vpcs()["vpcs"] == []
        """
    )
    project.record(passed=2)
    project.replay(passed=2)


OWN_SERVER = """
import http.server
import threading
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


def start():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


def ask(authority):
    with urllib.request.urlopen(f"http://{authority}/v1/vpc") as answer:
        return answer.status
"""


def test_a_test_may_talk_to_a_server_of_its_own(project):
    """`allow_hosts` names it exactly: it is neither recorded nor refused, and everything else still is."""
    project.write(
        own_server=OWN_SERVER,
        test_a="""
        import pytest
        from own_server import ask, start

        HOST = f"127.0.0.1:{start().server_port}"

        @pytest.mark.contract(allow_hosts=[HOST])
        def test_both(bce_client):
            assert ask(HOST) == 204
            assert bce_client.vpc.list_vpcs()["vpcs"] == []

        @pytest.mark.contract
        def test_refused(bce_cassette):
            with pytest.raises(Exception, match="no documented host|Cassette|no answer|misses"):
                ask(HOST.replace("127.0.0.1", "example.invalid"))
            bce_cassette.forgive()
        """,
    )
    project.record(passed=2)
    assert len(project.interactions("test_a/test_both.json")) == 1
    project.replay(passed=2)


def test_a_server_made_in_the_test_is_let_through_from_then_on(project):
    """`bce_cassette.allow` takes its port once it is known: exactly that one, in any thread; a documented host never."""
    project.write(
        own_server=OWN_SERVER,
        test_a="""
        from concurrent.futures import ThreadPoolExecutor

        import pytest
        from contractkit import ContractkitError
        from contractkit.errors import ConfigurationError
        from own_server import ask, start

        @pytest.fixture
        def make_server():
            made = []

            def make():
                made.append(start())
                return f"127.0.0.1:{made[-1].server_port}"

            yield make
            for each in made:
                each.shutdown()
                each.server_close()

        def test_own(bce_client, bce_cassette, make_server):
            mine, other = make_server(), make_server()
            bce_cassette.allow(mine)
            with ThreadPoolExecutor(4) as pool:
                assert {ask(mine), *pool.map(ask, [mine] * 8)} == {204}
            assert bce_client.vpc.list_vpcs()["vpcs"] == []
            if bce_cassette.mode.value == "replay":
                for blocked in (other, "localhost:" + mine.rpartition(":")[2], "example.invalid"):
                    with pytest.raises(ContractkitError):
                        ask(blocked)
                bce_cassette.forgive()

        @pytest.mark.parametrize("authority", ["127.0.0.1", "bcc.bj.baidubce.com:443", "EIP.gz.baidubce.com.:8080", "a b", ""])
        def test_refused(bce_cassette, authority):
            with pytest.raises(ConfigurationError, match="names no port|host of the cloud|no host to allow"):
                bce_cassette.allow(authority)
        """,
    )
    project.record(passed=6)
    assert len(project.interactions("test_a/test_own.json")) == 1
    project.replay(passed=6)


def test_sleeps_are_cut_in_replay_unless_the_mark_says_otherwise(project):
    project.write(
        test_a="""
        import time
        import pytest

        def sleeps(cloud, client):
            client.vpc.list_vpcs()
            began = time.perf_counter()
            time.sleep(0.3)
            return time.perf_counter() - began

        def test_cut(bce_cloud, bce_client):
            assert (sleeps(bce_cloud, bce_client) < 0.3) == (bce_cloud.mode.value == "replay")

        @pytest.mark.contract(cut_sleeps=False)
        def test_kept(bce_cloud, bce_client):
            assert sleeps(bce_cloud, bce_client) >= 0.3
        """
    )
    project.record(passed=2)
    project.replay(passed=2)


def test_other_keys_are_refused_in_replay_unless_the_mark_says_otherwise(project):
    project.write(
        test_a="""
        import pytest
        import requests
        from contractkit import Credentials, RequestsAuth

        def ask(cloud, credentials):
            return requests.get(cloud.endpoint("vpc") + "/v1/vpc", auth=RequestsAuth(credentials), timeout=5)

        def own(cloud, credentials):
            return credentials if cloud.mode.value == "record" else Credentials("1" * 32, "2" * 32)

        def test_strict(bce_cloud, bce_credentials):
            assert ask(bce_cloud, own(bce_cloud, bce_credentials)).json()["vpcs"] == []

        @pytest.mark.contract(verify=False)
        def test_lenient(bce_cloud, bce_credentials):
            assert ask(bce_cloud, own(bce_cloud, bce_credentials)).json()["vpcs"] == []
        """
    )
    project.record(passed=2)
    project.replay(passed=1, failed=1).stdout.fnmatch_lines(["*SignatureMiss*", "*verify=False*"])


def test_a_test_opens_its_cassette_before_its_own_fixtures_in_whatever_order_they_are_named(project):
    """What a fixture sends while it sets up or cleans up finds the network closed in replay, mark or no mark."""
    project.write(
        test_a="""
        import socket

        import pytest

        from contractkit import ContractkitError

        def ask():
            with pytest.raises(ContractkitError, match="network is closed"):
                socket.create_connection(("192.0.2.1", 80), timeout=0.1)

        @pytest.fixture
        def own():
            ask()
            yield
            ask()

        def test_client(own, bce_client):
            pass

        def test_cassette(own, bce_cassette):
            pass

        def test_credentials(own, bce_credentials):
            pass
        """
    )
    project.replay(passed=3)


def test_asking_for_the_credentials_alone_never_reaches_the_network(project):
    """Who signs sends: a client made with them finds it closed, but for the hosts that the mark allows."""
    project.write(
        test_a="""
        import requests

        from contractkit import RequestsAuth

        def test_a(bce_credentials):
            requests.get("https://bcc.bj.baidubce.com/v1/vpc", auth=RequestsAuth(bce_credentials), timeout=1)
        """
    )
    told = "*NetworkClosedError*look up bcc.bj.baidubce.com*has no cassette to answer it: let it ask for bce_cassette*"
    for mode in ("replay", "record", "extend", "direct"):
        result = project.run(f"--contract-mode={mode}")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines([told])


def test_asking_for_the_credentials_alone_records_no_empty_cassette(project):
    project.write(test_a="def test_a(bce_credentials):\n    assert bce_credentials.access_key_id\n")
    project.record()
    assert project.names() == []
    project.replay()


def test_the_credentials_serve_a_cassette_that_the_test_opens_itself(project):
    """They open none that would stand in its way."""
    project.write(
        test_a="""
        import requests
        from contractkit import RequestsAuth, ReferenceCloud, open_cassette
        from contractkit.cloud.server import serve

        def ask(url, credentials):
            return requests.get(url + "/v1/vpc", auth=RequestsAuth(credentials), timeout=5).json()["vpcs"]

        def test_a(bce_credentials, request):
            if request.config.getoption("contract_mode") == "record":
                with serve(ReferenceCloud()) as cloud, open_cassette("own.json", "record"):
                    assert ask(cloud.base_url, bce_credentials) == []
            with open_cassette("own.json"):
                assert ask("https://bcc.bj.baidubce.com", bce_credentials) == []
        """
    )
    project.record()
    project.replay()
