"""The public face is exact, sorted and costs nothing until it is touched."""

import subprocess
import sys

import contractkit

HEAVY = ("requests", "vcr", "hypothesis", "httpx", "h11", "cryptography", "jinja2", "typer", "jsonschema_rs")


def test_public_names_are_exact_and_sorted():
    assert contractkit.__all__ == sorted(contractkit.__all__)
    assert set(contractkit.__all__) == set(contractkit._ROOMS)


def test_every_public_name_can_be_had():
    for name in contractkit.__all__:
        assert getattr(contractkit, name) is not None, name


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(contractkit, "Clinet")


def test_importing_the_package_imports_nothing_heavy():
    program = f"import sys, contractkit; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
