from __future__ import annotations

from django.apps import AppConfig


class FailuresApp(AppConfig):
    name = "presstime.failures"
    label = "failures"

    def ready(self) -> None:
        from presstime.executions.endings import attempt_failed, ended
        from presstime.failures import metrics, service

        attempt_failed.connect(service.count, dispatch_uid="failures")
        ended.connect(service.follow, dispatch_uid="failures")
        metrics.register()
