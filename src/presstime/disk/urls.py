from __future__ import annotations

from django.urls import path

from presstime.disk import views

app_name = "disk"
urlpatterns = [
    path("storage", views.index, name="storage"),
    path("storage/thresholds", views.thresholds, name="thresholds"),
    path("storage/cleanup", views.clean_up, name="clean_up"),
]
