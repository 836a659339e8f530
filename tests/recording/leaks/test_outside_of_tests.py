"""Two more places for every kind and encoding: the warnings summary of pytest, and errors of collection."""

import importlib
import json
from importlib.metadata import entry_points

import pytest

# Inner runs share this process; what they import is loaded once, here, or later tests would meet it twice.
for _name in ("contractkit.conformance.session", "contractkit.conformance.sanitizing"):
    importlib.import_module(_name)

KNOWN = [
    "access key id",
    "secret access key",
    "session token",
    "odd session token",
    "bearer key",
    "pre-shared key",
    "password of the run",
    "password with umlauts",
]
CONFTEST = """
import json
import os

def pytest_contractkit_sanitizer(config):
    return {"secrets": json.loads(os.environ["OWN_SECRETS"])}
"""
WARNS = """
import json
import os
import warnings

for number, text in enumerate(json.loads(os.environ["OWN_TEXTS"])):
    warnings.warn_explicit(f"warning {number}: {text}", UserWarning, f"a{number}.py", number)

def test_warns():
    for number, text in enumerate(json.loads(os.environ["OWN_TEXTS"])):
        warnings.warn_explicit(f"in a test {number}: {text}", ResourceWarning, f"b{number}.py", number)
"""
FAILS = """
import json
import os
import sys

text = json.loads(os.environ["OWN_TEXTS"])[{number}]
print("out:", text)
print("err:", text, file=sys.stderr)
raise RuntimeError(f"no such thing: {{text}}")
"""
SKIPS = """
import json
import os
import pytest

pytest.skip(json.loads(os.environ["OWN_TEXTS"])[0], allow_module_level=True)
"""


@pytest.fixture
def texts(corpus, seeds, monkeypatch):
    """Every kind that the run knows in every encoding, handed to the tests by their environment: (secret, encoded)."""
    dice, found = corpus.Dice(seeds[0]), {}
    for kind in KNOWN:
        secret = corpus.make_seed(dice, 0, kind, "answer, message", "as is").secret
        found |= {(kind, encoding): (secret, encode(secret)) for encoding, encode in corpus.ENCODINGS.items()}
    monkeypatch.setenv("OWN_SECRETS", json.dumps({kind: secret for (kind, _), (secret, _) in found.items()}))
    monkeypatch.setenv("OWN_TEXTS", json.dumps([encoded for _, encoded in found.values()]))
    return found


@pytest.fixture
def shown(pytester, corpus, texts):
    """Which kinds can be read from what a run showed and wrote, and that text."""
    if not any(each.name == "contractkit" for each in entry_points(group="pytest11")):
        pytest.skip("the project is not installed, so no pytest would find its plugin: pip install --editable .")

    def shown(*arguments):
        result = pytester.runpytest_inprocess(
            "-p", "no:randomly", "--junitxml=out.xml", "-W", "always", "-rA", "--color=no", *arguments
        )
        told = result.stdout.str() + result.stderr.str() + (pytester.path / "out.xml").read_text()
        secrets = {kind: secret for (kind, _), (secret, _) in texts.items()}
        return {kind for kind, secret in secrets.items() if corpus.holds(told.encode(), secret)}, told

    pytester.makeini("[pytest]")
    return shown


@pytest.mark.parametrize("arguments", [(), pytest.param(("-n", "1"), marks=pytest.mark.slow)], ids=["here", "xdist"])
def test_no_warning_shows_a_secret(pytester, shown, texts, tell, arguments):
    """Neither one of collecting nor one of a test, before any test has asked for anything of ours."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_warns=WARNS)
    leaks, told = shown(*arguments)
    tell("kinds that the warnings summary shows", f"{len(leaks)} of {len(KNOWN)}, in {2 * len(texts)} warnings")
    assert leaks == set()
    assert f"{2 * len(texts)} warnings" in told
    assert "contractkit" not in told.partition("warnings summary")[2], (
        "nothing else is said of a run without a cassette"
    )


def test_no_error_of_collection_shows_a_secret(pytester, shown, texts, tell):
    """Not in its traceback, its locals, what was printed meanwhile, its short summary, or JUnit; nor does a skipped module."""
    pytester.makeconftest(CONFTEST)
    for number in range(0, len(texts), 5):
        (pytester.path / f"test_fails_{number}.py").write_text(FAILS.format(number=number))
    (pytester.path / "test_skips.py").write_text(SKIPS)
    leaks, told = shown("--showlocals", "--continue-on-collection-errors")
    tell(
        "kinds that errors of collection show",
        f"{len(leaks)} of {len(KNOWN)}, in {len(range(0, len(texts), 5))} errors",
    )
    assert leaks == set()
    assert told.count("ERROR collecting") == len(range(0, len(texts), 5))
    assert "(secret)" in told


@pytest.mark.parametrize("kind", ["ini", "live"])
def test_what_the_ini_file_names_and_the_keys_of_a_live_run_are_hidden_too(pytester, texts, monkeypatch, kind, shown):
    secret = texts["secret access key", "as is"][0]
    monkeypatch.setenv("OWN_TEXTS", json.dumps([secret]))
    if kind == "ini":
        pytester.makeini("[pytest]\ncontract_sanitizer =\n  secret-from LICENCE\n")
        monkeypatch.setenv("LICENCE", secret)
    else:
        monkeypatch.setenv("BAIDUCLOUD_ACCESS_KEY", texts["access key id", "as is"][0])
        monkeypatch.setenv("BAIDUCLOUD_SECRET_KEY", secret)
    pytester.makepyfile(test_warns=WARNS, test_fails=FAILS.format(number=0))
    leaks, told = shown(*(["--contract-target=live"] if kind == "live" else []))
    assert "secret access key" not in leaks
    assert "warning 0" in told
    assert "(secret)" in told


def test_a_hook_that_cannot_answer_yet_is_no_error_of_collection(pytester, shown):
    """It is told by the first test that needs it; until then the run goes on."""
    pytester.makeconftest("def pytest_contractkit_sanitizer(config):\n    raise KeyError('LICENCE')\n")
    pytester.makepyfile(test_a="import warnings\nwarnings.warn('something')\ndef test_a(): pass\n")
    _, told = shown()
    assert "1 passed, 1 warning" in told
