"""What a run created is gone when it ends, however it ends; nothing else is."""

import json
import os
import stat
from datetime import timedelta

import pytest

from contractkit.cloud import Weather, cutting, failing, throttling
from contractkit.conformance.live import LiveRefusedError, Logbook
from contractkit.conformance.live.logbook import account_mark
from contractkit.errors import ConfigurationError, ServiceFaultError, TransportError
from contractkit.message import Request, Response
from contractkit.signing import Credentials

POSTPAID = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}


def build(client):
    """One of everything, one inside the other."""
    vpc = client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")["vpcId"]
    client.vpc.create_subnet(name="s", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId=vpc)
    client.eip.apply_eip(name="e", bandwidthInMbps=1, billing=POSTPAID)
    zone = client.privatezone.create_private_zone(zoneName="a.test")["zoneId"]
    client.privatezone.add_private_record(zone, rr="www", type="A", value="10.0.0.1")
    client.privatezone.bind_private_zone_vpc(zone, region="bj", vpcIds=[vpc])
    client.dns.create_dns_zone(name="ck.example")
    client.dns.create_dns_record("ck.example", rr="www", type="A", value="192.0.2.1")


def foreign(account):
    """What somebody else has in the same account."""
    stranger = account.stranger
    vpc = stranger.vpc.create_vpc(name="theirs", cidr="10.0.0.0/16")["vpcId"]
    stranger.vpc.create_subnet(name="theirs", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId=vpc)
    stranger.eip.apply_eip(name="theirs", bandwidthInMbps=1, billing=POSTPAID)
    stranger.dns.create_dns_zone(name="theirs.example")
    stranger.dns.create_dns_record("theirs.example", rr="www", type="A", value="192.0.2.1")
    return dict(account.holdings)


def test_everything_is_removed_in_order(account):
    """Children before parents, and the foreign things stay."""
    before = foreign(account)
    build(account.client)
    assert account.sweep() == ()
    assert account.holdings == before


@pytest.mark.parametrize("fault", [cutting, failing])
def test_a_lost_creation_is_found_by_its_token(make, fault):
    """A creation whose answer was lost after it happened is repeated, named, and removed."""
    account = make(weather=Weather([fault("*.*create*", occurrences={1}, after_commit=True)]))
    with pytest.raises((TransportError, ServiceFaultError)):
        account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")
    assert account.count("vpc") == 1
    assert account.sweep() == ()
    assert account.holdings == {}


def test_a_refused_repeat_does_not_settle_the_first_attempt(make):
    """Lost at first, throttled when repeated: the first attempt may still have made something."""
    lost = cutting("vpc.create_vpc", occurrences={1}, after_commit=True)
    account = make(weather=Weather([lost, throttling("vpc.create_vpc", occurrences={2})]))
    request = account.client.prepare("vpc.create_vpc", {"name": "n", "cidr": "10.0.0.0/16"})
    with pytest.raises(TransportError):
        account.client.exchange(request)
    assert account.client.exchange(request).status == 429
    assert len(account.logbook.remaining()) == 1
    assert account.sweep() == ()
    assert account.holdings == {}


def test_a_creation_that_never_arrived_leaves_nothing(make):
    """Cut before it happened: the repeat makes it, and it is removed at once."""
    account = make(weather=Weather([cutting("eip.apply_eip", occurrences={1})]))
    with pytest.raises(TransportError):
        account.client.eip.apply_eip(name="e", bandwidthInMbps=1, billing=POSTPAID)
    assert account.sweep() == ()
    assert account.holdings == {}


def test_a_lost_creation_that_was_refused_is_crossed_out(make):
    """The repeat of a request that breaks a rule is refused as the first was: nothing was made."""
    account = make(weather=Weather([failing("vpc.create_vpc", occurrences={1})]))
    request = account.client.prepare("vpc.create_vpc", {"name": "n", "cidr": "10.0.0.0/16"})
    assert account.client.exchange(request.replace(body=b'{"name":5}')).status == 503
    assert len(account.logbook.remaining()) == 1
    assert account.sweep() == ()


def test_what_settles_is_waited_for(make):
    """A thing that cannot be removed yet is asked again, for about 24 seconds and not longer."""
    account = make(settle=timedelta(seconds=3))
    account.client.eip.apply_eip(name="e", bandwidthInMbps=1, billing=POSTPAID)
    assert account.sweep() == ()
    assert account.holdings == {}


def test_patience_ends(make):
    """What stays stuck is given back as left, and stays in the logbook."""
    account = make(settle=timedelta(hours=1))
    account.client.eip.apply_eip(name="e", bandwidthInMbps=1, billing=POSTPAID)
    since = account.clock()
    (left,) = account.sweep()
    assert "eip" in str(left)
    assert "bj" in str(left)
    assert timedelta(seconds=20) < account.clock() - since < timedelta(seconds=60)


