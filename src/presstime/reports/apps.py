from __future__ import annotations

from django.apps import AppConfig


class ReportsApp(AppConfig):
    name = "presstime.reports"
    label = "reports"
