"""Forms of accounts. The sign-in form is Django's, behind the limit on failed attempts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from allauth.account.forms import ReauthenticateForm
from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from presstime.accounts import throttle
from presstime.accounts.addresses import client_ip
from presstime.accounts.models import User
from presstime.accounts.presentation import scope_groups
from presstime.accounts.rights import ALL_SCOPES, Right
from presstime.accounts.tokens import DAYS, DEFAULT_DAYS
from presstime.base import clock


class Patient:
    """A form that asks for a password: all of them together allow a name few wrong ones from one address."""

    wait: timedelta | None = None  # until the next try, where there were too many

    @contextmanager
    def one_try(self, request: HttpRequest, username: str) -> Iterator[None]:
        """The password is looked at within; a ValidationError from there is a try that failed."""
        attempt = throttle.begin(username, client_ip(request), clock.now())
        if attempt.wait is not None:
            self.wait = attempt.wait
            raise ValidationError(_patience(attempt.wait), code="throttled")
        yield
        throttle.succeed(attempt)


class SignInForm(Patient, AuthenticationForm):
    """Says the same for a wrong name, a wrong password and a user switched off, after the same time."""

    error_messages = {
        "invalid_login": "This user name and password do not belong together. Mind capital letters in the password.",
        "inactive": "This user name and password do not belong together. Mind capital letters in the password.",
    }

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username")
        if username is None or self.request is None:
            return super().clean()
        with self.one_try(self.request, username):
            cleaned: dict[str, Any] = super().clean()
        return cleaned


class ConfirmForm(Patient, ReauthenticateForm):  # type: ignore[misc]
    """The password of who is signed in, before something dangerous."""

    def __init__(self, *given: Any, request: HttpRequest, **named: Any) -> None:
        super().__init__(*given, **named)
        self._request = request

    def clean_password(self) -> str:
        with self.one_try(self._request, self.user.get_username()):
            password: str = super().clean_password()
        return password


class ChangePasswordForm(Patient, PasswordChangeForm):
    """Another password of one's own; a wrong old one is noted as a sign-in that failed."""

    def __init__(self, *given: Any, request: HttpRequest, **named: Any) -> None:
        super().__init__(*given, **named)
        self._request = request

    def clean_old_password(self) -> str:
        username, password = self.user.get_username(), self.cleaned_data["old_password"]
        with self.one_try(self._request, username):
            if authenticate(self._request, username=username, password=password) is None:
                raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return str(password)


def _patience(wait: timedelta) -> str:
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return (
        f"Too many passwords from this address were wrong. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
    )


class EmailForm(forms.Form):
    """One's own address."""

    email = forms.EmailField(
        label="E-mail address",
        help_text="Test mails and the mail for a forgotten password go there.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class TokenForm(forms.Form):
    """A new token; only what *may* may do can be chosen."""

    name = forms.CharField(
        max_length=100,
        label="What it is for",
        help_text="The program that will use it, such as nightly-export.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.IntegerField(
        label="Days until it ends",
        initial=DEFAULT_DAYS,
        min_value=DAYS[0],
        max_value=DAYS[-1],
        help_text=f"{DAYS[0]} to {DAYS[-1]}.",
    )
    everything = forms.BooleanField(
        required=False,
        label="Everything that the role allows, now and later",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    chosen = forms.MultipleChoiceField(required=False, label="Scopes")

    def __init__(self, *given: Any, may: User, **named: Any) -> None:
        super().__init__(*given, **named)
        self.groups = scope_groups([right for right in Right if may.can(right)])
        choices = self.fields["chosen"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = [pair for _, pairs in self.groups for pair in pairs]

    @property
    def scopes(self) -> list[str]:
        """The scopes that were chosen, "all" alone when it was among them."""
        return [ALL_SCOPES] if self.cleaned_data["everything"] else self.cleaned_data["chosen"]

    @property
    def ticked(self) -> list[str]:
        """What was chosen when the form was sent, to be shown again."""
        return self.data.getlist("chosen") if hasattr(self.data, "getlist") else []
