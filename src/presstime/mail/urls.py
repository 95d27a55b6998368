from __future__ import annotations

from django.urls import path

from presstime.mail import views

app_name = "emails"
urlpatterns = [
    path("", views.index, name="list"),
    path("/<uuid:email_id>", views.show, name="show"),
    path("/<uuid:email_id>/body", views.body, name="body"),
    path("/<uuid:email_id>/source", views.source, name="source"),
    path("/<uuid:email_id>/retry", views.retry, name="retry"),
    path("/<uuid:email_id>/attachments/<int:number>", views.attachment, name="attachment"),
]
