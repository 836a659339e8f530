"""Cassettes of tests: where they lie, what replay does with them, and what is said when they do not fit."""

import pytest


def test_record_then_replay_gives_the_same_results(project):
    project.write(test_a=project.network)
    project.record().stdout.fnmatch_lines(["1 cassette: 3 recorded, 0 replayed, 0 unused interactions"])
    project.replay().stdout.fnmatch_lines(["1 cassette: 0 recorded, 3 replayed, 0 unused interactions"])


def test_recording_again_changes_no_byte(project):
    project.write(test_a=project.network)
    project.record()
    before = {name: data for name, (data, _) in project.files().items()}
    project.record()
    assert {name: data for name, (data, _) in project.files().items()} == before


def test_every_case_of_a_parametrized_test_has_a_cassette_of_its_own(project):
    project.write(
        test_a="""
        import pytest

        @pytest.mark.parametrize("cidr", ["10.0.0.0/16", "10.0.0.0/17", "10-0-0-0/16", "A", "a", "\\u7f51"])
        def test_name(bce_client, cidr):
            bce_client.vpc.create_vpc(name="app", cidr="10.0.0.0/16", description=cidr)

        class TestOne:
            def test_name(self, bce_client):
                bce_client.vpc.list_vpcs()
        """
    )
    project.record(passed=7)
    names = project.names()
    assert len({name.lower() for name in names}) == 7
    assert all(name.isascii() and not set(name) & set(r'\:*?"<>| ') for name in names)
    project.replay(passed=7)


def test_tests_of_the_same_name_in_two_folders_do_not_share_a_cassette(project):
    for folder in ("one", "two"):
        (project.root / folder).mkdir()
        (project.root / folder / "test_a.py").write_text(project.lists)
    project.record("--import-mode=importlib", passed=2)
    assert project.names() == ["one/test_a/test_lists.json", "two/test_a/test_lists.json"]


@pytest.mark.parametrize(
    ("ini", "option", "expected"),
    [
        ("", "", "cassettes"),
        ("recorded/here", "", "recorded/here"),
        ("recorded/here", "elsewhere", "elsewhere"),
    ],
)
def test_the_directory_comes_from_the_option_else_the_ini_value(project, ini, option, expected):
    project.ini(*([f"contract_cassettes = {ini}"] if ini else []))
    project.write(test_a=project.lists)
    options = [f"--contract-cassettes={option}"] if option else []
    project.record(*options)
    assert project.names(project.root / expected) == ["test_a/test_lists.json"]
    project.replay(*options)


def test_the_same_cassettes_are_found_from_any_working_directory(project, monkeypatch):
    (project.root / "tests").mkdir()
    (project.root / "tests" / "test_a.py").write_text(project.lists)
    project.record()
    assert project.names() == ["tests/test_a/test_lists.json"]
    monkeypatch.chdir(project.root / "tests")
    project.replay()
    project.replay("test_a.py")


@pytest.mark.parametrize(
    ("given", "file"),
    [
        ("shared", "shared.json"),
        ("shared.json", "shared.json"),
        ("area/shared", "area/shared.json"),
    ],
)
def test_the_mark_names_a_cassette(project, given, file):
    project.write(test_a=f"import pytest\n@pytest.mark.contract(cassette={given!r}){project.lists}")
    project.record()
    assert project.names() == [file]
    project.replay()


@pytest.mark.parametrize("given", ["../outside", "/outside", "a/../../outside", "C:\\outside"])
def test_a_named_cassette_never_leaves_the_directory(project, given):
    project.write(test_a=f"import pytest\n@pytest.mark.contract(cassette={given!r}){project.lists}")
    project.record()
    (name,) = project.names()
    assert (project.cassettes / name).resolve().is_relative_to(project.cassettes)


SHARED = """
import pytest

@pytest.mark.contract(cassette="shared")
def test_one(bce_client):
    bce_client.vpc.list_vpcs()

@pytest.mark.contract(cassette="{second}")
def test_two(bce_client):
    bce_client.vpc.list_vpcs()
    bce_client.eip.list_eips()
"""


