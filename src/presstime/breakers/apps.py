from __future__ import annotations

from django.apps import AppConfig


class BreakersApp(AppConfig):
    name = "presstime.breakers"
    label = "breakers"

    def ready(self) -> None:
        from presstime.breakers import metrics

        metrics.register()
