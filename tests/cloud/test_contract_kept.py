"""Whatever is sent in whatever order, the cloud keeps its contract: no error finding, no 500, sound books."""

import os
import random
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contractkit.cloud import ReferenceCloud
from contractkit.contract import load_contract
from contractkit.contract.examples import find_examples

OPERATIONS = load_contract().operations()
RESOURCES = load_contract().resources
OWNER = "a0" * 16


SEQUENCES = int(os.environ.get("CONTRACTKIT_SEQUENCES", "150"))
GROUPS = sorted({(each.service, each.group) for each in OPERATIONS})
# What most things are made in or bound to, though their members do not say so.
STAGE = {"vpc", "subnet", "eip"}


def ancestors(kinds):
    """Every kind that things of these kinds live in, and what most things need."""
    found, fresh = set(), kinds | STAGE
    while fresh:
        found |= fresh
        fresh = {each for kind in fresh for each in RESOURCES[kind].traits.get("parents", {})} - found
    return found


class Monkey:
    """Sends valid, half valid and wild arguments, naming things that exist whenever it can.

    It plays with the operations of one group, and with those that make what the group lives in.
    """

    def __init__(self, caller, seed, group=None):
        self.caller = caller
        self.random = random.Random(seed)  # noqa: S311 - reproducible on purpose
        group = group or self.random.choice(GROUPS)
        inside = {each.effect["resource"] for each in OPERATIONS if (each.service, each.group) == group}
        needed = ancestors(inside) - inside
        makers = [each for each in OPERATIONS if each.effect["does"] == "create" and each.effect["resource"] in needed]
        self.operations = [each for each in OPERATIONS if (each.service, each.group) == group] + makers

    def act(self):
        """One request; one that succeeded under a clientToken is repeated, which may change nothing."""
        self.operation = operation = self.random.choice(self.operations)
        request = self.minimal(operation) if self.random.random() < 0.5 else self.wild(operation)
        response = self.caller.raw(*request, service=operation.service)
        if response.status == 200 and "clientToken=" in request[1] and not operation.is_read:
            before = self.caller.cloud.snapshot()
            again = self.caller.raw(*request, service=operation.service)
            assert (again.status, again.body) == (response.status, response.body), operation
            assert self.caller.cloud.snapshot() == before, operation
        return response

    def minimal(self, operation):
        """The least valid call, or that with one more parameter, naming things that exist."""
        more = self.random.choice([None, *(each.name for each in operation.parameters if each.where == "query")])
        example = next(find_examples(operation, parameter=more), None) or next(find_examples(operation))
        named = {name: self.fed(name, value) for name, value in example.parameters.items()}
        named |= {"clientToken": f"minimal-{self.random.random()}"} if "clientToken" in named else {}
        body = None if example.body is None else self.fed("", example.body)
        return written(operation, example._replace(parameters=named, body=body))

    def fed(self, name, value):
        """A value of an example with every id, name and address in it taken from what exists, if anything does."""
        if isinstance(value, dict):
            return {each: self.fed(each, member) for each, member in value.items()}
        if isinstance(value, list):
            return [self.fed(name.removesuffix("s"), each) for each in value]
        if not isinstance(value, str) or not (name.lower().endswith("id") or name in ("eip", "zoneName", "ip")):
            return value
        found = self.known(name)
        return value if found.startswith("unknown") else found

    def wild(self, operation):
        query, path = [], operation.path
        if operation.action:
            query.append(operation.action)
        for parameter in operation.parameters:
            if parameter.where == "path":
                path = path.replace("{" + parameter.name + "}", self.known(parameter.name))
            elif self.random.random() < 0.3:
                query.append(f"{parameter.name}={self.text(parameter.name, parameter.schema)}")
        body = self.body(operation.body)
        return operation.method, f"{path}?{'&'.join(query)}", body

    def body(self, schema):
        if schema is None:
            return b""
        from contractkit.message import encode_json  # noqa: PLC0415 - only this helper needs it

        return encode_json(self.value("", schema))

    def known(self, name):
        """An id of the kind that is meant, or anything else that a thing holds under that name."""
        if self.random.random() < 0.1:
            return "unknown-0"
        kind = self.operation.effect["resource"]
        described = RESOURCES[kind].traits
        by_member = {member: parent for parent, member in described.get("parents", {}).items()}
        if f"{{{name}}}" in self.operation.path or name in by_member:
            found = self.members(by_member.get(name, kind), RESOURCES[by_member.get(name, kind)].traits["id"]["member"])
        else:
            found = [value for each in self.caller.cloud.snapshot().get(OWNER, {}) for value in self.named(each, name)]
        return self.random.choice(found) if found else "unknown-1"

    def members(self, kind, member):
        return [str(each[member]) for each in self.caller.cloud.resources(OWNER, kind) if each.get(member)]

    def named(self, kind, name):
        """What the things of a kind hold under a name, or under what a list of that name holds."""
        single = name.lower().removesuffix("list").removesuffix("s")
        wanted = {single, {"recordid": "id", "zonename": "name", "ip": "eip"}.get(single)}
        for thing in self.caller.cloud.resources(OWNER, kind):
            yield from (str(value) for member, value in thing.items() if value and member.lower() in wanted)

    def text(self, name, schema):
        value = self.value(name, schema)
        if isinstance(value, list):
            return ",".join(map(str, value))
        return str(value).replace("%", "").replace("&", "").replace("#", "").replace(" ", "")

    def value(self, name, schema):
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if kind == "object":
            required = schema.get("required", ())
            likely = 0.7 if {"allOf", "anyOf", "oneOf"} & schema.keys() else 0.4
            names = [n for n in schema.get("properties", {}) if n in required or self.random.random() < likely]
            return {n: self.value(n, schema["properties"][n]) for n in names if self.random.random() < 0.97}
        if kind == "array":
            return [
                self.value(name.removesuffix("s"), schema.get("items", {})) for _ in range(self.random.randrange(3))
            ]
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind == "integer":
            return self.random.choice([schema.get("minimum", 0), 1, 5, 100, schema.get("maximum", 7)])
        return self.string(name, schema)

    def string(self, name, schema):
        pick = self.random.choice
        if schema.get("format") == "cidr":
            return pick(
                ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.168.0.0/16", "192.168.7.9/30", "2001:db8::/64"]
            )
        if name in ("region", "zoneName"):
            return {"region": "bj"}.get(name, "cn-bj-a") if self.random.random() < 0.9 else "nowhere"
        if schema.get("format") == "ip" and self.operation.service == "vpc" and self.random.random() < 0.5:
            return f"10.1.2.{self.random.randrange(256)}"
        if name.lower().endswith("id") or schema.get("format") == "ip" or name == "marker":
            return self.known(name)
        if name == "clientToken":
            return pick(["one", "two", "t" * 65, "t" * 64])
        return pick(["a", "www", "example.com", "corp.example", "默认", "x" * 66, "default", "192.0.2.1"])


