"""What the strategies promise about the values they draw."""

import re
import string

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from contractkit.contract import Match, load_contract, validate_request
from contractkit.contract.schemas import find_problems
from contractkit.errors import ClientTokenError
from contractkit.idempotency import ClientToken
from contractkit.message import decode_query
from contractkit.properties import strategies
from contractkit.properties.cases import cases
from contractkit.properties.strategies.schemas import merge
from contractkit.signing import EXAMPLE

OPERATIONS = [operation.qualified for operation in load_contract().operations()]


@pytest.mark.parametrize("qualified", OPERATIONS)
def test_every_operation_gets_valid_requests(qualified):
    """For any described operation the drawn request routes back to it and its contract finds nothing to object to."""
    contract = load_contract()
    operation = contract.operation(qualified)

    @settings(max_examples=6)
    @given(strategies.operation_requests(operation))
    def check(request):
        found = contract.route(request)
        assert isinstance(found, Match)
        assert found.operation is operation
        assert validate_request(found, request) == () or all(
            each.tolerated and each.pointer == "/clientToken" for each in validate_request(found, request)
        )

    check()


@pytest.mark.parametrize("qualified", OPERATIONS[::8])
def test_every_argument_is_drawn_and_left_out(qualified):
    """Each optional argument of an operation is sometimes there and sometimes not; a required one always is."""
    operation = load_contract().operation(qualified)
    drawn = []

    @settings(max_examples=60)
    @given(strategies.arguments(operation))
    def collect(given_arguments):
        drawn.append(frozenset(given_arguments))

    collect()
    names = {each.name for each in operation.parameters} | set((operation.body or {}).get("properties", {}))
    assert set().union(*drawn) == names
    required = {each.name for each in operation.parameters if each.required} | set(
        (operation.body or {}).get("required", ())
    )
    assert set.intersection(*map(set, drawn)) >= required


DRAWN = settings(derandomize=True, database=None, phases=(Phase.generate,))  # found, and not made any simpler
SCHEMAS = {
    "if and then": {
        "type": "object",
        "properties": {"type": {"enum": ["A", "MX"]}, "priority": {"type": "integer", "minimum": 0, "maximum": 50}},
        "required": ["type"],
        "if": {"properties": {"type": {"const": "MX"}}, "required": ["type"]},
        "then": {"required": ["priority"]},
        "else": {"not": {"required": ["priority"]}},
    },
    "if without its member": {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}, "size": {"type": "integer", "maximum": 500, "minimum": 1}},
        "required": ["size"],
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"properties": {"size": {"maximum": 200}}},
    },
    "lookaheads": {
        "type": "string",
        "pattern": "^(?=.*[A-Za-z])(?=.*[0-9])(?=.*[!@#$%^*()_])[A-Za-z0-9!@#$%^*()_]{8,17}$",
    },
    "port list": {"type": "string", "pattern": "^([0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?){0,14})?$"},
    "digits": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$"},
    "pattern with length": {"type": "string", "minLength": 1, "maxLength": 8, "pattern": "^[A-Za-z][A-Za-z0-9_/.-]*$"},
    "nullable": {"type": ["string", "null"]},
    "branches": {"oneOf": [{"type": "integer", "minimum": 5, "maximum": 9}, {"type": "string", "maxLength": 3}]},
    "any of members": {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "boolean"}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "all of": {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 4}]},
    "steps": {"type": "integer", "minimum": 10, "maximum": 100, "multipleOf": 10},
    "not const": {"type": "string", "maxLength": 10, "not": {"const": "default"}},
    "not enum": {"enum": ["a", "b", "c"], "allOf": [{"not": {"enum": ["a", "b"]}}]},
    "network": {"type": "string", "format": "cidr"},
    "address or network": {"type": "string", "format": "ip-or-cidr"},
    "instant": {"type": "string", "format": "date-time"},
    "unique items": {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 2},
    "number": {"type": "number", "minimum": 0.5, "maximum": 1.5},
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_most_drawn_values_satisfy_the_schema_at_once(name):
    """The walker settles conditionals before drawing: at least 3 of 4 values need no filter (and all but `if` all)."""
    schema = SCHEMAS[name]
    problems = []

    @settings(max_examples=100)
    @given(strategies.values(schema))
    def collect(value):
        problems.append(bool(find_problems(schema, value)))

    collect()
    assert sum(problems) <= len(problems) / 4


def test_borders_of_a_length_are_drawn():
    """The largest allowed length of a text is drawn, not only lengths near zero."""
    schema = {"type": "string", "maxLength": 200}
    assert len(find(strategies.values(schema), lambda text: len(text) == 200)) == 200


