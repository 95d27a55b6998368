from __future__ import annotations

from django.urls import path

from presstime.mail import views

app_name = "emails"
urlpatterns = [
    path("emails", views.index, name="list"),
    path("emails/bulk", views.bulk, name="bulk"),
    path("emails/pause", views.pause, name="pause"),
    path("emails/resume", views.resume, name="resume"),
    path("emails/<uuid:email_id>", views.show, name="show"),
    path("emails/<uuid:email_id>/body", views.body, name="body"),
    path("emails/<uuid:email_id>/source", views.source, name="source"),
    path("emails/<uuid:email_id>/retry", views.retry, name="retry"),
    path("emails/<uuid:email_id>/resend", views.resend, name="resend"),
    path("emails/<uuid:email_id>/attachments/<int:number>", views.attachment, name="attachment"),
]
