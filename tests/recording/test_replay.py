"""Replay: the right answer in constant time, in order, or a word about what is missing; never the network."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest

from contractkit.errors import CassetteMiss
from contractkit.message import Response
from contractkit.recording import Cassette, Mode, open_cassette
from contractkit.recording.hosts import ForeignHostError
from contractkit.recording.miss import EndlessReplayMiss, SignatureMiss, TokenMiss
from contractkit.signing import EXAMPLE, UNVERIFIED


def unreachable(request):
    raise AssertionError(f"{request!r} went live")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "c.json"


@pytest.fixture
def record(kit, path):
    """Record requests against a service, as the run's own account."""

    def run(requests, service):
        with open_cassette(path, "record", foreign=False, credentials=kit.own, clock=lambda: kit.now) as cassette:
            ask = cassette.transport(service)
            return [ask(request) for request in requests]

    return run


@pytest.fixture
def replay(kit, path):
    """Open the cassette for replay at the instant of the recorded requests, with the example credentials."""

    @contextmanager
    def opened(**options):
        before = path.read_bytes() if path.exists() else None
        with open_cassette(path, foreign=False, clock=options.pop("clock", lambda: kit.now), **options) as cassette:
            yield cassette.transport(unreachable), cassette.tape
        assert (path.read_bytes() if path.exists() else None) == before, "nothing is written in replay"
        assert [each.name for each in path.parent.iterdir()] == ([path.name] if before else [])

    return opened


def example(kit, *parts, **more):
    return kit.request(*parts, credentials=more.pop("credentials", EXAMPLE), **more)


# --- matching ---------------------------------------------------------------------------------------------------


def test_a_recording_by_one_account_is_replayed_by_the_example_account_years_later(kit, record, replay, service):
    record(
        [kit.request("POST", "/v1/vpc?clientToken=abc", {"name": "a", "cidr": "10.0.0.0/8"}), kit.request()], service()
    )
    later = kit.now + timedelta(days=900)
    with replay(clock=lambda: later) as (ask, tape):
        created = ask(example(kit, "POST", "/v1/vpc?clientToken=zzz", {"cidr": "10.0.0.0/8", "name": "a"}, at=later))
        listed = ask(example(kit, at=later))
    assert created.json() == {"vpcId": "vpc-aaaa0001"}
    assert listed.json()["vpcs"] == []
    assert (tape.counts.replayed, tape.counts.recorded, tape.counts.unused) == (2, 0, 0)
    assert tape.counts.by_operation == {"vpc.create_vpc": 1, "vpc.list_vpcs": 1}


@pytest.mark.parametrize(
    ("recorded", "asked"),
    [
        (("GET", "/v1/vpc?a=1&b=2"), ("GET", "/v1/vpc?b=2&a=1")),
        (("GET", "/v1/vpc?a=%2d"), ("GET", "/v1/vpc?a=-")),
        (("PUT", "/v1/eip/1.2.3.4?bind"), ("PUT", "/v1/eip/1.2.3.4?bind=")),
        (("POST", "/v1/vpc", b'{"a": 1, "b": [1, 2]}'), ("POST", "/v1/vpc", b'{"b":[1,2],"a":1}')),
        (("POST", "/v1/vpc", {"password": "Hunter_22"}), ("POST", "/v1/vpc", {"password": "Else_3333"})),
        (
            ("POST", "/v1/vpc", {"password": "Hunter_22", "note": "not Hunter_22"}),
            ("POST", "/v1/vpc", {"password": "Else_3333", "note": "not Else_3333"}),
        ),
        (("POST", "/v1/vpc", {"accountId": "f" * 31 + "0"}), ("POST", "/v1/vpc", {"accountId": "e" * 32})),
        (
            ("POST", "/v1/vpc", {"data": '{"pwd": "Hunter_22", "x": 1}'}),
            ("POST", "/v1/vpc", {"data": '{"x":1,"pwd":"b"}'}),
        ),
    ],
)
def test_requests_that_mean_the_same_are_the_same(kit, record, replay, recorded, asked):
    record([kit.request(*recorded)], lambda _: kit.response({}))
    with replay() as (ask, _):
        assert ask(example(kit, *asked)).status == 200


