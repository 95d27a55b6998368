"""PNG: the picture of each chart with its title and its note, on white, two pixels for each of CSS.

Several charts are one zip archive, each named by its title. A report whose charts have nothing to draw gives a picture
that says so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pressroom.document import Chart, Document, Notice, Results
from pressroom.names import slug
from pressroom.writers import charts, charts_labels, fonts, pdf_typst, theme
from pressroom.writers.archive import bundle
from pressroom.writers.shown import clean, one_line

NO_CHARTS: Final = "The report has no charts."
SCALE: Final = 2


def write(document: Document, results: Results, folder: Path) -> Path:
    """Write one picture, or a zip archive of several, into *folder*."""
    del results  # a chart has its data inside
    pictures = [_chart(chart, document) for chart in document.charts()] or [_notice(document)]
    files = [folder / f"{stem}.png" for stem in _stems(document)]
    for file, content in zip(files, pictures, strict=True):
        file.write_bytes(content)
    if len(files) == 1:
        return files[0]
    return bundle(files, folder / "report.png.zip", document.prepared_at, is_compressed=True)


def _stems(document: Document) -> list[str]:
    """A distinct name for each picture, made of its title."""
    stems: list[str] = []
    for wanted in [slug(one_line(chart.title) or chart.id) for chart in document.charts()] or ["report"]:
        stem, number = wanted, 2
        while stem in stems:
            stem, number = f"{wanted}-{number}", number + 1
        stems.append(stem)
    return stems


def _chart(chart: Chart, document: Document) -> bytes:
    picture = charts.svg(chart, document.locale, theme.look_of(document.theme))
    drawn, labels = charts_labels.separated(picture)
    values = {
        "title": one_line(chart.title),
        "note": one_line(chart.note),
        "labels": labels,
        "width": charts.size(picture)[0],
    }
    return _set(values, document, {"chart.svg": drawn.encode()})


def _notice(document: Document) -> bytes:
    notices = [clean(block.text) for block in document.leaves() if isinstance(block, Notice)]
    return _set(
        {"title": "", "note": "\n".join(notices) or NO_CHARTS, "labels": [], "width": theme.CHART_WIDTH}, document
    )


def _set(values: dict[str, Any], document: Document, files: dict[str, bytes] | None = None) -> bytes:
    look = theme.look_of(document.theme)
    text = json.dumps(values, ensure_ascii=False)
    data = {
        **values,
        "families": fonts.families(text, document.locale, look.family),
        "ink": theme.INK,
        "muted": theme.MUTED,
        "has-picture": files is not None,
    }
    return pdf_typst.compile_png(
        theme.template("chart.typ"),
        {
            "data.json": json.dumps(data, ensure_ascii=False).encode(),
            "labels.typ": theme.template("labels.typ").encode(),
            **(files or {}),
        },
        ppi=charts.CSS_PIXELS_PER_INCH * SCALE,
        fonts=pdf_typst.fonts_of(look.fonts, beyond_inter=fonts.is_beyond_inter(text)),
    )
