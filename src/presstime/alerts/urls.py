from __future__ import annotations

from django.urls import path

from presstime.alerts import views

app_name = "alerts"
urlpatterns = [
    path("alerts", views.index, name="list"),
    path("alerts/<uuid:alert_id>", views.show, name="show"),
    path("alerts/<uuid:alert_id>/acknowledge", views.acknowledge, name="acknowledge"),
    path("alerts/<uuid:alert_id>/reopen", views.reopen, name="reopen"),
]
