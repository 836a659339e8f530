"""The laws aimed at a live cloud: a second reference cloud over loopback, behind the gate, with a budget of requests."""

import re
import socket
from contextlib import closing
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from contractkit.adapters.requests import RequestsTransport
from contractkit.cli import app
from contractkit.client import Client
from contractkit.cloud import Account, ReferenceCloud
from contractkit.cloud.server import serve
from contractkit.conformance.live import gated, open_live
from contractkit.conformance.report import read_report
from contractkit.contract import load_contract
from contractkit.message import Response, encode_json
from contractkit.properties.live import LiveLaws, examine_live
from contractkit.signing import Credentials

OWNER = Credentials("3f" * 16, "4e" * 16)
ACCOUNT = "ac" * 16
SENDS_NOTHING = "every_described_service_is_covered_here"


class Street:
    """A cloud that others use too, over loopback: what is sent to a documented host arrives there."""

    def __init__(self, cloud, base_url, transport):
        self.cloud, self.base_url, self.transport, self.sent = cloud, base_url, transport, []

    def __call__(self, request):
        assert request.scheme == "https"
        assert load_contract().service_of_host(request.host)
        self.sent.append(request)
        there = request.replace(
            url=self.base_url + request.target, headers=request.headers.set("Host", request.authority)
        )
        return self.transport(there)

    def holdings(self):
        return {kind: number for kind, number in self.cloud.snapshot().get(ACCOUNT, {}).items() if number}


@pytest.fixture
def street():
    cloud = ReferenceCloud(accounts={OWNER: Account(ACCOUNT)})
    with serve(cloud) as served, closing(RequestsTransport()) as transport:
        yield Street(cloud, served.base_url, transport)


@pytest.fixture
def examine(street, tmp_path):
    """Examine the street with a budget: gives the laws by name, and how many requests were the examination's own."""

    def examined(budget, *, allow_create, spoil=lambda send: send):
        with open_live(
            lambda gate: Client(OWNER, "bj", transport=gated(gate, street)),
            credentials=OWNER,
            region="bj",
            allow_create=allow_create,
            folder=tmp_path,
        ) as way:
            laws = LiveLaws(
                gated(way.gate, spoil(street)),
                OWNER,
                lambda: datetime.now(UTC),
                budget,
                "ck0123",
                may_create=allow_create,
                pauses=(),
            )
            found = {each.law: each for each in examine_live(laws)}
        assert way.leftovers == ()
        assert not list(tmp_path.iterdir())
        return found, laws.spent

    return examined


def test_without_leave_only_reads_are_sent(examine, street):
    """Reads and refused authentication; what makes something is left out, with the reason."""
    found, spent = examine(200, allow_create=False)
    assert {each.method for each in street.sent} == {"GET"}
    assert len(street.sent) == spent <= 200
    assert found["answers to reads keep their contract"].tally.examples > 20
    assert [each.broken for each in found.values() if each.broken] == []
    assert "leave to create" in found["any history follows the model"].left_out
    assert "clock" in found["the window slides"].left_out


def test_with_leave_histories_are_sent_and_everything_is_removed(examine, street):
    """Creations, repeats, mismatches and races, within the budget; afterwards nothing is left."""
    found, spent = examine(400, allow_create=True)
    history = found["any history follows the model"]
    assert not history.broken
    assert spent <= 400
    assert {"fresh", "repeat", "mismatch", "sent at once"} <= history.tally.classes.keys()
    assert any(each.method == "POST" for each in street.sent)
    assert street.holdings() == {}
    assert all("ck0123-" in each.query_value("clientToken") for each in street.sent if each.method == "POST")


@pytest.mark.parametrize("budget", [1, 5, 9, 60, 75])
def test_a_small_budget_ends_the_examination_in_order(examine, street, budget):
    """Whatever the budget, no request more is sent, and what was examined till then is told."""
    found, spent = examine(budget, allow_create=False)
    assert len(street.sent) == spent <= budget
    assert sum(each.tally.examples for each in found.values()) == spent
    assert [each.broken for each in found.values() if each.broken] == []


