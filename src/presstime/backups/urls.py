from __future__ import annotations

from django.urls import path

from presstime.backups import views

app_name = "backups"
urlpatterns = [
    path("backups", views.index, name="list"),
    path("backups/create", views.create, name="create"),
    path("backups/resume", views.resume, name="resume"),
    path("backups/<uuid:backup_id>/verify", views.verify, name="verify"),
]
