from __future__ import annotations

from django.apps import AppConfig


class SourcesApp(AppConfig):
    name = "presstime.sources"
    label = "sources"
