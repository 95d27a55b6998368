from __future__ import annotations

from django.apps import AppConfig


class SloApp(AppConfig):
    name = "presstime.slo"
    label = "slo"
    verbose_name = "Service levels"
