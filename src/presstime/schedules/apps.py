from __future__ import annotations

from django.apps import AppConfig


class SchedulesApp(AppConfig):
    name = "presstime.schedules"
    label = "schedules"
