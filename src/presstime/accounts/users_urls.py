"""Addresses below /users."""

from __future__ import annotations

from django.urls import path

from presstime.accounts import group_views, users_views

app_name = "users"
urlpatterns = [
    path("users", users_views.index, name="list"),
    path("users/new", users_views.create, name="create"),
    path("users/roles", users_views.roles, name="roles"),
    path("users/groups", group_views.index, name="groups"),
    path("users/groups/new", group_views.create, name="group_create"),
    path("users/groups/<uuid:group_id>", group_views.edit, name="group"),
    path("users/groups/<uuid:group_id>/delete", group_views.delete, name="group_delete"),
    path("users/<uuid:user_id>", users_views.detail, name="detail"),
    path("users/<uuid:user_id>/edit", users_views.edit, name="edit"),
    path("users/<uuid:user_id>/disable", users_views.disable, name="disable"),
    path("users/<uuid:user_id>/enable", users_views.enable, name="enable"),
    path("users/<uuid:user_id>/sessions/end", users_views.end_sessions, name="end_sessions"),
    path("users/<uuid:user_id>/two-factor/reset", users_views.reset_second_factor, name="reset_second_factor"),
    path("users/<uuid:user_id>/unlink", users_views.unlink, name="unlink"),
    path("users/<uuid:user_id>/hand-over", users_views.hand_over, name="hand_over"),
    path("users/<uuid:user_id>/tokens/new", users_views.new_token, name="new_token"),
]
