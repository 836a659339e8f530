"""NAT gateways: which generation one is of, and the public addresses it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.eip_binding import (
    bind_address,
    list_bound,
    require_bindable,
    require_settled,
    unbind_address,
)
from contractkit.cloud.behaviours.hops import require_unrouted
from contractkit.cloud.behaviours.nat_addresses import addresses_for, require_fitting, require_unused
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.behaviours.terms import extend_term, is_running, start_term
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_LARGEST: Final = 100
# The members of a body that name public addresses, by the generation of the gateway.
_LISTS: Final = {"enhanced": ("bindEips",), "normal": ("eips", "dnatEips")}
_EVERY_LIST: Final = tuple(name for names in _LISTS.values() for name in names)


def _create(act: Act, draft: dict[str, Any]) -> None:
    draft["natType"] = "enhanced" if "cuNum" in draft else "normal"
    if draft["natType"] == "enhanced":
        draft.pop("spec", None)
    if not 1 <= draft.get("cuNum", 1) <= _LARGEST:
        raise act.refusal("value", f"cuNum is out of range; give 1 to {_LARGEST}")
    start_term(act, draft)
    _forget_lists(draft)
    _require_bindable(act, draft, [])


def _forget_lists(members: dict[str, Any]) -> None:
    """Which addresses are bound, the addresses know; the gateway keeps only which of them are for DNAT."""
    for name in _EVERY_LIST:
        members.pop(name, None)


def _named(act: Act) -> list[str]:
    """The addresses that the request names, each once."""
    return list(dict.fromkeys(address for name in _EVERY_LIST for address in act.body.get(name, ())))


def _require_generation(act: Act, generation: str) -> None:
    wrong = [name for name in _EVERY_LIST if name in act.body and name not in _LISTS[generation]]
    if wrong:
        right = " or ".join(_LISTS[generation])
        raise act.refusal("state", f"{wrong[0]} is for the other generation of gateways; use {right}")


def _require_bindable(act: Act, members: dict[str, Any], bound: list[Thing]) -> None:
    _require_generation(act, members["natType"])
    require_fitting(act, members, [*bound, *(require_bindable(act, address) for address in _named(act))])


def _bind(act: Act, nat: Thing) -> None:
    for address in _named(act):
        bind_address(act, require_bindable(act, address), nat, "NAT", "")
    _mark_for_dnat(act, nat, {*nat.members.get("forDnat", ()), *act.body.get("dnatEips", ())})


def _mark_for_dnat(act: Act, nat: Thing, addresses: Iterable[str]) -> None:
    bound = {each.id for each in list_bound(act, nat)}
    nat.members["forDnat"] = sorted(bound.intersection(addresses))


def _unbind(act: Act, nat: Thing) -> None:
    for eip in list(list_bound(act, nat)):
        if eip.id in _named(act):
            unbind_address(act, eip)
    _mark_for_dnat(act, nat, nat.members.get("forDnat", ()))


def _require_unbindable(act: Act, nat: Thing) -> None:
    _require_generation(act, _type(nat))
    for name in _EVERY_LIST:
        if set(act.body.get(name, ())) - set(addresses_for(act, nat, name)):
            raise act.refusal("state", f"an address of {name} is not bound like that; read the gateway first")
    for eip in list_bound(act, nat):
        if eip.id in _named(act):
            require_unused(act, eip)
            require_settled(act, eip)


def _changing(act: Act, nat: Thing, members: dict[str, Any]) -> None:
    does, name = act.effect.does, act.plan.operation.name
    _forget_lists(members)
    if does == "bind":
        _require_bindable(act, nat.members, list(list_bound(act, nat)))
    elif does == "unbind":
        _require_unbindable(act, nat)
    elif name == "renew_nat_gateway":
        members.pop("billing", None)
        extend_term(act, members)
        members["status"] = "active"


def _changed(act: Act, nat: Thing) -> None:
    if act.effect.does == "bind":
        _bind(act, nat)
    elif act.effect.does == "unbind":
        _unbind(act, nat)


def _deleting(act: Act, nat: Thing) -> bool:
    if is_running(act, nat):
        raise act.refusal("state", "the gateway is paid for in advance and has not expired; wait until it has")
    require_unrouted(act, nat)
    for eip in list_bound(act, nat):
        require_settled(act, eip)
    return False


def _deleted(act: Act, nat: Thing) -> None:
    """The addresses are free again as soon as the gateway is on its way out."""
    for eip in list(list_bound(act, nat)):
        unbind_address(act, eip)


def _view(act: Act, nat: Thing) -> dict[str, Any]:
    """The addresses as the generation tells them; a gateway without any is not configured."""
    shown: dict[str, Any] = {name: addresses_for(act, nat, name) for name in ("bindEips", *_LISTS[_type(nat)])}
    if nat.members["status"] == "active" and not shown["bindEips"]:
        shown["status"] = "unconfigured"
    return shown


def _type(nat: Thing) -> str:
    return str(nat.members["natType"])


def _list(act: Act) -> list[Callable[[Thing], bool]]:
    """With the filter `ip`, only the gateway that has the address."""
    wanted = act.query.get("ip")
    return [lambda nat: wanted in _addresses(act, nat)] if wanted else []


def _addresses(act: Act, nat: Thing) -> Iterator[str]:
    return (each.id for each in list_bound(act, nat))


BEHAVIOURS: Final = Behaviours(
    creating={"nat_gateway": _create},
    created={"nat_gateway": _bind},
    changing={"nat_gateway": _changing},
    changed={"nat_gateway": _changed},
    deleting={"nat_gateway": _deleting},
    deleted={"nat_gateway": _deleted},
    viewing={"nat_gateway": _view},
    listing={"nat_gateway": _list},
)