@pytest.mark.parametrize("second", ["shared", "Shared"])
def test_two_tests_that_record_one_cassette_each_keep_their_own_part(project, second):
    """Neither overwrites the other, a part recorded alone leaves the other, and each replays alone."""
    project.write(test_a=SHARED.format(second=second))
    project.record(passed=2)
    before = {name: data for name, (data, _) in project.files().items()}
    assert len(before) == (1 if second == "shared" else 2)
    for selected in ("test_two", "test_one"):
        project.record("-k", selected, passed=1, deselected=1)
        assert {name: data for name, (data, _) in project.files().items()} == before
        project.replay("-k", selected, passed=1, deselected=1)
    if second == "shared":
        parts = [(each["part"], each["operation"]) for each in project.interactions("shared.json")]
        assert parts == [
            ("test_a/test_one", "vpc.list_vpcs"),
            ("test_a/test_two", "vpc.list_vpcs"),
            ("test_a/test_two", "eip.list_eips"),
        ]
    project.replay(passed=2)


def test_two_tests_may_share_a_cassette_that_is_extended_and_replayed(project):
    project.write(test_a=SHARED.format(second="shared"))
    project.run("--contract-mode=extend").assert_outcomes(passed=2)
    assert [each["operation"] for each in project.interactions("shared.json")] == ["vpc.list_vpcs", "eip.list_eips"]
    project.replay(passed=2)
    project.replay("-k", "test_two", passed=1, deselected=1)


def test_a_damaged_cassette_of_several_tests_is_not_recorded_over(project):
    """One test recorded alone would leave the others without their parts: told, and the file left to be mended."""
    project.write(test_a=SHARED.format(second="shared"))
    project.record(passed=2)
    path = project.cassettes / "shared.json"
    damaged = path.read_text().replace('  "part"', '<<<<<<< HEAD\n  "part"', 1).encode()
    path.write_bytes(damaged)
    result = project.record("-k", "test_one", errors=1, deselected=1)
    result.stdout.fnmatch_lines(
        [
            "*CassetteFormatError*shared.json*line * is the mark of a merge conflict*; it holds more than what is recorded*"
        ]
    )
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("first", ["test_a.py", "test_b.py"])
def test_a_test_may_name_the_cassette_that_is_another_tests_own(project, first):
    """Whoever records last, both are replayed."""
    project.write(
        test_a=project.lists,
        test_b="""
        import pytest

        @pytest.mark.contract(cassette="test_a/test_lists")
        def test_guest(bce_client):
            assert bce_client.eip.list_eips()["eipList"] == []
        """,
    )
    project.record(first)
    project.record("test_b.py" if first == "test_a.py" else "test_a.py")
    project.record(passed=2)
    assert project.names() == ["test_a/test_lists.json"]
    project.replay("-o", "contract_hygiene=unused=fail", passed=2)


SWALLOW = """
import pytest

def ask(client):
    try:
        return client.vpc.list_vpcs()
    except Exception:
        return None
"""


def test_a_miss_that_the_code_under_test_swallows_fails_the_test(project):
    """Without any cassette, behind a wrapping error, and in a thread: a test that proved nothing does not pass."""
    project.write(
        test_a=SWALLOW
        + """
def test_quiet(bce_client):
    ask(bce_client)

def test_wrapped(bce_client):
    with pytest.raises(RuntimeError):
        try:
            bce_client.vpc.list_vpcs()
        except Exception as error:
            raise RuntimeError("the SDK wraps everything") from error

def test_in_a_thread(bce_client):
    from threading import Thread
    thread = Thread(target=ask, args=(bce_client,))
    thread.start()
    thread.join()
"""
    )
    result = project.replay(passed=3, errors=3)
    result.stdout.fnmatch_lines(
        [
            "SwallowedMissError: CassetteMiss: *no answer to GET*/v1/vpc*",
            "This cassette does not exist yet. Record it: pytest --contract-mode=record*",
            "The test passed all the same: the code under test swallowed this error.*bce_cassette.forgive()*",
        ],
        consecutive=False,
    )


def test_a_miss_that_the_test_tells_of_itself_is_told_once(project):
    """As a failure, as a failure that is expected, or as what the test was for."""
    project.write(
        test_a=SWALLOW
        + """
from contractkit.errors import CassetteMiss

def test_fails(bce_client):
    bce_client.vpc.list_vpcs()

@pytest.mark.xfail(raises=CassetteMiss)
def test_is_expected_to_fail(bce_client):
    bce_client.vpc.list_vpcs()

def test_is_about_a_miss(bce_client, bce_cassette):
    with pytest.raises(CassetteMiss):
        bce_client.vpc.list_vpcs()
    bce_cassette.forgive()

def test_is_about_nothing(bce_cassette):
    pass
"""
    )
    project.replay(failed=1, xfailed=1, passed=2)


