from __future__ import annotations

from django.urls import path

from presstime.executions import link_views, views

app_name = "executions"
urlpatterns = [
    path("executions", views.index, name="list"),
    path("files/<str:token>/<str:name>", link_views.fetch, name="link"),
    path("executions/<uuid:execution_id>", views.show, name="show"),
    path("executions/<uuid:execution_id>/cancel", views.cancel, name="cancel"),
    path("executions/<uuid:execution_id>/retry", views.retry, name="retry"),
    path("executions/<uuid:execution_id>/timeout", views.timeout, name="timeout"),
    path("executions/<uuid:execution_id>/files/<str:name>", views.download, name="download"),
]
