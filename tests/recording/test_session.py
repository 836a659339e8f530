"""Opening a cassette: what each mode does to the file, to the network and to the caller."""

import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from contractkit.adapters.requests import RequestsAuth
from contractkit.errors import (
    CassetteFormatError,
    CassetteMiss,
    ConfigurationError,
    LeakError,
    NetworkClosedError,
    RecordingError,
    SanitizerError,
    TransportError,
)
from contractkit.message import Request, Response
from contractkit.recording import Cassette, Mode, open_cassette
from contractkit.recording.hosts import ForeignHostError
from contractkit.recording.store import load_cassette, partial_path, read_journal
from contractkit.signing import EXAMPLE


@pytest.fixture
def path(tmp_path):
    return tmp_path / "c.json"


@pytest.fixture
def opened(kit, path):
    def use(mode, **options):
        options = {"foreign": False, "clock": lambda: kit.now, "credentials": kit.own, **options}
        return open_cassette(path, mode, **options)

    return use


@pytest.fixture
def server(service):
    """A real HTTP server on loopback in front of the scripted service."""
    answers = service("srv")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            length = int(self.headers.get("content-length") or 0)
            answer = answers(
                Request(self.command, f"http://x{self.path}", self.headers.items(), self.rfile.read(length))
            )
            self.send_response(answer.status)
            for name, value in answer.headers:
                if name not in ("Date", "Server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET  # noqa: N815  the name that http.server asks for

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        running.answers = answers
        running.url = f"http://127.0.0.1:{running.server_port}"
        yield running
        running.shutdown()


# --- record -----------------------------------------------------------------------------------------------------


def test_recording_hands_the_real_answer_through_unchanged(kit, opened, path):
    real = kit.response({"vpcId": "vpc-1", "secretKey": "Hunter_22"})
    with opened("record") as cassette:
        assert cassette.transport(lambda _: real)(kit.request()) is real
    assert load_cassette(path).entries[0].response.json["secretKey"] == "!Example_Pass1"


def test_an_answer_is_on_disk_before_the_caller_has_it(kit, opened, path, service):
    with opened("record") as cassette:
        ask = cassette.transport(service())
        for number in range(1, 4):
            ask(kit.request())
            assert len(read_journal(partial_path(path))) == number
            assert not path.exists()
    assert not partial_path(path).exists()
    assert len(load_cassette(path).entries) == 3


def test_recording_rewrites_the_whole_cassette(kit, opened, path, service):
    for count in (3, 1):
        with opened("record") as cassette:
            for _ in range(count):
                cassette.transport(service())(kit.request())
        assert len(load_cassette(path).entries) == count


def test_recording_unchanged_behaviour_again_changes_no_byte(kit, opened, path, service):
    written = []
    for salt in ("one", "two"):
        with opened("record", rules_on=["CK-ALIAS-005"]) as cassette:
            ask = cassette.transport(service(salt))
            ask(kit.request("POST", f"/v1/vpc?clientToken={salt}-0123456789", {"name": "x"}))
            ask(kit.request("GET", "/v1/subnet"))
        written.append(path.read_bytes())
    assert written[0] == written[1]


def test_an_exception_leaves_the_old_cassette_and_keeps_the_journal(kit, opened, path, service):
    path.write_bytes(Cassette().encode())
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), opened("record") as cassette:  # noqa: PT012  raised inside the block on purpose
        cassette.transport(service())(kit.request())
        raise ZeroDivisionError
    assert path.read_bytes() == before
    assert len(read_journal(partial_path(path))) == 1


def test_an_abandoned_recording_leaves_the_old_cassette_too(kit, opened, path, service):
    with opened("record") as cassette:
        cassette.transport(service())(kit.request())
        cassette.abandon()
    assert not path.exists()
    assert partial_path(path).exists()


def test_a_failing_send_reaches_the_caller_and_is_recorded_only_when_the_network_failed(kit, opened, path, service):
    for error in (TimeoutError("gone"), ZeroDivisionError("gone")):

        def fail(_, error=error):
            raise error

        with opened("record") as cassette:
            with pytest.raises(type(error), match="gone"):
                cassette.transport(fail)(kit.request())
            cassette.transport(service())(kit.request())
        faults = [entry.fault for entry in load_cassette(path).entries]
        assert faults == (["timeout", ""] if isinstance(error, TimeoutError) else [""])


