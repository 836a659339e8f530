"""Services and their operations as attributes, made from the contract when they are first touched."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from contractkit.client.arguments import describe, make_signature, place_arguments
from contractkit.client.paging import iterate_items, iterate_pages
from contractkit.contract import Contract, Operation

__all__ = ["Call", "Method", "Service", "Services"]

Call = Callable[[Operation, Mapping[str, Any]], dict[str, Any]]
Method = Callable[..., Any]


class Services:
    """One attribute for each service of the contract; reading one loads its documents and no other's."""

    def __init__(self, contract: Contract, call: Call) -> None:
        self._contract = contract
        self._call = call

    def __getattr__(self, name: str) -> Service:
        # The second test keeps half-made objects (copies, say) from asking themselves for ever.
        if name.startswith("_") or name not in self._contract.services:
            known = () if name.startswith("_") else self._contract.services
            raise AttributeError(_unknown(type(self).__name__, name, known), name=name, obj=self)
        # Threads that race here make equal services, and the first one stays.
        service: Service = self.__dict__.setdefault(name, Service(name, self._contract, self._call))
        return service

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._contract.services})


class Service:
    """The operations of one service as methods."""

    def __init__(self, name: str, contract: Contract, call: Call) -> None:
        self._name = name
        self._call = call
        self._operations = {each.name: each for each in contract.operations(name)}

    def __getattr__(self, name: str) -> Method:
        operation = None if name.startswith("_") else self._operations.get(name)
        if operation is None:
            known = () if name.startswith("_") else self._operations
            raise AttributeError(_unknown(f"client.{self._name}", name, known), name=name, obj=self)
        method: Method = self.__dict__.setdefault(name, make_method(operation, self._call))
        return method

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._operations})

    def __repr__(self) -> str:
        return f"<Service {self._name}, {len(self._operations)} operations>"


def make_method(operation: Operation, call: Call) -> Method:
    """A function that performs the operation; one that is paged also carries `each` and `pages`."""

    def method(*positional: Any, **named: Any) -> dict[str, Any]:
        return call(operation, place_arguments(operation, positional, named))

    def pages(*positional: Any, **named: Any) -> Iterator[dict[str, Any]]:
        arguments = place_arguments(operation, positional, named)
        return iterate_pages(operation, lambda given: call(operation, given), arguments)

    def each(*positional: Any, **named: Any) -> Iterator[Any]:
        return iterate_items(operation, pages(*positional, **named))

    signature = make_signature(operation)
    if operation.paging is not None:
        _dress(pages, operation, f"Every page of {operation.qualified}, fetched as needed.", signature, ".pages")
        _dress(each, operation, f"Every item over the pages of {operation.qualified}.", signature, ".each")
        vars(method).update(pages=pages, each=each)
    _dress(method, operation, describe(operation), signature)
    return method


def _dress(
    function: Callable[..., Any], operation: Operation, doc: str, signature: inspect.Signature, of: str = ""
) -> None:
    function.__name__ = of.lstrip(".") or operation.name
    function.__qualname__ = operation.qualified + of
    function.__doc__ = doc
    if of:
        signature = signature.replace(return_annotation=Iterator[dict[str, Any]])
    vars(function).update(__signature__=signature)


def _unknown(owner: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, n=3) or [each for each in names if name in each or each in name][:3]
    if near:
        return f"{owner} has no {name!r}; did you mean {' or '.join(near)}?"
    return f"{owner} has no {name!r}" + (f"; dir() lists its {len(names)} names" if names else "")
