"""What the editor's script knows from the start: words to complete, names of sources, the views of a preview."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from pressroom.assets import Assets
from pressroom.blocks import CHART_KEYS, CHART_TYPES
from pressroom.blocks_images import IMAGE_KEYS
from pressroom.blocks_tables import COLUMN_KEYS, TABLE_KEYS
from pressroom.blocks_tiles import KPI_KEYS, TILE_KEYS
from pressroom.definition import BLOCKS
from pressroom.frontmatter import FORMATS, KEYS
from pressroom.pages import PAGES
from pressroom.parameters import Type
from pressroom.periods import NAMES
from pressroom.themes import theme_names


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
# As the readers of pressroom know them: a key that they learn is completed at once.
_BLOCK_KEYS: Final = {
    "kpi": (*KPI_KEYS, *TILE_KEYS),
    "chart": CHART_KEYS,
    "table": (*TABLE_KEYS, *COLUMN_KEYS),
    "image": IMAGE_KEYS,
}


def editor_facts(sources: Iterable[str], assets: Assets) -> dict[str, Any]:
    """The words that can be completed."""
    return {
        "keys": list(KEYS),
        "blocks": list(BLOCKS),
        "block_keys": {name: list(dict.fromkeys(keys)) for name, keys in _BLOCK_KEYS.items()},
        "values": {
            "source": sorted(sources),
            "file": assets.names(),
            "logo": assets.names(),
            "theme": theme_names(assets),
            "formats": list(FORMATS),
            "page": list(PAGES),
            "type": [*(kind.value for kind in Type), *CHART_TYPES],
            "default": list(NAMES),
        },
    }
