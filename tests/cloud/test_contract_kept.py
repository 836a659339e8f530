"""Whatever is sent in whatever order, the cloud keeps its contract: no error finding, no 500, sound books."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contractkit.contract import load_contract

OPERATIONS = load_contract().operations()
OWNER = "a0" * 16


class Monkey:
    """Sends valid, half valid and wild arguments, naming things that exist whenever it can."""

    def __init__(self, caller, seed):
        self.caller = caller
        self.random = random.Random(seed)  # noqa: S311 - reproducible on purpose

    def act(self):
        operation = self.random.choice(OPERATIONS)
        query, path = [], operation.path
        if operation.action:
            query.append(operation.action)
        for parameter in operation.parameters:
            if parameter.where == "path":
                path = path.replace("{" + parameter.name + "}", self.known(parameter.name))
            elif self.random.random() < 0.3:
                query.append(f"{parameter.name}={self.text(parameter.name, parameter.schema)}")
        body = self.body(operation.body)
        target = f"{path}?{'&'.join(query)}"
        return self.caller.raw(operation.method, target, body, service=operation.service)

    def body(self, schema):
        if schema is None:
            return b""
        from contractkit.message import encode_json  # noqa: PLC0415 - only this helper needs it

        return encode_json(self.value("", schema))

    def known(self, name):
        """An id, or anything else a thing holds under that name."""
        if self.random.random() < 0.1:
            return "unknown-0"
        found = [
            str(value)
            for kind in self.caller.cloud.snapshot().get(OWNER, {})
            for thing in self.caller.cloud.resources(OWNER, kind)
            for member, value in thing.items()
            if value
            and member.lower().removesuffix("s")
            in (name.lower(), name.lower().removesuffix("s"), {"recordid": "id", "zonename": "name"}.get(name.lower()))
        ]
        return self.random.choice(found) if found else "unknown-1"

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
            names = [n for n in schema.get("properties", {}) if n in required or self.random.random() < 0.4]
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
        if name == "region":
            return "bj"
        if name.lower().endswith("id") or schema.get("format") == "ip" or name == "marker":
            return self.known(name)
        if name == "clientToken":
            return pick(["one", "two", "t" * 65, "t" * 64])
        return pick(["a", "www", "example.com", "corp.example", "默认", "x" * 66, "default", "192.0.2.1"])


def books_are_sound(cloud):
    """What the lifecycle tables promise at every moment."""
    eips = cloud.resources(OWNER, "eip")
    assert len({each["eip"] for each in eips}) == len(eips)
    for eip in eips:
        assert (eip["status"] == "binded") == (eip["instanceId"] is not None)
    for kind, parents in (("subnet", ("vpc", "vpcId")), ("private_record", ("private_zone", "zoneId"))):
        alive = {each[parents[1]] for each in cloud.resources(OWNER, parents[0])}
        assert all(each[parents[1]] in alive for each in cloud.resources(OWNER, kind))
    assert sum(cloud.snapshot().get(OWNER, {}).values()) >= len(eips)


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
def test_a_long_sequence_reaches_success_and_refusal_of_every_operation(make_caller, clock):
    """Guards the test above against testing nothing: every operation is really accepted and really refused."""
    caller = make_caller()
    seen = {operation.qualified: set() for operation in OPERATIONS}
    for seed in range(12):
        monkey = Monkey(caller, seed)
        for _ in range(600):
            before = monkey.random.getstate()
            name = monkey.random.choice(OPERATIONS).qualified
            monkey.random.setstate(before)
            seen[name].add(monkey.act().status < 400)
            clock.advance(seconds=1)
        caller = make_caller()
    assert {name for name, outcomes in seen.items() if True not in outcomes} == set()
    assert caller.cloud.failures == ()
