from __future__ import annotations

from django.urls import path

from presstime.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.index, name="list"),
    path("/new", views.create, name="create"),
    path("/draft", views.draft, name="draft"),
    path("/<uuid:report_id>", views.show, name="show"),
    path("/<uuid:report_id>/edit", views.edit, name="edit"),
    path("/<uuid:report_id>/delete", views.delete, name="delete"),
    path("/<uuid:report_id>/preview", views.look, name="preview"),
    path("/<uuid:report_id>/preview/page", views.page, name="page"),
    path("/<uuid:report_id>/preview/<str:format_name>", views.file, name="file"),
    path("/<uuid:report_id>/revisions/<int:number>", views.revision, name="revision"),
]
