from __future__ import annotations

from django.apps import AppConfig


class ExecutionsApp(AppConfig):
    name = "presstime.executions"
    label = "executions"

    def ready(self) -> None:
        from presstime.breakers.closings import closed
        from presstime.executions import holding

        closed.connect(holding.let_go, dispatch_uid="executions")
