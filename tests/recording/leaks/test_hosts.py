# ruff: noqa: RUF001  look-alike letters are what is tested
"""Two hundred ways to write a host: nothing is sent to any but a documented one or an endpoint the caller named."""

import re
import sys
from contextlib import suppress

import pytest
import requests

from contractkit import Client
from contractkit.conformance.live.gate import LiveGate, LiveRefusedError
from contractkit.contract import load_contract
from contractkit.errors import ConfigurationError, RecordingError
from contractkit.message import Request, Response
from contractkit.recording import open_cassette
from contractkit.signing import EXAMPLE

GOOD = "bcc.bj.baidubce.com"
_SENDS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def make_tricks():
    """URLs that look like a documented place, or would lead to a forbidden one."""
    evil = "evil.example"
    authorities = [f"{GOOD}@{evil}", f"u:p@{GOOD}@{evil}", f"{evil}#@{GOOD}", f"{evil}?@{GOOD}", f"{evil}\\@{GOOD}"]
    authorities += [f"{GOOD}%40{evil}", f"{GOOD}:80@{evil}", f"{GOOD}%2F@{evil}", f"{evil}%23{GOOD}", f"{evil}/{GOOD}"]
    authorities += [
        f"{GOOD}{tail}" for tail in (".evil.example", "..", "%00.evil.example", "-evil.example", "%2eevil", ".evil/..")
    ]
    authorities += [f"{head}{GOOD}" for head in ("evil", "evil-", "x.", ".", "%2e", "evil%2f", "*.", "www.")]
    authorities += [
        f"{GOOD}:{port}" for port in ("22", "8080", "0443", "443443", "-1", "80a", "444", "0", "65536", "6379")
    ]
    authorities += [
        GOOD.replace(old, new)
        for old, new in (
            ("b", "ｂ"),
            ("c", "с"),
            ("e", "е"),
            ("i", "і"),
            ("a", "ɑ"),
            ("o", "0"),
            ("d", "ԁ"),
            (".", "。"),
            (".", "．"),
            (".", "｡"),
            ("bcc", "bсс"),
            ("baidubce", "baiduЬce"),
            ("com", "ⅽom"),
            ("bj", "ｂｊ"),
            ("bcc.", "bcc%2e"),
            ("com", "com.cn"),
            ("com", "co"),
            ("baidubce", "baidubcc"),
            ("baidubce", "baidu-bce"),
            ("bj", "bj2"),
            ("bj", ""),
            ("bj", "xx"),
            ("bcc", "bss"),
            ("bcc", "bos"),
            ("bcc", "sts"),
            ("bcc", "iam"),
            ("baidubce.com", "bcebos.com"),
        )
    ]
    authorities += [
        f"xn--{GOOD}",
        "xn--bcc-9na.bj.baidubce.com",
        f"{GOOD}\u200b",
        f"\u202e{GOOD}",
        f"{GOOD}\u00ad",
        f"{GOOD} ",
        f" {GOOD}",
        f"{GOOD}\t",
        f"{GOOD}\r\nHost:{evil}",
        f"{GOOD}\x00",
        f"{GOOD},{evil}",
        f"{GOOD};{evil}",
        f"{GOOD}&{evil}",
    ]
    numbers = [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",  # noqa: S104  a place to be refused, nothing is bound
        "0x7f.1",
        "127.0.0.1.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "10.0.0.1",
        "192.168.0.1",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[::1%25lo]",
        "0251.0376.0251.0376",
        "0xa9fea9fe",
        "2852039166",
    ]
    authorities += [*numbers, *(f"{each}:9" for each in numbers)]
    authorities += [
        f"{name}{port}"
        for name in (
            "localhost",
            "LOCALHOST",
            "localhost.",
            "localtest.me",
            "127.0.0.1.nip.io",
            "metadata.google.internal",
            "kubernetes.default",
            f"{GOOD}.nip.io",
            "rebind.network",
        )
        for port in ("", ":9")
    ]
    urls = [f"{scheme}://{each}" for each in authorities for scheme in ("https", "http")]
    urls += [
        f"{scheme}{GOOD}"
        for scheme in ("ftp://", "file://", "//", "HTTPS:/", "https:", "gopher://", "ws://", "unix://")
    ]
    return list(dict.fromkeys(urls))


TRICKS = make_tricks()
MAY_BE_SENT_TO = re.compile(
    r"bcc\.bj\.baidubce\.com(?::80|:443)?|(?:localhost|127\.[0-9.]+|\[(?:::1|0:0:0:0:0:0:0:1|::1%25lo)\])(?::[0-9]+)?",
    re.IGNORECASE,
)


