"""The scan: finds secrets of BCE in recordings of any tool, says where and never what, and nothing in what is clean."""

import base64
import gzip
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml

from contractkit.errors import CassetteFormatError
from contractkit.passwords import encrypt_password
from contractkit.recording import open_cassette
from contractkit.recording.scan import PATTERNS, is_placeholder, scan_bytes, scan_paths
from contractkit.recording.scan.gitleaks import as_toml

ROOT = Path(__file__).parents[2]
HEX = "5bb1c2d3e4f5061728394a5b6c7d8e9f"
AUTHORIZATION = f"bce-auth-v1/{HEX}/2026-05-01T01:02:03Z/1800/host/{HEX * 2}"
FOUND = [
    pytest.param(pattern, text, id=f"{pattern.id}-{n}") for pattern in PATTERNS for n, text in enumerate(pattern.found)
]
PASSED = [
    pytest.param(pattern, text, id=f"{pattern.id}-{n}") for pattern in PATTERNS for n, text in enumerate(pattern.passed)
]


@pytest.mark.parametrize(("pattern", "text"), FOUND)
def test_every_pattern_finds_its_true_samples(pattern, text):
    assert pattern.id in {hit.pattern for hit in scan_bytes(f"x: 1\n{text}\n".encode(), "f")}


@pytest.mark.parametrize(("pattern", "text"), PASSED)
def test_every_pattern_leaves_its_false_samples(pattern, text):
    assert pattern.id not in {hit.pattern for hit in scan_bytes(f"x: 1\n{text}\n".encode(), "f")}


def test_every_pattern_has_samples_of_both_kinds_and_no_look_around():
    assert all(pattern.found and pattern.passed for pattern in PATTERNS)
    assert not [pattern.id for pattern in PATTERNS if re.search(r"\(\?<?[=!]", pattern.expression)]


VCR = {
    "interactions": [
        {
            "request": {
                "method": "POST",
                "uri": "http://x/",
                "headers": {"Authorization": [AUTHORIZATION]},
                "body": json.dumps({"adminPass": "Hunter2!x"}),
            },
            "response": {"body": {"string": gzip.compress(b'{"secretKey": "s3cr3t-Psk1"}')}},
        }
    ]
}
BETAMAX = {
    "http_interactions": [
        {
            "request": {
                "headers": {"x-bce-security-token": [base64.b64encode(HEX.encode()).decode()]},
                "body": {"base64_string": base64.b64encode(b'{"password": "Hunter2!x"}').decode()},
            }
        }
    ]
}
HAR = {
    "log": {
        "entries": [
            {
                "request": {
                    "headers": [{"name": "Authorization", "value": AUTHORIZATION}],
                    "postData": {"text": json.dumps({"note": json.dumps({"psk": "s3cr3t-Psk1"})})},
                }
            }
        ]
    }
}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("vcr.yaml", yaml.safe_dump(VCR), {"bce-authorization", "bce-secret-member"}),
        ("betamax.json", json.dumps(BETAMAX), {"bce-session-token", "bce-secret-member"}),
        ("trace.har", json.dumps(HAR, indent=1), {"bce-authorization", "bce-secret-member"}),
        ("debug.log", f"DEBUG sign_key=[{HEX * 2}]", {"bce-signing-key"}),
    ],
)
def test_recordings_of_other_tools_are_read_packed_bodies_included(tmp_path, name, text, expected):
    (tmp_path / name).write_text(text)
    hits = list(scan_paths([tmp_path]))
    assert {hit.pattern for hit in hits} == expected
    assert all(hit.path == str(tmp_path / name) for hit in hits)
    told = " ".join(map(str, hits))
    assert not any(secret in told for secret in (HEX, "Hunter2", "s3cr3t"))


def test_the_line_of_a_packed_secret_is_told():
    packed = base64.b64encode(gzip.compress(AUTHORIZATION.encode())).decode()
    (hit,) = scan_bytes(f'{{\n"a": 1,\n"body": "{packed}"\n}}'.encode(), "f")
    assert (hit.line, hit.packed) == (3, True)


def test_a_compressed_recording_is_opened_within_limits(tmp_path):
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(AUTHORIZATION.encode()))
    assert len(list(scan_paths([tmp_path]))) == 1
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(b" " * (33 << 20)))
    with pytest.raises(CassetteFormatError, match="inflates beyond"):
        list(scan_paths([tmp_path / "b.json.gz"]))


def test_what_is_packed_too_densely_to_be_looked_through_is_told():
    """Silence would say that nothing is in it; what was found before is told too."""
    bomb = gzip.compress(b"a\n" * (4 << 20)) * 8
    first, last = (str(hit) for hit in scan_bytes(AUTHORIZATION.encode() + b"\n" + bomb, "f"))
    assert first.endswith("[bce-authorization]")
    assert (
        last == "f:1: more packed data than can be looked through; unpack it and scan what was in it (packed) [unseen]"
    )