def test_things_of_others_are_left_alone(examine, street):
    """What stands in the account before is neither taken for the run's own nor touched."""
    with Client(OWNER, transport=street.cloud.handle) as client:
        client.vpc.create_vpc(name="theirs", cidr="10.9.0.0/16")
    found, _ = examine(250, allow_create=True)
    assert [each.broken for each in found.values() if each.broken] == []
    assert street.holdings()["vpc"] == 1


def test_a_cloud_that_forgets_is_found(examine):
    """A service that carries out every repeat anew breaks the law of histories, and all it made is removed."""

    def forgetting(street):
        def send(request):
            if request.method == "POST" and request.path == "/v1/vpc":
                return Response(200, [("Content-Type", "application/json")], encode_json({"vpcId": "vpc-abcdefabcdef"}))
            return street(request)

        return send

    found, _ = examine(300, allow_create=True, spoil=forgetting)
    assert found["any history follows the model"].broken


class WatchedCloud(ReferenceCloud):
    """A reference cloud that keeps a list of what reached it."""

    def __init__(self):
        super().__init__(accounts={OWNER: Account(ACCOUNT)})
        self.requests = []

    def answer(self, request, sky):
        self.requests.append(request)
        return super().answer(request, sky)


@pytest.fixture
def command(tmp_path, monkeypatch):
    """The command as a person runs it, where the documented hosts are those of a cloud over TLS: gives that cloud.

    Its passes are processes that know nothing of this, so the one test selected is one that sends nothing.
    """
    cloud, resolve = WatchedCloud(), socket.getaddrinfo
    with serve(cloud, tls=True) as served:

        def lead_there(host, port, *rest, **options):
            if str(host).endswith(".baidubce.com"):
                assert int(port) == 443, "only https is spoken to the live cloud"
                host, port = "127.0.0.1", served.port
            return resolve(host, port, *rest, **options)

        def called(*arguments):
            options = (
                "--target",
                "live",
                "-k",
                SENDS_NOTHING,
                "--laws",
                "dev",
                "--json",
                tmp_path / "r.json",
                *arguments,
            )
            done = CliRunner().invoke(app, ["conformance", *map(str, options)])
            return done, {law.law: law for law in read_report(tmp_path / "r.json").laws}

        monkeypatch.setattr(socket, "getaddrinfo", lead_there)
        monkeypatch.chdir(tmp_path)
        for name in ("BAIDUCLOUD_SESSION_TOKEN", "BAIDUCLOUD_REGION"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("BAIDUCLOUD_ACCESS_KEY", OWNER.access_key_id)
        monkeypatch.setenv("BAIDUCLOUD_SECRET_KEY", OWNER.secret_access_key)
        monkeypatch.setenv("CONTRACTKIT_CA_BUNDLE", str(served.ca_path))
        yield cloud, called


def test_the_command_examines_with_reads_alone(command):
    """Without leave to create the command sends reads only, no more than its budget, and says how many it sent."""
    cloud, call = command
    done, laws = call("--budget", 9)
    assert done.exit_code == 0, done.output
    assert {each.method for each in cloud.requests} == {"GET"}
    assert len(cloud.requests) == 9
    assert "9 requests sent" in done.output
    assert "leave to create" in laws["any history follows the model"].left_out
    assert sum(law.examples for law in laws.values()) == 9


def test_the_command_creates_with_leave_and_removes_what_it_made(command, tmp_path):
    """With leave histories are sent too; afterwards cloud and folder are clean, and no key stands anywhere."""
    cloud, call = command
    done, laws = call("--budget", 200, "--allow-create")
    assert done.exit_code == 0, done.output
    told = int(re.search(r"(\d+) requests sent", done.output)[1])
    assert 120 < told <= 200
    assert "fresh" in laws["any history follows the model"].classes
    assert any(each.method == "POST" for each in cloud.requests)
    assert not any(cloud.snapshot().get(ACCOUNT, {}).values())
    assert sorted(each.name for each in tmp_path.iterdir()) == ["r.json"]
    shown = done.output + (tmp_path / "r.json").read_text("utf-8")
    assert OWNER.access_key_id not in shown
    assert OWNER.secret_access_key not in shown