def test_a_recording_with_a_hole_is_not_committed(kit, opened, path, service):
    """An interaction that could not be stored, swallowed by the code under test, still fails the recording."""
    with (  # noqa: PT012  the error comes at the end of the block
        pytest.raises(RecordingError, match=r"1 interactions could not be stored.*record again"),
        opened("record") as cassette,
    ):
        with pytest.raises(SanitizerError):
            cassette.transport(lambda _: Response(200, {"Content-Type": "image/png"}, b"\x89"))(kit.request())
        cassette.transport(service())(kit.request())
    assert not path.exists()


def test_a_leak_is_refused_before_it_touches_the_disk(kit, opened, path):
    import base64  # noqa: PLC0415  only here

    hidden = base64.b64encode(kit.own.secret_access_key.encode()).decode()
    with pytest.raises(RecordingError), opened("record") as cassette:  # noqa: PT012  two promises in one block
        with pytest.raises(LeakError, match=r"secret access key stands at /response/json/note") as caught:
            cassette.transport(lambda _: kit.response({"note": hidden}))(kit.request())
        assert hidden not in str(caught.value)
    assert not path.exists()
    assert not partial_path(path).exists()


def test_a_value_learnt_late_does_not_stand_in_the_cassette(kit, opened, path):
    """Named as a secret only in the last interaction, and gone from the first."""
    with opened("record") as cassette:
        ask = cassette.transport(lambda _: kit.response({}))
        ask(kit.request("PUT", "/v1/vpc/x", {"note": "Hunter_22"}))
        ask(kit.request("PUT", "/v1/vpc/x", {"password": "Hunter_22"}))
    assert b"Hunter_22" not in path.read_bytes()


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("bce-auth-v1/nonsense", "bce-auth-v1/redacted"),
        ("bce-auth-v2/5bb1c2d3e4f5061728394a5b6c7d8e9f/20200101/bj/bts/host/00", "bce-auth-v2/redacted"),
        ("Bearer eyJhbGciOi", "Bearer redacted"),
        ("whatever it is", "redacted"),
    ],
)
def test_an_unreadable_authorization_is_stored_as_its_scheme(kit, opened, path, value, stored):
    request = kit.request()
    with opened("record") as cassette:
        answer = kit.response({"code": "InvalidHTTPAuthHeader", "message": "m"}, 400)
        cassette.transport(lambda _: answer)(request.replace(headers=request.headers.set("Authorization", value)))
    (entry,) = load_cassette(path).entries
    assert entry.request.headers["Authorization"] == stored
    assert entry.verdict == "InvalidHTTPAuthHeader"


def test_a_foreign_host_is_refused_before_anything_is_sent(kit, opened):
    sent = []
    with opened("record") as cassette, pytest.raises(ForeignHostError):
        cassette.transport(sent.append)(kit.request(host="evil.example"))
    assert sent == []


# --- extend, direct, replay -------------------------------------------------------------------------------------


def test_extending_answers_what_is_there_and_records_what_is_not(kit, opened, path, service):
    with opened("record") as cassette:
        cassette.transport(service("a"))(kit.request("POST", "/v1/vpc?clientToken=one", {"n": 1}))
    live = service("b")
    with opened("extend") as cassette:
        ask = cassette.transport(live)
        ask(kit.request("POST", "/v1/vpc?clientToken=two", {"n": 1}))
        ask(kit.request("POST", "/v1/vpc?clientToken=two", {"n": 2}))
        ask(kit.request("POST", "/v1/vpc?clientToken=three", {"n": 3}))
        assert (cassette.tape.counts.replayed, cassette.tape.counts.recorded) == (1, 2)
    assert live.calls == 2
    urls = [entry.request.url.rpartition("=")[2] for entry in load_cassette(path).entries]
    assert urls == ["token-1", "token-1", "token-2"], "a token of this run stands for the recorded one it was bound to"


def test_extending_without_need_does_not_touch_the_file(kit, opened, path, service):
    with opened("record") as cassette:
        cassette.transport(service())(kit.request())
    before = path.stat()
    with opened("extend") as cassette:
        cassette.transport(service())(kit.request())
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert not partial_path(path).exists()


def test_direct_mode_sends_everything_and_knows_no_file(kit, opened, path, service):
    live = service()
    with opened("direct") as cassette:
        cassette.transport(live)(kit.request())
        cassette.transport(lambda _: Response(200, {"Content-Type": "image/png"}, b"\x89"))(kit.request())
        assert cassette.tape.counts.direct == 2
    assert live.calls == 1
    assert list(path.parent.iterdir()) == []


def test_a_damaged_cassette_is_refused_when_it_is_opened(opened, path):
    path.write_bytes(Cassette().encode()[:-2])
    for mode in ("replay", "extend"):
        with pytest.raises(CassetteFormatError, match="it was cut"), opened(mode):
            pass
    assert path.read_bytes() == Cassette().encode()[:-2]


