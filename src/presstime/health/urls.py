from __future__ import annotations

from django.urls import path

from presstime.health import views

app_name = "health"
urlpatterns = [path("health", views.index, name="index")]
