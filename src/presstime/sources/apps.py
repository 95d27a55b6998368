from __future__ import annotations

from django.apps import AppConfig


class SourcesApp(AppConfig):
    name = "presstime.sources"
    label = "sources"

    def ready(self) -> None:
        from presstime.accounts import groups, sight
        from presstime.sources import queries

        sight.register("source", queries.hidden_from)
        groups.register_limited("source", queries.limited_to)
