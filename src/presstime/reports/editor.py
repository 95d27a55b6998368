"""What the editor's script knows from the start: words to complete, names of sources, the views of a preview."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from pressroom.blocks import CHART_TYPES
from pressroom.definition import BLOCKS
from pressroom.frontmatter import FORMATS, KEYS
from pressroom.pages import PAGES
from pressroom.parameters import Type
from pressroom.periods import NAMES


class View(NamedTuple):
    """A way to see a preview: its name in the address, its word and its icon."""

    name: str
    label: str
    icon: str


VIEWS: Final = (
    View("page", "Page", "file-code"),
    View("email", "E-mail", "mail"),
    View("pdf", "PDF", "file-type-pdf"),
    View("data", "Data", "table"),
)
_BLOCK_KEYS: Final = {
    "kpi": ("data", "tiles", "label", "value", "format", "compare", "good", "caption"),
    "chart": (
        *("data", "type", "x", "y", "color", "title", "x_label", "y_label", "format", "sort", "height", "alt", "spec"),
    ),
    "table": ("data", "title", "columns", "limit", "label", "format", "align", "total", "hide"),
}


def editor_facts(sources: Iterable[str]) -> dict[str, Any]:
    """The words that can be completed."""
    return {
        "keys": list(KEYS),
        "blocks": list(BLOCKS),
        "block_keys": {name: list(keys) for name, keys in _BLOCK_KEYS.items()},
        "values": {
            "source": sorted(sources),
            "formats": list(FORMATS),
            "page": list(PAGES),
            "type": [*(kind.value for kind in Type), *CHART_TYPES],
            "default": list(NAMES),
        },
    }
