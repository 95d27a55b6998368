from __future__ import annotations

from django.urls import path

from presstime.deliveries import views

app_name = "deliveries"
urlpatterns = [path("audit/deliveries", views.export, name="export")]
