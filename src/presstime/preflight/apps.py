from __future__ import annotations

from django.apps import AppConfig


class PreflightApp(AppConfig):
    name = "presstime.preflight"
    label = "preflight"
