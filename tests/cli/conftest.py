"""The command as a person runs it: in process for what it prints, as a process of its own where that matters."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contractkit.cli import app
from contractkit.cloud import ReferenceCloud
from contractkit.message import Request
from contractkit.recording import Mode, open_cassette
from contractkit.signing import EXAMPLE, sign

ROOT = Path(__file__).parent.parent.parent
PROGRAM = (sys.executable, "-c", "from contractkit.cli import main; main()")


def _environment(extra):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BAIDUCLOUD_", "CONTRACTKIT_"))}
    return {**clean, "PYTHONPATH": f"{ROOT}{os.pathsep}{clean.get('PYTHONPATH', '')}", **extra}


@pytest.fixture
def call(monkeypatch):
    """Run the command in this process: `call("sign", ...)` gives exit code, output and errors."""
    for name in ("BAIDUCLOUD_ACCESS_KEY", "BAIDUCLOUD_SECRET_KEY", "BAIDUCLOUD_SESSION_TOKEN", "BAIDUCLOUD_REGION"):
        monkeypatch.delenv(name, raising=False)

    def called(*arguments, input=None, env=None):  # noqa: A002 - the name CliRunner has for it
        return CliRunner().invoke(app, [str(each) for each in arguments], input=input, env=env, prog_name="contractkit")

    return called


@pytest.fixture
def start(request):
    """Start the command as a process of its own: `start("serve")` gives a Popen with text pipes."""

    def started(*arguments, **extra):
        process = subprocess.Popen(
            [*PROGRAM, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment(extra),
        )
        request.addfinalizer(process.communicate)
        request.addfinalizer(process.kill)
        return process

    return started


@pytest.fixture
def cassette(tmp_path):
    """A cassette recorded from the reference cloud: a VPC created, read, and one that does not exist."""
    path = tmp_path / "cassettes" / "vpc.json"
    now = datetime(2026, 1, 2, tzinfo=UTC)
    cloud = ReferenceCloud(clock=lambda: now)
    base = "http://bcc.bj.baidubce.com/v1/vpc"
    json = {"content-type": "application/json"}
    with open_cassette(path, Mode.RECORD, clock=lambda: now, foreign=False) as tape:
        send = tape.transport(cloud.handle)
        created = send(
            sign(Request("POST", f"{base}?clientToken=t", json, b'{"name":"n","cidr":"10.0.0.0/16"}'), EXAMPLE, at=now)
        )
        assert created.status == 200, created.body
        send(sign(Request("GET", f"{base}/{created.json()['vpcId']}"), EXAMPLE, at=now))
        send(sign(Request("GET", f"{base}/vpc-doesnotexist"), EXAMPLE, at=now))
    return path