class Listener:
    """Counts what this process tries to reach. An audit hook stays for ever, so it is told when to look."""

    def __init__(self):
        self.on, self.reached = False, []
        sys.addaudithook(self)

    def __call__(self, event, args):
        if self.on and event in _SENDS:
            self.reached.append((event, str(args[-2:])))


@pytest.fixture(scope="module")
def listener():
    return Listener()


@pytest.fixture
def reached(listener):
    """What was tried to reach; a connection that the closed network forbids counts as well."""
    listener.reached.clear()
    listener.on = True
    yield listener.reached
    listener.on = False


def is_documented(url):
    """By eye, not by the package: exactly the host, https, the default port."""
    return url.lower() == f"https://{GOOD}" or url.lower() == f"https://{GOOD}:443"


def test_there_are_two_hundred_tricks(tell):
    tell("host tricks", len(TRICKS))
    assert len(TRICKS) >= 200
    assert not any(map(is_documented, TRICKS))


def test_the_client_signs_for_no_trick(tell):
    """Given as a place to send to, under every endpoint that could be meant: refused before anything is signed."""
    sent = []

    def transport(request):
        sent.append(request.url)
        return Response(200, {"Content-Type": "application/json"}, b"{}")

    client = Client(EXAMPLE, transport=transport)
    for trick in TRICKS:
        with suppress(ConfigurationError):  # to refuse is right, what is sent is counted
            client.exchange(Request("GET", f"{trick}/v1/vpc"))
    tell("tricks the client sent to", len(sent))
    assert sent == []


def test_an_endpoint_is_what_it_says_or_is_refused(tell):
    """An endpoint that the caller names is used exactly as it stands: no other host, no password, no clear text."""
    used = []

    def transport(request):
        used.append(request.url)
        return Response(200, {"Content-Type": "application/json"}, b'{"vpcs": []}')

    for trick in TRICKS:
        before = len(used)
        with suppress(ConfigurationError):  # to refuse is right, what is sent is counted
            Client(EXAMPLE, endpoint=trick, transport=transport).vpc.list_vpcs()
        for url in used[before:]:
            assert url.startswith(f"{trick.lower()}/v1/"), (trick, url)
            assert "@" not in url
            assert url.isascii()
            assert url.startswith("https://") or any(
                name in url for name in ("//127.", "//localhost", "//[::1]", "//[0:0:0:0:0:0:0:1]")
            ), url
    tell("tricks that are endpoints as they stand", len(used))


def test_the_gate_of_a_live_run_lets_no_trick_out(tell):
    passed = []
    gate = LiveGate(load_contract(), None, allow_create=False, regions=["bj"])
    for trick in TRICKS:
        for headers in ({}, {"Host": GOOD}):
            try:
                gate.permit(Request("GET", f"{trick}/v1/vpc", headers))
            except LiveRefusedError:
                continue
            passed.append(trick)
    tell("tricks the gate let pass", len(passed))
    assert passed == []


def test_replay_reaches_nothing(tmp_path, reached, tell):
    """Through a client of one's own and through requests: an answer, a refusal, and never a connection or look-up."""
    with open_cassette(tmp_path / "c.json", clock=lambda: None, verify=False) as cassette:
        for trick in TRICKS:
            with suppress(RecordingError):  # to refuse is right, what is sent is counted
                cassette.transport(None)(Request("GET", f"{trick}/v1/vpc"))
            with suppress(RecordingError, requests.RequestException, ValueError):  # as above
                requests.get(f"{trick}/v1/vpc", timeout=1, headers={"Host": GOOD})
    gone = [each for each in reached if "socket.connect" in each[0] or "send" in each[0]]
    tell("connections tried in replay", f"{len(gone)}; look-ups {len(reached) - len(gone)}")
    assert reached == []


def test_recording_stores_and_sends_nothing_under_a_trick(tmp_path, tell):
    """A recorder takes a loopback address for a service's stand-in; any other unknown host is refused unsent."""
    sent = []

    def send(request):
        sent.append(request.authority)
        return Response(200, {"Content-Type": "application/json"}, b'{"vpcs": []}')

    with open_cassette(tmp_path / "c.json", "record", foreign=False) as cassette:
        cassette.hold()
        for trick in TRICKS:
            for headers in ({}, {"Host": GOOD}):
                with suppress(RecordingError):  # to refuse is right, what is sent is counted
                    cassette.transport(send)(Request("GET", f"{trick}/v1/vpc", headers))
        cassette.abandon()
    strange = [each for each in sent if not MAY_BE_SENT_TO.fullmatch(each)]
    tell("strange hosts a recorder sent to", len(strange))
    assert strange == []