def record_own(tmp_path, kit, **more):
    """A cassette with everything that has a stand-in."""
    body = {"password": "Hunter_22", "secretKey": "Fresh_4242", **more}
    with open_cassette(
        tmp_path / "own.json", "record", foreign=False, credentials=kit.own, clock=lambda: kit.now
    ) as cassette:
        for target in ("/v1/vpc?clientToken=abc", "/v1/vpc?clientToken=def"):
            request = kit.request("POST", target, body)
            cassette.transport(lambda _: kit.response({**body, "accountId": HEX, "message": AUTHORIZATION}))(request)
    return tmp_path / "own.json"


def test_a_sanitized_cassette_trips_neither_the_scan_nor_detect_secrets(tmp_path, kit):
    """Stand-ins, example credentials and digests look like no secret to our patterns or to its default plugins."""
    path = record_own(tmp_path, kit)
    assert list(scan_paths([path])) == []
    assert detect(path) == []


def test_a_ciphertext_under_the_published_key_is_known_to_the_scan(tmp_path, kit):
    """Its digits are those of any ciphertext, but everybody can read it."""
    path = record_own(tmp_path, kit, adminPass=encrypt_password("Geheim!23", kit.own.secret_access_key))
    assert list(scan_paths([path])) == []
    other = encrypt_password("Geheim!23", kit.own.secret_access_key)
    assert scan_bytes(f'{{"adminPass": "{other}"}}'.encode(), "f")


def detect(path, *arguments):
    """What the detect-secrets command finds in a file: (kind, the line)."""
    done = subprocess.run(
        [sys.executable, "-m", "detect_secrets", "scan", "--all-files", *arguments, path.name],
        cwd=path.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = path.read_text().split("\n")
    found = json.loads(done.stdout)["results"].get(path.name, [])
    return [(each["type"], lines[each["line_number"] - 1].strip()) for each in found]


def test_the_plugin_makes_detect_secrets_find_what_it_does_not(tmp_path):
    place = Path(importlib.util.find_spec("contractkit.recording.scan.detect_secrets_plugin").origin)
    (tmp_path / "raw.yaml").write_text("\n".join(text for pattern in PATTERNS for text in pattern.found))
    kinds = [kind for kind, _ in detect(tmp_path / "raw.yaml", "-p", str(place))]
    assert kinds.count("Baidu AI Cloud (BCE) credential") >= len(PATTERNS)
    assert detect(record_path(tmp_path), "-p", str(place)) == []


@pytest.mark.slow
def test_detect_secrets_finds_no_credential_in_packaged_cassettes():
    """With our plugin and its own, in every fourth: what it takes for random digits are names that a test drew."""
    place = importlib.util.find_spec("contractkit.recording.scan.detect_secrets_plugin").origin
    files = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "cassettes").rglob("*.json"))[::4]]
    assert len(files) > 100
    command = [sys.executable, "-m", "detect_secrets", "scan", "--all-files", *files, "-p", place]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    assert "BceDetector" in {each["name"] for each in document["plugins_used"]}
    kinds = {each["type"] for found in document["results"].values() for each in found}
    assert kinds <= {"Hex High Entropy String"}


def record_path(tmp_path):
    path = tmp_path / "clean.json"
    path.write_text('{"adminPass": "!Example_Pass1", "accessKeyId": "' + "a" * 32 + '"}')
    return path


def test_the_rules_for_gitleaks_are_toml_and_the_table():
    document = tomllib.loads(as_toml())
    assert [rule["id"] for rule in document["rules"]] == [pattern.id for pattern in PATTERNS]
    assert [rule["regex"] for rule in document["rules"]] == [pattern.expression for pattern in PATTERNS]
    allowed = [re.compile(each) for each in document["allowlists"][0]["regexes"]]
    for value in ("!Example_Pass7", "a" * 32, "b" * 32, "redacted", "token-3"):
        assert any(each.search(value) for each in allowed), value
    assert not any(each.search(HEX) or each.search("Hunter2!x") for each in allowed)


def test_placeholders_are_known_and_secrets_are_none():
    for value in (
        "a" * 32,
        "b" * 32,
        "0" * 64,
        "!Example_Pass1",
        "<password>",
        "${SK}",
        "redacted",
        "string",
        "token-12",
    ):
        assert is_placeholder(value), value
    for value in (HEX, "Hunter2!x", "s3cr3t-Psk1", HEX * 2):
        assert not is_placeholder(value), value


def test_the_scan_takes_linear_time():
    """A megabyte of the worst that was thought of, in every pattern, in well under a second each."""
    for text in (
        "password" * 130_000,
        "secret_key=" * 95_000,
        "bce-auth-v1/" * 87_000,
        "a" * 1_000_000,
        '\\"' * 500_000,
    ):
        began = time.perf_counter()
        for pattern in PATTERNS:
            list(pattern.compiled.finditer(text.encode()))
        assert time.perf_counter() - began < 5, text[:12]
