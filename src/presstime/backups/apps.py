from __future__ import annotations

from django.apps import AppConfig


class BackupsApp(AppConfig):
    name = "presstime.backups"
    label = "backups"

    def ready(self) -> None:
        from presstime.backups import health, metrics

        health.register()
        metrics.register()
