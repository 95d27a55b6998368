from __future__ import annotations

from django.urls import path

from presstime.deadletters import views

app_name = "deadletters"
urlpatterns = [
    path("dead-letters", views.index, name="list"),
    path("dead-letters/bulk", views.bulk, name="bulk"),
    path("dead-letters/undo", views.undo, name="undo"),
    path("dead-letters/<uuid:letter_id>", views.show, name="show"),
    path("dead-letters/<uuid:letter_id>/retry", views.retry, name="retry"),
    path("dead-letters/<uuid:letter_id>/resolve", views.resolve, name="resolve"),
    path("dead-letters/<uuid:letter_id>/delete", views.delete, name="delete"),
]
