from __future__ import annotations

from django.apps import AppConfig


class AlertsApp(AppConfig):
    name = "presstime.alerts"
    label = "alerts"

    def ready(self) -> None:
        from presstime.alerts import metrics

        metrics.register()
