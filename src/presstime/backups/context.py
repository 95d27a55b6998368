"""What every page says after a restore."""

from __future__ import annotations

from django.http import HttpRequest

from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.backups import queries
from presstime.backups.models import Restoration


def banner(request: HttpRequest) -> dict[str, object]:
    """Context processor: the restoration from which nobody has resumed, looked for only where a page shows it."""

    def restoration() -> Restoration | None:
        return queries.find_restoration() if isinstance(getattr(request, "user", None), User) else None

    def may_resume() -> bool:
        user = getattr(request, "user", None)
        return isinstance(user, User) and user.can(Right.BACKUPS_WRITE)

    return {"waiting_restoration": restoration, "may_resume_restoration": may_resume}
