from __future__ import annotations

from django.apps import AppConfig


class MetricsApp(AppConfig):
    name = "presstime.metrics"
    label = "metrics"

    def ready(self) -> None:
        from presstime.metrics import own

        own.register()
