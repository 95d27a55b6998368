from __future__ import annotations

from django.apps import AppConfig


class MailApp(AppConfig):
    name = "presstime.mail"
    label = "mail"

    def ready(self) -> None:
        from presstime.mail import health, metrics

        health.register()
        metrics.register()
