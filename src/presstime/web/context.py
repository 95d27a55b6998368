"""What every page's frame needs, whatever the page is about."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

import presstime
from presstime.accounts.models import User
from presstime.base import clock
from presstime.web.navigation import navigation_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: version, environment, the navigation of this person, and the moment that the page speaks of."""
    user = getattr(request, "user", None)
    return {
        "now": clock.now(),
        "version": presstime.__version__,
        "environment": settings.CONFIGURATION.environment,
        "navigation": navigation_for(user, request.path) if isinstance(user, User) else [],
    }
