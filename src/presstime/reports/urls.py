from __future__ import annotations

from django.urls import path

from presstime.reports import views

app_name = "reports"
urlpatterns = [
    path("reports", views.index, name="list"),
    path("reports/new", views.create, name="create"),
    path("reports/draft", views.draft, name="draft"),
    path("reports/<uuid:report_id>", views.show, name="show"),
    path("reports/<uuid:report_id>/edit", views.edit, name="edit"),
    path("reports/<uuid:report_id>/delete", views.delete, name="delete"),
    path("reports/<uuid:report_id>/preview", views.look, name="preview"),
    path("reports/<uuid:report_id>/preview/page", views.page, name="page"),
    path("reports/<uuid:report_id>/preview/<str:format_name>", views.file, name="file"),
    path("reports/<uuid:report_id>/revisions/<int:number>", views.revision, name="revision"),
]