@pytest.mark.parametrize(
    "case",
    [
        (("GET", "/v1/vpc"), ("GET", "/v1/vpc?maxKeys=5"), 'query /maxKeys: recorded none, this run sent "5"'),
        (("GET", "/v1/vpc?maxKeys=5"), ("GET", "/v1/vpc?maxKeys=6"), 'query /maxKeys: recorded "5", this run sent "6"'),
        (
            ("GET", "/v1/subnet?vpcIds=a&vpcIds=z"),
            ("GET", "/v1/subnet?vpcIds=b&vpcIds=z"),
            'query /vpcIds/0: recorded "a", this run sent "b"',
        ),
        (("GET", "/v1/vpc/vpc-1"), ("GET", "/v1/vpc/vpc-2"), 'path segment 3: recorded "vpc-1", this run sent "vpc-2"'),
        (
            ("POST", "/v1/vpc", {"a": {"b": [1]}}),
            ("POST", "/v1/vpc", {"a": {"b": [2]}}),
            "body /a/b/0: recorded 1, this run sent 2",
        ),
        (("POST", "/v1/vpc", {"a": 1}), ("POST", "/v1/vpc", {"a": True}), "body /a: recorded 1, this run sent true"),
        (("POST", "/v1/vpc", {"a": 1}), ("POST", "/v1/vpc", {"b": 1}), "body /a: recorded 1, this run sent none"),
        (("POST", "/v1/vpc", {}), ("POST", "/v1/vpc"), "body: recorded as json, this run sent empty"),
        (
            ("POST", "/v1/vpc?clientToken=x"),
            ("POST", "/v1/vpc"),
            'query /clientToken: recorded "<hidden>", this run sent none',
        ),
        (("GET", "/v1/vpc"), ("DELETE", "/v1/vpc"), 'method: recorded "GET", this run sent "DELETE"'),
        (
            ("POST", "/v1/vpc", {"password": "Hunter_22", "n": 1}),
            ("POST", "/v1/vpc", {"password": "Hunter_33", "n": 2}),
            "body /n: recorded 1, this run sent 2",
        ),
    ],
)
def test_a_miss_names_the_nearest_recorded_request_and_the_field_that_differs(kit, record, replay, case):
    recorded, asked, difference = case
    record([kit.request("GET", "/v1/subnet?vpcId=far-away"), kit.request(*recorded)], lambda _: kit.response({}))
    with replay() as (ask, _), pytest.raises(CassetteMiss) as caught:
        ask(example(kit, *asked))
    message = str(caught.value)
    assert difference in message
    assert "c.json: no answer to" in message
    assert "#2" in message
    assert "--contract-mode=extend" in message
    assert "--contract-mode=record" in message
    assert "Hunter" not in message


def test_a_miss_without_a_cassette_says_whether_there_is_none_or_an_empty_one(kit, replay, path):
    """And only what helps: one that does not exist cannot be extended."""
    for told in (r"does not exist yet.*pytest --contract-mode=record.* -k", r"is empty: --contract-mode=extend"):
        with replay() as (ask, _), pytest.raises(CassetteMiss, match=told) as caught:
            ask(example(kit))
        assert str(caught.value).count("--contract-mode") == 1
        path.write_bytes(Cassette().encode())


def test_a_line_of_a_miss_that_holds_a_secret_in_any_encoding_is_withheld(kit, record, replay):
    """Scrubbing knows the value as it is spelled; base64 and hex of it are told by the guard."""
    secret = "Hunter_22-Hunter_33"
    packed = [base64.b64encode(secret.encode()).decode(), secret.encode().hex(), secret.encode().hex().upper()]
    record([kit.request("POST", "/v1/vpc", {"a": "x", "n": 1})], lambda _: kit.response({}))
    with replay(secrets={"password": secret, "pin": "1234"}) as (ask, _):
        for hidden in packed:
            with pytest.raises(CassetteMiss, match="body /n: recorded 1, this run sent 2") as caught:
                ask(example(kit, "POST", "/v1/vpc", {"a": hidden, "n": 2}))
            assert hidden not in str(caught.value)
            assert "(withheld: a line that holds the password)" in str(caught.value)


