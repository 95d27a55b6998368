"""All routes: the API, and each feature's pages."""

from __future__ import annotations

from django.urls import include, path

from presstime.api.routes import api

urlpatterns = [
    path("api/", api.urls),
    path("accounts/", include("presstime.accounts.urls")),
    path("", include("presstime.web.urls")),
]

handler400 = "presstime.web.views.bad_request"
handler403 = "presstime.web.views.forbidden"
handler404 = "presstime.web.views.not_found"
handler500 = "presstime.web.views.server_error"
