"""Addresses below /accounts/."""

from __future__ import annotations

from django.urls import path

from presstime.accounts import views

urlpatterns = [
    path("login/", views.sign_in, name="login"),
    path("logout/", views.sign_out, name="logout"),
    path("password/", views.change_password, name="password_change"),
    path("password/changed/", views.password_changed, name="password_changed"),
]
