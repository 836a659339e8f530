"""Option, environment, mark and ini: who is heard first, and what is said about a wish that cannot be met."""

import itertools

import pytest

from contractkit.conformance.marks import MODES

SHOW = """
import pytest

{mark}
def test_mode(bce_cassette):
    print("the mode is", bce_cassette.mode.value)
"""
SOURCES = ("option", "environment", "mark", "ini")


def said(project, monkeypatch, **wishes):
    """The mode a test is run in when these places name one."""
    mark = f'@pytest.mark.contract(mode="{wishes["mark"]}")' if "mark" in wishes else ""
    project.write(test_a=SHOW.format(mark=mark))
    project.ini(*([f"contract_mode = {wishes['ini']}"] if "ini" in wishes else []))
    if "environment" in wishes:
        monkeypatch.setenv("CONTRACTKIT_MODE", wishes["environment"])
    result = project.run("-s", *([f"--contract-mode={wishes['option']}"] if "option" in wishes else []))
    result.assert_outcomes(passed=1)
    return next(line.rpartition(" ")[2] for line in result.outlines if "the mode is" in line)


def test_the_mode_is_replay_when_nothing_is_said(project, monkeypatch):
    assert said(project, monkeypatch) == "replay"


@pytest.mark.parametrize("source", SOURCES)
def test_each_place_can_name_the_mode(project, monkeypatch, source):
    assert said(project, monkeypatch, **{source: "direct"}) == "direct"


@pytest.mark.parametrize(("above", "below"), [*itertools.combinations(SOURCES, 2)])
def test_what_stands_above_is_heard_first(project, monkeypatch, above, below):
    assert said(project, monkeypatch, **{above: "replay", below: "direct"}) == "replay"
    assert said(project, monkeypatch, **{above: "direct", below: "replay"}) == "direct"


@pytest.mark.parametrize("below", ["mark", "ini"])
@pytest.mark.parametrize("above", ["option", "environment"])
def test_nothing_below_loosens_a_replay_that_was_ordered(project, monkeypatch, above, below):
    mark = '@pytest.mark.contract(mode="record")' if below == "mark" else ""
    project.ini(*(["contract_mode = record"] if below == "ini" else []))
    project.write(test_a=f"import pytest\n{mark}{project.lists}")
    if above == "environment":
        monkeypatch.setenv("CONTRACTKIT_MODE", "replay")
    result = project.run(*(["--contract-mode=replay"] if above == "option" else []))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*CassetteMiss*"])
    assert not project.cassettes.exists()


def test_the_mark_nearest_to_the_test_wins(project):
    project.write(
        test_a="""
        import pytest
        pytestmark = pytest.mark.contract(mode="record", verify=False)

        @pytest.mark.contract(mode="direct")
        class TestNear:
            def test_class(self, bce_cassette):
                assert bce_cassette.mode.value == "direct"

            @pytest.mark.contract(mode="extend")
            def test_function(self, bce_cassette):
                assert bce_cassette.mode.value == "extend"

        def test_module(bce_cassette):
            assert bce_cassette.mode.value == "record"
        """
    )
    project.run().assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ('"record"', "the contract mark takes arguments by name only: mode, cassette"),
        (
            "modes='record'",
            "the contract mark takes mode, cassette, verify, allow_hosts, allow_processes, cut_sleeps, creates, not 'modes'",
        ),
        ("mode='recrod'", "mode='recrod' of the contract mark: give one of replay, record, extend, direct"),
        ("mode=3", "give one of replay, record, extend, direct"),
        ("cassette=7", "give a name for the cassette"),
        ("cassette='/'", "give a name for the cassette"),
        ("verify='no'", "verify='no' of the contract mark: give True or False"),
        ("allow_hosts='127.0.0.1:80'", "give a list of hosts, each written 'name:port' or 'name'"),
        ("cut_sleeps='no'", "cut_sleeps='no' of the contract mark: give True or False"),
        ("creates=1", "give True or False"),
    ],
)
def test_a_mark_that_cannot_be_read_is_told_by_its_own_test_and_stops_no_other(project, arguments, told):
    project.write(
        test_a=f"import pytest\ndef test_first(): pass\n@pytest.mark.contract({arguments})\ndef test_a(): pass\n"
    )
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"test_a.py::test_a: *{told.replace('[', '[[]')}*"])
    assert "Traceback" not in result.stdout.str()


