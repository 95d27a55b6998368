from __future__ import annotations

from django.apps import AppConfig


class ExecutionsApp(AppConfig):
    name = "presstime.executions"
    label = "executions"

    def ready(self) -> None:
        from presstime.breakers.closings import closed
        from presstime.executions import health, holding, metrics, tallies
        from presstime.executions.endings import attempt_failed, ended

        closed.connect(holding.let_go, dispatch_uid="executions")
        attempt_failed.connect(tallies.count_failure, dispatch_uid="metrics")
        ended.connect(tallies.count_end, dispatch_uid="metrics")
        health.register()
        metrics.register()
