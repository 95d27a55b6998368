"""What is left of sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from presstime.accounts import sessions
from presstime.base import clock

pytestmark = pytest.mark.django_db


def test_only_ended_sessions_are_removed() -> None:
    now = clock.now()
    Session.objects.create(session_key="ended", session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="open", session_data="", expire_date=now + timedelta(hours=1))
    sessions.remove_expired()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