def test_what_a_miss_shows_of_a_file_is_harmless_to_a_terminal(kit, record, replay):
    """A committed cassette is a stranger's text: no character of it acts on the screen that shows the error."""
    record([kit.request("POST", "/v1/vpc", {"a": "\u202egnp.\u2028"})], lambda _: kit.response({}))
    with replay() as (ask, _), pytest.raises(CassetteMiss) as caught:
        ask(example(kit, "POST", "/v1/vpc", {"a": "b"}))
    assert r'body /a: recorded "\u202egnp.\u2028", this run sent "b"' in str(caught.value)


def test_a_miss_costs_no_more_with_a_large_cassette(kit, record, replay, service):
    """Bounded effort: a miss among 400 recorded requests compares 200."""
    record([kit.request(target=f"/v1/vpc?marker={number}") for number in range(400)], service())
    with replay() as (ask, tape):
        compared = []
        forms = tape._forms
        original = forms.of
        forms.of = lambda request: compared.append(request) or original(request)
        with pytest.raises(CassetteMiss):
            ask(example(kit, "GET", "/v1/vpc?marker=none"))
    assert len(compared) <= 201


def test_an_unknown_host_is_refused_in_replay_too(kit, record, replay, service):
    record([kit.request()], service())
    with replay() as (ask, _), pytest.raises(ForeignHostError, match=r"evil\.example"):
        ask(example(kit, host="evil.example"))


def test_what_was_recorded_at_a_loopback_address_answers_at_the_documented_host(kit, record, replay, service):
    targets = ["/v1/vpc", "/v1/eip", "/v1/dns/zone", "/v9/vpc", "/v1/nothing"]
    record([kit.request(target=target, host="127.0.0.1:3456") for target in targets], service())
    hosts = [
        "bcc.bj.baidubce.com",
        "eip.bj.baidubce.com",
        "dns.baidubce.com",
        "eip.bj.baidubce.com",
        "dns.baidubce.com",
    ]
    with replay() as (ask, tape):
        for host, target in zip(hosts, targets, strict=True):
            assert ask(example(kit, target=target, host=host)).status == 200
    assert tape.unused == ()


# --- order ------------------------------------------------------------------------------------------------------


def test_a_poll_gets_the_sequence_and_then_the_last_answer_again(kit, record, replay):
    states = iter(["building", "building", "available"])
    record([kit.request()] * 3, lambda _: kit.response({"status": next(states)}))
    with replay() as (ask, tape):
        seen = [ask(example(kit)).json()["status"] for _ in range(6)]
    assert seen == ["building", "building", "available", "available", "available", "available"]
    assert tape.counts.replayed == 6


def test_an_endless_poll_ends_with_the_recorded_sequence_shown(kit, record, replay):
    states = iter(["building", "building"])
    record([kit.request()] * 2, lambda _: kit.response({"eip": {"status": next(states)}}))
    with replay(repeats=5) as (ask, _):
        for _ in range(7):
            ask(example(kit))
        with pytest.raises(EndlessReplayMiss, match="#1, #2; the answers were 200 building, 200 building"):
            ask(example(kit))


def test_a_write_is_not_repeated(kit, record, replay, service):
    record([kit.request("DELETE", "/v1/vpc/vpc-1")], service())
    with replay() as (ask, _):
        ask(example(kit, "DELETE", "/v1/vpc/vpc-1"))
        with pytest.raises(CassetteMiss, match="every recorded answer to it was given already"):
            ask(example(kit, "DELETE", "/v1/vpc/vpc-1"))


