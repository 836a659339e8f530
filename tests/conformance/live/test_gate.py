"""Nothing that could cost or destroy leaves in a live run; what may leave is written down first."""

import base64
import json
import sys

import pytest

from contractkit.cloud import Weather, cutting
from contractkit.conformance.live import LiveRefusedError, gated, open_live
from contractkit.contract import build_call, load_contract
from contractkit.errors import NotFoundError, ServiceError
from contractkit.message import Request, Response
from contractkit.passwords import encrypt_password
from contractkit.signing import Credentials, sign

OWNER_SECRET = "2e" * 16
POSTPAID = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
WRITES = [each for each in load_contract().operations() if not each.is_read]
READS = [each for each in load_contract().operations() if each.is_read]
REGIONAL = [each for each in WRITES if load_contract().common["services"][each.service]["regions"]]


def example(schema):
    """Some value for a schema; the gate looks at names and ids, never at validity."""
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {name: example(each) for name, each in schema.get("properties", {}).items()}
    if kind == "array":
        return [example(schema.get("items", {}))]
    if "enum" in schema:
        return next((each for each in schema["enum"] if not str(each).lower().startswith("prepa")), schema["enum"][0])
    first = kind[0] if isinstance(kind, list) else kind
    return {"integer": 1, "number": 1, "boolean": True}.get(first, "x")


def request_for(operation, *, identifier="foreign-1234567", region="bj", body=None):
    path = operation.path
    for each in operation.parameters:
        path = path.replace("{" + each.name + "}", identifier)
    query = f"?{operation.action}&clientToken=t-1" if operation.action else "?clientToken=t-1"
    sent = json.dumps(example(operation.body) if body is None else body).encode() if operation.body else b""
    return Request(
        operation.method, f"https://{load_contract().host(operation.service, region)}{path}{query}", (), sent
    )


def vpc_request(method="POST", target="/v1/vpc?clientToken=t-1", body=b'{"name":"n","cidr":"10.0.0.0/16"}', **change):
    request = Request(method, f"https://bcc.bj.baidubce.com{target}", {"Content-Type": "application/json"}, body)
    return request.replace(**change)


@pytest.mark.parametrize("operation", WRITES, ids=lambda each: each.qualified)
def test_without_leave_no_change_leaves(make, operation):
    """Without leave to create every operation that changes anything is refused, in words that name the option."""
    account = make(allow_create=False)
    with pytest.raises(LiveRefusedError, match="--contract-allow-create"):
        account.gate.permit(request_for(operation))
    assert not account.path.exists()


@pytest.mark.parametrize("operation", READS, ids=lambda each: each.qualified)
def test_reads_leave_anyway(make, operation):
    """Every read passes, in any region, with or without leave to create."""
    make(allow_create=False).gate.permit(request_for(operation, region="gz"))


@pytest.mark.parametrize("operation", [each for each in WRITES if "{" in each.path], ids=lambda each: each.qualified)
def test_what_the_run_did_not_create_is_not_touched(account, operation):
    """Whatever a changing operation names in its path has to be of this run; what buys is refused before that."""
    with pytest.raises(LiveRefusedError, match=r"did not create|buys nothing"):
        account.gate.permit(request_for(operation, body={}))
    assert not account.path.exists()


@pytest.mark.parametrize("operation", REGIONAL, ids=lambda each: each.qualified)
def test_no_change_leaves_for_another_region(account, operation):
    """A change in a region that was not allowed is refused; global services have none."""
    with pytest.raises(LiveRefusedError, match=r"in region gz: .+ in bj only"):
        account.gate.permit(request_for(operation, region="gz", identifier="vpc-000000000000"))


@pytest.mark.parametrize(
    "url",
    [
        "http://bcc.bj.baidubce.com/v1/vpc",
        "https://evil.example/v1/vpc",
        "https://bcc.bj.baidubce.com.evil.example/v1/vpc",
        "https://bcc.bj.baidubce.com@evil.example/v1/vpc",
        "https://evil.example\\@bcc.bj.baidubce.com/v1/vpc",
        "https://bcc.bj.baidubce.com:8443/v1/vpc",
        "https://127.0.0.1/v1/vpc",
    ],
)
def test_only_documented_hosts_over_https_are_spoken_to(account, url):
    """Even a read goes to no other place, and a Host header does not make a place a documented one."""
    with pytest.raises(LiveRefusedError):
        account.gate.permit(Request("GET", url, {"Host": "bcc.bj.baidubce.com"}))


