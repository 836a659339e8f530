"""Whole live runs, as anybody would start them, against a cloud that plays the live one.

A second reference cloud serves the documented hosts over TLS under an authority of its own, to an account with
keys of its own. The runs are processes that differ from real ones in two things: which address a name resolves
to, and which authority is trusted.
"""

import base64
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from urllib.parse import quote

import pytest

import contractkit
from contractkit.cloud import Account, ReferenceCloud
from contractkit.cloud.server import serve
from contractkit.conformance.live import sweep_file
from contractkit.contract import NoRoute, load_contract
from contractkit.recording.store import load_cassette
from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials, parse_authorization, verify

PLAIN = Credentials("5a1f" * 8, "9d3e" * 8)
TEMPORARY = Credentials("7b2c" * 8, "c4f8" * 8, "session+token/of=the~account" * 3)
ACCOUNT = "ad" * 16
PACKAGE = Path(contractkit.__file__).parent
SUITE = PACKAGE / "conformance" / "suite"
REFUSED = {"AccessDenied", "SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidHTTPAuthHeader", "RequestExpired"}

NAMES = """
import os, socket
_resolve, _port = socket.getaddrinfo, int(os.environ["STAGE_PORT"])

def getaddrinfo(host, port, *args, **options):
    if str(host).endswith(".baidubce.com"):
        assert int(port) == 443, "only https is spoken to the live cloud"
        return _resolve("127.0.0.1", _port, *args, **options)
    return _resolve(host, port, *args, **options)

socket.getaddrinfo = getaddrinfo
"""