def test_interactions_that_answered_nothing_are_counted(kit, record, replay, service):
    record([kit.request(target=f"/v1/vpc?marker={n}") for n in range(3)], service())
    with replay() as (ask, tape):
        ask(example(kit, target="/v1/vpc?marker=1"))
        assert [entry.request.url[-1] for entry in tape.unused] == ["0", "2"]


# --- clientTokens -----------------------------------------------------------------------------------------------


def create(kit, token, credentials=EXAMPLE):
    return kit.request("POST", f"/v1/vpc?clientToken={token}", {"name": "x"}, credentials=credentials)


def test_a_retry_with_the_same_token_gets_the_recorded_retry(kit, record, replay, service):
    first, second, other = record(
        [create(kit, "a", kit.own), create(kit, "a", kit.own), create(kit, "b", kit.own)], service()
    )
    assert first == second != other
    with replay() as (ask, _):
        seen = [ask(create(kit, token)).json() for token in ("new", "new", "another")]
        again = ask(create(kit, "new")).json()
    assert seen == [first.json(), first.json(), other.json()]
    assert again == first.json(), "a true repeat of a token gets its last answer"


@pytest.mark.parametrize("name", ["clienToken", "client_token"])
def test_a_token_under_a_misspelt_name_may_differ_in_every_run(kit, record, replay, service, name):
    """As official clients spell it for the forwarding rules of PrivateZone, or pass it on from Python."""
    path = "/v1/privatezone/resolver/rule/rule-q7w8e9r0t1y2"
    (recorded,) = record([kit.request("PUT", f"{path}?bind&{name}=a", {"vpcs": []}, credentials=kit.own)], service())
    with replay() as (ask, _):
        assert ask(example(kit, "PUT", f"{path}?bind&{name}=b", {"vpcs": []})).status == recorded.status


def test_a_retry_with_a_new_token_where_the_recording_kept_it_is_a_miss(kit, record, replay, service):
    record([create(kit, "a", kit.own), create(kit, "a", kit.own)], service())
    with replay() as (ask, _):
        ask(create(kit, "one"))
        with pytest.raises(TokenMiss, match="retried with the same clientToken, this run used a new one"):
            ask(create(kit, "two"))


def test_one_token_for_two_creations_is_a_miss(kit, record, replay, service):
    record([create(kit, "a", kit.own), create(kit, "b", kit.own)], service())
    with replay() as (ask, _):
        ask(create(kit, "one"))
        with pytest.raises(TokenMiss, match="used a new clientToken, this run used one again"):
            ask(create(kit, "one"))


def test_a_token_used_for_another_request_is_followed_across_requests(kit, record, replay, service):
    target = "/v1/vpc?clientToken={}"
    record(
        [kit.request("POST", target.format("a"), {"n": 1}), kit.request("POST", target.format("a"), {"n": 2})],
        service(),
    )
    with replay() as (ask, _):
        ask(example(kit, "POST", target.format("x"), {"n": 1}))
        with pytest.raises(TokenMiss):
            ask(example(kit, "POST", target.format("y"), {"n": 2}))
        assert ask(example(kit, "POST", target.format("x"), {"n": 2})).status == 200


# --- signatures -------------------------------------------------------------------------------------------------


def test_a_wrongly_signed_request_does_not_get_the_answer_of_a_right_one(kit, record, replay, service):
    record([kit.request()], service())
    unsigned = example(kit)
    with replay() as (ask, _):
        with pytest.raises(SignatureMiss, match=r"no Authorization header(?s:.*)verify=False"):
            ask(unsigned.replace(headers=unsigned.headers.without("authorization")))
        with pytest.raises(SignatureMiss, match="no account has this access key id"):
            ask(example(kit, credentials=kit.own))
        with pytest.raises(SignatureMiss, match="good for 60 seconds"):
            ask(example(kit, at=kit.now - timedelta(seconds=61), expires_in=60))


