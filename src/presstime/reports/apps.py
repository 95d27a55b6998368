from __future__ import annotations

from django.apps import AppConfig


class ReportsApp(AppConfig):
    name = "presstime.reports"
    label = "reports"

    def ready(self) -> None:
        from presstime.accounts import groups, sight
        from presstime.reports import queries

        sight.register("report", queries.hidden_from)
        groups.register_limited("report", queries.limited_to)
