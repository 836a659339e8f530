"""A downstream project aims the suites at its own code in one line each, and can read what comes out."""

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

import contractkit

pytestmark = pytest.mark.slow
SIGNER = '''
from urllib.parse import quote
import hmac
from contractkit.properties import signer_suite

def my_sign(request, credentials, *, at, expires_in):
    """Signs host and x-bce-date only, and encodes the path as it stands on the wire: that is the mistake."""
    date = at.astimezone(__import__("datetime").UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = request.headers.without("authorization")
    if not headers.has("host"):
        headers = headers.set("Host", request.authority)
    headers = headers.set("x-bce-date", date)
    if credentials.session_token:
        headers = headers.set("x-bce-security-token", credentials.session_token)
    names = ["host", "x-bce-date"] + (["x-bce-security-token"] if credentials.session_token else [])
    encode = lambda text: quote(text, safe="~")
    lines = sorted(encode(name) + ":" + encode(headers.get(name)) for name in names)
    items = sorted(
        encode(name) + "=" + encode(value or "") for name, value in request.query if name.lower() != "authorization"
    )
    path = quote(request.PATH, safe="/~")
    canonical = "\\n".join((request.method, path, "&".join(items), "\\n".join(lines)))
    prefix = f"bce-auth-v1/{credentials.access_key_id}/{date}/{expires_in}"
    key = hmac.digest(credentials.secret_access_key.encode(), prefix.encode(), "sha256").hex()
    signature = hmac.digest(key.encode(), canonical.encode(), "sha256").hex()
    return request.replace(headers=[*headers, ("Authorization", f"{prefix}/{';'.join(names)}/{signature}")])

TestMySigner = signer_suite(sign=my_sign)
'''

CONFTEST = """
from hypothesis import settings
from contractkit.properties import register_profiles
register_profiles()
if settings.get_current_profile_name() != "dev":
    settings.load_profile("ci")
"""


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    """The inner sessions find the package whether it is installed or not."""
    monkeypatch.setenv("PYTHONPATH", str(Path(contractkit.__file__).parents[1]))


def run(pytester, signer, *options):
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_my_signer=signer)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q", "--no-header", *options)


def test_a_right_signer_passes_in_one_line(pytester):
    """A signer of host and x-bce-date, one admissible choice among others, passes every law."""
    result = run(pytester, SIGNER.replace("PATH", "path"), "--hypothesis-profile=dev")
    result.assert_outcomes(passed=20)


def test_a_wrong_signer_gets_a_readable_failure(pytester):
    """The output names the law, shows the path by both canonicalizations and the remedy, and no key."""
    result = run(pytester, SIGNER.replace("PATH", "raw_path"), "-k", "path_once")
    text = result.stdout.str()
    assert result.ret == 1
    assert "test_encodes_the_path_once" in text
    result.stdout.fnmatch_lines(["*by the specification*| by the signer*", "*! path*|*%25*"])
    assert "the path was encoded twice; encode each segment once" in text
    result.stdout.fnmatch_lines(["*Reproduce: python -m pytest *::test_encodes_the_path_once --hypothesis-profile=ci"])
    assert "b" * 32 not in text
    assert not list(pytester.path.glob("**/.hypothesis/examples/*"))


def reproduce(pytester, printed):
    """Run the line that a failure printed, as pasted into a shell."""
    (line,) = dict.fromkeys(re.findall(r"Reproduce: python (.+)", printed))
    return pytester.run("bash", "-c", f"{shlex.quote(sys.executable)} {line} -p no:cacheprovider --no-header")


def test_the_line_of_a_failure_can_be_pasted_and_draws_the_same(pytester):
    """At random, too, the printed command needs no editing and finds the same shortest request."""
    first = run(
        pytester, SIGNER.replace("PATH", "raw_path"), "-k", "path_once", "--hypothesis-profile=dev"
    ).stdout.str()
    shutil.rmtree(pytester.path / ".hypothesis", ignore_errors=True)
    again = reproduce(pytester, first)
    assert re.search(r"--hypothesis-seed=[0-9]+$", first, re.MULTILINE)
    again.assert_outcomes(failed=1)
    assert re.findall(r"! path.*", again.stdout.str()) == re.findall(r"! path.*", first)


def test_a_signer_that_raises_is_told_which_law_was_examined(pytester):
    """An exception of the examined callable keeps its own text, and gets law, demand and command; no key."""
    signer = SIGNER.replace("PATH", "path").replace("    key = ", "    raise KeyError('mine')\n    key = ")
    result = run(pytester, signer, "-k", "path_once or known_answers")
    text = result.stdout.str()
    result.assert_outcomes(failed=2)
    assert "KeyError: 'mine'" in text
    assert "Examined: encodes the path once. Demanded: the decoded path is encoded exactly once" in text
    assert "Examined: reproduces the documented known answers. Demanded: the published requests" in text
    result.stdout.fnmatch_lines(["*Reproduce: python -m pytest *::test_encodes_the_path_once --hypothesis-profile=ci"])
    assert "b" * 32 not in text


def test_the_other_suites_run_in_one_line_each(pytester):
    """Password, idempotency and retry suites are collected and pass when aimed at the package's own rooms."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        test_mine="""
        from contractkit import Client, ReferenceCloud, decrypt_password, encrypt_password
        from contractkit.properties import client_retry_suite, idempotency_suite, password_suite

        TestPasswords = password_suite(encrypt=encrypt_password, decrypt=decrypt_password)
        TestService = idempotency_suite(make_target=lambda clock: ReferenceCloud(clock=clock).handle, scale=0.2)
        TestClient = client_retry_suite(
            make_client=lambda transport, keys: Client(keys, transport=transport, sleep=lambda _: None).call
        )
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q", "--hypothesis-profile=dev")
    result.assert_outcomes(passed=13 + 19 + 9)
