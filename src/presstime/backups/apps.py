from __future__ import annotations

from django.apps import AppConfig


class BackupsApp(AppConfig):
    name = "presstime.backups"
    label = "backups"
