"""Makes docs/gallery.md and its pictures from the reports in docs/gallery, over the demonstration's flights.

python tools/gallery.py            # all
python tools/gallery.py 02-bars    # the picture of one
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from pressroom.assets import Assets
from pressroom.definition import Definition, parse, read_definition
from pressroom.document import Document
from pressroom.render import Rendered, render
from pressroom.sources import open_source
from pressroom.workspace import Workspace
from pressroom.writers import pdf

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs/gallery"
PAGE = ROOT / "docs/gallery.md"
DATA = ROOT / "src/presstime/demo/data"
AT = datetime(2014, 1, 2, 8, tzinfo=UTC)
PPI = 100
HEAD = """# Gallery

Small reports that show what there is, each with its whole text. All read the flights of `make demo`: paste one into the editor
there, or make it without a server:

```
python -m pressroom docs/gallery/01-lines.md --source files:///src/presstime/demo/data --out out
```

This page and its pictures are made by `make gallery`; a test makes every report in every format.
"""


def reports() -> list[Path]:
    """The gallery's report files in the order of the page."""
    return sorted(FOLDER.glob("*.md"))


def made(report: Path, out: Path, *formats: str) -> Rendered:
    """*report* in *formats*, written into *out*; without formats, its first page as `docs/gallery/pictures/NAME.png`."""

    def picture(_definition: Definition, document: Document, workspace: Workspace) -> None:
        pages, _ = pdf.pictures(document, workspace, ppi=PPI, cells=pdf.CELLS_IN_ONE_PART)
        target = FOLDER / "pictures" / f"{report.stem}.png"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(pages[0])
        print(target, len(pages[0]))

    source = open_source(f"files:///{DATA}")
    try:
        return render(
            parse(read_definition(report), file=report.name),
            sources={"flights": source},
            parameters={},
            at=AT,
            out=out,
            formats=formats,
            email=bool(formats),
            look=None if formats else picture,
            assets=Assets(FOLDER),
        )
    finally:
        source.close()


def page() -> str:
    """The text of docs/gallery.md."""
    return "\n".join([HEAD, *map(_entry, reports())])


def _entry(report: Path) -> str:
    text = report.read_text(encoding="utf-8")
    definition = parse(text, file=report.name)
    said = f"{definition.subtitle}.\n\n" if definition.subtitle else ""
    picture = f"![{definition.title}](gallery/pictures/{report.stem}.png)"
    source = f"[`{report.name}`](gallery/{report.name})"
    folded = f"<details><summary>The report's text</summary>\n\n````markdown\n{text}````\n\n</details>\n"
    return f"## {definition.title}\n\n{said}{picture}\n\n{source}\n\n{folded}"


def main(names: list[str]) -> None:
    """Make the pictures of *names*, or of all reports, and the page."""
    with tempfile.TemporaryDirectory() as out:
        for report in reports():
            if not names or report.stem in names:
                made(report, Path(out))
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