REMOVING = [
    each
    for each in OPERATIONS
    if each.effect["does"] in ("unbind", "delete")
    or (each.effect["does"] == "update" and "deleteProtect" in (each.body or {}).get("properties", {}))
]
UNPROTECTED = {"required": ["deleteProtect"], "properties": {"deleteProtect": {"const": False}}}


class Undoer:
    """Takes protection off, unbinds and deletes everything there is, until nothing changes any more."""

    def __init__(self, caller):
        self.caller = caller
        self.examples = {each.qualified: self.least(each) for each in REMOVING}

    @staticmethod
    def least(operation):
        wanted = [UNPROTECTED] if operation.effect["does"] == "update" else []
        return next(find_examples(operation, body=wanted))

    def undo(self):
        """What is left."""
        for _ in range(8):
            left = self.caller.cloud.snapshot().get(OWNER, {})
            for operation in REMOVING:
                kind = operation.effect["resource"]
                for thing in self.caller.cloud.resources(OWNER, kind) if kind in left else ():
                    self.remove(operation, thing, RESOURCES[kind].traits["id"]["member"])
            self.caller.clock.advance(days=400)
        return self.caller.cloud.snapshot().get(OWNER, {})

    def remove(self, operation, thing, identity):
        example = self.examples[operation.qualified]
        named = {name: thing.get(name) or thing[identity] for name in example.parameters}
        if "clientToken" in named:
            named["clientToken"] = f"undo-{next(self.caller.tokens)}"
        body = None if example.body is None else self.named("", example.body, thing, identity)
        self.caller.raw(*written(operation, example._replace(parameters=named, body=body)), service=operation.service)

    def named(self, name, value, thing, identity):
        """A value of the example with the thing's own ids in it."""
        if isinstance(value, dict):
            return {each: self.named(each, member, thing, identity) for each, member in value.items()}
        if isinstance(value, list):
            return [self.named(name.removesuffix("s"), each, thing, identity) for each in value]
        if not isinstance(value, str):
            return value
        if isinstance(thing.get(name), str) and thing[name]:
            return thing[name]
        return str(thing[identity]) if name.lower().endswith("id") or name in ("eip", "zoneName", "ip") else value


