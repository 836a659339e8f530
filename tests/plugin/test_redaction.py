"""Secrets that a conftest names reach no report of a failing test, however loud pytest is told to be."""

import base64
import gzip
import json
import re

import pytest

SECRETS = {"licence": "Lq8/w+=Zr4t&u0p", "bearer": "bce-v3/Q9xk2Lm4Vb7Tz1/0f1e2d3c4b5a69788796a5b4c3d2e1f0"}

CONFTEST = """
import json
import os

def pytest_contractkit_sanitizer(config):
    return {"secrets": json.loads(os.environ["OWN_SECRETS"]), "secret_names": ["licenceCode"]}
"""

TESTS = """
import base64
import gzip
import json
import logging
import os
from urllib.parse import quote

import pytest
from hypothesis import given, settings, HealthCheck
from hypothesis import strategies as st

SECRETS = list(json.loads(os.environ["OWN_SECRETS"]).values())
log = logging.getLogger("someone.else")

def dress(secret):
    yield from (secret, quote(secret, safe=""), json.dumps(secret), repr(secret), secret.encode().hex())
    for offset in range(3):
        yield base64.b64encode(b"u:x"[:offset] + secret.encode() + b"-tail").decode()
    yield base64.b64encode(gzip.compress(secret.encode())).decode()
    yield "".join(f"\\\\u{ord(each):04x}" for each in secret)
    yield secret[::-1]

@pytest.mark.parametrize("which", [0, 1])
def test_locals_logs_and_output(bce_client, which, capfd):
    secret = SECRETS[which]
    forms = list(dress(secret))
    for form in forms:
        log.debug("sent %s", form)
        log.error(form)
        print(form)
    os.write(2, forms[0].encode())
    assert forms == [], forms[3]

@pytest.mark.parametrize("which", [0, 1])
def test_an_error_with_causes(bce_client, which):
    try:
        raise ValueError(SECRETS[which])
    except ValueError as error:
        error.add_note("a note with " + SECRETS[which])
        raise RuntimeError({"token": SECRETS[which]}) from error

@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(text=st.sampled_from(SECRETS))
def test_a_falsifying_example(bce_client, text):
    assert not text

def test_a_miss(bce_client):
    bce_client.vpc.create_vpc(name="app", cidr="10.0.0.0/16", description=SECRETS[0])

@pytest.fixture
def broken(bce_client):
    yield
    raise RuntimeError(SECRETS[1])

def test_a_teardown(broken):
    pytest.skip(SECRETS[0])
"""


def spellings(value):
    """Every spelling of a value that this test knows."""
    raw = value.encode()
    yield from {raw, json.dumps(value)[1:-1].encode(), repr(value)[1:-1].encode(), raw[::-1], raw.hex().encode()}
    yield re.sub(rb"[^A-Za-z0-9_.~-]", lambda each: b"%%%02X" % each[0][0], raw)
    yield "".join(f"\\u{ord(each):04x}" for each in value).encode()
    yield base64.b64encode(gzip.compress(raw))[12:40]
    for offset in range(3):
        yield base64.b64encode(b"\0" * offset + raw)[(0, 2, 3)[offset] :].rstrip(b"=")[:-1]


@pytest.mark.parametrize(
    "arguments",
    [(), ("-vv", "--showlocals", "--log-level=DEBUG", "-rA", "--log-cli-level=DEBUG", "--log-file=all.log")],
)
def test_no_sink_of_pytest_shows_a_secret_of_the_hook(project, monkeypatch, arguments):
    """Terminal, live log, log file, JUnit, JSON, HTML, Hypothesis's output and database, cassettes and their names."""
    project.write(conftest=CONFTEST, test_own=TESTS)
    monkeypatch.setenv("OWN_SECRETS", json.dumps(SECRETS))
    result = project.run("--junitxml=out.xml", "--contract-report=out.html", "--contract-report=out.json", *arguments)
    result.assert_outcomes(failed=6, errors=1, skipped=1)
    assert "(secret)" in result.stdout.str()
    left = {"stdout": result.stdout.str().encode(), "stderr": result.stderr.str().encode()}
    for path in project.root.rglob("*"):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            left[str(path.relative_to(project.root))] = path.read_bytes() + path.name.encode()
    assert len(left) > 5
    needles = {kind: list(spellings(value)) for kind, value in SECRETS.items()}
    found = {
        (name, kind)
        for name, data in left.items()
        for kind, each in needles.items()
        if any(one in data for one in each)
    }
    assert found == set()
    cut = {
        kind
        for kind, value in SECRETS.items()
        if f"{value[:6]}" in result.stdout.str() or value[-6:] in result.stdout.str()
    }
    assert cut == set(), "a text that pytest cut in the middle tells the rest"


