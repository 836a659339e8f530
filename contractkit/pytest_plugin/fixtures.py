"""The fixtures: credentials, cassette, cloud and client of one test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from contractkit.pytest_plugin.options import mode_of
from contractkit.pytest_plugin.state import marks_of, scope_of, session_of

if TYPE_CHECKING:
    from contractkit.client import Client
    from contractkit.conformance.session import CloudHandle
    from contractkit.recording import OpenCassette
    from contractkit.signing import Credentials


_HERE = ("localhost", "127.0.0.1", "::1")


@pytest.fixture
def bce_credentials(request: pytest.FixtureRequest) -> Iterator[Credentials]:
    """The credentials to sign with: the published example pair, or those of the environment in a live run.

    Who signs sends: they close the network, unless the test has a cassette, which sees to that, or is to reach the
    live cloud; but for replay, this machine stays open. They open no cassette themselves, since a test may take them
    for one of its own.
    """
    credentials = session_of(request.config).settings.credentials
    marked = marks_of(request.node)
    replays = mode_of(request.config, marked) == "replay"
    lives = not replays and request.config.getoption("contract_target") == "live"
    if lives or "bce_cassette" in request.fixturenames:
        yield credentials
        return
    from contractkit.recording.network import closed_network  # noqa: PLC0415 - inert until a test asks

    advice = "the test has no cassette to answer it: let it ask for bce_cassette, bce_cloud or bce_client too"
    allowed = (*marked.get("allow_hosts", ()), *(() if replays else _HERE))
    with closed_network(allowed, processes=not replays or marked.get("allow_processes", False), advice=advice):
        yield credentials


@pytest.fixture
def bce_cassette(request: pytest.FixtureRequest) -> Iterator[OpenCassette]:
    """The cassette of the test, open for every client in the process.

    It is kept if the test passed; after a failure the old one stays and what was recorded lies beside it.
    """
    with scope_of(request).play() as cassette:
        yield cassette


@pytest.fixture
def bce_cloud(request: pytest.FixtureRequest, bce_cassette: OpenCassette) -> CloudHandle:  # noqa: ARG001 - see below
    """The cloud behind the test; `bce_cloud.endpoint("vpc")` is the base URL for any client.

    It brings the cassette along, since without one a client would reach the documented host in replay.
    """
    return scope_of(request).cloud


@pytest.fixture
def bce_client(request: pytest.FixtureRequest, bce_cassette: OpenCassette) -> Iterator[Client]:
    """A signed client for every described operation, recorded and replayed like everything else."""
    with scope_of(request).client(bce_cassette) as client:
        yield client