def written(operation, example):
    """Method, target and body of an example."""
    call = example.call(operation)
    path = "/" + "/".join(quote(each, safe="") for each in call.path_segments)
    items = [quote(n, safe="") + ("" if v is None else "=" + quote(v, safe="")) for n, v in call.query]
    return operation.method, f"{path}?{'&'.join(items)}", call.body


def books_are_sound(cloud):
    """What the lifecycle tables promise at every moment."""
    eips = cloud.resources(OWNER, "eip")
    assert len({each["eip"] for each in eips}) == len(eips)
    for eip in eips:
        assert (eip["status"] == "binded") == (eip["instanceId"] is not None)
    assert {each["ip"] for each in cloud.resources(OWNER, "ddos_protection")} == {each["eip"] for each in eips}
    for kind, described in RESOURCES.items():
        for parent, member in described.traits.get("parents", {}).items():
            named = {str(each[member]) for each in cloud.resources(OWNER, kind) if each.get(member)}
            identity = RESOURCES[parent].traits["id"]["member"]
            assert named <= {str(each[identity]) for each in cloud.resources(OWNER, parent)}, (kind, parent)
    assert sum(cloud.snapshot().get(OWNER, {}).values()) >= len(eips)


DELETABLE = {each.effect["resource"] for each in OPERATIONS if each.effect["does"] == "delete"}


def nothing_is_left(caller):
    """What was made can be taken down, and takes with it what came along."""
    left = Undoer(caller).undo()
    assert left.keys() & DELETABLE == set(), left
    books_are_sound(caller.cloud)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_any_sequence_keeps_the_contract(make_caller, clock, seed):
    caller = make_caller()
    monkey = Monkey(caller, seed)
    statuses = []
    for _ in range(150):
        statuses.append(monkey.act().status)
        clock.advance(seconds=1)
    assert 500 not in statuses
    books_are_sound(caller.cloud)


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS, ids=lambda each: f"{each[0]}-{each[1].replace(' ', '-')}")
def test_after_everything_is_taken_down_nothing_is_left(make_caller, clock, group):
    """Whatever was made in a sequence can be unprotected, unbound and deleted; only what has no deletion expires."""
    caller = make_caller()
    monkey = Monkey(caller, GROUPS.index(group), group)
    for _ in range(60):
        monkey.act()
        clock.advance(seconds=1)
    nothing_is_left(caller)


@pytest.mark.slow
def test_many_short_sequences_keep_the_contract(make_caller, clock):
    """CONTRACTKIT_SEQUENCES sequences of 30 calls: no finding, no 500, sound books, nothing changed by a repeat, and
    nothing left after teardown.
    """
    began = clock.now
    for seed in range(SEQUENCES):
        clock.now = began  # each teardown takes years
        caller = make_caller(ReferenceCloud(clock=clock, seed=seed))
        monkey = Monkey(caller, seed, GROUPS[seed % len(GROUPS)])
        for _ in range(30):
            assert monkey.act().status != 500, (seed, monkey.operation)
            clock.advance(seconds=1)
        books_are_sound(caller.cloud)
        nothing_is_left(caller)
        assert caller.cloud.failures == (), seed


@pytest.mark.slow
def test_long_sequences_reach_success_of_many_operations_and_refusal_of_nearly_all(make_caller, clock):
    """Guards the test above against testing nothing; that every operation can succeed is for the suite to show."""
    seen = {operation.qualified: set() for operation in OPERATIONS}
    for seed, group in enumerate(GROUPS):
        caller = make_caller()
        monkey = Monkey(caller, seed, group)
        for _ in range(300):
            accepted = monkey.act().status < 400
            seen[monkey.operation.qualified].add(accepted)
            clock.advance(seconds=1)
        books_are_sound(caller.cloud)
    assert sum(True in outcomes for outcomes in seen.values()) > len(OPERATIONS) * 0.4
    assert sum(False in outcomes for outcomes in seen.values()) > len(OPERATIONS) * 0.95