def test_a_damaged_cassette_is_recorded_anew_and_kept_beside_the_new_one(kit, opened, path, service):
    damaged = Cassette().encode()[:-2]
    path.write_bytes(damaged)
    with opened("record") as cassette:
        cassette.transport(service())(kit.request())
    assert len(load_cassette(path).entries) == 1
    assert path.with_name("c.json.damaged").read_bytes() == damaged
    with opened("record") as cassette:
        cassette.transport(service())(kit.request())
    assert path.with_name("c.json.damaged").read_bytes() == damaged, "a whole one does not take its place"


def test_a_part_is_not_recorded_over_a_damaged_cassette(kit, opened, path, service):
    """What others recorded into it may still be mended; damage that comes while recording is told as well."""
    path.write_bytes(Cassette().encode()[:-2])
    with (
        pytest.raises(CassetteFormatError, match=r"it was cut; it holds more than what is recorded now.*restore it"),
        opened("record", part="a"),
    ):
        pass
    path.unlink()
    for mode in ("record", "extend"):
        with (  # noqa: PT012  the error comes at the end of the block
            pytest.raises(CassetteFormatError, match="restore it from version control, or remove it"),
            opened(mode, part="a") as cassette,
        ):
            cassette.transport(service())(kit.request())
            path.write_bytes(b"<<<<<<< ours")
        assert path.read_bytes() == b"<<<<<<< ours"
        assert len(read_journal(partial_path(path, "a"))) == 1
        path.unlink()


# --- refusals that nobody saw -----------------------------------------------------------------------------------


def test_a_cassette_remembers_the_first_refusal_until_it_is_forgiven(kit, opened):
    with opened("replay") as cassette:
        assert cassette.refused == ""
        for target in ("/v1/vpc", "/v1/subnet"):
            with pytest.raises(CassetteMiss):
                cassette.transport(None)(kit.request(target=target))
        assert "no answer to GET bcc.bj.baidubce.com/v1/vpc" in cassette.refused
        cassette.forgive()
        assert cassette.refused == ""
    with opened("record") as cassette, pytest.raises(ForeignHostError):
        cassette.transport(None)(kit.request(host="evil.example"))
    assert cassette.refused.startswith("ForeignHostError: evil.example")


def test_whoever_follows_an_extension_sees_what_was_answered_from_the_cassette(kit, opened, service):
    """In order, and nothing else; a cloud that cuts the connection then is nobody's business."""
    seen = []

    def follow(request):
        seen.append(request.target)
        raise TransportError("cut")

    targets = ["/v1/vpc", "/v1/subnet"]
    for mode in ("record", "extend", "replay"):
        with opened(mode, follow=follow) as cassette:
            for target in targets:
                cassette.transport(service())(kit.request(target=target))
        targets = ["/v1/vpc", "/v1/subnet", "/v1/acl"] if mode == "record" else ["/v1/vpc"]
    assert seen == ["/v1/vpc", "/v1/subnet"]


def test_a_host_of_the_test_itself_passes_untouched_in_every_mode(kit, opened, path):
    for mode in Mode:
        with opened(mode, passthrough=["mine.example:81"]) as cassette:
            answer = cassette.transport(lambda _: Response(204))(Request("GET", "http://mine.example:81/x?secret=1"))
            assert answer.status == 204
            assert cassette.tape.counts.by_operation == {}
    assert not path.exists()


def test_a_host_without_a_port_passes_with_every_port(kit, opened, path):
    """As for the closed network, so for the tape: an entry means one thing."""
    for mode in Mode:
        with opened(mode, passthrough=["mine.example", "[::1]:81"]) as cassette:
            send = cassette.transport(lambda _: Response(204))
            for url in (
                "http://mine.example/",
                "http://mine.example:81/",
                "https://mine.example:8443/",
                "http://[::1]:81/",
            ):
                assert send(Request("GET", url)).status == 204
            with pytest.raises(ForeignHostError):
                send(Request("GET", "http://other.mine.example:81/"))
    assert not path.exists()


def test_one_more_host_can_be_let_through_in_every_mode(kit, opened, path):
    for mode in Mode:
        with opened(mode) as cassette:
            cassette.allow("mine.example:81")
            answer = cassette.transport(lambda _: Response(204))(Request("GET", "http://mine.example:81/x?secret=1"))
            assert answer.status == 204
            for other in ("http://mine.example:82/", "http://mine.example/"):
                with pytest.raises(ForeignHostError):
                    cassette.transport(lambda _: Response(204))(Request("GET", other))
    assert not path.exists()


