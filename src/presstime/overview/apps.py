from __future__ import annotations

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "presstime.overview"
    label = "overview"
    verbose_name = "Overview"
