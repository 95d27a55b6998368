from __future__ import annotations

from django.urls import path

from presstime.assets import views

app_name = "assets"
urlpatterns = [
    path("assets", views.index, name="list"),
    path("assets/upload", views.upload, name="upload"),
    path("assets/file/<path:name>", views.show, name="show"),
    path("assets/content/<path:name>", views.content, name="content"),
    path("assets/replace/<path:name>", views.replace, name="replace"),
    path("assets/delete/<path:name>", views.delete, name="delete"),
]