@pytest.mark.slow
def test_a_mark_that_cannot_be_read_is_told_under_xdist_too(project):
    project.write(
        test_a="import pytest\ndef test_first(): pass\n@pytest.mark.contract(modes='record')\ndef test_a(): pass\n"
    )
    result = project.spawn("-n", "1")
    result.assert_outcomes(passed=1, errors=1)
    assert "the contract mark takes mode, cassette" in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--contract-mode=recrod", "invalid choice: 'recrod'"),
        ("--contract-target=moon", "invalid choice: 'moon'"),
        ("--contract-findings=shout", "invalid choice: 'shout'"),
        ("--contract-seed=x", "invalid int value: 'x'"),
        ("--contract-region=mars", "--contract-region is 'mars': use one of bj, bd, cd"),
        ("--contract-hygiene=max-age=99999999999999", "give at most 36500 days, or 0"),
        ("--contract-hygiene=max-age=36501", "give at most 36500 days, or 0"),
        ("--contract-report=out.pdf", "the name must end in .html or .json"),
        ("--contract-report=out.xml", "use --junitxml="),
        ("--contract-target=live", "set BAIDUCLOUD_ACCESS_KEY and BAIDUCLOUD_SECRET_KEY in the environment"),
    ],
)
def test_a_bad_option_is_a_usage_error_that_says_what_to_do(project, option, told):
    project.write(test_a="def test_first(): pass")
    result = project.run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stderr.str() + result.stdout.str()
    assert "passed" not in result.stdout.str()


@pytest.mark.parametrize(
    ("ini", "variable", "told"),
    [
        ("contract_mode = recrod", "", "the ini value contract_mode is 'recrod': use one of replay, record, extend"),
        ("contract_region = mars", "", "the ini value contract_region is 'mars': use one of bj, bd, cd"),
        ("contract_findings = loud", "", "the ini value contract_findings is 'loud': use one of ignore, warn, fail"),
        ("", "recrod", "CONTRACTKIT_MODE is 'recrod': use one of replay, record, extend, direct"),
    ],
)
def test_a_bad_ini_value_or_variable_is_told_before_the_first_test(project, monkeypatch, ini, variable, told):
    project.ini(ini)
    if variable:
        monkeypatch.setenv("CONTRACTKIT_MODE", variable)
    project.write(test_a="def test_first(): pass")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {told}*"])


def test_the_mode_is_read_in_any_letter_case(project, monkeypatch):
    assert said(project, monkeypatch, environment="DIRECT") == "direct"


def test_the_header_names_a_mode_that_was_asked_for(project, monkeypatch):
    project.write(test_a="def test_first(): pass")
    assert "contractkit" not in "\n".join(line for line in project.run().outlines if "plugins:" not in line)
    project.run("--contract-mode=record").stdout.fnmatch_lines(["contractkit: mode record, target reference"])
    monkeypatch.setenv("CONTRACTKIT_MODE", "extend")
    project.run().stdout.fnmatch_lines(["contractkit: mode extend, target reference"])


def test_pytest_lists_the_mark_the_options_and_the_fixtures(project):
    marks = project.run("--markers").stdout.str()
    assert (
        "@pytest.mark.contract(mode=None, cassette=None, verify=True, allow_hosts=(), allow_processes=False, cut_sleeps=True, creates=False): run"
        in marks
    )
    told = project.run("--help").stdout.str()
    for option in ("mode", "target", "report", "cassettes", "findings", "seed", "region", "allow-create"):
        assert f"--contract-{option}" in told
    for ini in ("contract_mode", "contract_cassettes", "contract_findings"):
        assert f"{ini} (string)" in told
    fixtures = project.run("--fixtures").stdout.str()
    for name, line in {
        "bce_client": "A signed client for every described operation",
        "bce_cassette": "The cassette of the test, open for every client",
        "bce_cloud": "The cloud behind the test",
        "bce_credentials": "The credentials to sign with",
    }.items():
        assert name in fixtures
        assert line in fixtures


def test_every_mode_of_the_mark_is_one_of_the_recording_room():
    """The list that is known without importing a room is the room's own."""
    from contractkit.pytest_plugin import options  # noqa: PLC0415 - of the plugin pytest loaded
    from contractkit.recording import Mode  # noqa: PLC0415

    assert {mode.value for mode in Mode} == set(MODES) == set(options.MODES)


