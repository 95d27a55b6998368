from __future__ import annotations

from django.apps import AppConfig


class SchedulesApp(AppConfig):
    name = "presstime.schedules"
    label = "schedules"

    def ready(self) -> None:
        from presstime.accounts import belongings, sight
        from presstime.executions.endings import ended, publishing
        from presstime.schedules import folders, health, metrics, ownership, pausing, queries

        ended.connect(pausing.follow, dispatch_uid="schedules")
        publishing.connect(folders.objection, dispatch_uid="schedules")
        health.register()
        metrics.register()
        belongings.register(ownership.KIND)
        sight.register("schedule", queries.hidden_from)
