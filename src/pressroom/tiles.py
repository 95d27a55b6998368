"""Tiles: single figures and what they are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pressroom.blocks_tiles import KpiSpec, TileSpec
from pressroom.document import Kpis, Notice, Results, Tile, Tone
from pressroom.formats import format_value, read_format, write_digits
from pressroom.locales import find_locale
from pressroom.lookup import count_text, find_field, own_format


def kpi_blocks(block: KpiSpec, results: Results, locale: str) -> Iterator[Kpis | Notice]:
    """A row of tiles from the first row of the query."""
    names = [field.name for field in results.fields(block.data)]
    first = next(iter(results.rows(block.data, 1)), None)
    values = dict(zip(names, first, strict=True)) if first is not None else dict.fromkeys(names)
    yield Kpis(tuple(_tile(tile, block, values, results, locale) for tile in block.tiles))
    if first is None:
        yield Notice(f"The query {block.data} gave no rows.")
    elif results.count(block.data) > 1:
        rows = count_text(results.count(block.data), locale)
        yield Notice(f"These figures are those of the first of {rows} rows of the query {block.data}.")


def _tile(tile: TileSpec, block: KpiSpec, values: dict[str, Any], results: Results, locale: str) -> Tile:
    field = find_field(results, block.data, tile.value, tile.place)
    value = values[tile.value]
    shown_format = tile.format or own_format(field)
    delta, tone = "", Tone.NEUTRAL
    if tile.compare:
        find_field(results, block.data, tile.compare, tile.place)
        delta, tone = _compare(value, values[tile.compare], tile, locale)
    return Tile(
        label=tile.label,
        text=format_value(value, field.kind, shown_format, locale),
        value=value,
        format=shown_format,
        delta=delta,
        delta_tone=tone,
        caption=tile.caption,
    )


def _compare(value: Any, before: Any, tile: TileSpec, locale: str) -> tuple[str, Tone]:
    """How *value* changed: in percent, or in points where it is a percentage itself; nothing when that has no meaning."""
    now, then = _exact(value), _exact(before)
    if now is None or then is None:
        return "", Tone.NEUTRAL
    language = find_locale(locale)
    if tile.format and read_format(tile.format).name == "percent":
        text = write_digits((now - then) * 100, 1, language, plus=True) + " pp"
    elif then:
        text = write_digits((now - then) / abs(then) * 100, 1, language, plus=True) + language.percent
    else:
        return "", Tone.NEUTRAL
    return text, _tone(now - then, tile.good)


def _tone(change: Decimal, good: str) -> Tone:
    if not change or not good:
        return Tone.NEUTRAL
    return Tone.GOOD if (change > 0) == (good == "up") else Tone.BAD


def _exact(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return exact if exact.is_finite() else None