def test_unknown_operations_are_read_only(account):
    """A path, version or method that no operation has passes as GET or HEAD and as nothing else."""
    account.gate.permit(vpc_request("GET", "/v1/moon", b""))
    account.gate.permit(vpc_request("HEAD", "/v99/vpc", b""))
    for method, target in [
        ("POST", "/v1/moon"),
        ("DELETE", "/v1/vpc"),
        ("PATCH", "/v1/vpc/x"),
        ("delete", "/v1/vpc/x"),
    ]:
        with pytest.raises(LiveRefusedError, match="no described operation"):
            account.gate.permit(vpc_request(method, target, b""))


@pytest.mark.parametrize(
    "billing",
    [
        {"paymentTiming": "Prepaid", "reservation": {"reservationLength": 1}},
        {"paymentTiming": "prepaid"},
        {**POSTPAID, "reservation": {"reservationLength": 1}},
        {},
    ],
)
def test_nothing_is_bought_for_a_time(account, billing):
    """A prepaid body, the terms of one, or one that leaves payment open is never sent."""
    body = json.dumps({"bandwidthInMbps": 1, "billing": billing}).encode()
    with pytest.raises(LiveRefusedError, match="buys nothing"):
        account.gate.permit(Request("POST", "https://eip.bj.baidubce.com/v1/eip?clientToken=t", (), body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"billing":{"paymentTiming":"Prepaid","paymentTiming":"Postpaid"}}',
        b'{"billing":{"paymentTiming":"Prep\\u0061id"}}',
        b'{"billing":{"paymentTiming":"Postpaid"}',
    ],
)
def test_a_purchase_cannot_hide(account, body):
    """A repeated member, an escape or a body that cannot be read does not get a purchase past the gate."""
    with pytest.raises(LiveRefusedError, match="buys nothing"):
        account.gate.permit(Request("POST", "https://eip.bj.baidubce.com/v1/eip?clientToken=t", (), body))


def test_operations_that_buy_are_priced_or_named_so(account):
    """Every described operation that renews or purchases is refused, whatever it names."""
    buying = [
        each for each in WRITES if any(word in f"{each.name} {each.action}".lower() for word in ("renew", "purch"))
    ]
    for operation in [*buying, *(each for each in WRITES if each.price in ("prepaid", "renews"))]:
        with pytest.raises(LiveRefusedError, match="buys nothing"):
            account.gate.permit(request_for(operation, identifier="vpc-000000000000"))


def test_a_second_action_flag_is_refused(account):
    """A request that carries the flag of another operation too could mean that one."""
    eip = account.client.eip.apply_eip(name="e", bandwidthInMbps=1, billing=POSTPAID)["eip"]
    with pytest.raises(LiveRefusedError, match="two meanings"):
        account.gate.permit(Request("PUT", f"https://eip.bj.baidubce.com/v1/eip/{eip}?resize&unbind&clientToken=t"))
    vpc = account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")["vpcId"]
    for path in (f"/v1/vpc/{vpc}%2fx", f"/v1/vpc//{vpc}", f"/v1/subnet/../vpc/{vpc}"):
        with pytest.raises(LiveRefusedError):
            account.gate.permit(vpc_request("DELETE", path, b""))


def test_a_life_of_its_own_resources(account):
    """What the run created it may change, fill, bind and remove; its children are its own too."""
    client = account.client
    vpc = client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")["vpcId"]
    subnet = client.vpc.create_subnet(name="s", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId=vpc)["subnetId"]
    client.vpc.update_subnet(subnet, name="t")
    zone = client.privatezone.create_private_zone(zoneName="a.test")["zoneId"]
    client.privatezone.bind_private_zone_vpc(zone, region="bj", vpcIds=[vpc])
    client.privatezone.unbind_private_zone_vpc(zone, region="bj", vpcIds=[vpc])
    record = client.privatezone.add_private_record(zone, rr="www", type="A", value="10.0.0.1")["recordId"]
    client.privatezone.delete_private_record(record)
    client.privatezone.delete_private_zone(zone)
    client.vpc.delete_subnet(subnet)
    client.vpc.delete_vpc(vpc)
    assert account.logbook.remaining() == ()
    assert account.holdings == {}


