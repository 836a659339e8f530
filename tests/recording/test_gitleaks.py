"""The rules for gitleaks, run by gitleaks itself where it is installed, and by the regular expressions of Go it stands on."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from contractkit.recording.scan import PATTERNS
from contractkit.recording.scan.gitleaks import as_toml

ROOT = Path(__file__).parents[2]
CASSETTES = ROOT / "cassettes"
OURS = {pattern.id for pattern in PATTERNS}
# As gitleaks goes about it: a rule is tried where one of its keywords stands, and what the first group holds is the
# secret, unless the list of what is allowed knows it.
GO = """
package main

import ("encoding/json"; "os"; "regexp"; "strings")

type rule struct { Id, Regex string; Keywords []string }
type task struct { Rules []rule; Allowed, Files []string }

func main() {
	var given task
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil { panic(err) }
	var allowed, compiled []*regexp.Regexp
	for _, each := range given.Allowed { allowed = append(allowed, regexp.MustCompile(each)) }
	for _, each := range given.Rules { compiled = append(compiled, regexp.MustCompile(each.Regex)) }
	found := map[string][]string{}
	for _, file := range given.Files {
		data, err := os.ReadFile(file)
		if err != nil { panic(err) }
		lowered := strings.ToLower(string(data))
		for number, each := range given.Rules {
			wanted := false
			for _, keyword := range each.Keywords { wanted = wanted || strings.Contains(lowered, keyword) }
			if !wanted { continue }
		matches:
			for _, match := range compiled[number].FindAllStringSubmatch(string(data), -1) {
				for _, known := range allowed { if known.MatchString(match[1]) { continue matches } }
				found[file] = append(found[file], each.Id)
			}
		}
	}
	json.NewEncoder(os.Stdout).Encode(found)
}
"""


def test_no_bound_of_a_rule_is_higher_than_go_takes():
    """A configuration with one bound above 1000 is refused whole, so that nothing at all is found."""
    rules = tomllib.loads(as_toml())
    expressions = [each["regex"] for each in rules["rules"]] + rules["allowlists"][0]["regexes"]
    bounds = [int(bound) for each in expressions for bound in re.findall(r"\{\d*,?(\d+)\}", each)]
    assert bounds
    assert max(bounds) <= 1000


@pytest.fixture(params=["go", "gitleaks"])
def find(request, tmp_path):
    """A function from a directory to the ids of rules by the name of each file in which they find something."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed, so the rules cannot be tried with it")
    work = tmp_path / "work"
    work.mkdir()
    return {"go": by_go, "gitleaks": by_gitleaks}[request.param](work)


def by_go(work):
    (work / "find.go").write_text(GO)
    rules = tomllib.loads(as_toml())

    def find(directory):
        files = [str(path) for path in sorted(directory.rglob("*")) if path.is_file()]
        task = {"rules": rules["rules"], "allowed": rules["allowlists"][0]["regexes"], "files": files}
        command = ["go", "run", str(work / "find.go")]
        environment = {**os.environ, "GOFLAGS": "", "GO111MODULE": "off", "GOCACHE": str(work / "cache")}
        done = subprocess.run(
            command, input=json.dumps(task), env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return {Path(name).name: set(ids) for name, ids in json.loads(done.stdout).items()}

    return find


def by_gitleaks(work):
    (work / "rules.toml").write_text(as_toml())

    def find(directory):
        said = work / "found.json"
        options = ["--config", str(work / "rules.toml"), "--report-format", "json", "--report-path", str(said)]
        command = ["gitleaks", "dir", *options, "--exit-code", "0", "--no-banner", str(directory)]
        subprocess.run(command, capture_output=True, check=True, timeout=300)
        found = {}
        for each in json.loads(said.read_text()):
            found.setdefault(Path(each["File"]).name, set()).add(each["RuleID"])
        return found

    return find


@pytest.mark.slow
def test_every_kind_of_secret_is_found_where_it_is_planted(find, tmp_path):
    """Each true sample in a file of its own, by the rule it is a sample of; a false one by none of that rule."""
    planted = tmp_path / "planted"
    planted.mkdir()
    true, false = {}, {}
    for pattern in PATTERNS:
        for kind, samples, names in (("true", pattern.found, true), ("false", pattern.passed, false)):
            for number, text in enumerate(samples):
                name = f"{pattern.id}-{kind}-{number}.txt"
                (planted / name).write_text(f"x: 1\n{text}\n")
                names[name] = pattern.id
    found = find(planted)
    assert {name for name, rule in true.items() if rule not in found.get(name, ())} == set()
    assert {name for name, rule in false.items() if rule in found.get(name, ())} == set()
    assert {rule for ids in found.values() for rule in ids} >= OURS


@pytest.mark.slow
def test_nothing_is_found_in_the_cassettes(find):
    """Neither by our rules nor, with gitleaks, by its own, which its configuration takes along."""
    assert find(CASSETTES) == {}


@pytest.mark.slow
def test_all_that_is_found_in_the_data_of_the_tests_are_the_vectors(find):
    """They hold keys and ciphertexts made up for them: that is what they are for. So do the samples in some tests."""
    found = {name for name, ids in find(ROOT / "tests").items() if ids & OURS}
    assert {name for name in found if not name.endswith((".py", ".pyc"))} == {"signing.json", "password.json"}
