from __future__ import annotations

from django.apps import AppConfig


class AccountsApp(AppConfig):
    name = "presstime.accounts"
    label = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in
        from django.core.signals import request_finished, request_started

        from presstime.accounts import sight, sign_ins
        from presstime.accounts.confirmation import note_sign_in
        from presstime.accounts.integration import renew_secrets
        from presstime.base.keys import RENEWALS

        sign_ins.connect()
        RENEWALS["secrets of second factors"] = renew_secrets
        user_logged_in.connect(note_sign_in, dispatch_uid="presstime.accounts.confirmation")
        request_started.connect(sight.forget, dispatch_uid="presstime.accounts.sight")
        request_finished.connect(sight.forget, dispatch_uid="presstime.accounts.sight")
