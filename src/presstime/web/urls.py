"""The pages of all features, at the addresses of the contract. Named by text, so that this package imports no feature."""

from __future__ import annotations

from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("presstime.overview.urls")),
    path("", include("presstime.executions.urls")),
    path("", include("presstime.deadletters.urls")),
    path("", include("presstime.failures.urls")),
    path("", include("presstime.mail.urls")),
    path("", include("presstime.alerts.urls")),
    path("", include("presstime.backups.urls")),
    path("", include("presstime.disk.urls")),
    path("", include("presstime.health.urls")),
    path("", include("presstime.slo.urls")),
    path("", include("presstime.audit.urls")),
    path("", include("presstime.deliveries.urls")),
    path("", include("presstime.preflight.urls")),
    path("", include("presstime.schedules.urls")),
    path("", include("presstime.reports.urls")),
    path("", include("presstime.assets.urls")),
    path("", include("presstime.sources.urls")),
    path("", include("presstime.breakers.urls")),
    path("", include("presstime.accounts.users_urls")),
]
