"""Live keys in the environment are secret in every run, whatever it talks to: a test may read them there."""

import pytest

KEYS = {
    "BAIDUCLOUD_ACCESS_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "BAIDUCLOUD_SECRET_KEY": "5566778899aabbccddeeff0011223344",
    "BAIDUCLOUD_SESSION_TOKEN": "session+token/of=mine==0123456789",
}
TELLS = """
import os

import pytest

@pytest.mark.parametrize("name", ["BAIDUCLOUD_ACCESS_KEY", "BAIDUCLOUD_SECRET_KEY", "BAIDUCLOUD_SESSION_TOKEN"])
def test_tells(bce_client, name):
    key = os.environ[name]
    bce_client.vpc.create_vpc(name="app", cidr="10.0.0.0/16", description="x" + key)
    print("printed", key)
    {ends}
"""


@pytest.fixture
def live_keys(monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


def everything(project, result):
    """All that a run left, but for our own tests."""
    left = [result.stdout.str(), result.stderr.str()]
    left += [
        path.read_text() for path in project.root.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    ]
    return "\n".join(left)


@pytest.mark.parametrize("ends", ["pass", "assert key == ''"])
def test_keys_in_the_environment_are_neither_recorded_nor_told(project, live_keys, ends, mode):
    project.write(test_a=TELLS.format(ends=ends))
    result = project.run(f"--contract-mode={mode}", "-rA", "--junitxml=out.xml", "--contract-report=out.html")
    if mode != "replay":
        result.assert_outcomes(**{"passed" if ends == "pass" else "failed": 3})
    told = everything(project, result)
    assert mode == "replay" or "(secret)" in told
    assert not [name for name, value in KEYS.items() if value in told]


def test_what_was_recorded_with_them_is_replayed_with_them(project, live_keys):
    project.write(test_a=TELLS.format(ends="pass"))
    project.record(passed=3)
    project.replay(passed=3)


def test_published_keys_and_placeholders_are_no_secret(project, monkeypatch):
    """The documentation's pair, and a plain word in its place, stay as they are."""
    monkeypatch.setenv("BAIDUCLOUD_ACCESS_KEY", "a" * 32)
    monkeypatch.setenv("BAIDUCLOUD_SECRET_KEY", "testing")
    project.write(test_a="def test_a(bce_client):\n    assert 'testing' == 'a' * 32\n")
    told = project.run("--contract-mode=record").stdout.str()
    assert "(secret)" not in told
    assert "a" * 32 in told
    assert "testing" in told


def test_a_run_that_uses_nothing_of_ours_stays_inert_beside_them(project, live_keys):
    project.write(
        test_a="""
        import sys

        def test_plain():
            assert "contractkit.conformance" not in sys.modules
        """
    )
    result = project.spawn("-p", "no:pytest-betamax")
    result.assert_outcomes(passed=1)
