"""Arguments become a request, or an error that names every one of them that cannot."""

import pytest

from contractkit.contract import build_call, load_contract
from contractkit.errors import ArgumentError

CONTRACT = load_contract()


def call(name, /, **arguments):
    return build_call(CONTRACT.operation(name), arguments)


def test_arguments_go_to_path_query_and_body():
    made = call("eip.bind_eip", eip="192.0.2.1", instanceType="BCC", instanceId="i-1", clientToken="t")
    assert made.method == "PUT"
    assert made.path_segments == ("v1", "eip", "192.0.2.1")
    assert made.query == (("bind", None), ("clientToken", "t"))
    assert made.body == b'{"instanceType":"BCC","instanceId":"i-1"}'


def test_lists_and_booleans_travel_as_the_services_read_them():
    made = call("vpc.list_vpcs", vpcIds=["vpc-a", "vpc-b"], isDefault=False, maxKeys=3)
    assert made.query == (("isDefault", "false"), ("vpcIds", "vpc-a,vpc-b"), ("maxKeys", "3"))
    assert made.body == b""


def test_none_means_not_given():
    assert call("vpc.create_vpc", name="a", cidr="10.0.0.0/8", description=None).body == (
        b'{"name":"a","cidr":"10.0.0.0/8"}'
    )


def test_every_problem_is_told_at_once():
    with pytest.raises(ArgumentError) as caught:
        call("vpc.create_subnet", name="default", cidr="10.0.0.0/24", vpcID="vpc-1", zoneName="cn-bj-a")
    text = str(caught.value)
    assert "vpc.create_subnet: vpcID: no such argument; known: clientToken, name" in text
    assert "the member 'vpcId' is missing" in text
    assert "name: has a value that is reserved" in text


def test_a_missing_path_parameter_is_told():
    with pytest.raises(ArgumentError, match="vpcId: is missing"):
        call("vpc.get_vpc")


@pytest.mark.parametrize("value", ["", ".", "..", "a/b", "/"])
def test_a_path_parameter_cannot_leave_its_segment(value):
    with pytest.raises(ArgumentError, match="vpcId: must be one path segment"):
        call("vpc.get_vpc", vpcId=value)


def test_an_operation_with_only_optional_members_may_have_no_body():
    assert call("vpc.delete_vpc", vpcId="vpc-1").body == b""


def test_errors_do_not_show_values():
    with pytest.raises(ArgumentError) as caught:
        call("vpc.create_vpc", name=["hush-hush"], cidr="hush-hush", other="hush-hush")
    assert "hush" not in str(caught.value)
