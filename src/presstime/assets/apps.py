from __future__ import annotations

from django.apps import AppConfig


class AssetsApp(AppConfig):
    name = "presstime.assets"
    label = "assets"
