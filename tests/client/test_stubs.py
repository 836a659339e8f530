"""What an editor knows about the services is generated from the contract, current, and true."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import contractkit
from contractkit import load_contract
from contractkit.client.schema_types import TypeWriter, pascal
from contractkit.client.stubs import STUB, write_stub

GOOD = """
from contractkit import Client, Credentials

client = Client(Credentials("a" * 32, "b" * 32), "gz", endpoint={"vpc": "http://127.0.0.1:1"})
vpc_id: str = client.vpc.create_vpc(name="n", cidr="10.0.0.0/16", tags=[{"tagKey": "k", "tagValue": "v"}])["vpcId"]
names: list[str] = [vpc.get("name", "") for vpc in client.vpc.list_vpcs.each(maxKeys=50)]
for page in client.dns.list_dns_records.pages("example.com"):
    truncated: bool = page["isTruncated"]
client.dns.update_dns_record("example.com", "1", rr="www", type="A", value="192.0.2.1", ttl=None)
with client:
    client.call("vpc.get_vpc", {"vpcId": vpc_id})
"""
BAD = """
from contractkit import Client, Credentials

client = Client(Credentials("a" * 32, "b" * 32))
client.vcp
client.vpc.create_vcp
client.vpc.create_vpc(name="n")
client.vpc.create_vpc(name=1, cidr="10.0.0.0/16")
client.vpc.create_vpc(name="n", cidr="10.0.0.0/16", colour="red")
client.vpc.create_vpc(name="n", cidr="10.0.0.0/16", tags=[{"tagKey": "k"}])
client.dns.create_dns_record("example.com", rr="www", type="NOPE", value="192.0.2.1")
client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")["vpcid"]
client.vpc.create_vpc.each()
client.vpc.list_vpcs("positional")
"""


def test_the_committed_stub_is_what_the_generator_makes():
    """Run `python -m contractkit.client.stubs` after a change of the contract."""
    assert STUB.read_text(encoding="utf-8") == write_stub(load_contract())


def test_the_stub_is_python_and_names_every_operation():
    classes = {
        each.name: each for each in ast.parse(STUB.read_text(encoding="utf-8")).body if isinstance(each, ast.ClassDef)
    }
    for service in load_contract().services:
        methods = {each.name for each in classes[pascal(service)].body if isinstance(each, ast.FunctionDef)}
        assert methods == {each.name for each in load_contract().operations(service)}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "str"),
        ({"type": ["null", "integer"]}, "int | None"),
        ({"type": "array", "items": {"type": "number"}}, "list[float]"),
        ({"type": "array", "items": {"type": ["string", "null"]}}, "list[str | None]"),
        ({"type": ["array", "null"], "items": {}}, "list[Any] | None"),
        ({"type": "string", "enum": ["a", 'b"c', "d\\"]}, 'Literal["a", "b\\"c", "d\\\\"]'),
        ({"type": ["string", "null"], "enum": ["a", None]}, 'Literal["a"] | None'),
        ({"const": 4}, "Literal[4]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "dict[str, bool]"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "string"}]}, "str | int"),
        ({}, "Any"),
    ],
)
def test_schemas_become_types(schema, expected):
    assert TypeWriter().write(schema, "Name") == expected


def test_objects_become_typed_dicts_with_every_member_that_may_be_there():
    """Nested objects get classes of their own; members only a branch names are optional; odd names are kept."""
    types = TypeWriter()
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "sub": {"type": "object", "properties": {"from": {"type": "integer"}}},
        },
        "required": ["id"],
        "allOf": [{"if": {}, "then": {"properties": {"late": {"type": "boolean"}}}}],
    }
    assert types.write({"type": "array", "items": schema}, "Thing") == "list[Thing]"
    assert list(types.declarations.values()) == [
        'ThingSub = TypedDict("ThingSub", {\n    "from": NotRequired[int],\n})',
        "class Thing(TypedDict):\n    id: str\n    sub: NotRequired[ThingSub]\n    late: NotRequired[bool]",
    ]


def test_two_types_of_one_name_are_refused():
    types = TypeWriter()
    types.write({"type": "object", "properties": {"a": {}}}, "Thing")
    with pytest.raises(ValueError, match="two different types would be called Thing"):
        types.write({"type": "object", "properties": {"b": {}}}, "Thing")


@pytest.mark.slow
def test_a_type_checker_accepts_right_programs_and_rejects_wrong_ones(tmp_path):
    """One strict run over two programs: no complaint about the right one, one for each line of the wrong one."""
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text(BAD)
    root = Path(contractkit.__file__).parent.parent
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--no-error-summary",
            f"--cache-dir={tmp_path}/cache",
            "good.py",
            "bad.py",
        ],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    complaints = [line.split(": error: ")[0] for line in result.stdout.splitlines() if ": error: " in line]
    wrong = [number for number, line in enumerate(BAD.splitlines(), start=1) if line.startswith("client.")]
    assert list(dict.fromkeys(complaints)) == [f"bad.py:{number}" for number in wrong], result.stdout + result.stderr
