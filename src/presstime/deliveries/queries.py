"""The one query of deliveries."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from presstime.mail.models import Email

_RELATED = ("message__execution__schedule", "message__execution__report", "message__execution__requested_by")


def list_deliveries(since: datetime, until: datetime) -> QuerySet[Email]:
    """E-mails that went out from *since* up to *until*, and those made then that did not; with all that belongs to them."""
    sent = Q(sent_at__gte=since, sent_at__lt=until)
    unsent = Q(sent_at__isnull=True, created_at__gte=since, created_at__lt=until)
    found = Email.objects.filter(sent | unsent).select_related(*_RELATED, "message__execution__revision")
    found = found.defer("message__execution__revision__definition")
    return found.prefetch_related("message__execution__artifacts").order_by("created_at", "id")
