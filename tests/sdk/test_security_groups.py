"""Every method of the official clients for security groups, of both kinds, is answered and decoded."""

from baidubce.services.bcc.bcc_client import BccClient
from baidubce.services.bcc.bcc_model import SecurityGroupRuleModel
from baidubce.services.esg.esg_client import EsgClient
from baidubce.services.esg.esg_model import EnterpriseSecurityGroupRuleModel, TagModel
from baidubce.services.vpc.vpc_client import VpcClient

GROUP = {"security_group_id": "<group>"}
HTTPS = SecurityGroupRuleModel(remark="https", direction="ingress", ethertype="IPv4", portRange="443", protocol="tcp")
ANYTHING = SecurityGroupRuleModel(direction="egress", portRange="", protocol="", sourceIp="", destIp="", remark="")
# The rest of BccClient is about servers. These two bind a group to one.
OF_SERVERS = {"bind_instance_to_security_group", "unbind_instance_from_security_group"}
SECURITY_GROUPS = [
    (
        "create_security_group",
        {"name": "web", "rules": [HTTPS], "vpc_id": "<vpc>", "desc": "d"},
        {"group": "security_group_id"},
    ),
    ("authorize_security_group_rule", {**GROUP, "rule": ANYTHING, "sg_version": 0}),
    ("list_security_groups", {"vpc_id": "<vpc>", "security_group_ids": "<group>"}, {"listed": "security_groups.0.id"}),
    ("get_security_group_detail", GROUP, {"rule": "rules.0.security_group_rule_id", "count": "bind_instance_num"}),
    ("update_security_group_rule", {"security_group_rule_id": "<rule>", "portrange": "8443", "remark": "r"}),
    ("delete_security_group_rule", {"security_group_rule_id": "<rule>"}),
    ("revoke_security_group_rule", {**GROUP, "rule": ANYTHING}),
    ("delete_security_group", GROUP),
]
ESG = {"enterprise_security_group_id": "<esg>"}
SSH = EnterpriseSecurityGroupRuleModel(
    remark="ssh", direction="ingress", ethertype="IPv4", portRange="22", protocol="tcp", sourceIp="all", action="deny"
)
OUT = EnterpriseSecurityGroupRuleModel(
    direction="egress", ethertype="IPv4", portRange="", protocol="all", destIp="all", action="allow", priority=5
)
ENTERPRISE = [
    (
        "create_enterprise_security_group",
        {"name": "all", "rules": [SSH], "desc": "d", "tags": [TagModel("k", "v")]},
        {"esg": "enterprise_security_group_id"},
    ),
    ("authorize_enterprise_security_group_rule", {**ESG, "rules": [OUT]}),
    (
        "list_enterprise_security_groups",
        {"max_keys": 5},
        {"rule": "enterprise_security_groups.0.rules.1.enterprise_security_group_rule_id"},
    ),
    ("update_enterprise_security_group_rule", {"enterprise_security_group_rule_id": "<rule>", "priority": 7}),
    ("delete_enterprise_security_group_rule", {"enterprise_security_group_rule_id": "<rule>"}),
    ("delete_enterprise_security_group", ESG),
]


def test_every_method_for_security_groups(walk, public_methods):
    walk(VpcClient, [("create_vpc", {"name": "net", "cidr": "10.0.0.0/16"}, {"vpc": "vpc_id"})])
    walk(BccClient, SECURITY_GROUPS)
    methods = {name for name in public_methods(BccClient) if "security_group" in name}
    assert methods - walk.called == OF_SERVERS
    assert (walk.kept["listed"], walk.kept["count"]) == (walk.kept["group"], 0)


def test_every_method_for_enterprise_security_groups(walk, public_methods):
    walk(EsgClient, ENTERPRISE)
    assert public_methods(EsgClient) == walk.called