def test_what_is_bound_is_released_first(account):
    """A bound address cannot be released: the sweep unbinds it."""
    eip = account.client.eip.apply_eip(name="e", bandwidthInMbps=1, billing=POSTPAID)["eip"]
    account.client.eip.list_eips()
    account.stranger.eip.bind_eip(eip, instanceType="BCC", instanceId="i-ck000001")
    account.stranger.eip.list_eips()
    assert account.sweep() == ()
    assert account.holdings == {}


def test_removed_by_hand_counts_as_removed(account):
    """What somebody removed meanwhile is not there to be found, and that is all right."""
    vpc = account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")["vpcId"]
    account.stranger.vpc.delete_vpc(vpc)
    assert account.sweep() == ()


def test_a_dead_run_is_swept_by_its_file(account):
    """After a kill the file alone is enough; what is foreign stays, and the file goes."""
    before = foreign(account)
    build(account.client)
    account.die()
    assert stat.S_IMODE(account.path.stat().st_mode) == 0o600
    assert account.sweep_file() == ()
    assert account.holdings == before
    assert not account.path.exists()


def test_a_run_killed_between_request_and_answer_is_swept(make):
    """The intent alone is on the disk: the repeat tells the id."""
    account = make(weather=Weather([cutting("vpc.create_vpc", occurrences={1}, after_commit=True)]))
    with pytest.raises(TransportError):
        account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")
    account.die()
    assert account.sweep_file() == ()
    assert account.holdings == {}


def test_a_line_cut_in_writing_is_no_trouble(account):
    """A kill may cut the last line: what it announced was not sent yet, or is learnt again."""
    build(account.client)
    account.die()
    data = account.path.read_bytes()
    account.path.write_bytes(data[:-20])
    assert account.sweep_file() == ()
    assert account.holdings == {}


def test_a_service_that_never_answers_is_not_asked_for_ever(make):
    """A repeat is one more thing where tokens are forgotten, so there are three at most; what is left is reported."""
    account = make(weather=Weather([failing("vpc.create_vpc")]))
    with pytest.raises(ServiceFaultError):
        account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")
    (left,) = account.sweep()
    assert "id unknown" in str(left)
    assert account.arrived == ["POST /v1/vpc"] * 4


def test_after_a_day_a_lost_creation_is_only_reported(make):
    """A token is remembered for 24 hours; later a repeat would create a second thing."""
    account = make(weather=Weather([cutting("vpc.create_vpc", occurrences={1}, after_commit=True)]))
    with pytest.raises(TransportError):
        account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")
    account.die()
    account.clock.sleep(25 * 3600)
    (left,) = account.sweep_file()
    assert "id unknown" in str(left)
    assert account.count("vpc") == 1
    assert account.path.exists()


def test_a_release_without_answer_is_asked_again_under_its_token(make):
    """An address that was released and given to somebody else in between is not released a second time."""
    account = make(weather=Weather([cutting("eip.release_eip", occurrences={1}, after_commit=True)]))
    eip = account.client.eip.apply_eip(name="e", bandwidthInMbps=1, billing=POSTPAID)["eip"]
    account.client.eip.list_eips()
    with pytest.raises(TransportError):
        account.client.eip.release_eip(eip)
    account.die()
    assert account.holdings == {}
    account.arrived.clear()
    assert account.sweep_file() == ()
    assert account.arrived == [f"DELETE /v1/eip/{eip}"]
    assert account.tokens[-1] == account.tokens[-2]


def test_an_old_release_without_answer_is_left_to_a_person(make):
    """When the token is forgotten nobody knows whose the address is by now: it is reported, not released."""
    account = make(weather=Weather([cutting("eip.release_eip", occurrences={1})]))
    eip = account.client.eip.apply_eip(name="e", bandwidthInMbps=1, billing=POSTPAID)["eip"]
    account.client.eip.list_eips()
    with pytest.raises(TransportError):
        account.client.eip.release_eip(eip)
    account.die()
    account.clock.sleep(25 * 3600)
    account.arrived.clear()
    (left,) = account.sweep_file()
    assert (left.identifiers, account.arrived) == ((eip,), [])


def test_other_keys_sweep_only_when_told(account):
    """With another account all would look gone; keys that are not the run's have to be vouched for."""
    build(account.client)
    account.die()
    with pytest.raises(ConfigurationError, match="other keys"):
        account.sweep_file(Credentials("9" * 32, "8" * 32))
    assert account.path.exists()
    left = account.sweep_file(Credentials("9" * 32, "8" * 32), other_keys=True)
    assert len(left) == 7
    assert account.path.exists()


def test_a_living_run_is_not_swept(account):
    """The file of a run that still goes on is locked."""
    account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")
    with pytest.raises(ConfigurationError, match="still going on"):
        account.sweep_file()


