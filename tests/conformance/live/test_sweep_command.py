"""`contractkit sweep` removes what a dead run left, over HTTPS, and nothing else."""

import socket
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from contractkit.cli import app
from contractkit.cloud.server import serve
from contractkit.signing import Credentials

OWNER = Credentials("1f" * 16, "2e" * 16)


@pytest.fixture
def call(monkeypatch):
    """Run the command with the owner's keys in the environment."""
    monkeypatch.setenv("BAIDUCLOUD_ACCESS_KEY", OWNER.access_key_id)
    monkeypatch.setenv("BAIDUCLOUD_SECRET_KEY", OWNER.secret_access_key)
    return lambda *arguments: CliRunner().invoke(app, ["sweep", *map(str, arguments)])


@pytest.fixture
def reachable(account, monkeypatch):
    """The account's cloud under the documented names, by TLS; the clock is the real one from here on."""
    account.clock.now = datetime.now(UTC)
    resolve = socket.getaddrinfo

    with serve(account.cloud, tls=True) as served:

        def here(host, port, *rest, **options):
            documented = str(host).endswith(".baidubce.com")
            return (
                resolve("127.0.0.1", served.port, *rest, **options)
                if documented
                else resolve(host, port, *rest, **options)
            )

        monkeypatch.setattr(socket, "getaddrinfo", here)
        monkeypatch.setenv("CONTRACTKIT_CA_BUNDLE", str(served.ca_path))
        yield account


def test_a_dead_run_is_swept(call, reachable):
    foreign = reachable.stranger.vpc.create_vpc(name="foreign", cidr="10.9.0.0/16")["vpcId"]
    vpc = reachable.client.vpc.create_vpc(name="mine", cidr="10.0.0.0/16")["vpcId"]
    reachable.client.vpc.create_subnet(name="mine", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId=vpc)
    reachable.die()
    done = call(reachable.path)
    assert done.exit_code == 0, done.output
    assert done.output == f"{reachable.path}: all gone\n"
    assert [each["vpcId"] for each in reachable.stranger.vpc.list_vpcs.each()] == [foreign]
    assert not reachable.path.exists()


def test_other_keys_are_refused_before_anything_is_sent(call, account, monkeypatch):
    account.client.vpc.create_vpc(name="mine", cidr="10.0.0.0/16")
    account.die()
    monkeypatch.setenv("BAIDUCLOUD_ACCESS_KEY", "3d" * 16)
    done = call(account.path)
    assert done.exit_code == 2
    assert "the run had other keys" in done.output
    assert account.path.exists()


def test_missing_keys_are_told(call, account, monkeypatch):
    account.die()
    monkeypatch.delenv("BAIDUCLOUD_SECRET_KEY")
    done = call(account.path)
    assert (done.exit_code, "set BAIDUCLOUD_SECRET_KEY" in done.output) == (2, True)
