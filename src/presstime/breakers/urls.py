from __future__ import annotations

from django.urls import path

from presstime.breakers import views

app_name = "breakers"
urlpatterns = [path("breakers/<uuid:breaker_id>/reset", views.reset, name="reset")]