def test_foreign_ids_in_bodies_are_refused(account):
    """A child of a foreign parent, and a binding to a foreign VPC or instance, never leave."""
    foreign = account.stranger.vpc.create_vpc(name="f", cidr="10.0.0.0/16")["vpcId"]
    zone = account.client.privatezone.create_private_zone(zoneName="a.test")["zoneId"]
    eip = account.client.eip.apply_eip(name="e", bandwidthInMbps=1, billing=POSTPAID)["eip"]
    before = len(account.arrived)
    with pytest.raises(LiveRefusedError, match="did not create"):
        account.client.vpc.create_subnet(name="s", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId=foreign)
    with pytest.raises(LiveRefusedError, match="did not create"):
        account.client.privatezone.bind_private_zone_vpc(zone, region="bj", vpcIds=[foreign])
    with pytest.raises(LiveRefusedError, match="did not create"):
        account.client.eip.bind_eip(eip, instanceType="BCC", instanceId="i-foreign1")
    with pytest.raises(LiveRefusedError, match="did not create"):
        account.client.vpc.delete_vpc(foreign)
    assert len(account.arrived) == before


def test_records_without_an_id_in_the_answer_are_known_by_their_list(account):
    """A record that no answer named is of this run once it is listed inside a domain of this run."""
    dns = account.client.dns
    dns.create_dns_zone(name="ck.example")
    dns.create_dns_record("ck.example", rr="www", type="A", value="192.0.2.1")
    (record,) = account.stranger.dns.list_dns_records("ck.example")["records"]
    with pytest.raises(LiveRefusedError):
        dns.delete_dns_record("ck.example", record["id"])
    dns.list_dns_records("ck.example")
    dns.update_dns_record("ck.example", record["id"], rr="www", type="A", value="192.0.2.2")
    dns.delete_dns_record("ck.example", record["id"])
    assert [each.resource for each in account.logbook.remaining()] == ["dns_zone"]


def test_ids_of_nobody_may_be_named(account):
    """Changing what cannot exist is how a refusal is tested; it reaches the cloud and leaves nothing."""
    for call in (
        lambda: account.client.vpc.delete_vpc("vpc-000000000000"),
        lambda: account.client.eip.release_eip("192.0.2.254"),
        lambda: account.client.dns.delete_dns_zone("nobody.invalid"),
        lambda: account.client.vpc.create_subnet(
            name="s", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId="vpc-000000000000"
        ),
    ):
        with pytest.raises(NotFoundError):
            call()
    assert account.logbook.remaining() == ()


def test_what_is_gone_may_be_named_unless_its_name_returns(account):
    """A drawn id stays the run's for ever; an address or a domain may be somebody else's after its release."""
    vpc = account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")["vpcId"]
    eip = account.client.eip.apply_eip(name="e", bandwidthInMbps=1, billing=POSTPAID)["eip"]
    account.client.eip.list_eips()
    account.client.vpc.delete_vpc(vpc)
    account.client.eip.release_eip(eip)
    with pytest.raises(NotFoundError):
        account.client.vpc.delete_vpc(vpc)
    with pytest.raises(LiveRefusedError, match="did not create"):
        account.client.eip.release_eip(eip)


def test_a_creation_needs_a_token(account):
    """Without clientToken a lost answer could not be asked again, so the creation is refused."""
    with pytest.raises(LiveRefusedError, match="needs a clientToken"):
        account.gate.permit(vpc_request(target="/v1/vpc"))
    with pytest.raises(LiveRefusedError, match="needs a clientToken"):
        account.gate.permit(vpc_request(target="/v1/vpc?clientToken="))