@pytest.mark.parametrize("text", [b"nonsense\n", b'{"logbook":99}\n', b'{"removed":7,"ids":[]}\n', b'{"a":1}\n'])
def test_a_file_that_is_no_logbook_is_refused(account, text):
    """Whatever else the file is, nothing is sent and it is not touched."""
    account.path.write_bytes(text)
    with pytest.raises(ConfigurationError, match=r"run\.jsonl"):
        account.sweep_file()
    assert (account.arrived, account.path.read_bytes()) == ([], text)


def test_a_forged_logbook_gets_nothing_but_what_it_names(account):
    """A sweep goes through the gate: other regions, other hosts and plain http stay out of its reach."""
    build(account.client)
    account.die()
    forged = (
        account.path.read_text().replace("https://bcc.bj", "http://bcc.bj").replace('"created":1,', '"created":99,')
    )
    account.path.write_text(forged)
    with pytest.raises(ConfigurationError, match="no line of a logbook"):
        account.sweep_file()
    assert account.holdings["vpc"] == 1


def test_a_missing_file_is_told(tmp_path, account):
    """Sweeping what is not there is an error that names the file."""
    with pytest.raises(ConfigurationError, match=r"run\.jsonl cannot be opened"):
        account.sweep_file()


def test_a_secret_body_stays_off_the_disk(account):
    """A creation with a secret is repeatable while the run lives, and only reported after a kill."""
    request = Request("POST", "https://bcc.bj.baidubce.com/v1/vpc?clientToken=t", (), b'{"name":"hush-hush"}')
    book = account.logbook
    book.intend("vpc.create_vpc", request, resource="vpc", region="bj", parents={}, secret=True)
    assert "hush-hush" not in account.path.read_text()
    assert book.remaining()[0].request.body == b'{"name":"hush-hush"}'
    account.die()
    assert Logbook.read(account.path, clock=account.clock).remaining()[0].request is None


def test_keys_and_tokens_stay_off_the_disk(account):
    """The file holds neither headers nor a session token or signature in the query, nor the access key id."""
    target = "/v1/vpc?clientToken=t&x-bce-security-token=SESSION&authorization=SIGNED"
    headers = {"Authorization": "SIGNED", "x-bce-security-token": "SESSION"}
    account.gate.permit(Request("POST", f"https://bcc.bj.baidubce.com{target}", headers, b'{"name":"n"}'))
    text = account.path.read_text()
    assert not [each for each in ("SIGNED", "SESSION", "1f" * 16, "2e" * 16) if each in text]
    assert account_mark("1f" * 16) in text
    assert "clientToken=t" in text


def test_a_run_that_creates_nothing_leaves_no_file(account):
    """Reads need no logbook."""
    account.client.vpc.list_vpcs()
    account.logbook.close(keep=False)
    assert not account.path.exists()


def test_a_batch_is_removed_thing_by_thing(account):
    """A creation that made several things is done when the last of them is gone."""
    request = Request("POST", "https://bcc.bj.baidubce.com/v1/vpc?clientToken=t", (), b"{}")
    book = account.logbook
    creation = book.intend("vpc.create_vpc", request, resource="vpc", region="bj", parents={}, secret=False)
    book.created(creation, ["vpc-a1b2c3d4e5f6", "vpc-b1b2c3d4e5f6"])
    book.removed(creation, "vpc-a1b2c3d4e5f6")
    assert (creation.identifiers, creation.removed) == (("vpc-b1b2c3d4e5f6",), False)
    account.die()
    (read,) = Logbook.read(account.path, clock=account.clock).remaining()
    assert read.identifiers == ("vpc-b1b2c3d4e5f6",)


def test_the_sweep_itself_is_gated(account):
    """A logbook that claims a foreign region is not acted on."""
    build(account.client)
    account.die()
    account.path.write_text(account.path.read_text().replace('"region":"bj","account"', '"region":"gz","account"'))
    before = dict(account.holdings)
    account.arrived.clear()
    account.sweep_file()
    assert account.holdings.get("vpc") == before["vpc"]
    assert not [each for each in account.arrived if each.startswith("DELETE /v1/vpc")]


def test_the_file_is_synced_and_private_from_the_start(account, monkeypatch):
    """Every entry is forced to the disk before the request may leave."""
    synced = []
    real = os.fdatasync
    sent = []

    def sync(descriptor: int) -> None:
        real(descriptor)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            synced.append(descriptor)

    monkeypatch.setattr(os, "fdatasync", sync)

    def send(request: Request) -> Response:
        sent.append(len(synced))
        return account.cloud.handle(request)

    account.send = send
    account.start()
    account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")
    assert sent[0] >= 1
    assert json.loads(account.path.read_text().splitlines()[0])["logbook"] == 1


def test_a_full_disk_stops_the_creation(account, monkeypatch):
    """What cannot be written down is not sent."""

    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", no_space)
    with pytest.raises(ConfigurationError, match="No space"):
        account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")
    assert account.arrived == []
    with pytest.raises(LiveRefusedError):
        account.client.vpc.delete_vpc("vpc-abcdefabcdef")
