"""`contractkit sign`."""

import pytest

from contractkit.message import Request
from contractkit.signing import EXAMPLE, Credentials, authorize, parse_time, sign

AT = "2015-04-27T08:23:49Z"
URL = "http://bcc.bj.baidubce.com/v1/vpc?maxKeys=10&marker=a%2Fb"
SECRET = "0123456789abcdef" * 2
KEYS = {"BAIDUCLOUD_ACCESS_KEY": "e" * 32, "BAIDUCLOUD_SECRET_KEY": SECRET}


def authorization_of(url=URL, headers=(), credentials=EXAMPLE, **changes):
    return sign(Request("GET", url, headers), credentials, at=parse_time(AT), **changes).headers.get("authorization")


def test_the_headers_printed_sign_the_request(call):
    result = call("sign", "get", URL, "--example", "--at", AT)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"x-bce-date: {AT}", f"Authorization: {authorization_of()}"]


def test_headers_body_and_expiry_take_part(call, tmp_path):
    (tmp_path / "body").write_bytes(b"{}")
    options = ["-H", "Content-Type: application/json", "-d", f"@{tmp_path / 'body'}", "--expires", "60"]
    result = call("sign", "GET", URL, "--example", "--at", AT, *options)
    wanted = authorization_of(headers=[("Content-Type", "application/json")], expires_in=60)
    assert f"Authorization: {wanted}" in result.stdout.splitlines()


@pytest.mark.parametrize("explain", [[], ["--explain"]])
def test_credentials_come_from_the_environment_and_no_secret_is_shown(call, explain):
    keys = {**KEYS, "BAIDUCLOUD_SESSION_TOKEN": "token-of-the-session"}
    result = call("sign", "GET", URL, "--at", AT, *explain, env=keys)
    assert result.exit_code == 0
    credentials = Credentials(keys["BAIDUCLOUD_ACCESS_KEY"], SECRET, "token-of-the-session")
    made = authorization_of(credentials=credentials)
    assert made.rpartition("/")[2] in result.output
    assert SECRET not in result.output
    assert "token-of-the-session" not in result.output
    prefix_key = authorize(
        method="GET", path="/", query=(), headers=(), credentials=credentials, at=parse_time(AT)
    ).signing_key
    assert prefix_key not in result.output


def test_without_credentials_the_variables_are_named(call):
    result = call("sign", "GET", URL)
    assert result.exit_code == 2
    assert "BAIDUCLOUD_ACCESS_KEY and BAIDUCLOUD_SECRET_KEY" in result.stderr


def test_explain_shows_every_step(call):
    labels = [line[:24].strip() for line in call("sign", "--explain", "GET", URL, "--example").stdout.splitlines()]
    for label in ("path decoded", "query item", "header signed", "canonical request 3", "signing key", "signature"):
        assert label in labels


def test_a_refused_value_is_explained_with_what_differs(call):
    wrong = authorization_of(url=URL.replace("%2F", "%252F"))
    result = call("sign", "GET", URL, "--example", "--authorization", wrong)
    assert result.exit_code == 1
    assert "SignatureDoesNotMatch" in result.stdout
    assert "what differs" in result.stdout
    assert f"assumed                  x-bce-date: {AT}" in result.stdout


def test_a_right_value_is_called_right_and_its_age_is_told(call):
    good = call("sign", "GET", URL, "--example", "--authorization", authorization_of(), "--at", AT)
    assert good.exit_code == 0
    assert "the signature is right" in good.stdout
    old = call("sign", "GET", URL, "--example", "--authorization", authorization_of(), "--at", "2015-04-27T10:00:00Z")
    assert old.exit_code == 1
    assert "the signature is right" in old.stdout
    assert "RequestExpired" in old.stdout
    assert "clock-skew: 30 minutes" in old.stdout


def test_a_value_can_come_from_standard_input_as_a_whole_header(call):
    result = call(
        "sign",
        "GET",
        URL,
        "--example",
        "--at",
        AT,
        "--authorization",
        "-",
        input=f"Authorization: {authorization_of()}\n",
    )
    assert result.exit_code == 0


def test_the_readings_an_explanation_rests_on_are_named(call):
    value = authorization_of()
    fields = value.split("/")
    empty = "/".join([*fields[:4], "", fields[5]])
    assert (
        "rests on                 signed-headers-empty"
        in call("sign", "GET", URL, "--example", "--authorization", empty).stdout
    )
    url = URL + "&Authorization=x"
    assert (
        "query-authorization" in call("sign", "GET", url, "--example", "--authorization", authorization_of(url)).stdout
    )


def test_a_value_that_cannot_be_read_says_which_field(call):
    result = call("sign", "GET", URL, "--example", "--authorization", "bce-auth-v1/a/b")
    assert result.exit_code == 1
    assert "6 fields" in result.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-H", "nocolon"], "NAME:VALUE"),
        (["--at", "yesterday"], "2015-04-27T08:23:49Z"),
        (["-d", "@/no/such/file"], "cannot be read"),
        (["--expires", "0"], "use 1800"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_way_out(call, options, told):
    result = call("sign", "GET", URL, "--example", *options)
    assert (result.exit_code, told in result.stderr) == (2, True)


def test_a_relative_url_is_refused(call):
    result = call("sign", "GET", "/v1/vpc", "--example")
    assert result.exit_code == 2
    assert "absolute URL" in result.stderr


@pytest.mark.parametrize(
    "url", ["http://[::1", "ftp://x/", "http://x:99999/", "http://x:0/", "http://", "https:///v1", "x"]
)
def test_a_url_that_no_client_could_send_to_is_refused(call, url):
    """Nothing is signed for a scheme, host or port that HTTP has no place for."""
    result = call("sign", "GET", url, "--example")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is no absolute URL; write http://host/path" in result.stderr


def test_a_refused_url_shows_nothing_of_its_query(call):
    """A token in the query of a mistyped URL does not get into a terminal's history of errors."""
    result = call("sign", "GET", "htp://x/?password=hidden-value", "--example")
    assert result.exit_code == 2
    assert "hidden-value" not in result.output


def test_a_method_that_the_apis_do_not_know_is_refused_with_those_they_do(call):
    """A misspelt method is a usage error; HEAD, in any letter case, is none."""
    result = call("sign", "FOO", URL, "--example")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "GET, POST, PUT, DELETE, HEAD" in result.stderr
    assert call("sign", "head", URL, "--example").exit_code == 0


@pytest.mark.parametrize("url", ["http://[::1]:8080/v1/vpc?x", "HTTPS://h", "http://127.0.0.1:8793/"])
def test_addresses_and_ports_are_signed_for(call, url):
    """An IPv6 address, a port of one's own and a bare host are absolute URLs."""
    assert call("sign", "GET", url, "--example").exit_code == 0
