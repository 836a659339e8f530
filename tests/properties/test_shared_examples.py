"""Failing examples are shared: by a directory, and by Redis between machines."""

import shutil
import socket
import subprocess
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contractkit.errors import ConfigurationError
from contractkit.properties import open_examples, register_profiles


def fail_with(database, wanted, limit):
    """How many examples it takes to find the one that fails, given what the database holds."""
    tried = []

    @settings(max_examples=limit, database=database, suppress_health_check=list(HealthCheck), derandomize=False)
    @given(st.integers(0, 2**64))
    def check(number):
        tried.append(number)
        assert not wanted(number)

    check.hypothesis.inner_test.__qualname__ = "shared"
    with pytest.raises(AssertionError):
        check()
    return tried


def test_a_directory_hands_failures_on(tmp_path):
    """The first example of a second run is the failure of the first."""
    assert len(fail_with(open_examples(tmp_path), lambda number: number > 1000, 500)) > 1
    assert fail_with(open_examples(str(tmp_path)), lambda number: number > 1000, 500)[0] == 1001


@pytest.fixture
def redis_address():
    """A Redis of its own on a free port of this machine, for one test."""
    pytest.importorskip("redis", reason="the client of Redis is not installed: pip install redis")
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
        running.terminate()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_redis_hands_failures_on(redis_address):
    """What one machine found another tries first."""
    fail_with(open_examples(redis_address), lambda number: number > 1000, 500)
    assert fail_with(open_examples(redis_address), lambda number: number > 1000, 500)[0] == 1001


def test_redis_without_its_client_is_refused_in_words(monkeypatch):
    """Where the client library is missing the error names the command that installs it."""
    monkeypatch.setitem(__import__("sys").modules, "redis", None)
    monkeypatch.setitem(__import__("sys").modules, "hypothesis.extra.redis", None)
    with pytest.raises(ConfigurationError, match="pip install redis"):
        open_examples("redis://127.0.0.1:1/0")


def test_dev_and_nightly_share_and_ci_does_not(tmp_path):
    """A run of ci is the same everywhere, so it takes no examples from anywhere."""
    database = open_examples(tmp_path)
    register_profiles(examples=database)
    try:
        kept = {name: settings.get_profile(name).database is database for name in ("dev", "ci", "nightly")}
        assert kept == {"dev": True, "ci": False, "nightly": True}
    finally:
        register_profiles()
