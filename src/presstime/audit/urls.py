from __future__ import annotations

from django.urls import path

from presstime.audit import views

app_name = "audit"
urlpatterns = [
    path("audit", views.index, name="list"),
    path("audit/verify", views.verify, name="verify"),
    path("audit/checkpoint", views.checkpoint, name="checkpoint"),
    path("audit/export", views.export, name="export"),
    path("audit/<int:sequence>", views.show, name="show"),
]
