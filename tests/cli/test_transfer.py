"""`contractkit cassette diff`, `import` and `export`."""

import json

import pytest

from contractkit.message import Request, Response
from contractkit.recording import open_cassette
from contractkit.recording.store import load_cassette


@pytest.fixture
def record(tmp_path):
    def make(name, *answers):
        path = tmp_path / name
        with open_cassette(path, "record", foreign=False) as cassette:
            for target, body in answers:
                answer = Response(200, {"Content-Type": "application/json"}, json.dumps(body).encode())
                cassette.transport(lambda _, answer=answer: answer)(
                    Request("GET", f"http://bcc.bj.baidubce.com{target}", {"Host": "bcc.bj.baidubce.com"})
                )
        return path

    return make


def test_diff_names_operation_and_field_and_exits_with_1(call, record):
    one = record(
        "one.json", ("/v1/vpc", {"vpcs": [{"name": "a"}]}), ("/v1/vpc/vpc-1", {}), ("/v1/subnet", {"subnets": []})
    )
    two = record("two.json", ("/v1/vpc", {"vpcs": [{"name": "b", "x": 1}]}), ("/v1/vpc/vpc-2", {}))
    result = call("cassette", "diff", str(one), str(two))
    assert result.exit_code == 1
    assert 'vpc.list_vpcs #1: response body /vpcs/0/name: "a" -> "b"' in result.output
    assert "vpc.list_vpcs #1: response body /vpcs/0/x: (absent) -> 1" in result.output
    assert 'vpc.get_vpc #2: path: "/v1/vpc/vpc-1" -> "/v1/vpc/vpc-2"' in result.output
    assert "vpc.list_subnets #3: interaction" in result.output


def test_show_tells_faults_and_parts(call, tmp_path):
    path = tmp_path / "one.json"
    with open_cassette(path, "record", foreign=False, part="test_a/test_one") as cassette, pytest.raises(TimeoutError):
        cassette.transport(lambda _: (_ for _ in ()).throw(TimeoutError()))(
            Request("GET", "http://bcc.bj.baidubce.com/v1/vpc", {"Host": "bcc.bj.baidubce.com"})
        )
    line = call("cassette", "show", str(path)).stdout.splitlines()[1]
    assert "vpc.list_vpcs  fault: timeout" in line
    assert line.endswith("of test_a/test_one")


def test_diff_of_the_same_says_so(call, record):
    one = record("one.json", ("/v1/vpc", {"vpcs": []}))
    assert "no difference" in call("cassette", "diff", str(one), str(one)).output


def test_export_and_import_go_there_and_back(call, record, tmp_path):
    one = record("one.json", ("/v1/vpc", {"vpcs": []}))
    call("cassette", "export", str(one), "--to", str(tmp_path / "theirs"))
    source = tmp_path / "theirs" / "one.yaml"
    assert "interactions:" in source.read_text()
    call("cassette", "import", str(source), "--to", str(tmp_path / "ours"))
    assert load_cassette(tmp_path / "ours" / "one.json").entries == load_cassette(one).entries
    result = call("cassette", "import", str(source), "--to", str(tmp_path / "ours"))
    assert result.exit_code == 2
    assert "add --overwrite" in result.stderr
    call("cassette", "import", str(source), "--to", str(tmp_path / "ours"), "--overwrite")