def test_a_recorded_refusal_answers_the_wrongly_signed_request_and_success_the_right_one(kit, record, replay):
    good = kit.request()
    bad = good.replace(
        headers=good.headers.set("Authorization", good.headers.get("authorization")[:-1] + "x"[:0] + "0")
    )
    bad = (
        bad
        if bad != good
        else good.replace(headers=good.headers.set("Authorization", good.headers.get("authorization")[:-1] + "1"))
    )
    answers = iter([kit.response({"code": "SignatureDoesNotMatch"}, 400), kit.response({"vpcs": []})])
    record([bad, good], lambda _: next(answers))
    right = example(kit)
    wrong = right.replace(
        headers=right.headers.set("Authorization", right.headers.get("authorization")[:-64] + "f" * 64)
    )
    with replay() as (ask, _):
        assert ask(right).status == 200
        assert ask(wrong).status == 400


def test_without_verifying_any_keys_will_do(kit, record, replay, service):
    record([kit.request()], service())
    with replay(verify=False) as (ask, _):
        assert ask(example(kit, credentials=kit.own)).status == 200


def test_the_unverified_account_is_known(kit, record, replay, service):
    record([kit.request()], service())
    with replay() as (ask, _):
        assert ask(example(kit, credentials=UNVERIFIED)).status == 200


# --- threads ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["distinct", "equal creations", "reads"])
def test_sixteen_threads_lose_nothing_and_go_live_never(kit, path, service, shape):
    """200 requests over 16 threads, recorded and replayed in whatever order they come: 200 of 200, none live."""

    def request(number, credentials):
        if shape == "distinct":
            return kit.request(
                "POST", f"/v1/vpc?clientToken=t{number}", {"name": f"n{number}"}, credentials=credentials
            )
        if shape == "equal creations":
            return kit.request("POST", f"/v1/vpc?clientToken={number}", {"name": "n"}, credentials=credentials)
        return kit.request(target=f"/v1/vpc?marker={number % 7}", credentials=credentials)

    started = threading.Barrier(16)

    def run(tape, send, credentials):
        def work(worker):
            started.wait()
            return [tape.exchange(request(n, credentials), send) for n in range(worker, 200, 16)]

        with ThreadPoolExecutor(16) as pool:
            return [answer for answers in pool.map(work, range(16)) for answer in answers]

    live = service()
    with open_cassette(path, "record", foreign=False, credentials=kit.own, clock=lambda: kit.now) as cassette:
        recorded = run(cassette.tape, live, kit.own)
        assert cassette.tape.counts.recorded == live.calls == 200
    assert len(Cassette.parse(path.read_bytes(), "c").entries) == 200
    with open_cassette(path, foreign=False, clock=lambda: kit.now) as cassette:
        replayed = run(cassette.tape, unreachable, EXAMPLE)
        assert cassette.tape.counts.replayed == 200
        assert cassette.tape.unused == ()
    assert sorted(answer.body for answer in replayed) == sorted(kit_sorted(recorded))


def kit_sorted(answers):
    """Bodies as stored: compact, members sorted."""
    import msgspec  # noqa: PLC0415  only here

    return [msgspec.json.encode(answer.json(), order="sorted") for answer in answers]


def test_no_lock_is_held_while_a_request_is_on_its_way(kit, path):
    """Two requests that wait for each other both come back."""
    meeting = threading.Barrier(2, timeout=5)

    def send(_):
        meeting.wait()
        return Response(200)

    with (
        open_cassette(path, "record", foreign=False, credentials=kit.own, clock=lambda: kit.now) as cassette,
        ThreadPoolExecutor(2) as pool,
    ):
        answers = list(pool.map(cassette.transport(send), [kit.request(), kit.request(target="/v1/subnet")]))
    assert [answer.status for answer in answers] == [200, 200]


def test_replay_is_the_default_mode(tmp_path):
    with open_cassette(tmp_path / "none.json", foreign=False) as cassette:
        assert cassette.mode is Mode.REPLAY