BREAKING = """
    raise RuntimeError("the hook fails over " + json.loads(os.environ["OWN_SECRETS"])["licence"])
"""


@pytest.mark.parametrize("arguments", [(), ("-n", "1")])
def test_an_error_of_pytest_itself_shows_no_secret(project, monkeypatch, arguments):
    """Hooks of a conftest or of another plugin may fail too; pytest shows that with every line of the traceback."""
    project.write(conftest=f"{CONFTEST}\ndef pytest_runtest_protocol(item):{BREAKING}", test_own="def test_it(): pass")
    monkeypatch.setenv("OWN_SECRETS", json.dumps(SECRETS))
    result = project.run(*arguments)
    told = result.stdout.str() + result.stderr.str()
    assert "the hook fails over (secret)" in told
    assert not any(each.decode() in told for each in spellings(SECRETS["licence"]))


RECORDING = """
import json
import os

from contractkit.message import encode_json

def test_records(bce_client):
    request = bce_client.prepare("vpc.create_vpc", {"name": "app", "cidr": "10.0.0.0/16"})
    secret = json.loads(os.environ["OWN_SECRETS"])["licence"]
    body = {"name": "app", "cidr": "10.0.0.0/16", "licenceCode": "Hunter_22", "description": "with " + secret}
    bce_client.exchange(request.replace(body=encode_json(body)))
"""


def test_the_ini_file_adds_to_the_sanitizer(project, monkeypatch):
    """Names, values by environment variable, and rules switched with a reason; all but the values stand in the cassette."""
    project.ini(
        "contract_sanitizer =",
        "  secret-name licenceCode",
        "  secret-from LICENCE",
        "  off CK-ALIAS-004: times are what is tested",
        "  on CK-ALIAS-005",
    )
    project.write(test_own=RECORDING)
    monkeypatch.setenv("OWN_SECRETS", json.dumps(SECRETS))
    monkeypatch.setenv("LICENCE", SECRETS["licence"])
    project.run("--contract-mode=record").assert_outcomes(passed=1)
    (path,) = project.cassettes.rglob("*.json")
    text = path.read_text()
    assert "Hunter" not in text
    assert not any(each.decode() in text for each in spellings(SECRETS["licence"]))
    assert json.loads(text)["sanitizer"] | {"version": 0} == {
        "version": 0,
        "on": ["CK-ALIAS-005"],
        "off": {"CK-ALIAS-004": "times are what is tested"},
        "own": ["secret licencecode"],
    }
    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("line", ["hide everything", "off CK-ALIAS-004", "secret-name", "off CK-ALIAS-004: "])
def test_a_line_that_says_nothing_is_refused_once_before_the_first_test(project, line):
    project.ini("contract_sanitizer =", f"  {line}")
    project.write(test_own=project.lists)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: the ini value contract_sanitizer has the line*write `on RULE`*"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize("mode", ["record", "extend"])
def test_nothing_is_recorded_while_a_variable_that_holds_a_secret_is_not_set(project, monkeypatch, mode):
    """Its name may be mistyped: the value would be recorded. What records nothing needs no value."""
    project.ini("contract_sanitizer =", "  secret-from LICENSE_KEY")
    project.write(test_own=project.lists)
    result = project.run(f"--contract-mode={mode}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*says secret-from LICENSE_KEY, but that variable is not set*set it, mend its name*"])
    assert "Traceback" not in result.stdout.str()
    assert project.names() == []
    project.run("--contract-mode=direct").assert_outcomes(passed=1)
    monkeypatch.setenv("LICENSE_KEY", SECRETS["licence"])
    project.record()
    monkeypatch.delenv("LICENSE_KEY")
    project.replay()


