"""Recordings of other tools: taken over safely, and handed over so that plain vcrpy replays them."""

import gzip
import json
import resource
import time

import betamax
import pytest
import requests
import vcr
import yaml

from contractkit.adapters.requests import RequestsAuth
from contractkit.cloud import ReferenceCloud
from contractkit.cloud.server import serve
from contractkit.contract import load_contract
from contractkit.errors import CassetteFormatError, LeakError, RecordingError
from contractkit.message import Request
from contractkit.recording import open_cassette
from contractkit.recording.foreign import export_cassette, import_cassette, read_foreign
from contractkit.recording.hosts import ForeignHostError
from contractkit.recording.store import load_cassette
from contractkit.signing import EXAMPLE

CONTRACT = load_contract()
HOST = "http://bcc.bj.baidubce.com"


def drive(session, base):
    """Make a network and look at it: what a test would do, through any requests session."""
    auth = RequestsAuth(EXAMPLE)
    body = {"name": "app", "cidr": "10.0.0.0/16"}
    made = session.post(f"{base}/v1/vpc?clientToken=abcdefgh", json=body, auth=auth, timeout=5).json()
    return made, session.get(f"{base}/v1/vpc/{made['vpcId']}", auth=auth, timeout=5).json()


@pytest.fixture
def cloud():
    with serve(ReferenceCloud(seed=1)) as running:
        yield running.base_url


@pytest.fixture(params=["yaml", "json"])
def form(request):
    return request.param


def test_what_vcrpy_recorded_replays_here(tmp_path, cloud, form):
    """A cassette of vcrpy, as pytest-recording makes it too, taken over and replayed with signatures verified."""
    source, target = tmp_path / f"theirs.{form}", tmp_path / "ours.json"
    with requests.Session() as session, vcr.use_cassette(str(source), serializer=form):
        recorded = drive(session, cloud)
    assert import_cassette(source, target, CONTRACT, credentials=EXAMPLE).taken == 2
    assert {entry.verdict for entry in load_cassette(target).entries} == {""}
    with open_cassette(target) as cassette, requests.Session() as session:
        assert drive(session, HOST)[0] == recorded[0]
        assert cassette.tape.unused == ()


def test_what_betamax_recorded_replays_here(tmp_path, cloud):
    with requests.Session() as session, betamax.Betamax(session, str(tmp_path)).use_cassette("theirs", record="all"):
        recorded = drive(session, cloud)
    assert import_cassette(tmp_path / "theirs.json", tmp_path / "ours.json", CONTRACT, credentials=EXAMPLE).taken == 2
    with open_cassette(tmp_path / "ours.json"), requests.Session() as session:
        assert drive(session, HOST)[0] == recorded[0]


def test_plain_vcrpy_replays_what_is_exported(tmp_path, cloud, form):
    """Nothing of this package is in the way: the answers come from the file, and there is no server any more."""
    with open_cassette(tmp_path / "ours.json", "record"), requests.Session() as session:
        recorded = drive(session, cloud)
    target = tmp_path / f"theirs.{form}"
    assert export_cassette(tmp_path / "ours.json", target) == 0
    strict = ["method", "scheme", "host", "path"]
    with vcr.use_cassette(str(target), record_mode="none", serializer=form, match_on=strict) as cassette:
        with requests.Session() as session:
            replayed = drive(session, HOST.replace("http:", "https:"))
        assert cassette.all_played
    assert replayed[0] == recorded[0]


def test_there_and_back_again_changes_nothing(tmp_path, cloud, form):
    with open_cassette(tmp_path / "ours.json", "record"), requests.Session() as session:
        drive(session, cloud)
    export_cassette(tmp_path / "ours.json", tmp_path / f"theirs.{form}")
    import_cassette(tmp_path / f"theirs.{form}", tmp_path / "again.json", CONTRACT)
    assert load_cassette(tmp_path / "again.json").entries == load_cassette(tmp_path / "ours.json").entries


def test_faults_are_left_out_of_an_export_and_counted(tmp_path):
    with open_cassette(tmp_path / "ours.json", "record", foreign=False) as cassette, pytest.raises(TimeoutError):
        cassette.transport(lambda _: (_ for _ in ()).throw(TimeoutError()))(Request("GET", f"{HOST}/v1/vpc"))
    assert export_cassette(tmp_path / "ours.json", tmp_path / "theirs.yaml") == 1


def theirs(**changes):
    """An interaction in the form of vcrpy."""
    request = {"method": "GET", "uri": f"{HOST}/v1/vpc", "body": None, "headers": {}}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "{}"}}
    return {"request": {**request, **changes.pop("request", {})}, "response": {**response, **changes}}


def test_secrets_of_a_foreign_recording_do_not_pass(tmp_path):
    source = tmp_path / "theirs.json"
    interaction = theirs(body={"string": '{"secretKey": "Hunter_22", "note": "Hunter_22"}'})
    interaction["request"]["headers"] = {"Cookie": ["session=Hunter_22"], "x-bce-security-token": ["Hunter_22"]}
    source.write_text(json.dumps({"version": 1, "interactions": [interaction]}))
    import_cassette(source, tmp_path / "ours.json", CONTRACT)
    assert b"Hunter_22" not in (tmp_path / "ours.json").read_bytes()


