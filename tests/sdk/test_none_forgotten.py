"""No client class of the official SDK for these services goes without a walk over its methods."""

import ast
import importlib
import inspect
from pathlib import Path

import baidubce.services
import pytest
from baidubce.bce_base_client import BceBaseClient

SERVICES = Path(baidubce.services.__file__).parent
PACKAGES = (
    *("vpc", "subnet", "route", "eip", "eni", "esg", "havip", "ipv6gateway", "probe", "vpn", "endpoint", "etGateway"),
    *("dns", "localdns"),
)


def client_classes(package):
    for path in sorted((SERVICES / package).glob("*_client.py")):
        module = importlib.import_module(f"baidubce.services.{package}.{path.stem}")
        for name, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, BceBaseClient) and found.__module__ == module.__name__:
                yield name


@pytest.fixture(scope="module")
def walked():
    """The classes whose methods some test here holds against those it called: `public_methods(VpcClient)`."""
    calls = (
        node
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "public_methods"
    )
    return {argument.id for call in calls for argument in call.args}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_client_class_of_the_package_is_walked(package, walked):
    classes = set(client_classes(package))
    assert classes
    assert classes <= walked


def test_the_methods_of_a_class_are_those_it_defines_itself_and_offers(public_methods):
    assert public_methods(Sample) == {"offered"}


class Base:
    def inherited(self): ...


class Sample(Base):
    def offered(self): ...
    def _hidden(self): ...
