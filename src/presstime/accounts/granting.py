"""What whoever comes with a token may not hand on: more scopes than it has, more time, the role of administrators."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from presstime.accounts.models import User
from presstime.accounts.rights import ALL_SCOPES, Role
from presstime.accounts.tokens import DEFAULT_DAYS
from presstime.base.errors import Forbidden, Invalid

_DAY = timedelta(days=1)


def check_scopes(caller: User, wanted: Iterable[str]) -> None:
    """Forbidden when *caller* has come with a token that lacks one of the scopes *wanted*."""
    own = caller.token_scopes
    more = set() if own is None or ALL_SCOPES in own else set(wanted) - own
    if more:
        listed = ", ".join(sorted(more))
        raise Forbidden(f"A token cannot make one that may do more. Yours does not have: {listed}.")


def days_within(caller: User, days: int | None, now: datetime) -> int:
    """The *days* of a new token, or as many as is usual, within those of the token with which *caller* has come."""
    if caller.came_with is None:
        return DEFAULT_DAYS if days is None else days
    end = caller.came_with.expires_at
    most = math.ceil((end - now) / _DAY)
    if days is None:
        return min(DEFAULT_DAYS, most)
    if days > most:
        whole = f"{most} day{'' if most == 1 else 's'}"
        sentence = f"A token cannot make one that outlives it. Yours ends on {end:%Y-%m-%d}: at most {whole}."
        raise Invalid.of("days", sentence)
    return days


def check_administers(caller: User, *, role: str | None = None, of: User | None = None) -> None:
    """Forbidden when *caller* has come with a token without the scope "all", and administrators are concerned.

    They are when *role* is given and theirs, and when *of* is one: their password, address or second factor is the way to
    a session, in which the token's scopes no longer hold.
    """
    own = caller.token_scopes
    if own is None or ALL_SCOPES in own:
        return
    if role == Role.ADMIN:
        raise Forbidden(f'Making an administrator takes a session or a token with the scope "{ALL_SCOPES}".')
    if of is not None and of.role == Role.ADMIN:
        what = f'"{of.username}" is an administrator; changing one'
        raise Forbidden(f'{what} takes a session or a token with the scope "{ALL_SCOPES}".')
