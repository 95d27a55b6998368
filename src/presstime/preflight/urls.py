from __future__ import annotations

from django.urls import path

from presstime.preflight import views

app_name = "settings"
urlpatterns = [
    path("settings", views.index, name="index"),
    path("settings/test-mail", views.test_mail, name="test_mail"),
]
