"""The sign-in form: Django's, behind the limit on failed attempts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from presstime.accounts import throttle
from presstime.accounts.addresses import client_ip
from presstime.base import clock


class SignInForm(AuthenticationForm):
    """Says the same for a wrong name, a wrong password and a user switched off, after the same time."""

    error_messages = {
        "invalid_login": "This user name and password do not belong together. Mind capital letters in the password.",
        "inactive": "This user name and password do not belong together. Mind capital letters in the password.",
    }
    wait: timedelta | None = None

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username")
        if username is None or self.request is None:
            return super().clean()
        attempt = throttle.begin(username, client_ip(self.request), clock.now())
        if attempt.wait is not None:
            self.wait = attempt.wait
            raise ValidationError(_patience(attempt.wait), code="throttled")
        cleaned: dict[str, Any] = super().clean()
        throttle.succeed(attempt)
        return cleaned


def _patience(wait: timedelta) -> str:
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return f"Too many sign-ins failed from this address. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
