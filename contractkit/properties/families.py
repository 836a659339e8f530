"""What the laws of the clientToken are tried with: operations of every service, as data over the contract.

A family names one kind of thing, the arguments that make one, and the calls that change one. All else is read from
the contract: the operations that create, delete and list the kind, where it is named in a path, and its answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, Final

from contractkit.contract import Operation, build_call, load_contract
from contractkit.properties.strategies.messages import write_query

__all__ = ["KINDS", "Family", "Form", "Place", "Query", "Wish", "family"]

Query = tuple[tuple[str, str | None], ...]

_OWN: Final = frozenset({"label", "number", "region"})


@dataclass(frozen=True)
class Form:
    """One operation and its arguments, with places to fill: `{label}`, `{number}`, `{region}`, or a kind for an id."""

    operation: Operation
    template: Mapping[str, Any]

    @property
    def needs(self) -> tuple[str, ...]:
        """The kinds whose ids it names."""
        return tuple(sorted(_places(self.template) - _OWN))

    def fill(self, place: Place, about: str = "") -> Wish:
        """The wish of this form; `about` is the id of the thing that the path names."""
        members = _fill(
            self.template, {**place.ids, "label": place.label, "number": place.number, "region": place.region}
        )
        named = [each.name for each in self.operation.parameters if each.where == "path"][-1:]
        # Where a token is required none would be refused; it is taken out again, for whoever sends the wish to choose.
        call = build_call(self.operation, {**members, **dict.fromkeys(named, about), "clientToken": "none"})
        query = tuple(item for item in call.query if item[0] != "clientToken")
        path = "/" + "/".join(call.path_segments)
        return Wish(self, place, about, call.method, path, query, call.body, members)


@dataclass(frozen=True)
class Place:
    """What fills a form: a number that tells wishes apart, a label made of it, a region, and ids by kind."""

    number: int
    label: str
    region: str = "bj"
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """One request without its clientToken, and what it is for: `about` "" creates, else names a thing by its id."""

    form: Form
    place: Place
    about: str
    method: str
    path: str
    query: Query
    body: bytes
    members: Mapping[str, Any] = field(compare=False)
    """What the body says, by member."""

    @property
    def operation(self) -> Operation:
        """What is asked for."""
        return self.form.operation

    @property
    def does(self) -> str:
        """What it does to the thing: create, update, bind, unbind or delete."""
        return "delete" if self.method == "DELETE" else str(self.operation.effect["does"])

    @property
    def kind(self) -> str:
        """The kind of thing it is about."""
        return str(self.operation.effect["resource"])

    @property
    def where(self) -> tuple[str, str]:
        """The service, and the region, "" for a service that is in none."""
        service = self.operation.service
        return service, self.place.region if load_contract().common["services"][service]["regions"] else ""

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes two requests the same one under a token."""
        return self.method, self.path, tuple(sorted((name, value or "") for name, value in self.query)), self.body

    def renumbered(self, number: int, label: str) -> Wish:
        """The same wish with another number and label in it."""
        return self.form.fill(replace(self.place, number=number, label=label), self.about)

    def __repr__(self) -> str:
        asked = write_query(self.query)
        return f"<{self.method} {self.path}{'?' + asked if asked else ''} {self.body.decode()}>"


@dataclass(frozen=True)
class Family:
    """One kind of thing: how one is made, changed, deleted and listed."""

    kind: str
    create: Form
    changes: tuple[Form, ...]
    delete: Form
    listing: Operation

    @property
    def service(self) -> str:
        """The service that has it."""
        return self.listing.service

    @cached_property
    def traits(self) -> Mapping[str, Any]:
        """The traits of the kind in the contract."""
        return load_contract().resources[self.kind].traits

    @cached_property
    def id_member(self) -> str:
        """The member that holds the id."""
        return str(self.traits["id"]["member"])

    @cached_property
    def fickle(self) -> frozenset[str]:
        """The members that change by themselves or with other things: state, times, counts, what lives inside."""
        traits = self.traits
        times = {name for key, name in traits.get("times", {}).items() if key != "form"}
        named = {traits.get("state", {}).get("member", ""), traits.get("lapses", {}).get("at", "")}
        return frozenset(times | named | traits.get("embeds", {}).keys() | traits.get("counts", {}).keys()) - {""}


