from __future__ import annotations

from django.apps import AppConfig


class ExecutionsApp(AppConfig):
    name = "presstime.executions"
    label = "executions"
