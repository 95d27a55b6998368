"""Sign in, sign out, the second step, confirming, a forgotten password."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.account import views as allauth
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.mfa.base import views as second
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django import forms
from django.conf import settings
from django.contrib.auth import update_session_auth_hash, views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy

from presstime.accounts import identities, oidc, queries, service, sessions
from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import public, signed_in
from presstime.accounts.forms import ChangePasswordForm, ConfirmForm, Patient, SignInForm
from presstime.accounts.own_views import person
from presstime.accounts.sign_ins import VIA
from presstime.accounts.targets import target_of
from presstime.audit.journal import record
from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.database.guard import bookkeeping


class SaysWhenToComeAgain:
    """A view of a form that is `Patient`."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """The form again; 429 with Retry-After when there were too many attempts."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if isinstance(form, Patient) and form.wait is not None:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(int(form.wait.total_seconds()) + 1)
        return response


class SignIn(SaysWhenToComeAgain, views.LoginView):
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        configuration: Configuration = settings.CONFIGURATION
        provider = configuration.oidc_name if oidc.is_set_up(configuration) else ""
        return super().get_context_data(**more) | {"provider": provider}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Into the session, or to the second step when the person has one."""
        user = form.get_user()
        self.request.session.pop(VIA, None)
        login = Login(user=user, redirect_url=self.get_success_url())
        response: HttpResponse = perform_password_login(self.request, {"username": user.username}, login)
        return response


class SignOut(views.LogoutView):
    def post(self, request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        """Out of this session; who came by single sign-on is told that the session there goes on."""
        came_from_issuer = VIA in request.session and oidc.is_set_up(settings.CONFIGURATION)
        response: HttpResponse = super().post(request, *given, **named)
        return redirect("oidc_signed_out") if came_from_issuer else response


class Confirm(SaysWhenToComeAgain, allauth.ReauthenticateView):  # type: ignore[misc]
    form_class = ConfirmForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def dispatch(self, request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        """The password, or single sign-on; who has no password goes there at once."""
        is_linked = self._at_issuer()
        if is_linked and not person(request).has_usable_password() and not queries.has_second_factor(person(request)):
            return redirect(is_linked)
        response: HttpResponse = super().dispatch(request, *given, **named)
        return response

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        return context | {"at_issuer": self._at_issuer(), "provider": settings.CONFIGURATION.oidc_name}

    def _at_issuer(self) -> str:
        """Where this person can confirm by single sign-on; empty when they cannot."""
        if not identities.present(person(self.request), settings.CONFIGURATION):
            return ""
        address: str = self.passthrough_next_url(reverse("oidc_confirm"))
        return address


class PasswordChange(SaysWhenToComeAgain, views.PasswordChangeView):
    form_class = ChangePasswordForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("password_changed")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """The new password; this session goes on and all others of the person end."""
        service.set_password(form.user, form.cleaned_data["new_password1"], clock.now())
        update_session_auth_hash(self.request, form.user)
        get_adapter(self.request).send_notification_mail("account/email/password_changed", person(self.request))
        return HttpResponseRedirect(self.get_success_url())


class PasswordChanged(views.PasswordChangeDoneView):
    template_name = "accounts/password_changed.html"


class AddApp(totp.ActivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: forms.Form) -> HttpResponse:
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            record("user.two_factor_enabled", target_of(person(self.request)))
        return response


class RemoveApp(totp.DeactivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: forms.Form) -> HttpResponse:
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            record("user.two_factor_disabled", target_of(person(self.request)))
        return response


class NewRecoveryCodes(codes.GenerateRecoveryCodesView):  # type: ignore[misc]
    def form_valid(self, form: forms.Form) -> HttpResponse:
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            record("user.recovery_codes_made", target_of(person(self.request)))
        return response


class RecoveryCodes(codes.ViewRecoveryCodesView):  # type: ignore[misc]
    def get(self, request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        """The codes that are left; that they were shown is an entry."""
        with transaction.atomic():
            response: HttpResponse = super().get(request, *given, **named)
            record("user.recovery_codes_shown", target_of(person(request)))
        return response


class DownloadRecoveryCodes(codes.DownloadRecoveryCodesView):  # type: ignore[misc]
    def dispatch(self, request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        """As `RecoveryCodes`, as a file."""
        with transaction.atomic():
            response: HttpResponse = super().dispatch(request, *given, **named)
            record("user.recovery_codes_shown", target_of(person(request)))
        return response


class ResetFromKey(allauth.PasswordResetFromKeyView):  # type: ignore[misc]
    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Another password; whoever is signed in with the old one is not any more."""
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            sessions.end_sessions(self.reset_user)
            record("user.password_reset", target_of(self.reset_user))
        return response


sign_in = public(SignIn.as_view())
sign_out = public(SignOut.as_view())
change_password = signed_in(PasswordChange.as_view())
password_changed = signed_in(PasswordChanged.as_view())


ask_for_reset = public(allauth.PasswordResetView.as_view())
reset_asked = public(allauth.PasswordResetDoneView.as_view())
reset = public(ResetFromKey.as_view())
reset_done = public(allauth.PasswordResetFromKeyDoneView.as_view())

_used = bookkeeping("a code of the second factor was used; the sign-in has its entry")
second_step = public(_used(second.AuthenticateView.as_view()))
confirm = signed_in(Confirm.as_view())
confirm_by_code = signed_in(_used(second.ReauthenticateView.as_view()))

add_app = confirmed(signed_in(AddApp.as_view()))
remove_app = confirmed(signed_in(RemoveApp.as_view()))
recovery_codes = confirmed(signed_in(RecoveryCodes.as_view()))
new_recovery_codes = confirmed(signed_in(NewRecoveryCodes.as_view()))
download_recovery_codes = confirmed(signed_in(DownloadRecoveryCodes.as_view()))