def test_an_undocumented_host_is_refused_or_left_out(tmp_path):
    source = tmp_path / "theirs.json"
    elsewhere = theirs(request={"uri": "https://elsewhere.example/x"})
    source.write_text(json.dumps({"version": 1, "interactions": [elsewhere, theirs()]}))
    with pytest.raises(ForeignHostError):
        import_cassette(source, tmp_path / "ours.json", CONTRACT)
    assert not (tmp_path / "ours.json").exists()
    done = import_cassette(source, tmp_path / "ours.json", CONTRACT, skip_foreign=True)
    assert (done.taken, done.left_out) == (1, ("elsewhere.example",))


def test_a_journal_of_a_broken_run_can_be_taken_over(tmp_path, kit, service):
    with pytest.raises(ZeroDivisionError), open_cassette(tmp_path / "c.json", "record", foreign=False) as cassette:  # noqa: PT012
        cassette.transport(service())(kit.request())
        raise ZeroDivisionError
    assert import_cassette(tmp_path / "c.json.partial", tmp_path / "c.json", CONTRACT).taken == 1


GOOD = yaml.safe_dump({"version": 1, "interactions": [theirs()]})
HOSTILE = {
    "object": "!!python/object/apply:os.system ['touch {}/pwned']",
    "nested object": "version: 1\ninteractions:\n- request: !!python/object/new:os.system ['x']\n",
    "iterator": GOOD.replace("body: null", "body: !!python/object/apply:builtins.iter {args: [[a]]}"),
    "own tag": GOOD.replace("GET", "!evil GET"),
    "alias bomb": "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)),
    "alias to itself": "a: &a [*a]\n",
    "deep flow": "[" * 100_000,
    "deep blocks": "".join(f"{' ' * n}- \n" for n in range(300)),
    "many keys": "".join(f"k{n}: 1\n" for n in range(400_000)),
    "twice": GOOD.replace("version: 1", "version: 1\nversion: 2"),
    "two documents": f"{GOOD}---\n{GOOD}",
    "time": GOOD.replace("headers: {}", "headers: {x-bce-date: 2026-01-01T00:00:00Z}", 1),
    "number": GOOD.replace("method: GET", "method: 7"),
    "number in sixties": GOOD.replace("version: 1", "version: 1" + ":1" * 160_000),
    "number said to be one": GOOD.replace("version: 1", "version: !!int '1" + ":1" * 160_000 + "'"),
    "number with a fraction": GOOD.replace("version: 1", "version: 1" + ":1" * 160_000 + ".5"),
    "set as body": GOOD.replace("string: '{}'", "string: [1]"),
    "status": GOOD.replace("code: 200", "code: 99999"),
    "no interactions": "version: 1\n",
    "list": "- 1\n",
    "text": "hello",
    "empty": "",
    "not UTF-8": b"\xff\xfe\x00",
    "old list": "[{request: {}, response: {}}]",
    "bad anchor": "*nothing",
    "tab": "a:\n\t- b",
    "json number": '{"version": 1, "interactions": 7}',
    "json twice": '{"version": 1, "version": 1, "interactions": []}',
    "json deep": '{"interactions": ' + "[" * 100_000,
    "json keys": "{" + ",".join(f'"{n}":0' for n in range(1_200_000)) + "}",
    "betamax": '{"http_interactions": [{}], "recorded_with": "betamax"}',
    "betamax base64": '{"http_interactions": [{"request": {"method": "GET", "uri": "u", "headers": {}, '
    '"body": {"base64_string": "***"}}, "response": {}}]}',
    "ours": '{"format": "contractkit cassette"}',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_recording_is_refused_quickly_with_file_and_remedy(tmp_path, kind):
    """One typed error, in under a second, in under 64 MB, and nothing of it is run."""
    document = HOSTILE[kind]
    data = document if isinstance(document, bytes) else document.replace("{}/pwned", f"{tmp_path}/pwned").encode()
    source = tmp_path / "theirs.yaml"
    source.write_bytes(data)
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CassetteFormatError, match=r"theirs\.yaml: .*; give a cassette of vcrpy"):
        read_foreign(source)
    assert time.perf_counter() - began < 3, "a busy machine is granted three times a second"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    assert not (tmp_path / "pwned").exists()


def test_a_bomb_in_a_recorded_body_is_refused(tmp_path):
    source = tmp_path / "theirs.yaml"
    bomb = theirs(headers={"Content-Encoding": ["gzip"]}, body={"string": gzip.compress(bytes(300 * 2**20))})
    source.write_text(yaml.safe_dump({"version": 1, "interactions": [bomb]}))
    with pytest.raises(RecordingError, match=r"interaction 1: response body: inflates beyond"):
        import_cassette(source, tmp_path / "ours.json", CONTRACT)
    assert not (tmp_path / "ours.json").exists()


def test_what_an_exchange_tells_is_known_to_the_guard_of_an_import(tmp_path):
    """Nobody gave it a value, and no rule of the sanitizer reads backwards: the token in the header is enough."""
    token = "c2Vzc2lvbi1vZi1zb21lYm9keQ"
    interaction = theirs(body={"string": json.dumps({"message": token[::-1]})})
    interaction["request"]["headers"] = {"x-bce-security-token": [token]}
    source = tmp_path / "theirs.yaml"
    source.write_text(yaml.safe_dump({"version": 1, "interactions": [interaction]}))
    with pytest.raises(LeakError, match="nothing was written"):
        import_cassette(source, tmp_path / "ours.json", CONTRACT)
    assert not (tmp_path / "ours.json").exists()