@pytest.mark.parametrize(
    "authority",
    ["bcc.bj.baidubce.com", "dns.baidubce.com:443", "EIP.BJ.baidubce.com.:8080", "privatezone.baidubce.com:1"],
)
def test_a_documented_host_is_never_let_through(opened, authority):
    """Neither beforehand nor later, on no port: what is asked of it would neither be recorded nor stopped."""
    with pytest.raises(ConfigurationError, match="a host of the cloud"), opened("replay", passthrough=[authority]):
        pass
    with opened("record") as cassette, pytest.raises(ConfigurationError, match=r"a host of the cloud|names no port"):
        cassette.allow(authority)


def test_hosts_can_be_named(kit, opened, path, service):
    with opened("record", hosts={"gateway.internal:8080": "eip", "other.internal": "bcc.gz.baidubce.com"}) as cassette:
        cassette.transport(service())(kit.request(target="/v1/eip", host="gateway.internal:8080"))
        cassette.transport(service())(kit.request(host="other.internal"))
    urls = [entry.request.url for entry in load_cassette(path).entries]
    assert urls == ["https://eip.bj.baidubce.com/v1/eip", "https://bcc.gz.baidubce.com/v1/vpc"]


@pytest.mark.parametrize("options", [{"rules_off": {"CK-X": "y"}}, {"secrets": {"pin": "1234"}}])
def test_an_unusable_option_is_refused_before_anything_is_written(opened, path, options):
    with pytest.raises(ConfigurationError), opened("record", **options):
        pass
    assert list(path.parent.iterdir()) == []


# --- findings ---------------------------------------------------------------------------------------------------


def test_every_interaction_is_checked_once_and_findings_hold_no_secret(kit, opened):
    wrong = {"vpcs": "Hunter_22", "secretKey": "Hunter_22"}
    with opened("record") as cassette:
        cassette.transport(lambda _: kit.response(wrong))(kit.request())
        recorded = cassette.tape.findings
    with opened("replay") as cassette:
        ask = cassette.transport(None)
        for _ in range(3):
            ask(kit.request())
        replayed = cassette.tape.findings
    assert recorded == replayed
    assert any(finding.rule == "body-schema" for finding in recorded)
    assert "Hunter_22" not in "".join(map(str, recorded))


# --- doors ------------------------------------------------------------------------------------------------------


def test_requests_and_urllib_are_recorded_through_the_doors_and_replayed_without_a_server(kit, path, server):
    def drive(base, credentials):
        auth = RequestsAuth(credentials)
        with requests.Session() as session:
            body = session.post(f"{base}/v1/vpc?clientToken=abcdefgh", json={"name": "x"}, auth=auth).json()
        prepared = requests.Request("GET", f"{base}/v1/vpc", auth=auth).prepare()
        ask = urllib.request.Request(prepared.url, headers=dict(prepared.headers))  # noqa: S310  loopback or replay
        with urllib.request.urlopen(ask) as answer:  # noqa: S310  as above
            return body, answer.read()

    with open_cassette(path, "record", credentials=kit.own) as cassette:
        recorded = drive(server.url, kit.own)
        assert cassette.tape.counts.recorded == 2
    server.shutdown()
    with open_cassette(path) as cassette:
        replayed = drive("http://bcc.bj.baidubce.com", EXAMPLE)
        assert cassette.tape.counts.replayed == 2
        with pytest.raises(CassetteMiss):
            requests.get("http://bcc.bj.baidubce.com/v1/subnet", auth=RequestsAuth(EXAMPLE), timeout=5)
    assert replayed[0] == recorded[0]
    assert server.answers.calls == 2


def test_our_own_adapter_records_once_even_with_the_doors_open(kit, path, server):
    with open_cassette(path, "record", credentials=kit.own) as cassette, requests.Session() as session:
        session.mount("http://", cassette.adapter())
        session.get(f"{server.url}/v1/vpc", auth=RequestsAuth(kit.own), timeout=5)
        assert cassette.tape.counts.recorded == 1
    with open_cassette(path) as cassette, requests.Session() as session:
        session.mount("http://", cassette.adapter())
        assert session.get("http://bcc.bj.baidubce.com/v1/vpc", auth=RequestsAuth(EXAMPLE), timeout=5).ok


def test_the_network_is_closed_in_replay(path):
    import socket  # noqa: PLC0415  only here

    with open_cassette(path), socket.socket() as mine, pytest.raises(NetworkClosedError):
        mine.connect(("127.0.0.1", 9))


def test_importing_the_room_imports_no_client_library():
    script = "import sys, contractkit.recording; print([m for m in ('requests', 'vcr', 'httpx', 'urllib3', 'aiohttp') if m in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
