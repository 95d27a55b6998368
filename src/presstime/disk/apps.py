from __future__ import annotations

from django.apps import AppConfig


class DiskApp(AppConfig):
    name = "presstime.disk"
    label = "disk"

    def ready(self) -> None:
        from presstime.disk import health, metrics

        health.register()
        metrics.register()
