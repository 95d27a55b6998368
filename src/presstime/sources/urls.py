from __future__ import annotations

from django.urls import path

from presstime.sources import views

app_name = "sources"
urlpatterns = [
    path("sources", views.index, name="list"),
    path("sources/new", views.create, name="create"),
    path("sources/<uuid:source_id>/edit", views.edit, name="edit"),
    path("sources/<uuid:source_id>/test", views.test, name="test"),
    path("sources/<uuid:source_id>/delete", views.delete, name="delete"),
]
