"""Forms of the alerts' pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from presstime.alerts import queries
from presstime.alerts.kinds import KINDS, Kind, Severity
from presstime.alerts.models import Alert
from presstime.web.listing import FilterForm, choice, day, end_of, start_of
from presstime.web.vocabulary import sign


class AlertFilter(FilterForm):
    """Which alerts the page shows; the filters of the API under the same names."""

    kind = choice("Kind", [(kind.value, meaning.title) for kind, meaning in KINDS.items()], "Any kind")
    severity = choice("Severity", [(each.value, sign("severity", each.value).word) for each in Severity], "Any")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = day("From")
        self.fields["to"] = day("To")

    def rows(self) -> QuerySet[Alert]:
        """The alerts that are let through."""
        chosen = self.chosen
        return queries.list_alerts(
            kind=Kind(chosen["kind"]) if "kind" in chosen else None,
            severity=Severity(chosen["severity"]) if "severity" in chosen else None,
            raised_from=start_of(chosen.get("from")),
            raised_to=end_of(chosen.get("to")),
        )