_LABELLED: Final = {"name": "{label}"}
_PAID_BY_USE: Final = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}

# Kind: the arguments of its creation, then each change with its arguments.
_DATA: Final[dict[str, tuple[dict[str, Any], dict[str, dict[str, Any]]]]] = {
    "vpc": ({**_LABELLED, "cidr": "10.0.0.0/16"}, {"vpc.update_vpc": _LABELLED}),
    "subnet": (
        {**_LABELLED, "zoneName": "cn-{region}-a", "cidr": "10.0.{number}.0/24", "vpcId": "{vpc}"},
        {"vpc.update_subnet": _LABELLED},
    ),
    "ip_set": (
        {**_LABELLED, "ipVersion": "IPv4", "ipAddressInfo": [{"ipAddress": "192.0.2.{number}"}]},
        {
            "vpc.update_ip_set": _LABELLED,
            "vpc.add_ip_addresses_to_ip_set": {"ipAddressInfo": [{"ipAddress": "198.51.100.{number}"}]},
        },
    ),
    "ip_group": ({**_LABELLED, "ipVersion": "IPv4", "ipSetIds": ["{ip_set}"]}, {"vpc.update_ip_group": _LABELLED}),
    "eip": (
        {**_LABELLED, "bandwidthInMbps": 1, "billing": _PAID_BY_USE},
        {"eip.resize_eip": {"newBandwidthInMbps": "{number}"}},
    ),
    "eip_group": (
        {**_LABELLED, "eipCount": 2, "bandwidthInMbps": 20, "billing": _PAID_BY_USE},
        {"eip.update_eip_group": _LABELLED},
    ),
    "dns_zone": ({"name": "{label}.example.com"}, {}),
    "private_zone": (
        {"zoneName": "{label}.example"},
        {"privatezone.bind_private_zone_vpc": {"region": "{region}", "vpcIds": ["{vpc}"]}},
    ),
}
KINDS: Final = tuple(_DATA)
"""Every kind there is a family of, parents before children."""


@cache
def family(kind: str) -> Family:
    """The family of a kind. Raises KeyError for a kind without one."""
    given, changes = _DATA[kind]
    forms = tuple(Form(load_contract().operation(name), template) for name, template in changes.items())
    create, delete = _find(kind, "create"), _find(kind, "delete")
    return Family(kind, Form(create, given), forms, Form(delete, {}), _find(kind, "list"))


def _find(kind: str, does: str) -> Operation:
    """The operation that does this to one of a kind: not to several, nothing prepaid, without an action flag if it can be."""
    contract = load_contract()
    found = [
        each
        for each in contract.operations(contract.resources[kind].service)
        if (each.effect.get("does"), each.effect.get("resource")) == (does, kind)
        and "each" not in each.effect
        and "Prepaid" not in each.effect.get("requires", {}).values()
    ]
    return min(found, key=lambda each: bool(each.action))


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with its places filled; a text that is nothing but a place becomes the value itself."""
    if isinstance(template, Mapping):
        return {name: _fill(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [_fill(each, values) for each in template]
    if not isinstance(template, str) or "{" not in template:
        return template
    whole = template[1:-1]
    return values[whole] if whole in values else template.format_map(values)


def _places(template: Any) -> set[str]:
    if isinstance(template, Mapping):
        return set().union(*map(_places, template.values()))
    if isinstance(template, list):
        return set().union(*map(_places, template))
    return {part.partition("}")[0] for part in template.split("{")[1:]} if isinstance(template, str) else set()