def test_a_foreign_host_that_the_code_under_test_swallows_is_not_recorded_in_silence(project):
    project.write(
        test_a="""
        import contextlib
        import urllib.request

        def test_telemetry(bce_client):
            with contextlib.suppress(Exception):
                urllib.request.urlopen("http://telemetry.example/x")
            bce_client.vpc.list_vpcs()
        """
    )
    result = project.record(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ForeignHostError: telemetry.example*allow_hosts=*bce_cassette.allow*"])
    assert not (project.cassettes / "test_a/test_telemetry.json").exists()


def test_replay_writes_nothing(project):
    """Every byte and every time of change stays, though a test fails and another is missing its cassette."""
    project.write(test_a=project.network + project.lists)
    project.record(passed=2)
    before = project.files()
    failing = "\ndef test_new(bce_client):\n    bce_client.eip.list_eips()\n"
    project.write(test_a=project.network + project.lists.replace("== []", "is None") + failing)
    project.replay("--contract-mode=replay", passed=1, failed=2)
    assert project.files() == before


WATCH = """
import os
import sys

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MAKING = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.utime", "os.truncate", "os.link", "os.symlink"}

def watch(event, args):
    touched = str(args[0]) if args else ""
    if "/cassettes" in touched and ((event == "open" and args[2] & WRITING) or event in MAKING):
        os.write(2, f"WROTE {event} {touched}\\n".encode())

sys.addaudithook(watch)
"""


def test_replay_opens_no_file_for_writing_where_cassettes_lie(project):
    """Told by the interpreter itself, so it holds for a directory that may not be written and for a new one."""
    project.write(test_a=project.lists, test_b=project.network, conftest=WATCH)
    assert "WROTE open" in project.spawn("--contract-mode=record", "test_a.py").stderr.str()
    result = project.spawn("--contract-mode=replay")
    result.assert_outcomes(passed=1, failed=1)
    assert "WROTE" not in result.stderr.str()


def test_a_missing_cassette_says_which_command_records_it(project):
    project.write(test_a=project.lists)
    result = project.replay(failed=1)
    result.stdout.fnmatch_lines(
        ["*cassettes/test_a/test_lists.json: no answer to GET*", "*--contract-mode=record*"], consecutive=False
    )
    assert not project.cassettes.exists()


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_first_run_ends_with_the_command_that_records(project, workers):
    """However many tests have no cassette, it is said once."""
    project.write(test_a=project.lists + project.network, test_b=project.lists)
    run = project.spawn if workers else project.run
    result = run(*workers)
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["3 cassettes do not exist yet: record with `pytest --contract-mode=record`"])
    project.record("-k", "made", passed=1, deselected=2)
    project.run("-k", "made or test_b").stdout.fnmatch_lines(["1 cassette does not exist yet: *"])


def test_a_miss_names_the_nearest_recorded_request_and_the_field_that_differs(project):
    project.write(test_a=project.network)
    project.record()
    project.write(test_a=project.network.replace("10.0.0.0/16", "10.9.0.0/16"))
    project.replay(failed=1).stdout.fnmatch_lines(
        [
            "*CassetteMiss*no answer to POST bcc.bj.baidubce.com/v1/vpc*",
            "*Nearest recorded request: #1, POST bcc.bj.baidubce.com/v1/vpc*",
            '*body /cidr: recorded "10.0.0.0/16", this run sent "10.9.0.0/16"',
            "*--contract-mode=extend*",
        ]
    )


def test_a_cassette_changed_by_hand_is_noticed(project):
    project.write(test_a=project.network)
    project.record()
    path = project.cassettes / "test_a/test_the_network_is_made.json"
    path.write_text(path.read_text().replace('"app"', '"apq"'))
    result = project.replay(errors=1)
    result.stdout.fnmatch_lines(["*CassetteFormatError*"])


def test_interactions_that_nobody_asked_for_are_listed(project):
    project.write(test_a=project.network)
    project.record()
    project.write(test_a="def test_the_network_is_made(bce_client):\n    pass\n")
    project.replay().stdout.fnmatch_lines(
        [
            "1 cassette: 0 recorded, 0 replayed, 3 unused interactions",
            "  unused  vpc.create_vpc /v1/vpc  (test_a/test_the_network_is_made.json)",
        ]
    )


