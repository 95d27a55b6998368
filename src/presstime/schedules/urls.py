from __future__ import annotations

from django.urls import path

from presstime.schedules import missed_views, people_views, run_views, unsubscribe_views, views

app_name = "schedules"
urlpatterns = [
    path("schedules", views.index, name="list"),
    path("recipients", people_views.index, name="people"),
    path("unsubscribe/<str:token>", unsubscribe_views.unsubscribe, name="unsubscribe"),
    path("recipients/replace", people_views.replace, name="replace"),
    path("schedules/new", views.create, name="create"),
    path("schedules/outlook", views.outlook, name="outlook"),
    path("schedules/parameters", views.parameters, name="parameters"),
    path("schedules/<uuid:schedule_id>", views.show, name="show"),
    path("schedules/<uuid:schedule_id>/edit", views.edit, name="edit"),
    path("schedules/<uuid:schedule_id>/delete", views.delete, name="delete"),
    path("schedules/<uuid:schedule_id>/enable", views.enable, name="enable"),
    path("schedules/<uuid:schedule_id>/disable", views.disable, name="disable"),
    path("schedules/<uuid:schedule_id>/run", views.run, name="run"),
    path("schedules/<uuid:schedule_id>/run/with", run_views.run_with, name="run-with"),
    path("schedules/<uuid:schedule_id>/missed/run", missed_views.run, name="run-missed"),
    path("schedules/<uuid:schedule_id>/missed/acknowledge", missed_views.acknowledge, name="acknowledge-missed"),
]
