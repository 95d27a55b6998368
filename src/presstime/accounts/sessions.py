"""Sessions of signed-in browsers."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings


def remove_expired() -> None:
    """Delete the sessions that ended; Django itself leaves their rows."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
