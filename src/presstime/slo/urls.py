from __future__ import annotations

from django.urls import path

from presstime.slo import views

app_name = "slo"
urlpatterns = [
    path("health/slo", views.index, name="index"),
    path("health/figures", views.charts, name="figures"),
]
