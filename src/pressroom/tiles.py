"""Tiles: single figures, what they are compared with, how far they are from their target, and their course."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from pressroom.blocks_tiles import CompareSpec, KpiSpec, TileSpec
from pressroom.document import Field, Kind, Kpis, Notice, Results, Target, Tile, Tone
from pressroom.errors import LayoutError
from pressroom.formats import MINUS, NOTHING, format_value, percent_text, read_format, write_digits
from pressroom.locales import find_locale
from pressroom.lookup import count_text, find_field, own_format
from pressroom.phrases import phrase
from pressroom.previous import previous_name

SPARK_POINTS: Final = 120  # the last ones: more would be finer than a pixel


def kpi_blocks(block: KpiSpec, results: Results, locale: str, previous: Mapping[str, str]) -> Iterator[Kpis | Notice]:
    """A row of tiles from the first row of the query; *previous* says how the period before each query's is called."""
    yield Kpis(tuple(_Tile(tile, block, results, locale, previous).made() for tile in block.tiles))
    if results.count(block.data) == 0:
        yield Notice(phrase(locale, "gave_nothing", query=block.data))
    elif results.count(block.data) > 1:
        rows = count_text(results.count(block.data), locale)
        yield Notice(phrase(locale, "first_row_only", rows=rows, query=block.data))


def _first_value(results: Results, query: str, column: str) -> Any:
    names = [field.name for field in results.fields(query)]
    first = next(iter(results.rows(query, 1)), None)
    return first[names.index(column)] if first is not None else None


class _Tile:
    """Makes one tile."""

    def __init__(
        self, tile: TileSpec, block: KpiSpec, results: Results, locale: str, previous: Mapping[str, str]
    ) -> None:
        self._tile = tile
        self._block = block
        self._results = results
        self._locale = locale
        self._previous = previous
        self._field = find_field(results, block.data, tile.value, tile.place)
        self._value = _first_value(results, block.data, tile.value)
        self._format = tile.format or own_format(self._field)

    def made(self) -> Tile:
        delta, tone, before, caption = "", Tone.NEUTRAL, None, self._tile.caption
        if self._tile.compare:
            before = self._before(self._tile.compare)
            delta, tone = self._delta(before)
            if self._tile.compare.is_previous and not caption:
                caption = phrase(self._locale, "versus", period=self._previous.get(self._block.data, ""))
        return Tile(
            label=self._tile.label,
            text=self._text(self._value),
            value=self._value,
            format=self._format,
            delta=delta,
            delta_tone=tone,
            caption=caption,
            previous=before,
            target=self._target(),
            spark=self._spark(),
        )

    def _text(self, value: Any) -> str:
        return format_value(value, self._field.kind, self._format, self._locale)

    @property
    def _is_percentage(self) -> bool:
        return bool(self._format) and read_format(self._format).name == "percent"

    # ---- comparison -------------------------------------------------------------------------------------------------

    def _before(self, compare: CompareSpec) -> Any:
        if compare.is_previous:
            return _first_value(self._results, previous_name(self._block.data), self._tile.value)
        query, column = compare.data or self._block.data, compare.value or self._tile.value
        self._find(query, column)
        return _first_value(self._results, query, column)

    def _find(self, query: str, column: str) -> Field:
        return find_field(self._results, query, column, self._tile.place)

    def _delta(self, before: Any) -> tuple[str, Tone]:
        """How the value changed: in percent, or in points where it is a percentage itself.

        From nothing there is no percentage: that is new. Across zero it would mislead, and the difference is said.
        """
        now, then = _exact(self._value), _exact(before)
        if now is None or then is None:
            return NOTHING, Tone.NEUTRAL
        tone = _tone(now - then, self._tile.good)
        is_relative = self._tile.delta == "percent" or not (self._tile.delta or self._is_percentage)
        if not is_relative or then < 0 < now:
            return self._signed(now - then), tone
        if not then and now:
            return phrase(self._locale, "new"), tone
        share = (now - then) / abs(then) * 100 if then else Decimal(0)
        language = find_locale(self._locale)
        return percent_text(write_digits(share, 1, language, plus=True), language), tone

    def _signed(self, change: Decimal) -> str:
        size = self._size(change)
        has_size = any(character in "123456789" for character in size)
        return ("+" if change > 0 else MINUS) + size if change and has_size else size

    def _size(self, change: Decimal) -> str:
        """A difference without its sign, as the value is written."""
        if self._is_percentage:
            return write_digits(abs(change) * 100, 1, find_locale(self._locale)) + f" {phrase(self._locale, 'points')}"
        size: float | Decimal = float(abs(change)) if self._field.kind is Kind.FLOAT else abs(change)
        return self._text(size).removeprefix("+")

    # ---- target -----------------------------------------------------------------------------------------------------

    def _target(self) -> Target | None:
        wanted, now = self._wanted(), _exact(self._value)
        if wanted is None or now is None:
            return None
        is_met = now <= wanted if self._tile.good == "down" else now >= wanted
        name = "target_met" if is_met else "target_above" if now > wanted else "target_below"
        text = phrase(self._locale, name, target=self._text(wanted), by=self._size(now - wanted))
        longest = max(now, wanted)
        shows_bar = longest > 0 and min(now, wanted) >= 0
        return Target(
            text=text,
            value=wanted,
            tone=Tone.GOOD if is_met else Tone.BAD,
            filled=float(now / longest) if shows_bar else None,
            mark=float(wanted / longest) if shows_bar else None,
        )

    def _wanted(self) -> Decimal | None:
        target = self._tile.target
        if isinstance(target, str):
            self._find(self._block.data, target)
            return _exact(_first_value(self._results, self._block.data, target))
        return target

    # ---- course -----------------------------------------------------------------------------------------------------

    def _spark(self) -> tuple[float | None, ...]:
        if self._tile.spark is None:
            return ()
        query, column = self._tile.spark
        field = self._find(query, column)
        if not field.kind.is_number:
            raise LayoutError(
                f"The course of a tile shows {column}, which holds {field.kind} and no numbers.",
                remedy="Name a column of numbers, or cast it in SQL.",
                place=self._tile.place,
                code="conversion",
            )
        at = [other.name for other in self._results.fields(query)].index(column)
        last = deque((_exact(row[at]) for row in self._results.rows(query)), maxlen=SPARK_POINTS)
        points = tuple(None if value is None else float(value) for value in last)
        return points if sum(point is not None for point in points) > 1 else ()


def _tone(change: Decimal, good: str) -> Tone:
    if not change or not good:
        return Tone.NEUTRAL
    return Tone.GOOD if (change > 0) == (good == "up") else Tone.BAD


def _exact(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return exact if exact.is_finite() else None
