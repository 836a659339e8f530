"""The official SDK, unmodified, against a served cloud: tables of calls, walked in order."""

import gc
import inspect
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field

import pytest
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration

from contractkit.adapters.requests import RequestsTransport
from contractkit.cloud import ReferenceCloud
from contractkit.cloud.server import serve
from contractkit.signing import EXAMPLE

COMMAND = (sys.executable, "-c", "from contractkit.cli import main; main()", "serve")


def pytest_collection_modifyitems(items):
    """The SDK closes its connections when they are collected, and asks for the time in a deprecated way."""
    for item in items:
        if item.path.parent.name == "sdk":
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"))


@dataclass
class Walk:
    """Calls methods of SDK clients; `<name>` in an argument is what an earlier call was kept as."""

    configuration: BceClientConfiguration
    base_url: str
    kept: dict = field(default_factory=dict)
    called: set = field(default_factory=set)

    def __call__(self, client_class, table):
        """Walk (method, arguments, keep): `keep` maps names to attributes of the answer (`enis.0.eni_id`)."""
        client = client_class(self.configuration)
        for method, arguments, *keep in table:
            answer = getattr(client, method)(**self.fill(arguments))
            assert answer.metadata.bce_request_id, method
            self.called.add(method)
            for name, path in (keep[0] if keep else {}).items():
                self.kept[name] = look_up(answer, path)

    def send(self, request):
        """Send a request for a documented host to the cloud; the SDK itself knows only the address it was given."""
        with RequestsTransport() as send:
            return send(request.replace(url=f"{self.base_url}{request.target}"))

    def fill(self, value):
        if isinstance(value, dict):
            return {name: self.fill(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.fill(each) for each in value]
        if isinstance(value, str):
            return re.sub(r"<(\w+)>", lambda match: self.kept[match[1]], value)
        if hasattr(value, "__dict__") and not callable(value):
            value = copy(value)
            vars(value).update(self.fill(vars(value)))
        return value


def look_up(answer, path):
    """A value inside an answer: attributes and positions, separated by dots."""
    for step in path.split("."):
        answer = answer[int(step)] if step.isdigit() else getattr(answer, step)
    return answer


@pytest.fixture
def public_methods():
    """The names of the methods a client offers for operations."""

    def of(client_class):
        inherited = {name for base in client_class.__mro__[1:] for name in vars(base)}
        found = {name for name, _ in inspect.getmembers(client_class, inspect.isfunction)}
        return {name for name in found - inherited if not name.startswith("_")}

    return of


@contextmanager
def serve_here():
    """A cloud in this process, of which is known whether it ever broke."""
    cloud = ReferenceCloud()
    with serve(cloud) as served:
        yield served.base_url
    assert cloud.failures == ()


@contextmanager
def serve_by_command():
    """`contractkit serve`, which says nothing but its base URL, and ends with success."""
    process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


@pytest.fixture(params=[serve_here, pytest.param(serve_by_command, marks=pytest.mark.slow)], ids=["here", "command"])
def walk(request):
    """A walk against a cloud of its own, which must not break."""
    with request.param() as base_url:
        keys = BceCredentials(EXAMPLE.access_key_id, EXAMPLE.secret_access_key)
        yield Walk(BceClientConfiguration(credentials=keys, endpoint=base_url), base_url)
        gc.collect()  # here, where what the SDK leaves open is expected