@pytest.mark.parametrize("place", ["test", "hook"])
def test_the_mode_is_read_once_and_nothing_that_runs_later_changes_it(project, place):
    """Neither a test nor a hook of a conftest that sets the variable lets the tests after it record."""
    sets = "import os\n    os.environ['CONTRACTKIT_MODE'] = 'record'"
    project.write(
        conftest=f"def pytest_runtest_setup(item):\n    {sets if place == 'hook' else 'pass'}\n",
        test_a=f"def test_a_loosens():\n    {sets if place == 'test' else 'pass'}\n",
        test_b=f"{SHOW.format(mark='')}\n{project.lists}",
    )
    result = project.spawn("-s", "-p", "no:randomly")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*the mode is replay*", "*CassetteMiss*"])
    assert not project.cassettes.exists()


REGION = """
def test_region(bce_cloud, bce_client):
    print("asked", bce_cloud.endpoint("vpc"), "in", bce_cloud.region)
    assert bce_client.vpc.list_vpcs()["vpcs"] == []
"""


def test_the_region_of_a_shell_changes_no_host_that_replay_asks(project, monkeypatch):
    """BAIDUCLOUD_REGION is Terraform's, set in many a shell; the cassettes were recorded elsewhere."""
    project.write(test_a=REGION)
    project.record()
    for value in ("gz", "mars"):
        monkeypatch.setenv("BAIDUCLOUD_REGION", value)
        project.replay("-s").stdout.fnmatch_lines(["*asked https://bcc.bj.baidubce.com in bj*"])


def test_the_region_of_the_ini_file_is_recorded_and_replayed(project):
    """The option stands above it."""
    project.ini("contract_region = gz")
    project.write(test_a=REGION)
    project.record()
    assert "bcc.gz.baidubce.com" in project.interactions("test_a/test_region.json")[0]["request"]["url"]
    project.replay("-s").stdout.fnmatch_lines(["*asked https://bcc.gz.baidubce.com in gz*"])
    result = project.replay("-s", "--contract-region=su", failed=1)
    result.stdout.fnmatch_lines(["*asked https://bcc.su.baidubce.com in su*"])


@pytest.mark.parametrize("mode", ["record", "extend", "direct"])
def test_the_region_of_a_shell_is_not_recorded_either(project, monkeypatch, mode):
    """Or replay, which asks the same hosts on every machine, would miss what the next shell recorded."""
    project.ini("contract_region = su")
    project.write(test_a=REGION)
    monkeypatch.setenv("BAIDUCLOUD_REGION", "gz")
    project.run("-s", f"--contract-mode={mode}").stdout.fnmatch_lines(["*in su*"])


def test_the_region_of_the_environment_counts_in_a_live_run_and_the_header_names_it(project, monkeypatch):
    for name in ("BAIDUCLOUD_ACCESS_KEY", "BAIDUCLOUD_SECRET_KEY"):
        monkeypatch.setenv(name, "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("BAIDUCLOUD_REGION", "gz")
    project.write(test_a="def test_it(): pass")
    told = "contractkit: region gz, from BAIDUCLOUD_REGION; for replay*contract_region = gz*"
    project.run("--contract-target=live").stdout.fnmatch_lines([told])
    project.run("--contract-target=live", "--contract-region=bd").stdout.no_fnmatch_line(told)
    project.run("--contract-target=live", "--contract-mode=replay").stdout.no_fnmatch_line(told)


@pytest.mark.parametrize("arguments", [(), pytest.param(("-n", "1"), marks=pytest.mark.slow)])
def test_an_unknown_region_of_the_environment_is_one_line_that_names_the_variable(project, monkeypatch, arguments):
    project.write(test_a=REGION)
    monkeypatch.setenv("BAIDUCLOUD_REGION", "mars")
    result = project.spawn("--contract-target=live", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: BAIDUCLOUD_REGION is 'mars': use one of bj, bd, cd, *"])
    told = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in told
    assert "Traceback" not in told
    assert "--contract-region" not in told


def test_the_regions_known_without_importing_a_room_are_those_of_the_contract():
    from contractkit.contract import load_contract  # noqa: PLC0415 - as above
    from contractkit.pytest_plugin import options  # noqa: PLC0415

    assert load_contract().regions == options.REGIONS