TELLING = {
    "log.exception": """
    try:
        raise RuntimeError("over " + S)
    except RuntimeError:
        logging.getLogger("else").exception("went wrong")
""",
    "log.error with a stack and bad arguments": """
    try:
        raise RuntimeError("over " + S)
    except RuntimeError:
        logging.getLogger("else").error("went wrong", exc_info=True, stack_info=True)
""",
    "pytest.xfail": "    pytest.xfail('since ' + S)",
    "record_property of a mapping": "    record_property('d', {'k': S})",
    "record_property of an object": "    record_property('d', Own())",
    "record_property of a name": "    record_property('n' + S, 1)",
    "a subtest's message": """
    with subtests.test("about " + S, key=S):
        print("printed " + S)
        logging.getLogger("else").error("logged " + S)
        assert S == ""
""",
    "KeyboardInterrupt": "    raise KeyboardInterrupt('broken off: ' + S)",
    "pytest.exit": "    pytest.exit('broken off: ' + S)",
}
HEAD = """
import json
import logging
import os

import pytest
from hypothesis import event, given, settings, HealthCheck, strategies as st

S = json.loads(os.environ["OWN_SECRETS"])["licence"]

class Own:
    def __str__(self):
        return "own " + S
"""


def told_by(project, monkeypatch, test, *arguments, secret=SECRETS["licence"]):
    """Every text that a run of this test leaves, wherever pytest writes it."""
    monkeypatch.setenv("OWN_SECRETS", json.dumps({"licence": secret}, ensure_ascii=False))
    project.write(conftest=CONFTEST, test_own=HEAD + test)
    run = project.spawn if "KeyboardInterrupt" in test else project.run  # it would end this process too
    result = run(
        "-rA",
        "-v",
        "-o",
        "junit_family=xunit1",
        "--junitxml=out.xml",
        "--log-file=all.log",
        "--log-cli-level=DEBUG",
        "--log-level=DEBUG",
        *arguments,
    )
    written = [path.read_text() for path in project.root.glob("*") if path.suffix in (".xml", ".log", ".json")]
    return "\n".join([result.stdout.str(), result.stderr.str(), *written])


@pytest.mark.parametrize("how", TELLING)
def test_no_way_of_telling_shows_a_secret(project, monkeypatch, how):
    """Tracebacks in logs, reasons to fail, properties, subtests, and what breaks a run off."""
    test = f"def test_it(bce_client, record_property, {'subtests' if 'subtests.' in TELLING[how] else 'request'}):\n"
    told = told_by(project, monkeypatch, test + TELLING[how], "--full-trace")
    assert "(secret)" in told or "withheld" in told
    assert not any(each.decode() in told for each in spellings(SECRETS["licence"]))


def test_a_mark_that_expects_failure_shows_no_secret(project, monkeypatch):
    test = "@pytest.mark.xfail(reason='since ' + S)\ndef test_it(bce_client):\n    assert False\n"
    told = told_by(project, monkeypatch, test)
    assert "since (secret)" in told
    assert SECRETS["licence"] not in told


def test_statistics_of_hypothesis_show_no_secret(project, monkeypatch):
    test = """
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(n=st.integers())
def test_it(bce_client, n):
    event("about " + S)
"""
    told = told_by(project, monkeypatch, test, "--hypothesis-show-statistics")
    packed = re.findall(r'hypothesis-statistics-[^"]*" value="([^"]*)"', told)
    assert packed
    told += "".join(base64.b64decode(each).decode() for each in packed)
    assert "about (secret)" in told
    assert SECRETS["licence"] not in told


def test_a_secret_that_is_not_ascii_is_hidden_as_python_escapes_it_too(project, monkeypatch):
    secret = "Schlüssel-ñ-7f3a9c"
    told = told_by(project, monkeypatch, "def test_it(bce_client):\n    assert ascii(S) + S == ''\n", secret=secret)
    assert "(secret)" in told
    for each in (secret, ascii(secret)[1:-1], "7f3a9c"):
        assert each not in told
