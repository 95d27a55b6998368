from __future__ import annotations

from django.urls import path

from presstime.failures import views

app_name = "failures"
urlpatterns = [path("errors", views.index, name="list")]
