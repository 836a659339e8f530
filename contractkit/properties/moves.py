"""What clients do to a service under a handful of tokens: each move is one or several sends of a history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal, get_args

from contractkit.properties.families import Form, Wish, family
from contractkit.properties.history import History

__all__ = ["MISUSES", "Does", "Misuse", "Moves", "Pick", "misuse"]

Does = Literal["create", "change", "delete"]
Misuse = Literal["body", "query", "path", "method"]
MISUSES: Final[tuple[Misuse, ...]] = get_args(Misuse)


@dataclass(frozen=True)
class Pick:
    """Numbers that pick a kind, one of its things and changes, an account and a region; any number picks something."""

    kind: int = 0
    which: int = 0
    account: int = 0
    region: int = 0


_PATIENCE: Final = 9
"""How often something needed is asked for when the weather is bad."""


class Moves:
    """The moves of one history over some kinds of things, at most `most` of each kind in a place."""

    def __init__(self, history: History, kinds: Sequence[str], *, most: int = 6) -> None:
        self.history, self.kinds, self._most = history, tuple(kinds), most
        self._sent: list[tuple[Wish, str | None, int]] = []
        self._own = 0

    def act(self, does: Does, pick: Pick, token: str | None) -> None:
        """Create, change or delete a thing."""
        wish = self._wish(does, pick)
        if wish is not None:
            self._send(wish, token, self._account(pick.account))

    def race(self, does: Does, pick: Pick, token: str, together: int) -> None:
        """Several clients send the same request at once."""
        wish = self._wish(does, pick)
        if wish is not None:
            account = self._account(pick.account)
            self.history.send_together(wish, token, together, account)
            self._sent.append((wish, token, account))

    def retry(self, back: int) -> None:
        """A client that got no answer sends the same request again."""
        wish, token, account = self._sent_before(back)
        if token is not None:
            self.history.send(wish, token, account)

    def misuse(self, back: int, how: Misuse) -> None:
        """The token of an earlier request, with something else in it."""
        wish, token, account = self._sent_before(back)
        changed = misuse(self.history, wish, how, account)
        if token is not None and changed is not None:
            self.history.send(changed, token, account)

    def share(self, back: int) -> None:
        """Another account happens to choose the same token."""
        wish, token, account = self._sent_before(back)
        other = self._account(account + 1)
        if wish.does == "create" and not wish.place.ids and self._has_room(wish.kind, other, wish.place.region):
            self._send(wish, token, other)

    def borrow(self, back: int, pick: Pick) -> None:
        """The token of an earlier request, for the creation of something of any service in any region."""
        _, token, account = self._sent_before(back)
        wish = self._wish("create", replace(pick, account=account))
        if token is not None and wish is not None:
            self.history.seen.add("token of another place")
            self._send(wish, token, account)

    def crowd(self, pick: Pick, many: int) -> None:
        """Many requests, each with a token of its own: a table must not lose the earlier ones for them."""
        for _ in range(many):
            wish = self._wish("change", pick) or self._wish("create", pick)
            if wish is not None:
                self.history.seen.add("crowd of tokens")
                self.history.send(wish, self._own_token(), self._account(pick.account))

    def wait(self, step: timedelta) -> None:
        """Let time pass."""
        self.history.advance(step)

    @property
    def is_begun(self) -> bool:
        """Whether anything was sent."""
        return bool(self._sent)

    def wish(self, form: Form, about: str = "", account: int = 0, place: str = "") -> Wish:
        """A wish of a form in a region; what it needs is made first, under a token of its own."""
        place = place or self.history.regions[0]
        return self.history.wish(form, about=about, region=place, ids=self._ids(form, account, place))

    def _wish(self, does: Does, pick: Pick) -> Wish | None:
        """The wish that the numbers pick, None where there is nothing to wish for."""
        kind, account = family(self.kinds[pick.kind % len(self.kinds)]), self._account(pick.account)
        place = self._region(pick.region)
        things = self.history.things(kind.kind, account, place)
        if does == "create":
            return self.wish(kind.create, "", account, place) if len(things) < self._most else None
        forms = kind.changes if does == "change" else (kind.delete,)
        if not things or not forms:
            return None
        return self.wish(forms[pick.which % len(forms)], things[pick.which % len(things)], account, place)

    def _ids(self, form: Form, account: int, place: str) -> dict[str, str]:
        """An id of each kind that a form names; what is missing is made first."""
        return {kind: self._id_of(kind, account, place) for kind in form.needs}

    def _id_of(self, kind: str, account: int, place: str) -> str:
        for _ in range(_PATIENCE):
            if things := self.history.things(kind, account, place):
                return things[0]
            need = family(kind).create
            made = self.history.wish(need, region=place, ids=self._ids(need, account, place))
            self.history.send(made, self._own_token(), account)
        return "none"

    def _has_room(self, kind: str, account: int, place: str) -> bool:
        return len(self.history.things(kind, account, place)) < self._most

    def _send(self, wish: Wish, token: str | None, account: int) -> None:
        self.history.send(wish, token, account)
        self._sent.append((wish, token, account))

    def _sent_before(self, back: int) -> tuple[Wish, str | None, int]:
        return self._sent[-1 - back % len(self._sent)]

    def _region(self, number: int) -> str:
        return self.history.regions[number % len(self.history.regions)]

    def _account(self, number: int) -> int:
        return number % len(self.history.accounts)

    def _own_token(self) -> str:
        self._own += 1
        return f"own-{self._own}"


def misuse(history: History, wish: Wish, how: Misuse, account: int = 0) -> Wish | None:
    """Another wish that differs from this one in the body, query, path or method alone; None where that cannot be."""
    return _MISUSE[how](history, wish, account)


def _change_body(history: History, wish: Wish, _account: int) -> Wish | None:
    other = history.other(wish)
    return other if other.body != wish.body else None


def _add_stray_item(_history: History, wish: Wish, _account: int) -> Wish:
    return replace(wish, query=(*wish.query, ("note", "1")))


def _change_path(history: History, wish: Wish, account: int) -> Wish | None:
    things = history.things(wish.kind, account, wish.place.region)
    other = next((each for each in things if each != wish.about), None)
    return wish.form.fill(wish.place, other) if wish.about and other else None


def _change_method(_history: History, wish: Wish, _account: int) -> Wish | None:
    deletes = wish.about and family(wish.kind).delete.operation.path == wish.operation.path
    return replace(wish, method="DELETE") if deletes and wish.method != "DELETE" else None


_MISUSE: Final[dict[Misuse, Callable[[History, Wish, int], Wish | None]]] = {
    "body": _change_body,
    "query": _add_stray_item,
    "path": _change_path,
    "method": _change_method,
}