def test_extend_adds_only_what_is_missing(project):
    """What is recorded already is answered from the cassette and stays in it, byte by byte."""
    project.write(test_a=project.network)
    project.record()
    name = "test_a/test_the_network_is_made.json"
    before = project.interactions(name)
    project.write(test_a=project.network + "    assert bce_client.eip.list_eips()['eipList'] == []\n")
    project.replay(failed=1)
    result = project.run("--contract-mode=extend")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["1 cassette: 1 recorded, 3 replayed, 0 unused interactions"])
    after = project.interactions(name)
    assert after[:3] == before
    assert [each["operation"] for each in after[3:]] == ["eip.list_eips"]
    project.replay()
    unchanged = project.files()
    project.run("--contract-mode=extend").assert_outcomes(passed=1)
    assert project.files() == unchanged


def test_what_extend_adds_knows_of_what_was_recorded_before(project):
    """The fresh cloud behind an extension has seen what the cassette answered: no id comes twice, and lists are whole."""
    made = """
    def test_two(bce_client):
        one = bce_client.vpc.create_vpc(name="one", cidr="10.0.0.0/16")["vpcId"]
    """
    more = """
        two = bce_client.vpc.create_vpc(name="two", cidr="10.1.0.0/16")["vpcId"]
        assert one != two
        assert {one, two} <= {each["vpcId"] for each in bce_client.vpc.list_vpcs()["vpcs"]}
    """
    project.write(test_a=made)
    project.record()
    project.write(test_a=made.rstrip() + more)
    result = project.run("--contract-mode=extend")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["1 cassette: 2 recorded, 1 replayed, 0 unused interactions"])
    project.replay()


CHANGED = """
def test_made(bce_client):
    vpc = bce_client.vpc.create_vpc(name="{name}", cidr="10.0.0.0/16")["vpcId"]
    assert bce_client.vpc.get_vpc(vpc)["vpc"]["name"] == "{name}"
    assert len(bce_client.vpc.list_vpcs()["vpcs"]) == 1
"""


@pytest.mark.parametrize("mark", ["", '@pytest.mark.contract(cassette="shared")'], ids=["own", "shared"])
@pytest.mark.parametrize("change", ["another", "one more"])
def test_extend_answers_nothing_from_before_a_change_that_was_not_recorded(project, mark, change):
    """What was true then may not be true now: from there on all is asked anew, and what nobody asks any more goes."""
    before = f"import pytest\n{mark}" + CHANGED.format(name="old")
    more = """
    bce_client.vpc.delete_vpc(vpc)
    assert bce_client.vpc.list_vpcs()["vpcs"] == []
"""
    after = before + more if change == "one more" else before.replace('"old"', '"new"')
    project.write(test_a=before, test_b=before)
    project.record(passed=2)
    others = [each for name in project.names() for each in project.interactions(name) if "test_b" in f"{name}{each}"]
    project.write(test_a=after)
    project.run("--contract-mode=extend").assert_outcomes(passed=2)
    result = project.run("--contract-hygiene=unused=fail")
    result.assert_outcomes(passed=2)
    rest = [each for name in project.names() for each in project.interactions(name) if "test_b" in f"{name}{each}"]
    assert rest == others
    made = [each for name in project.names() for each in project.interactions(name) if "test_a" in f"{name}{each}"]
    expected = ["create_vpc", "get_vpc", "list_vpcs", *(["delete_vpc", "list_vpcs"] if change == "one more" else [])]
    assert [each["operation"].partition(".")[2] for each in made] == expected


def test_direct_knows_no_cassettes(project):
    project.write(test_a=project.network)
    project.run("--contract-mode=direct").assert_outcomes(passed=1)
    assert not project.cassettes.exists()
    project.record()
    before = project.files()
    project.write(test_a=project.network.replace("10.0.0.0/16", "10.9.0.0/16"))
    project.run("--contract-mode=direct").assert_outcomes(passed=1)
    assert project.files() == before


def test_recording_against_the_cloud_stores_the_documented_hosts(project):
    project.write(test_a=project.network)
    project.record()
    text = "".join(data.decode() for data, _ in project.files().values())
    assert "https://bcc.bj.baidubce.com/v1/vpc" in text
    assert "127.0.0.1" not in text
    assert "localhost" not in text