class WatchedCloud(ReferenceCloud):
    """A reference cloud that keeps a list of what reached it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.requests = []

    def answer(self, request, sky):
        self.requests.append(request)
        return super().answer(request, sky)


class Stage:
    """The cloud that plays the live one, and runs that take it for that."""

    def __init__(self, folder, cloud, served):
        self.folder, self.cloud, self.served = folder, cloud, served
        (folder / "names").mkdir()
        (folder / "names" / "sitecustomize.py").write_text(NAMES)
        (folder / "pytest.ini").write_text("[pytest]\n")

    @property
    def logbooks(self):
        return sorted(self.folder.rglob("contractkit-live-*.jsonl"))

    @property
    def log(self):
        return [f"{each.method} {each.raw_path}" for each in self.cloud.requests]

    def holdings(self):
        return {kind: count for kind, count in self.cloud.snapshot().get(ACCOUNT, {}).items() if count}

    def start(self, *arguments, credentials=PLAIN):
        variables = {
            "BAIDUCLOUD_ACCESS_KEY": credentials and credentials.access_key_id,
            "BAIDUCLOUD_SECRET_KEY": credentials and credentials.secret_access_key,
            "BAIDUCLOUD_SESSION_TOKEN": credentials and credentials.session_token,
            "CONTRACTKIT_CA_BUNDLE": str(self.served.ca_path),
            "SSL_CERT_FILE": str(self.served.ca_path),
            "STAGE_PORT": str(self.served.port),
            "PYTHONPATH": os.pathsep.join([str(self.folder / "names"), str(PACKAGE.parent)]),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        foreign = ("BAIDUCLOUD_", "CONTRACTKIT_", "PYTEST_", "COV_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        environment |= {name: value for name, value in variables.items() if value}
        plugins = ("-p", "contractkit.pytest_plugin", "-p", "_hypothesis_pytestplugin", "-p", "no:cacheprovider")
        command = [sys.executable, "-m", "pytest", *plugins, "-c", str(self.folder / "pytest.ini"), *arguments]
        return subprocess.Popen(
            [*command, "--import-mode=importlib"],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments, credentials=PLAIN):
        process = self.start(*arguments, credentials=credentials)
        output, _ = process.communicate(timeout=600)
        return process.returncode, output

    def live(self, *arguments, credentials=PLAIN, create=True):
        allowed = ("--contract-allow-create", "--contract-region=bj") if create else ()
        return self.run("--contract-target=live", *allowed, *arguments, credentials=credentials)

    def write(self, text):
        path = self.folder / "test_own.py"
        path.write_text(textwrap.dedent(text))
        return str(path)


@pytest.fixture
def stage(tmp_path):
    cloud = WatchedCloud(accounts={PLAIN: Account(ACCOUNT), TEMPORARY: Account(ACCOUNT)}, seed=7)
    with serve(cloud, tls=True) as served:
        yield Stage(tmp_path, cloud, served)
    assert cloud.failures == ()


def spellings(value):
    """A secret in every encoding it could stand in."""
    raw = value.encode()
    yield value
    yield quote(value, safe="")
    yield raw.hex()
    for offset in range(3):
        packed = base64.b64encode(b"\0" * offset + raw).decode()[(0, 2, 3)[offset] :].rstrip("=")[:-1]
        yield packed
        yield packed.replace("+", "-").replace("/", "_")


def secrets_of(stage, credentials):
    """Keys, session token, and every signature that reached the cloud under these keys."""
    yield from (credentials.access_key_id, credentials.secret_access_key)
    if credentials.session_token:
        yield credentials.session_token
    for request in stage.cloud.requests:
        value = request.headers.get("authorization")
        if value.startswith(f"bce-auth-v1/{credentials.access_key_id}/"):
            yield parse_authorization(value).signature


def leaks(stage, credentials, *texts):
    """Where a secret stands in the texts or in any file of the run."""
    files = [path for path in stage.folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    places = {str(path): path.read_text("utf-8", "replace") for path in files}
    places |= {f"output {number}": text for number, text in enumerate(texts)}
    needles = {each for value in set(secrets_of(stage, credentials)) for each in spellings(value)}
    lowered = {place: text.lower() for place, text in places.items()}
    return [(place, each[:4]) for each in needles for place, text in lowered.items() if each.lower() in text]


def is_read(request):
    route = load_contract().route(request)
    return request.method == "GET" if isinstance(route, NoRoute) else route.operation.is_read


@pytest.mark.slow
def test_without_leave_only_reads_reach_the_cloud(stage):
    """The packaged suite passes, sends reads and refused authentication only, and says why it skips the rest."""
    code, output = stage.live("--contract-mode=direct", "-rs", str(SUITE), create=False)
    assert code == 0, output
    assert stage.log
    assert all(map(is_read, stage.cloud.requests)), stage.log
    assert "only with --contract-allow-create" in output
    assert int(re.search(r"(\d+) passed", output)[1]) >= 25
    assert (stage.holdings(), stage.logbooks) == ({}, [])


@pytest.mark.slow
def test_the_whole_suite_passes_twice_and_leaves_nothing(stage):
    """With leave every test passes; cloud and disk are clean, no secret is anywhere, and the recording replays."""
    reports = ("--junitxml=junit.xml", "--contract-report=run.html", "--contract-report=run.json")
    wide = ("-vv", "--showlocals", "--log-level=DEBUG", "-rA", f"--contract-cassettes={stage.folder / 'tapes'}")
    code, output = stage.live("--contract-mode=record", *wide, *reports, str(SUITE), credentials=TEMPORARY)
    assert code == 0, output[-3000:]
    assert (stage.holdings(), stage.logbooks) == ({}, [])
    assert not all(map(is_read, stage.cloud.requests))
    assert leaks(stage, TEMPORARY, output) == []
    assert recorded_requests_that_do_not_verify(stage.folder / "tapes") == []
    stage.cloud.requests.clear()
    some = ("-k", "test_vpc or test_eip or test_dns or test_privatezone or test_authentication")
    code, output = stage.live("--contract-mode=replay", *wide, *some, str(SUITE), credentials=None, create=False)
    assert code == 0, output[-3000:]
    assert stage.log == []
    # Within the same day: the suite uses no clientToken twice, and over two workers leaves nothing either.
    workers = ("-p", "xdist", "-n", "2", "--dist", "loadgroup")
    code, output = stage.live("--contract-mode=direct", *workers, str(SUITE), credentials=TEMPORARY)
    assert code == 0, output[-3000:]
    assert (stage.holdings(), stage.logbooks) == ({}, [])


def recorded_requests_that_do_not_verify(folder):
    """Requests of cassettes that the example credentials do not verify, though the cloud accepted them."""
    known = {each.access_key_id: each for each in (EXAMPLE, UNVERIFIED)}
    files, wrong = sorted(folder.rglob("*.json")), []
    assert len(files) > 40
    for path in files:
        for each in load_cassette(path).interactions:
            body = each.response.json() if each.response.status >= 400 and each.response.body else {}
            if body.get("code") not in REFUSED:
                at = parse_authorization(each.request.headers.get("authorization")).timestamp
                if not verify(each.request, known.get, now=at).ok:
                    wrong.append((path.name, each.operation))
    return wrong


FOREIGN = """
    import httpx, pytest
    from baidubce.auth.bce_credentials import BceCredentials
    from baidubce.bce_client_configuration import BceClientConfiguration
    from baidubce.exception import BceHttpClientError
    from baidubce.services.vpc.vpc_client import VpcClient
    from contractkit import HttpxAuth
    from contractkit.conformance.live import LiveRefusedError

    pytestmark = pytest.mark.contract

    def test_sdk(bce_cloud, bce_credentials):
        keys = BceCredentials(bce_credentials.access_key_id, bce_credentials.secret_access_key)
        client = VpcClient(BceClientConfiguration(credentials=keys, endpoint=bce_cloud.endpoint("vpc")))
        assert [each.name for each in client.list_vpcs().vpcs] == ["theirs"]
        with pytest.raises(BceHttpClientError, match="did not create"):
            client.delete_vpc(client.list_vpcs().vpcs[0].vpc_id)
        made = client.create_vpc("mine", "10.0.0.0/16").vpc_id
        client.delete_vpc(made)
        client.create_vpc("left", "10.0.0.0/16")

    def test_httpx(bce_cloud, bce_credentials):
        with httpx.Client(base_url=bce_cloud.endpoint("vpc"), auth=HttpxAuth(bce_credentials)) as client:
            (found,) = [each for each in client.get("/v1/vpc").json()["vpcs"] if each["name"] == "theirs"]
            with pytest.raises(LiveRefusedError, match="did not create"):
                client.delete("/v1/vpc/" + found["vpcId"])
            body = {"name": "mine", "cidr": "10.0.0.0/16"}
            assert client.post("/v1/vpc?clientToken=h-1", json=body).status_code == 200