def test_a_creation_is_written_down_before_it_leaves(account):
    """When the request is on its way the file already says so."""
    seen = []

    def look(request):
        seen.append(account.path.read_text())
        return account.cloud.handle(request)

    account.send = look
    account.start()
    account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16", clientToken="t-1")
    assert '"clientToken=t-1' not in seen[0]
    assert "clientToken=t-1" in seen[0]
    assert '"operation":"vpc.create_vpc"' in seen[0]
    assert "created" not in seen[0]


def ciphertext():
    return encrypt_password("Pass-word-1", OWNER_SECRET)


@pytest.mark.parametrize(
    ("body", "secret"),
    [
        ({"description": f"key {OWNER_SECRET}"}, OWNER_SECRET),
        ({"description": base64.b64encode(OWNER_SECRET.encode()).decode()}, base64.b64encode(OWNER_SECRET.encode())),
        ({"adminPass": ciphertext()}, ciphertext()),
        ({"tags": [{"tagKey": "k", "pass_word": {"deep": {"api-key": "hidden-value"}}}]}, "hidden-value"),
        ({"description": '{"secretKey": "hidden-value"}'}, "hidden-value"),
    ],
    ids=["value", "encoded value", "member", "deep member", "member in a text"],
)
def test_no_secret_is_written_down_whatever_the_contract_calls_it(account, body, secret):
    """A key of the run, or what stands under the name of a secret, stays off the disk; the creation is kept all the same."""
    sent = json.dumps({"name": "n", "cidr": "10.0.0.0/16", **body}).encode()
    account.gate.permit(vpc_request(body=sent))
    assert (secret if isinstance(secret, bytes) else secret.encode()) not in account.path.read_bytes()
    assert '"operation":"vpc.create_vpc"' in account.path.read_text()
    (creation,) = account.logbook.remaining()
    assert creation.request.body == sent


def test_the_keys_of_the_run_are_kept_out_of_the_logbook(account, tmp_path):
    """A live run opened without more ado keeps the keys that it signs with off the disk."""
    body = json.dumps({"name": "n", "cidr": "10.0.0.0/16", "description": f"key {OWNER_SECRET}"}).encode()
    with open_live(
        lambda gate: account.connect(gated(gate, account.send)),
        credentials=Credentials("1f" * 16, OWNER_SECRET),
        region="bj",
        allow_create=True,
        folder=tmp_path,
    ) as way:
        way.gate.permit(vpc_request(body=body))
        (path,) = tmp_path.glob("contractkit-live-*.jsonl")
        assert OWNER_SECRET not in path.read_text()
        assert "vpc.create_vpc" in path.read_text()
    assert way.leftovers == ()


def test_a_secret_in_the_query_is_not_written_down_either(account):
    """The address of a creation is cut before a query that holds a key, or an item named as a secret."""
    for item in (f"note={OWNER_SECRET}", "password=hidden-value"):
        account.gate.permit(vpc_request(target=f"/v1/vpc?clientToken=t-1&{item}"))
    assert OWNER_SECRET not in account.path.read_text()
    assert "hidden-value" not in account.path.read_text()
    assert len(account.logbook.remaining()) == 2


@pytest.mark.parametrize("item", [f"note={OWNER_SECRET}", "password=hidden-value"])
def test_a_secret_in_the_query_of_a_removal_is_not_written_down(account, item):
    """What is about to go is written down as well, its address cut where a creation's would be."""
    made = account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")["vpcId"]
    account.gate.permit(vpc_request("DELETE", f"/v1/vpc/{made}?clientToken=d&{item}", b""))
    written = account.path.read_text()
    assert f"/v1/vpc/{made}" in written
    assert item not in written


def test_an_ordinary_creation_is_written_down_whole(account):
    """What holds no secret can be repeated after a kill: body and clientToken are in the file, signed in the query or not."""
    account.gate.permit(
        vpc_request(target="/v1/vpc?clientToken=t-1&authorization=bce-auth-v1/x&x-bce-security-token=s")
    )
    written = account.path.read_text()
    assert "clientToken=t-1" in written
    assert "10.0.0.0/16" in written
    assert "bce-auth-v1" not in written


