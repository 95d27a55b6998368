from __future__ import annotations

from django.apps import AppConfig


class AccountsApp(AppConfig):
    name = "presstime.accounts"
    label = "accounts"