"""


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["record", "direct"])
def test_foreign_clients_are_gated_too(stage, mode):
    """The official SDK and httpx reach the cloud over TLS, may not touch what is foreign, and are swept after."""
    owner = contractkit.Client(PLAIN, transport=stage.cloud.handle)
    theirs = owner.vpc.create_vpc(name="theirs", cidr="10.0.0.0/16")["vpcId"]
    before = stage.holdings()
    code, output = stage.live(f"--contract-mode={mode}", "-W", "ignore", stage.write(FOREIGN))
    assert code == 0, output
    assert not [each for each in stage.log if each == f"DELETE /v1/vpc/{theirs}"]
    assert (stage.holdings(), stage.logbooks) == (before, [])


FAILING = """
    import httpx, logging, pytest
    from contractkit import HttpxAuth

    @pytest.mark.contract
    def test_fails(bce_client, bce_cloud, bce_credentials):
        logging.getLogger("own").debug("sent with %s", bce_client.prepare("vpc.list_vpcs", {}).headers.get("authorization"))
        print("printed", bce_credentials.access_key_id)
        secret, token = bce_credentials.secret_access_key, bce_credentials.session_token
        with httpx.Client(base_url=bce_cloud.endpoint("vpc"), auth=HttpxAuth(bce_credentials)) as client:
            request = client.get("/v1/vpc").request
            headers = dict(request.headers)
            raise AssertionError(f"{headers} {secret}")
"""


@pytest.mark.slow
def test_a_failing_test_shows_no_secret(stage):
    """Not even one that prints, logs and raises them, with every local shown and every log kept."""
    options = ("-vv", "--showlocals", "--log-level=DEBUG", "-rA", "--junitxml=junit.xml", "-o", "junit_logging=all")
    reports = ("--contract-report=run.html", "--contract-report=run.json")
    text = stage.write(FAILING)
    code, output = stage.live("--contract-mode=record", *options, *reports, text, credentials=TEMPORARY, create=False)
    assert code == 1, output
    assert "AssertionError" in output
    assert "bce-auth-v1" in output
    assert leaks(stage, TEMPORARY, output) == []
    assert {each.name for each in stage.folder.glob("*.*")} >= {"junit.xml", "run.html", "run.json"}


BUILDS = """
    import pathlib, pytest, time

    @pytest.mark.contract(creates=True)
    def test_builds(bce_client):
        vpc = bce_client.vpc.create_vpc(name="mine", cidr="10.0.0.0/16")["vpcId"]
        bce_client.vpc.create_subnet(name="mine", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId=vpc)
        postpaid = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
        bce_client.eip.apply_eip(name="mine", bandwidthInMbps=1, billing=postpaid)
        zone = bce_client.privatezone.create_private_zone(zoneName="mine.test")["zoneId"]
        bce_client.privatezone.bind_private_zone_vpc(zone, region="bj", vpcIds=[vpc])
        bce_client.dns.create_dns_zone(name="mine.example")
        bce_client.dns.create_dns_record("mine.example", rr="www", type="A", value="192.0.2.1")
        pathlib.Path("ready").touch()
        time.sleep(60)
