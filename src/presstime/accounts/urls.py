"""Addresses below /accounts/: what a person does with their own account. allauth looks for some of these names."""

from __future__ import annotations

from django.urls import path

from presstime.accounts import oidc_views, own_views, views

urlpatterns = [
    path("", own_views.profile, name="account"),
    path("login/", views.sign_in, name="login"),
    path("login/", views.sign_in, name="account_login"),
    path("login/code/", views.second_step, name="mfa_authenticate"),
    path("oidc/", oidc_views.begin, name="oidc_begin"),
    path("oidc/callback/", oidc_views.callback, name="oidc_callback"),
    path("oidc/connect/", oidc_views.connect, name="oidc_connect"),
    path("oidc/connect/go/", oidc_views.go_connect, name="oidc_go_connect"),
    path("oidc/disconnect/", oidc_views.disconnect, name="oidc_disconnect"),
    path("oidc/confirm/", oidc_views.confirm, name="oidc_confirm"),
    path("oidc/signed-out/", oidc_views.signed_out, name="oidc_signed_out"),
    path("logout/", views.sign_out, name="logout"),
    path("logout/", views.sign_out, name="account_logout"),
    path("confirm/", views.confirm, name="account_reauthenticate"),
    path("confirm/code/", views.confirm_by_code, name="mfa_reauthenticate"),
    path("password/", views.change_password, name="password_change"),
    path("password/changed/", views.password_changed, name="password_changed"),
    path("password/reset/", views.ask_for_reset, name="account_reset_password"),
    path("password/reset/sent/", views.reset_asked, name="account_reset_password_done"),
    path("password/reset/changed/", views.reset_done, name="account_reset_password_from_key_done"),
    path("password/reset/<str:uidb36>/<str:key>/", views.reset, name="account_reset_password_from_key"),
    path("two-factor/", own_views.second_factor, name="mfa_index"),
    path("two-factor/app/", views.add_app, name="mfa_activate_totp"),
    path("two-factor/app/remove/", views.remove_app, name="mfa_deactivate_totp"),
    path("two-factor/codes/", views.recovery_codes, name="mfa_view_recovery_codes"),
    path("two-factor/codes/new/", views.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("two-factor/codes/download/", views.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("sessions/", own_views.sessions, name="account_sessions"),
    path("sessions/end/", own_views.end_sessions, name="account_sessions_end"),
    path("tokens/", own_views.tokens, name="account_tokens"),
    path("tokens/<uuid:token_id>/revoke/", own_views.revoke_token, name="account_token_revoke"),
]
