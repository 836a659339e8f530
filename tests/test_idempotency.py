"""What a clientToken promises, as vectors, as laws, and as a table compared with the plainest model of it."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from contractkit.errors import ClientTokenError
from contractkit.idempotency import ClientToken, Entry, Kind, Ledger, LedgerPolicy, Scope, fingerprint, judge

AT = datetime(2025, 10, 16, 8, 0, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
TOKEN = ClientToken("be31b98c-5e41-4838-9830-9be700de5a20")


def test_a_token_is_1_to_64_printable_ascii_characters():
    """The limits themselves are accepted, and a token is text everywhere text is wanted."""
    assert ClientToken("x") == "x"
    assert len(ClientToken(" ~" * 32)) == 64


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("x" * 65, "65 characters; shorten it to 64"),
        ("é", "printable ASCII"),
        ("a\n", "printable ASCII"),
    ],
)
def test_other_tokens_are_refused_without_showing_them(text, says):
    """ClientTokenError names the rule that is broken."""
    with pytest.raises(ClientTokenError, match=says) as caught:
        ClientToken(text)
    assert not text or text not in str(caught.value)


def test_generated_tokens_are_version_4_uuids_of_the_bytes_given():
    """The source of randomness is an argument: the same bytes, the same token; each well-formed."""
    assert ClientToken.generate(lambda count: b"\xff" * count) == "ffffffff-ffff-4fff-bfff-ffffffffffff"
    source = random.Random(7)  # noqa: S311 - reproducible tokens
    tokens = {ClientToken.generate(source.randbytes) for _ in range(1000)}
    assert len(tokens) == 1000
    assert {UUID(token).version for token in tokens} == {4}


PLAIN = ("POST", "/v1/vpc", (("name", "a"), ("clientToken", "t")), b'{"name": "a", "cidr": "10.0.0.0/8", "n": [1, 2]}')

SAME = [
    ("POST", "/v1/vpc", (("clientToken", "other"), ("name", "a")), PLAIN[3]),
    ("POST", "/v1/vpc", (("name", "a"), ("Authorization", "x")), PLAIN[3]),
    (*PLAIN[:3], b'{"n":[1,2],"cidr":"10.0.0.0\\/8","name":"\\u0061"}'),
]

OTHER = [
    ("PUT", *PLAIN[1:]),
    ("POST", "/v1/vpc/", *PLAIN[2:]),
    ("POST", "/v1/vpc", (("name", "b"),), PLAIN[3]),
    ("POST", "/v1/vpc", (("name", "a"), ("name", "a")), PLAIN[3]),
    ("POST", "/v1/vpc", (("name", "a"), ("bind", None)), PLAIN[3]),
    (*PLAIN[:3], b'{"name": "a", "cidr": "10.0.0.0/8", "n": [2, 1]}'),
    (*PLAIN[:3], b'{"name": "a", "cidr": "10.0.0.0/8"}'),
    (*PLAIN[:3], b""),
    (*PLAIN[:3], b"\xff" + PLAIN[3]),
]


@pytest.mark.parametrize("parts", SAME)
def test_spelling_does_not_make_another_request(parts):
    """Query order, the token itself, a signature, member order, blanks and escapes in JSON do not count."""
    assert fingerprint(*parts) == fingerprint(*PLAIN)


@pytest.mark.parametrize("parts", OTHER)
def test_any_other_difference_makes_another_request(parts):
    """Method, path, query items with their repeats, and what the body says count."""
    assert fingerprint(*parts) != fingerprint(*PLAIN)


def test_fingerprints_keep_parts_apart():
    """Text cannot move between path, query and body, and bodies that are no JSON count byte by byte."""
    assert fingerprint("GET", "/a", (("b", "c"),), b"") != fingerprint("GET", "/ab", (("", "c"),), b"")
    assert fingerprint("GET", "/", (("a", "b"),), b"") != fingerprint("GET", "/", (("a", ""), ("b", "")), b"")
    assert fingerprint("GET", "/", (("a", None),), b"") == fingerprint("GET", "/", (("a", ""),), b"")
    assert fingerprint("GET", "/", (), b"a b") != fingerprint("GET", "/", (), b"a  b")
    assert fingerprint("GET", "/\udcff", (("\udcff", None),), b"[" * 100000) != fingerprint("GET", "/", (), b"")


def test_the_first_use_is_fresh_and_remembered_for_a_day():
    """FRESH, and an entry that ends 24 hours after receipt."""
    outcome, entry = judge(None, "f", AT)
    assert outcome.kind is Kind.FRESH
    assert entry == Entry("f", AT + DAY)


ANSWERED = Entry("f", AT + DAY, answered=True, answer="ok")
RUNNING = Entry("f", AT + DAY)


@pytest.mark.parametrize(
    ("entry", "used_for", "after", "kind", "extended"),
    [
        (ANSWERED, "f", SECOND, Kind.REPEAT, True),
        (ANSWERED, "g", SECOND, Kind.MISMATCH, True),
        (RUNNING, "f", SECOND, Kind.IN_FLIGHT, True),
        (RUNNING, "g", SECOND, Kind.MISMATCH, True),
        (ANSWERED, "f", DAY - SECOND, Kind.REPEAT, True),
        (ANSWERED, "f", DAY, Kind.FRESH, True),
        (ANSWERED, "g", DAY, Kind.FRESH, True),
        (ANSWERED, "f", -SECOND, Kind.REPEAT, False),
    ],
)
def test_a_later_use_is_judged_by_what_is_remembered(entry, used_for, after, kind, extended):
    """Same request: repeat or in flight; another: mismatch; after a day: fresh. The window never shrinks."""
    outcome, remembered = judge(entry, used_for, AT + after)
    assert outcome.kind is kind
    assert outcome.answer == ("ok" if kind is Kind.REPEAT else None)
    assert remembered.expires == (AT + after + DAY if extended else AT + DAY)
    assert remembered.fingerprint == (used_for if kind is Kind.FRESH else "f")


def test_the_corners_are_parameters_of_the_policy():
    """Whether a repeat or a mismatch extends the window, and how long it is, can be set apart."""
    fixed = LedgerPolicy(window=SECOND, mismatch_extends_window=False, repeat_extends_window=False)
    for used_for in "fg":
        assert judge(ANSWERED, used_for, AT + SECOND, fixed)[1] is ANSWERED
    assert judge(None, "f", AT, fixed)[1].expires == AT + SECOND
    sliding = LedgerPolicy(mismatch_extends_window=False)
    assert judge(ANSWERED, "g", AT + SECOND, sliding)[1] is ANSWERED
    assert judge(ANSWERED, "f", AT + SECOND, sliding)[1].expires == AT + SECOND + DAY


def test_the_policy_reads_tokens_and_fingerprints():
    """An absent or empty token is none, unless empty ones are refused; the method may be left out of account."""
    assert LedgerPolicy().read_token(None) is LedgerPolicy().read_token("") is None
    assert LedgerPolicy().read_token("t") == "t"
    with pytest.raises(ClientTokenError, match="empty"):
        LedgerPolicy(empty_token="refused").read_token("")
    lax = LedgerPolicy(method_counts=False)
    assert lax.fingerprint(*PLAIN) == lax.fingerprint("PUT", *PLAIN[1:])
    assert LedgerPolicy().fingerprint(*PLAIN) == fingerprint(*PLAIN)


def test_a_day_in_the_life_of_a_token():
    """Fresh, in flight, answered, repeated, mismatched, slid along by each receipt, and forgotten in the end."""
    ledger = Ledger()
    kinds = []

    def receive(used_for: str, hours: float) -> object:
        outcome = ledger.receive("account", TOKEN, used_for, AT + timedelta(hours=hours))
        kinds.append(outcome.kind.name)
        return outcome.answer

    receive("f", 0)
    receive("f", 1)
    ledger.complete("account", TOKEN, {"vpcId": "vpc-1"})
    assert receive("f", 2) == {"vpcId": "vpc-1"}
    receive("g", 25.9)
    assert receive("f", 49.8) == {"vpcId": "vpc-1"}
    assert receive("f", 73.8) is None
    assert kinds == ["FRESH", "IN_FLIGHT", "REPEAT", "MISMATCH", "REPEAT", "FRESH"]


def test_what_failed_or_was_abandoned_can_be_tried_anew():
    """A failure is forgotten by default and remembered on demand; an answer, once given, is final."""
    ledger = Ledger()
    ledger.receive("a", TOKEN, "f", AT)
    ledger.complete("a", TOKEN, "500", failed=True)
    assert ledger.receive("a", TOKEN, "g", AT).kind is Kind.FRESH
    ledger.abandon("a", TOKEN)
    assert ledger.receive("a", TOKEN, "f", AT).kind is Kind.FRESH
    ledger.complete("a", TOKEN, "first")
    ledger.complete("a", TOKEN, "second")
    ledger.abandon("a", TOKEN)
    assert ledger.receive("a", TOKEN, "f", AT).answer == "first"
    strict = Ledger(LedgerPolicy(remembers_failures=True))
    strict.receive("a", TOKEN, "f", AT)
    strict.complete("a", TOKEN, "500", failed=True)
    assert strict.receive("a", TOKEN, "f", AT).answer == "500"


def test_completing_or_abandoning_an_unknown_token_changes_nothing():
    """A late answer to a forgotten token is not remembered."""
    ledger = Ledger()
    ledger.complete("a", TOKEN, "late")
    ledger.abandon("a", TOKEN)
    assert len(ledger) == 0


@pytest.mark.parametrize(("scope", "fresh"), [(Scope.ACCOUNT, 1), (Scope.SERVICE, 2), (Scope.REGION, 3)], ids=str)
def test_the_scope_says_within_what_a_token_is_unique(scope, fresh):
    """Another service or region has tokens of its own where the scope says so; another account always has."""
    ledger = Ledger(LedgerPolicy(scope=scope))
    places = [("vpc", "bj"), ("eip", "bj"), ("eip", "gz")]
    kinds = [ledger.receive("a", TOKEN, "f", AT, service=s, region=r).kind for s, r in places]
    assert kinds.count(Kind.FRESH) == fresh == len(ledger)
    assert ledger.receive("b", TOKEN, "f", AT, service="vpc", region="bj").kind is Kind.FRESH


def test_no_repr_shows_an_answer():
    """Answers can hold secrets of resources, so neither outcome nor entry shows them."""
    outcome, entry = judge(Entry("f", AT + DAY, answered=True, answer="HUSH"), "f", AT)
    assert "HUSH" not in repr(outcome) + repr(entry)


def test_a_token_that_slid_on_keeps_no_expired_one_alive():
    """Eviction goes by the last receipt, not by the first."""
    ledger = Ledger()
    for token, hours in (("slid", 0), ("expired", 1), ("slid", 2), ("new", 25.5)):
        ledger.receive("a", ClientToken(token), "f", AT + timedelta(hours=hours))
    assert len(ledger) == 2


class LedgerAgainstModel(RuleBasedStateMachine):
    """The table, with its eviction, answers as a plain dictionary judged entry by entry."""

    def __init__(self):
        super().__init__()
        self.ledger, self.model, self.now = Ledger(), {}, AT

    @rule(hours=st.sampled_from([0, 0, 0, 1, 13, 23, 24, 25]))
    def pass_time(self, hours):
        self.now += timedelta(hours=hours)

    @rule(token=st.sampled_from("tuv"), used_for=st.sampled_from("fg"))
    def receive(self, token, used_for):
        expected, self.model[token] = judge(self.model.get(token), used_for, self.now)
        assert self.ledger.receive("a", ClientToken(token), used_for, self.now) == expected

    @rule(token=st.sampled_from("tuv"), answer=st.integers())
    def complete_what_is_running(self, token, answer):
        entry = self.model.get(token)
        if entry is not None and not entry.answered and self.now < entry.expires:
            self.model[token] = Entry(entry.fingerprint, entry.expires, answered=True, answer=answer)
            self.ledger.complete("a", ClientToken(token), answer)


TestLedgerAgainstModel = LedgerAgainstModel.TestCase


@given(st.lists(st.tuples(st.sampled_from("fg"), st.integers(0, 30)), min_size=1, max_size=12))
def test_within_the_window_one_token_is_fresh_once(uses):
    """However a token is used, between two FRESH receipts lie at least 24 hours without any receipt."""
    entry, now, last = None, AT, None
    for used_for, hours in uses:
        now += timedelta(hours=hours)
        outcome, entry = judge(entry, used_for, now)
        assert (outcome.kind is Kind.FRESH) == (last is None or now - last >= DAY)
        last = now


def test_eviction_is_cheap_and_complete():
    """Expired tokens leave the table; the cost of a receipt does not grow with what it holds."""

    def seconds(count: int) -> float:
        ledger = Ledger()
        for number in range(count):
            ledger.receive("a", ClientToken(f"old-{number}"), "f", AT)
        start = time.perf_counter()
        for number in range(2000):
            ledger.receive("a", ClientToken(f"new-{number}"), "f", AT + SECOND)
        taken = time.perf_counter() - start
        ledger.receive("a", TOKEN, "f", AT + DAY + SECOND)
        assert len(ledger) == 1
        return taken

    assert min(seconds(20000) for _ in range(2)) < 10 * min(seconds(200) for _ in range(3))
