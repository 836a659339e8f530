"""Runs to report on, and a real browser to look at the page with."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from contractkit.conformance.report import (
    CassetteFile,
    CassetteSummary,
    Exchange,
    FindingEntry,
    Run,
    TestCase,
)
from contractkit.contract import Finding, load_contract, load_readings


def _make_run(mode="record", **changes):
    tests = (
        TestCase(
            "s/test_signing.py::test_accepts", "A correctly signed request is accepted", "Signing", "passed", 0.012
        ),
        TestCase("s/test_signing.py::test_refuses[key]", "A wrong key is refused", "Signing", "passed", 0.131),
        TestCase("s/test_vpc.py::test_life", "A VPC lives from creation to deletion", "VPC networks", "passed", 1.5),
        TestCase("s/test_dns.py::test_live", "Zones resolve", "Public DNS", "skipped", 0.0, "needs the live cloud"),
    )
    success = {"record": "recorded", "replay": "replayed"}[mode]
    exchanges = (
        Exchange("vpc.create_vpc", 200, "", success, 3),
        Exchange("vpc.create_vpc", 403, "IdempotentParameterMismatch", success, 1),
        Exchange("vpc.get_vpc", 404, "NoSuchObject", success, 2),
        Exchange("eip.list_eips", 200, "", success, 1),
    )
    values = {
        "version": "0.1.0",
        "mode": mode,
        "target": "reference",
        "region": "bj",
        "started": "2026-01-02T03:04:05Z",
        "seconds": 12.25,
        "python": "3.11.9",
        "contract_digest": load_contract().digest,
        "seed": 7,
        "tests": tests,
        "exchanges": exchanges,
        "cassettes": CassetteSummary((CassetteFile("vpc/life.json", 5, 0), CassetteFile("eip/list.json", 2, 0))),
        "readings": load_readings(),
    }
    return Run(**{**values, **changes})


def _failing_run(mode="replay"):
    run = _make_run(mode)
    broken = TestCase(
        "s/test_eip.py::test_bind",
        "An address binds to one instance",
        "Addresses",
        "failed",
        0.4,
        "def test_bind():\n>       assert state == 'binded'\nE       AssertionError: assert 'available' == 'binded'",
    )
    finding = Finding("status", "error", "eip.bind_eip", "", "the status is not the documented one: 202, not 200")
    note = Finding("body-added", "note", "vpc.get_vpc", "/vpc/color", "the response has a member not named")
    files = (CassetteFile("vpc/life.json", 0, 4, ("GET /v1/vpc/vpc-1",)), CassetteFile("eip/list.json", 0, 2))
    return _make_run(
        mode,
        tests=(*run.tests, broken),
        findings=(FindingEntry.of(note, 3), FindingEntry.of(finding)),
        cassettes=CassetteSummary(files),
    )


@pytest.fixture
def make_run():
    """A run that went well; keywords replace its members."""
    return _make_run


@pytest.fixture
def failing_run():
    """A run with a failed test, findings and an unused interaction."""
    return _failing_run


class Browser:
    """Headless Chromium over its debugging pipe: no port, no further library."""

    def __init__(self, program, profile):
        to_browser_read, self._write = os.pipe()
        self._read, from_browser_write = os.pipe()
        command = [
            *(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--disable-dev-shm-usage", f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"),
        ]
        # The browser expects its pipe at descriptors 3 and 4.
        place = (
            "import fcntl, os, sys; r, w = (fcntl.fcntl(int(n), fcntl.F_DUPFD, 10) for n in sys.argv[1:3]); "
            "os.dup2(r, 3); os.dup2(w, 4); os.execv(sys.argv[3], sys.argv[3:])"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", place, str(to_browser_read), str(from_browser_write), *command],
            pass_fds=(to_browser_read, from_browser_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser_read)
        os.close(from_browser_write)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self.events = []
        self._session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _receive(self):
        while b"\0" not in self._buffer:
            got = os.read(self._read, 1 << 16)
            assert got, "the browser closed its pipe"
            self._buffer += got
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def open(self, url, *, width=1280, scheme="light", scripts=True):
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Page.navigate", url=url)
        deadline = time.monotonic() + 10
        while not any(each.get("method") == "Page.loadEventFired" for each in self.events):
            assert time.monotonic() < deadline, "the page did not load"
            self.events.append(self._receive())

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def complaints(self):
        """Whatever the console said, and every request that is not for the page itself."""
        self.evaluate("1")
        said = [
            each
            for each in self.events
            if each.get("method") in ("Runtime.consoleAPICalled", "Log.entryAdded", "Runtime.exceptionThrown")
        ]
        sent = [
            each["params"]["request"]["url"]
            for each in self.events
            if each.get("method") == "Network.requestWillBeSent"
        ]
        return said, sent

    def close(self):
        os.close(self._write)
        self._process.terminate()
        self._process.wait(10)
        os.close(self._read)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None or os.name != "posix":
        pytest.skip("no Chromium is installed; install one to look at the page with a real browser")
    browser = Browser(program, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()
