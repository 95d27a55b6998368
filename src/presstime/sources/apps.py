from __future__ import annotations

from django.apps import AppConfig


class SourcesApp(AppConfig):
    name = "presstime.sources"
    label = "sources"

    def ready(self) -> None:
        from presstime.accounts import groups, sight
        from presstime.base.keys import RENEWALS
        from presstime.sources import queries, service

        sight.register("source", queries.hidden_from)
        groups.register_limited("source", queries.limited_to)
        RENEWALS["addresses of data sources"] = service.renew_secrets
