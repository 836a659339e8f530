"""`contractkit serve`."""

import signal
import ssl
import urllib.error
import urllib.request

import pytest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_line_with_the_base_url_then_answers_then_stops_with_0(start, number):
    process = start("serve", "--settle", "0.5", "--seed", "3")
    base_url = process.stdout.readline().strip()
    assert base_url.startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{base_url}/v1/vpc", timeout=5)  # noqa: S310 - the address of the process above
    with refused.value as answer:
        assert answer.code == 403
        assert b"AccessDenied" in answer.read()
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


def test_with_tls_the_certificate_authority_is_named(start):
    process = start("serve", "--tls")
    base_url = process.stdout.readline().strip()
    authority = process.stderr.readline().strip().rpartition(" ")[2]
    context = ssl.create_default_context(cafile=authority)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{base_url}/v1/vpc", timeout=5, context=context)  # noqa: S310 - as above
    refused.value.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_an_address_others_can_reach_is_refused_unless_allowed(call):
    result = call("serve", "--host", "0.0.0.0")  # noqa: S104 - it is refused
    assert result.exit_code == 2
    assert "other machines" in result.stderr


def test_an_unknown_region_is_refused_before_anything_listens(call):
    result = call("serve", "--region", "mars")
    assert result.exit_code == 2
    assert "no region 'mars'" in result.stderr
