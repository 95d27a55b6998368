"""Writing the log: one entry for one change, in the transaction of that change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from presstime.audit import queries
from presstime.audit.actors import Actor, current
from presstime.audit.canonical import clean, encode, moment, plain
from presstime.audit.merkle import Frontier, leaf_hash
from presstime.audit.models import Entry
from presstime.audit.targets import Target
from presstime.base import clock
from presstime.database.guard import has_entry

VERSION = 1
Change = tuple[dict[str, Any] | None, dict[str, Any] | None]  # as they are stored


def record(
    action: str,
    target: Target,
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Entry:
    """Write that the current actor did *action* ("schedule.updated") to *target*; call it last in the transaction.

    Of *old* and *new* the fields that differ are kept, of a deletion (`old` alone) and a creation (`new` alone) all;
    secrets are given as `Secret`. Outside a transaction it refuses: an entry stands and falls with its change. It locks
    the end of the log until the transaction is over. An entry's time is never before that of the entry before it.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"record({action!r}) belongs into the transaction of the change; there is none.")
    kept = changes(old, new)
    head = queries.lock_head()
    entry = compose(head.size + 1, max(now or clock.now(), head.last_time), action, target, current(), kept)
    frontier = Frontier(head.size, bytes(head.frontier))
    nodes: list[tuple[int, int, bytes]] = []
    frontier.push(bytes(entry.leaf), lambda *node: nodes.append(node))
    queries.append(entry, frontier.packed(), nodes)
    has_entry()
    return entry


def changes(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Change:
    """*old* and *new* as they are stored; where both are given, without the fields that are the same in both."""
    before: dict[str, Any] | None = None if old is None else plain(old)
    after: dict[str, Any] | None = None if new is None else plain(new)
    if before is None or after is None:
        return before, after
    same = {name for name in before if name in after and before[name] == after[name]}
    return _without(before, same), _without(after, same)


def _without(fields: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def compose(sequence: int, at: datetime, action: str, target: Target, actor: Actor, change: Change) -> Entry:
    """The entry of this number with its body and its hash, not yet written."""
    entry = Entry(
        sequence=sequence,
        time=at,
        actor_type=actor.type,
        actor_id=_short(actor.id or actor.name, 200),
        actor_name=_short(actor.name, 200),
        action=_short(action, 100),
        target_type=_short(target.type, 50),
        target_id=_short(target.id, 200),
        target_name=_short(target.name, 300),
    )
    entry.body = encode(_body(entry, actor, *change))
    entry.leaf = leaf_hash(entry.body.encode())
    return entry


def _short(text: str, length: int) -> str:
    return clean(text)[:length]


def _body(entry: Entry, actor: Actor, old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any]:
    user: dict[str, Any] = {"type": entry.actor_type, "id": entry.actor_id, "name": entry.actor_name}
    if actor.token is not None:
        user["token"] = {"id": clean(actor.token.id), "name": clean(actor.token.name)}
    return {
        "version": VERSION,
        "sequence": entry.sequence,
        "time": moment(entry.time),
        "user": user,
        "action": entry.action,
        "target": {"type": entry.target_type, "id": entry.target_id, "name": entry.target_name},
        "old": old,
        "new": new,
        "ip": plain(actor.ip),
        "request_id": plain(actor.request_id),
    }
