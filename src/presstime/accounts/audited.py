"""The entries of users, tokens and sign-ins in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from presstime.accounts.models import Token, User
from presstime.accounts.targets import target_of
from presstime.audit import journal as audit
from presstime.audit.changes import differences, snapshot
from presstime.audit.redaction import Secret
from presstime.audit.targets import Target

USER: Final = ("username", "email", "role", "is_active", "is_service")
TOKEN: Final = ("name", "user", "prefix", "scopes", "expires_at")
# What alone is changed has an action of its own; several things at once are one update.
_ALONE: Final = {"role": "user.role_changed", "password": "user.password_changed"}


def token_of(token: Token) -> Target:
    return Target("token", str(token.pk), token.name)


def kept(user: User) -> dict[str, Any]:
    """What the log keeps of *user* as it is now; of the password a fingerprint."""
    return snapshot(user, USER) | {"password": Secret(user.password)}


def created(user: User, now: datetime) -> None:
    audit.record("user.created", target_of(user), new=kept(user), now=now)


def changed(user: User, before: Mapping[str, Any], now: datetime | None = None) -> None:
    """Every change that an administrator can look for has an entry with its own action."""
    old, new = differences(before, kept(user))
    for name, action in (*_ALONE.items(), ("is_active", "user.enabled" if user.is_active else "user.disabled")):
        if name in new:
            audit.record(action, target_of(user), old={name: old.pop(name)}, new={name: new.pop(name)}, now=now)
    if new or before == kept(user):
        audit.record("user.updated", target_of(user), old=old, new=new, now=now)


def token_created(token: Token, now: datetime) -> None:
    audit.record("token.created", token_of(token), new=snapshot(token, TOKEN), now=now)


def token_revoked(token: Token, now: datetime) -> None:
    audit.record("token.revoked", token_of(token), old=snapshot(token, TOKEN), now=now)


# ---- coming and going -----------------------------------------------------------------------------------------------


def signed_in(user: User, now: datetime, *, issuer: str = "") -> None:
    audit.record("user.signed_in", target_of(user), new={"issuer": issuer} if issuer else None, now=now)


def signed_out(user: User, now: datetime) -> None:
    audit.record("user.signed_out", target_of(user), now=now)


def sign_in_failed(name: str, user: User | None, now: datetime) -> None:
    """A name that nobody has may be a password in the wrong field: of that only a fingerprint is kept."""
    target = Target("user", "", "unknown") if user is None else target_of(user)
    new = {"name": Secret(name)} if user is None else None
    audit.record("user.sign_in_failed", target, new=new, now=now)


def single_sign_on_refused(reason: str, user: User | None, proven: Mapping[str, Any], now: datetime) -> None:
    """Why somebody who came from an issuer was not let in, and who they are there."""
    target = Target("user", "", "unknown") if user is None else target_of(user)
    who = {name: proven[name] for name in ("issuer", "subject", "email") if proven.get(name)}
    audit.record("user.sign_in_failed", target, new={"reason": reason} | who, now=now)


def refused(method: str, path: str, reason: str, now: datetime, *, more_follow: bool) -> None:
    new = {"method": method, "reason": reason} | ({"more_are_not_listed": True} if more_follow else {})
    audit.record("access.refused", Target("address", path[:200], path), new=new, now=now)
