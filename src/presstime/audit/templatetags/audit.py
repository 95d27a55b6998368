"""The history of one thing on its own page."""

from __future__ import annotations

from typing import Any, Final

from django import template

from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.audit.actions import ACTIONS
from presstime.audit.presentation import present
from presstime.audit.searching import Filters, find

SHOWN: Final = 6

register = template.Library()


@register.inclusion_tag("audit/_history.html", takes_context=True)
def history(context: template.Context, identity: object) -> dict[str, Any]:
    """The last entries about the thing with this id: who did what and when. Values and addresses are for the log's readers."""
    entries = find(Filters(target=str(identity))).newest(SHOWN + 1)
    user = context["request"].user
    return {
        "now": context["now"],
        "rows": [(entry, present(entry), _short(entry.action)) for entry in entries[:SHOWN]],
        "has_more": len(entries) > SHOWN,
        "may_read": isinstance(user, User) and user.can(Right.AUDIT_READ),
        "identity": str(identity),
    }


def _short(action: str) -> str:
    """What was done, without what the entry holds of it."""
    return ACTIONS.get(action, action).partition(";")[0].rstrip(".")
