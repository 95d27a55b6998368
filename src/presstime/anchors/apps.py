from __future__ import annotations

from django.apps import AppConfig


class AnchorsApp(AppConfig):
    name = "presstime.anchors"
    label = "anchors"

    def ready(self) -> None:
        from presstime.anchors import backing, health, metrics

        backing.register()
        health.register()
        metrics.register()