def test_merging_tightens():
    """Merged limits are the tighter of the two, merged members and required names the union."""
    one = {"minimum": 1, "maximum": 9, "required": ["a"], "properties": {"a": {"maxLength": 5}}}
    other = {"minimum": 3, "maximum": 20, "required": ["b"], "properties": {"a": {"maxLength": 3}, "b": {}}}
    merged = merge(one, other)
    assert (merged["minimum"], merged["maximum"], merged["required"]) == (3, 9, ["a", "b"])
    assert merged["properties"] == {"a": {"maxLength": 3}, "b": {}}


@given(strategies.client_tokens())
def test_valid_tokens_are_valid(token):
    """Every drawn clientToken is one that the law takes."""
    assert ClientToken(token) == token


@given(strategies.invalid_client_tokens())
def test_invalid_tokens_are_wrong_in_the_named_way_alone(named):
    """Every invalid clientToken is refused, and would be taken without the one fault it is named for."""
    name, token = named
    with pytest.raises(ClientTokenError):
        ClientToken(token)
    repaired = {
        "empty": lambda: "x",
        "too long": lambda: token[:64],
        "non-ASCII": lambda: "".join(filter(str.isascii, token)) or "x",
        "control": lambda: "".join(filter(str.isprintable, token)) or "x",
    }[name]()
    assert ClientToken(repaired)


@given(strategies.requests(), st.data())
def test_spellings_mean_the_same_request(request_, data):
    """Another spelling decodes to the same method, path and query items, whatever their order."""
    other = data.draw(strategies.spellings(request_))
    assert other.path == request_.path
    assert sorted((name, value or "") for name, value in other.query) == sorted(
        (name, value or "") for name, value in request_.query
    )
    assert (other.method, other.headers, other.body) == (request_.method, request_.headers, request_.body)


@given(strategies.query_lists())
def test_written_queries_decode_to_themselves(items):
    """What is written on the wire is read back item by item, valueless names included."""
    assert decode_query(strategies.write_query(items)) == items


@pytest.mark.slow
@pytest.mark.parametrize(
    "wanted",
    [
        lambda request: "%25" in request.url,
        lambda request: any(value is None for _, value in request.query),
        lambda request: len({name for name, _ in request.query}) < len(request.query),
        lambda request: any(name.lower() == "authorization" and name != "authorization" for name, _ in request.query),
        lambda request: any(" " in (value or "") for _, value in request.query),
        lambda request: any(ord(letter) > 0xFFFF for letter in request.path),
        lambda request: "//" in request.path[1:],
        lambda request: any(value and not value.strip() for _, value in request.headers),
        lambda request: any(name.lower().startswith("x-bce-") for name, _ in request.headers),
        lambda request: request.authority.endswith(":443"),
    ],
)
def test_hard_requests_are_within_reach(wanted):
    """Each kind of request that signers have stumbled over is found within 2,000 draws."""
    find(strategies.requests(), wanted, settings=settings(DRAWN, max_examples=2000))


@given(strategies.passwords())
def test_passwords_have_a_utf8_form(password):
    """No drawn password holds a surrogate."""
    assert password.encode().decode() == password


@pytest.mark.parametrize("length", [0, 15, 16, 17, 31, 32, 33, 47, 48])
def test_passwords_stand_at_every_border(length):
    """Passwords of each length around the block borders are drawn, in bytes of UTF-8 that are not all ASCII too."""
    chosen = settings(DRAWN, max_examples=5000)
    find(strategies.passwords(), lambda text: len(text.encode()) == length, settings=chosen)
    if length > 15:
        find(strategies.passwords(), lambda text: len(text.encode()) == length > len(text), settings=chosen)


def test_cases_shrink_to_the_published_keys():
    """The simplest case is the example account and a plain request, so failures read alike everywhere."""
    simplest = find(cases(), lambda _: True)
    assert simplest.credentials == EXAMPLE
    assert (simplest.request.method, simplest.request.path, simplest.request.query) == ("GET", "/", ())


@given(strategies.credentials(session=None))
def test_keys_have_the_documented_shapes(keys):
    """Access key ids and secret keys look like those the console hands out, and are never equal to each other."""
    assert re.fullmatch("[0-9a-f]{32}|ALTAK-[A-Za-z0-9]{8,26}", keys.access_key_id)
    assert set(keys.secret_access_key) <= set(string.hexdigits)
    assert keys.access_key_id != keys.secret_access_key
