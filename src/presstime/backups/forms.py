"""The filters of the page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from presstime.backups import queries
from presstime.backups.models import Backup
from presstime.backups.states import Kind, Status
from presstime.web.listing import FilterForm, choice, day, end_of, start_of
from presstime.web.vocabulary import sign


class BackupFilter(FilterForm):
    """Which backups the page shows; the filters of the API under the same names."""

    status = choice("Status", [(each.value, sign("backup", each.value).word) for each in Status], "Any status")
    kind = choice("Kind", [(each.value, sign("backup_kind", each.value).word) for each in Kind], "Any kind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = day("From")
        self.fields["to"] = day("To")

    def rows(self) -> QuerySet[Backup]:
        """The backups that are let through."""
        chosen = self.chosen
        return queries.list_backups(
            status=Status(chosen["status"]) if "status" in chosen else None,
            kind=Kind(chosen["kind"]) if "kind" in chosen else None,
            created_from=start_of(chosen.get("from")),
            created_to=end_of(chosen.get("to")),
        )
