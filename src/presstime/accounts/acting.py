"""Who acts in a request: the person of the session, the token with which a program came, or nobody who is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from presstime.accounts.addresses import client_ip
from presstime.accounts.models import User
from presstime.audit.actors import Actor
from presstime.audit.targets import Target

ANONYMOUS = "anonymous"


def actor_of(request: HttpRequest | None, user: Any = None) -> Actor:
    """The actor of *request*; *user* instead of the request's own, for one who has just come or gone."""
    nobody = anonymous(request)
    person = user if user is not None else getattr(request, "user", None)
    if not isinstance(person, User):  # also a user that is not loaded yet behaves as one
        return nobody
    token = person.came_with
    if token is None:
        return replace(nobody, id=str(person.pk), name=person.username)
    came_with = Target("token", str(token.pk), token.name)
    return replace(nobody, type="token", id=str(person.pk), name=person.username, token=came_with)


def anonymous(request: HttpRequest | None) -> Actor:
    """Somebody at an address of whom no more is known."""
    ip = client_ip(request) if request is not None else None
    return Actor("user", "", ANONYMOUS, ip, getattr(request, "id", None))
