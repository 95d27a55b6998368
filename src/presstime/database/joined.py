"""The rows of a subquery in one text."""

from __future__ import annotations

from typing import Any

from django.db.models import Subquery, TextField


class JoinedText(Subquery):
    """The values of a subquery with one column, `item`, in its order with commas between; nulls are left out.

    With an OuterRef and a slice it gives the last few rows of many in one query, where a window would read all of them.
    """

    template = "(SELECT string_agg(joined.item, ',') FROM (%(subquery)s) joined)"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # The other name came with SQLite 3.44.
        template = self.template.replace("string_agg", "group_concat")
        return self.as_sql(compiler, connection, template=template, **context)
