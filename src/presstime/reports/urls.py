from __future__ import annotations

from django.urls import path

from presstime.reports import editor_views, limit_views, revision_views, views

app_name = "reports"
urlpatterns = [
    path("reports", views.index, name="list"),
    path("reports/new", views.create, name="create"),
    path("reports/draft", views.draft, name="draft"),
    path("reports/draft/check", editor_views.check, name="check"),
    path("reports/draft/file/<str:format_name>", editor_views.file, name="draft_file"),
    path("reports/draft/<uuid:key>", editor_views.look, name="look"),
    path("reports/draft/<uuid:key>/cancel", editor_views.cancel, name="look_cancel"),
    path("reports/draft/<uuid:key>/<str:view>", editor_views.looked, name="looked"),
    path("reports/<uuid:report_id>", views.show, name="show"),
    path("reports/<uuid:report_id>/edit", views.edit, name="edit"),
    path("reports/<uuid:report_id>/text", views.text, name="text"),
    path("reports/<uuid:report_id>/groups", limit_views.limit, name="limit"),
    path("reports/<uuid:report_id>/delete", views.delete, name="delete"),
    path("reports/<uuid:report_id>/preview", views.look, name="preview"),
    path("reports/<uuid:report_id>/preview/page", views.page, name="page"),
    path("reports/<uuid:report_id>/preview/<str:format_name>", views.file, name="file"),
    path("reports/<uuid:report_id>/revisions", revision_views.index, name="revisions"),
    path("reports/<uuid:report_id>/revisions/compare", revision_views.compare, name="compare"),
    path("reports/<uuid:report_id>/revisions/<int:number>", revision_views.show, name="revision"),
    path("reports/<uuid:report_id>/revisions/<int:number>/restore", revision_views.restore, name="restore"),
]
