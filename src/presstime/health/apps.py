from __future__ import annotations

from django.apps import AppConfig


class HealthApp(AppConfig):
    name = "presstime.health"
    label = "health"

    def ready(self) -> None:
        from presstime.health import database, metrics

        database.register()
        metrics.register()
