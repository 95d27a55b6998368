from __future__ import annotations

from django.urls import path

from presstime.sources import views

app_name = "sources"
urlpatterns = [
    path("", views.index, name="list"),
    path("/new", views.create, name="create"),
    path("/<uuid:source_id>/edit", views.edit, name="edit"),
    path("/<uuid:source_id>/test", views.test, name="test"),
    path("/<uuid:source_id>/delete", views.delete, name="delete"),
]
