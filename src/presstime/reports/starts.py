"""Texts that a new report begins with; each is a report that can be saved once its table is named."""

from __future__ import annotations

from typing import NamedTuple

SOURCE = "name-of-a-source"
_HEAD = """---
title: My report
source: {source}
parameters:
  period: {{type: period, default: last month}}
formats: [pdf, xlsx]
---
"""
_ROWS = """
```sql rows
select *
from some_table
where day >= :period_start and day < :period_end
```
"""
_TABLE = (
    """# {{{{ title }}}}

Everything in **{{{{ period }}}}**.
"""
    + _ROWS
    + """
```table
data: rows
limit: 50
```
"""
)
_DASHBOARD = (
    """# {{{{ title }}}}

**{{{{ totals.pieces | number }}}}** in {{{{ period }}}}.

```sql totals
select count(*) as pieces, sum(amount) as amount
from some_table
where day >= :period_start and day < :period_end
```

```kpi
data: totals
tiles:
  - {{label: Pieces, value: pieces, format: number}}
  - {{label: Amount, value: amount, format: "#,##0.00"}}
```

```sql by_day
select day, sum(amount) as amount
from some_table
where day >= :period_start and day < :period_end
group by day
order by day
```

```chart
data: by_day
type: line
x: day
y: amount
```
"""
    + _ROWS
    + """
```table
data: rows
columns:
  amount: {{format: "#,##0.00", total: sum}}
limit: 50
```
"""
)


class Start(NamedTuple):
    """A text to begin with: its name in the address, its words, and its text with a place for the source."""

    name: str
    label: str
    text: str


STARTS = (
    Start("table", "One table", _HEAD + _TABLE),
    Start("dashboard", "Tiles, chart and table", _HEAD + _DASHBOARD),
    Start("blank", "Blank", _HEAD + "# {{{{ title }}}}\n"),
)


def start_text(name: str, source: str) -> str:
    """The text called *name*, else the first one, about *source*."""
    start = next((start for start in STARTS if start.name == name), STARTS[0])
    return start.text.format(source=source or SOURCE)
