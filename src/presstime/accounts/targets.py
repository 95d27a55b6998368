"""Users and groups as the audit log names them."""

from __future__ import annotations

from presstime.accounts.models import Group, User
from presstime.audit.targets import Target


def target_of(of: User | Group) -> Target:
    return Target(type(of).__name__.lower(), str(of.pk), str(of))
