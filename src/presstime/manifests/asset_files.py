"""What becomes of the assets: found out before the transaction, since a process of its own looks at them; written at its end."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from pressroom.asset_checks import Checked
from presstime.assets import service
from presstime.base.errors import Conflict, Invalid
from presstime.manifests.folder import Flaw, Wanted, flaw_of
from presstime.manifests.plans import Action, Change

KIND = "asset"


@dataclass
class AssetFiles:
    """The files to put and to delete, and what is to be said of them."""

    now: datetime
    changes: list[Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    left_alone: list[tuple[str, str]] = field(default_factory=list)
    _wanted: dict[str, Wanted] = field(default_factory=dict)  # new ones and those with another content
    _unwanted: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, wanted: Iterable[Wanted] | None, now: datetime, *, prune: bool) -> AssetFiles:
        """What *wanted* makes of the folder of assets; nothing when it is None."""
        files = cls(now)
        if wanted is not None:
            there = {entry.name: entry for entry in service.entries()}
            files._compare(wanted, there.keys())
            files._leave(there.keys() - {each.name for each in wanted}, prune=prune)
            service.describe_fonts((there[name] for name in files._unwanted), now)  # before the transaction asks
            files._check()
        return files

    def _compare(self, wanted: Iterable[Wanted], there: Collection[str]) -> None:
        for each in wanted:
            content = each.given["content"]
            before = service.content_of(each.name) if each.name in there else None
            if before == content:
                self.changes.append(Change(KIND, each.name, Action.KEEP))
                continue
            old = None if before is None else _told(before)
            action = Action.ADD if before is None else Action.CHANGE
            self.changes.append(Change(KIND, each.name, action, [("content", old, _told(content))]))
            self._wanted[each.name] = each

    def _leave(self, names: set[str], *, prune: bool) -> None:
        self._unwanted = sorted(names) if prune else []
        self.changes += [Change(KIND, name, Action.DELETE) for name in self._unwanted]
        self.left_alone = [] if prune else [(KIND, name) for name in sorted(names)]

    def _check(self) -> None:
        """As the run would read them, all of them beside each other."""
        checked = service.check({name: each.given["content"] for name, each in self._wanted.items()}, self.now)
        for name, outcome in checked.items():
            wanted = self._wanted[name]
            if isinstance(outcome, Checked):
                self.warnings += [f"{wanted.file}:1 file: {warning}" for warning in outcome.warnings]
            else:
                self.flaws += [flaw_of(wanted, problem) for problem in outcome]

    def refused(self) -> list[Flaw]:
        """Why assets cannot be deleted: reports that the transaction has left use them."""
        reasons = service.why_kept(self._unwanted, self.now)
        return [Flaw(f"{KIND} {name}", 1, "--prune", reason) for name, reason in reasons.items()]

    @contextmanager
    def all_or_none(self) -> Iterator[None]:
        """Let the files be as they are now when the transaction is taken back all the same."""
        with service.all_or_none([*self._wanted, *self._unwanted]):
            yield

    def write(self) -> None:
        """Put and delete them, last in the transaction."""
        for name, each in self._wanted.items():
            try:
                service.keep(name, each.given["content"], self.now)
            except Invalid as error:
                raise Conflict(error.problems[0].message) from error
        for name in self._unwanted:
            service.delete(name, self.now, even_if_used=True)


def _told(content: bytes) -> str:
    return f"{len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()[:12]}…"
