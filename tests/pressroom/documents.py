"""Documents made by hand, and results held in memory, for the tests of the writers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.document import (
    Block,
    Chart,
    Column,
    Document,
    Field,
    Heading,
    Kind,
    Kpis,
    ListItem,
    Notice,
    Paragraph,
    Quote,
    Rule,
    Span,
    Subtotal,
    Table,
    TextList,
    Tile,
    Tone,
    Total,
)

PREPARED_AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))


@dataclass
class MemoryResults:
    """Query results as lists."""

    data: dict[str, tuple[list[Field], list[tuple[Any, ...]]]] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)

    def names(self) -> Sequence[str]:
        return list(self.data)

    def fields(self, name: str) -> Sequence[Field]:
        return self.data[name][0]

    def count(self, name: str) -> int:
        return len(self.data[name][1])

    def is_cut(self, name: str) -> bool:
        return name in self.cut

    def stopped_at_bytes(self, name: str) -> int | None:
        return None

    def rows(self, name: str, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        return iter(self.data[name][1][:limit])

    def scalar(self, name: str, expression: Total, column: str) -> Any:
        return self._total(self.data[name][1], self._index(name, column), expression)

    def extent(self, name: str, column: str) -> tuple[float, float] | None:
        index = self._index(name, column)
        values = [float(row[index]) for row in self.data[name][1] if row[index] is not None]
        finite = [value for value in values if math.isfinite(value)]
        return (min(finite), max(finite)) if finite else None

    def grouped(self, name: str, by: Sequence[str], limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        rows = [row for level in self._groups(name, by) for row in level]
        return iter(rows[:limit])

    def subtotals(self, name: str, by: Sequence[str], totals: Sequence[tuple[Total, str]]) -> Iterator[Subtotal]:
        for rows in self._groups(name, by):
            key = tuple(rows[0][self._index(name, column)] for column in by)
            values = tuple(self._total(rows, self._index(name, column), total) for total, column in totals)
            yield Subtotal(key, len(rows), values)

    def _groups(self, name: str, by: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """Plainly, for comparison: the rows of each group of the innermost level, in order of first appearance."""
        groups = [self.data[name][1]]
        for column in by:
            index, parted = self._index(name, column), []
            for rows in groups:
                keys = list(dict.fromkeys(row[index] for row in rows))
                parted += [[row for row in rows if row[index] == key] for key in keys]
            groups = parted
        return groups

    def _index(self, name: str, column: str) -> int:
        return [one.name for one in self.data[name][0]].index(column)

    def _total(self, rows: Sequence[tuple[Any, ...]], index: int, expression: Total) -> Any:
        values = [row[index] for row in rows if row[index] is not None]
        if expression is Total.COUNT:
            return len(values)
        if not values:
            return None
        if expression is Total.AVG:
            return sum(values) / len(values)
        return sum(values) if expression is Total.SUM else min(values) if expression is Total.MIN else max(values)


def prose(text: str) -> Paragraph:
    return Paragraph((Span(text),))


def document(*blocks: Block, **changes: Any) -> Document:
    plain = Document(
        title="Airport punctuality",
        subtitle="July 2013 · JFK",
        blocks=blocks,
        prepared_at=PREPARED_AT,
        timezone="Europe/Berlin",
        locale="en",
        parameters={"airport": "JFK"},
        author="Operations",
    )
    return replace(plain, **changes)


def table_of(
    results: MemoryResults, name: str, kinds: dict[str, Kind], rows: list[tuple[Any, ...]], **changes: Any
) -> Table:
    """Put *rows* into *results* under *name* and return a table that shows all their columns."""
    fields = [Field(label, kind, kind.value.upper()) for label, kind in kinds.items()]
    results.data[name] = (fields, rows)
    columns = tuple(
        Column(one, one.name.replace("_", " ").capitalize(), "", "right" if one.kind.is_number else "left")
        for one in fields
    )
    plain = Table(id=name, title="", data=name, columns=columns, limit=50, rows=len(rows))
    return replace(plain, **changes)


def line_chart(identifier: str = "delay-by-day") -> Chart:
    first = date(2013, 7, 1)
    values = [
        {
            "day": (first + timedelta(days=day)).isoformat(),
            "delay": round(12 + 9 * math.sin(day / 3 + shift), 1),
            "kind": kind,
        }
        for kind, shift in (("Departure", 0.0), ("Arrival", 0.8))
        for day in range(31)
    ]
    return Chart(
        id=identifier,
        title="Mean delay by day",
        alt="Line chart of mean delay in minutes by day, July 2013, for departures and arrivals.",
        data="by_day",
        spec={
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "data": {"values": values},
            "mark": "line",
            "encoding": {
                "x": {"field": "day", "type": "temporal", "title": None},
                "y": {"field": "delay", "type": "quantitative", "title": "Minutes"},
                "color": {"field": "kind", "type": "nominal", "title": None},
            },
        },
    )


CARRIERS = (
    ("JetBlue Airways", 4071, 18.2, 0.712, Decimal("812345.50")),
    ("Delta Air Lines Inc.", 1992, 14.6, 0.761, Decimal("512300.00")),
    ("Endeavor Air Inc.", 1437, 21.9, 0.689, Decimal("98321.25")),
    ("American Airlines Inc.", 1259, 11.0, 0.802, Decimal("401276.10")),
    ("United Air Lines Inc.", 419, 9.8, 0.815, Decimal("171002.75")),
    ("Virgin America", 341, 16.4, 0.744, Decimal("120450.00")),
    ("ExpressJet Airlines Inc.", 118, 24.3, 0.653, Decimal("20118.90")),
    ("Hawaiian Airlines Inc.", 31, -4.5, 0.903, Decimal("44120.00")),
    ("US Airways Inc.", 288, 6.7, 0.836, Decimal("81230.40")),
)


def bar_chart() -> Chart:
    return Chart(
        id="delay-by-airline",
        title="Mean delay by airline",
        alt="Bar chart of mean delay in minutes by airline.",
        data="by_airline",
        note="The first 9 of 10 points.",
        spec={
            "data": {"values": [{"airline": row[0], "delay": row[2]} for row in CARRIERS]},
            "mark": "bar",
            "encoding": {
                "x": {"field": "delay", "type": "quantitative", "title": "Minutes"},
                "y": {"field": "airline", "type": "nominal", "sort": "-x", "title": None},
            },
        },
    )


def carriers_table(results: MemoryResults) -> Table:
    kinds = {
        "airline": Kind.TEXT,
        "flights": Kind.INTEGER,
        "mean_delay": Kind.FLOAT,
        "on_time": Kind.FLOAT,
        "revenue": Kind.DECIMAL,
    }
    table = table_of(results, "by_airline", kinds, list(CARRIERS), title="Airlines", limit=50)
    airline, flights, delay, on_time, revenue = table.columns
    columns = (
        airline,
        replace(flights, total=Total.SUM, total_text="9,956", total_value=9956),
        replace(delay, label="Mean delay", format="0.0", total=Total.AVG, total_text="13.2"),
        replace(on_time, format="percent"),
        replace(revenue, format="money(EUR)", total=Total.SUM, total_text="€2,261,164.90"),
    )
    return replace(table, columns=columns, rows=1204, note="The first 9 of 1,204 rows.", limit=9)


def tiles() -> Kpis:
    return Kpis(
        (
            Tile("Flights", "9,956", 9956, "number", "+3.1%", Tone.GOOD, "vs June"),
            Tile("On time", "74.2%", 0.742, "percent", "-2.4 pt", Tone.BAD, "vs June"),
            Tile("Mean delay", "15.4 min", 15.4, "0.0", "+1.1 min", Tone.BAD, "vs June"),
            Tile("Cancelled", "312", 312, "number", "0", Tone.NEUTRAL, "vs June"),
        )
    )


def full_document() -> tuple[Document, MemoryResults]:
    """One block of every kind, as a good report would have them."""
    results = MemoryResults()
    text = Paragraph(
        (
            Span("Of "),
            Span("9,956", bold=True),
            Span(" flights that left JFK, "),
            Span("74.2%", bold=True),
            Span(" did so on time. Storms on the 8th and the 22nd explain "),
            Span("most", italic=True),
            Span(" of the difference to June; the method is in the "),
            Span("handbook", link="https://example.org/handbook"),
            Span(", and the flag is "),
            Span("dep_delay <= 15", code=True),
            Span("."),
        )
    )
    points = TextList(
        (
            ListItem((Span("Departures are later in the evening"),)),
            ListItem((Span("JetBlue more than others"),), level=1),
            ListItem((Span("Arrivals make up four minutes on the way"),)),
        )
    )
    return document(
        text,
        tiles(),
        line_chart(),
        Heading(2, (Span("By airline"),)),
        points,
        bar_chart(),
        carriers_table(results),
        Quote((Span("A flight is on time when it leaves within fifteen minutes of its schedule."),)),
        Rule(),
        Notice("The query by_hour gave no rows for this period."),
    ), results


def strange_rows() -> list[tuple[Any, ...]]:
    """Cells that have broken a writer somewhere."""
    return [
        ("<script>alert(1)</script>", 1),
        ("#let x = 1; #panic()", None),
        ("*bold* _under_ `code` $x^2$ @ref <label> \\ // /* = heading", math.nan),
        ("{{ 7 * 7 }} {% raw %} ${HOME} ]]> & &amp;", math.inf),
        ('=HYPERLINK("http://127.0.0.1")', -math.inf),
        ("W" * 400, 1e300),
        ("bell\x07 null\x00 escape\x1b[31m \u202egnp.exe \ud800", 5e-324),
        ("مرحبا بالعالم", 3),
        ("日本語のテキスト", 4),
        ("😀 👩‍👩‍👧‍👦 emoji", 5),
        ("line one\nline two\r\nline three\ttab", 6),
        ("", 7),
        (None, None),
        ("a" * 100_000, 8),
    ]
