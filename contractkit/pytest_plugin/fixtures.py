"""The fixtures: credentials, cassette, cloud and client of one test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from contractkit.pytest_plugin.state import scope_of, session_of

if TYPE_CHECKING:
    from contractkit.client import Client
    from contractkit.conformance.session import CloudHandle
    from contractkit.recording import OpenCassette
    from contractkit.signing import Credentials


@pytest.fixture
def bce_credentials(request: pytest.FixtureRequest) -> Credentials:
    """The credentials to sign with: the published example pair, or those of the environment in a live run."""
    return session_of(request.config).settings.credentials


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
