"""The official SDK, unmodified, against a served cloud: tables of calls, walked in order."""

import gc
import inspect
import re
from copy import copy
from dataclasses import dataclass, field

import pytest
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration

from contractkit.cloud import ReferenceCloud
from contractkit.cloud.server import serve
from contractkit.signing import EXAMPLE


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
    cloud: ReferenceCloud
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


@pytest.fixture
def walk():
    """A walk against a cloud of its own, which must not break."""
    cloud = ReferenceCloud()
    with serve(cloud) as served:
        keys = BceCredentials(EXAMPLE.access_key_id, EXAMPLE.secret_access_key)
        yield Walk(BceClientConfiguration(credentials=keys, endpoint=served.base_url), cloud)
        gc.collect()  # here, where what the SDK leaves open is expected
    assert cloud.failures == ()
