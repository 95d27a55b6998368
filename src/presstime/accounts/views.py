"""Sign in, sign out, change one's password."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpResponse
from django.urls import reverse_lazy

from presstime.accounts.doors import public, signed_in
from presstime.accounts.forms import SignInForm


class SignIn(views.LoginView):
    form_class = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """The form again; 429 with Retry-After when there were too many attempts."""
        response = super().form_invalid(form)
        if isinstance(form, SignInForm) and form.wait is not None:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(int(form.wait.total_seconds()) + 1)
        return response


class PasswordChange(views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("password_changed")


class PasswordChanged(views.PasswordChangeDoneView):
    template_name = "accounts/password_changed.html"


sign_in = public(SignIn.as_view())
sign_out = public(views.LogoutView.as_view())
change_password = signed_in(PasswordChange.as_view())
password_changed = signed_in(PasswordChanged.as_view())
