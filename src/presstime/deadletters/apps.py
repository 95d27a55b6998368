from __future__ import annotations

from django.apps import AppConfig


class DeadLettersApp(AppConfig):
    name = "presstime.deadletters"
    label = "deadletters"

    def ready(self) -> None:
        from presstime.deadletters import metrics, service
        from presstime.executions.endings import ended

        ended.connect(service.follow, dispatch_uid="deadletters")
        metrics.register()