"""


def someone_else_builds(stage):
    """Things of another user in the same account, alike in everything but who made them."""
    owner = contractkit.Client(PLAIN, transport=stage.cloud.handle)
    vpc = owner.vpc.create_vpc(name="mine", cidr="10.0.0.0/16")["vpcId"]
    owner.vpc.create_subnet(name="mine", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId=vpc)
    owner.eip.apply_eip(
        name="mine", bandwidthInMbps=1, billing={"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
    )
    owner.dns.create_dns_zone(name="theirs.example")
    owner.dns.create_dns_record("theirs.example", rr="www", type="A", value="192.0.2.1")
    return state(stage)


def state(stage):
    return {kind: [dict(each) for each in stage.cloud.resources(ACCOUNT, kind)] for kind in stage.holdings()}


def stop_in_the_middle(stage, number):
    process = stage.start(
        *("--contract-target=live", "--contract-allow-create", "--contract-region=bj", "--contract-mode=direct"),
        stage.write(BUILDS),
    )
    deadline = time.monotonic() + 30
    while not (stage.folder / "ready").exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    output, _ = process.communicate(timeout=300)
    return process.returncode, output


@pytest.mark.slow
def test_a_killed_run_leaves_a_logbook_that_sweeps_it(stage):
    """After SIGKILL all is still there; the file removes exactly what the run made."""
    before = someone_else_builds(stage)
    assert stop_in_the_middle(stage, signal.SIGKILL)[0] == -signal.SIGKILL
    assert len(state(stage)["vpc"]) == 2
    (path,) = stage.logbooks
    assert leaks(stage, PLAIN) == []
    code, output = stage.live("--contract-mode=direct", "-k", "signed_read", str(SUITE), create=False)
    assert code == 0, output
    assert f"{path.name} lists what a live run left" in output
    assert sweep_file(path, PLAIN, transport=stage.cloud.handle) == ()
    assert (state(stage), stage.logbooks) == (before, [])


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_stopped_run_cleans_up(stage, number):
    """Ctrl-C and SIGTERM end the run, and everything it made is removed before it goes."""
    before = someone_else_builds(stage)
    code, output = stop_in_the_middle(stage, number)
    assert code == 2, output
    assert (state(stage), stage.logbooks) == (before, [])


@pytest.mark.slow
def test_what_cannot_be_removed_is_told(stage):
    """A run that leaves something behind fails, names it and the logbook, though every test passed."""
    text = stage.write("""
        import pytest

        @pytest.mark.contract(creates=True)
        def test_leaves_something(bce_client):
            bce_client.vpc.create_vpc(name="mine", cidr="10.0.0.0/16")
            import contractkit.conformance.live.sweep as sweep
            sweep.PAUSES = (0.01,)
            from contractkit.conformance.live import LiveGate
            LiveGate.removal = lambda *_: None
    """)
    code, output = stage.live("--contract-mode=direct", text)
    assert code == 1, output
    assert "1 passed" in output
    (path,) = stage.logbooks
    assert re.search(r"still there.* vpc vpc-\w{12} in region bj", output)
    assert path.name in output.replace("\n", "")
    assert sweep_file(path, PLAIN, transport=stage.cloud.handle) == ()


@pytest.mark.parametrize(
    ("credentials", "options", "told"),
    [
        (None, (), "set BAIDUCLOUD_ACCESS_KEY and BAIDUCLOUD_SECRET_KEY"),
        (EXAMPLE, (), "documentation's example key"),
        (PLAIN, ("--contract-region=moon",), "'moon'"),
        (PLAIN, ("--contract-allow-create",), "add --contract-region=bj"),
    ],
)
def test_a_run_that_cannot_be_is_told_before_anything_is_sent(stage, credentials, options, told):
    """Missing or published keys, an unknown region, creating without a region: one line, and nothing sent."""
    code, output = stage.run(
        "--contract-target=live", "--contract-mode=direct", *options, str(SUITE), credentials=credentials
    )
    assert code == 4, output
    assert told in output
    assert "Traceback" not in output
    assert stage.log == []


def test_the_way_around_the_gate_is_closed(stage):
    """Traffic to a documented host cannot be let through as that of a test's own server."""
    text = stage.write("""
        import pytest

        @pytest.mark.contract(allow_hosts=["bcc.bj.baidubce.com"])
        def test_it(bce_client):
            bce_client.vpc.delete_vpc("vpc-abcdefabcdef")
    """)
    code, output = stage.live("--contract-mode=direct", text)
    assert code == 1
    assert "allow_hosts is for a test's own servers" in output
    assert stage.log == []