def steps_of(work):
    """How many lines of the gate and the logbook run while `work` does: a count, where time would be chance."""
    files, steps, before = ("/live/gate.py", "/live/logbook.py"), 0, sys.gettrace()

    def count(frame, event, _):
        nonlocal steps
        if not frame.f_code.co_filename.endswith(files):
            return None
        steps += event == "line"
        return count

    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return steps


def test_a_creation_costs_the_same_however_many_there_are(account):
    """Asking, noting, touching and removing take as many steps for the hundredth thing as for the tenth."""

    def live_through(number):
        vpc = f"vpc-{number:012x}"
        request = vpc_request(target=f"/v1/vpc?clientToken=t-{number}")
        subnet = vpc_request(
            target=f"/v1/subnet?clientToken=s-{number}",
            body=json.dumps({"name": "s", "zoneName": "z", "cidr": "10.0.0.0/24", "vpcId": vpc}).encode(),
        )
        account.gate.permit(request)
        account.gate.note(request, Response(200, (), json.dumps({"vpcId": vpc}).encode()))
        account.gate.permit(subnet)
        account.gate.note(subnet, Response(200, (), json.dumps({"subnetId": f"sbn-{number:012x}"}).encode()))
        account.gate.permit(vpc_request("PUT", f"/v1/vpc/{vpc}?modifyAttribute&clientToken=m", b'{"name":"x"}'))

    def remove(number):
        removal = vpc_request("DELETE", f"/v1/vpc/vpc-{number:012x}?clientToken=d", b"")
        account.gate.permit(removal)
        account.gate.note(removal, Response(200))

    counts = {number: steps_of(lambda number=number: live_through(number)) for number in range(1, 101)}
    assert counts[100] <= counts[10] * 1.1
    gone = {number: steps_of(lambda number=number: remove(number)) for number in range(50, 0, -1)}
    assert max(gone.values()) <= min(gone.values()) * 1.1
    assert len(account.logbook.remaining()) == 100


def test_a_wrongly_signed_creation_is_one_all_the_same(make):
    """A wrong signature gets no creation past the gate; with leave it is written down, and crossed out when refused."""
    wrong = sign(vpc_request(), Credentials("1f" * 16, "0" * 32), at=make().clock())
    with pytest.raises(LiveRefusedError):
        make(allow_create=False).gate.permit(wrong)
    account = make()
    assert account.client.exchange(wrong, sign=False).status == 400
    assert account.logbook.remaining() == ()
    assert '"removed":1' in account.path.read_text()


def test_a_repeat_is_no_second_creation(account):
    """The same request under the same token, before or after success, is one creation with one id."""
    first = account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16", clientToken="t-1")
    assert account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16", clientToken="t-1") == first
    (creation,) = account.logbook.remaining()
    assert creation.identifiers == (first["vpcId"],)
    account.client.vpc.delete_vpc(first["vpcId"])
    assert account.logbook.remaining() == ()
    # The promise holds for 24 hours, so the answer names the thing that is gone.
    account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16", clientToken="t-1")
    assert all(each.identifiers == () for each in account.logbook.remaining())


def test_a_mismatch_under_the_token_of_a_lost_creation_crosses_nothing_out(make):
    """A refusal of another body under the same token says nothing about the first request."""
    account = make(weather=Weather([cutting("vpc.create_vpc", occurrences={1}, after_commit=True)]))
    with pytest.raises(Exception, match="cut"):
        account.client.vpc.create_vpc(name="n", cidr="10.0.0.0/16", clientToken="t-1")
    with pytest.raises(ServiceError, match="Idempotent"):
        account.client.vpc.create_vpc(name="n", cidr="10.1.0.0/16", clientToken="t-1")
    (creation,) = account.logbook.remaining()
    assert json.loads(creation.request.body)["cidr"] == "10.0.0.0/16"
    assert account.sweep() == ()
    assert account.holdings == {}


def test_every_operation_of_the_suite_can_be_built(account):
    """The examples above are requests: each routes to the operation it was built for."""
    for operation in (*READS, *WRITES):
        route = load_contract().route(request_for(operation))
        assert route.operation.path == operation.path
    assert build_call(load_contract().operation("vpc.list_vpcs"), {}).method == "GET"
