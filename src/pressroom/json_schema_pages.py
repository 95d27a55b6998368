"""The JSON Schema of what the front matter says about pages and themes, and of the image block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pressroom.appearance import Side
from pressroom.blocks_images import IMAGE_KEYS
from pressroom.pages import LENGTH_PATTERN, MARGIN_KEYS, ORIENTATIONS, PAGE_KEYS, PAGES, RUNNING_KEYS
from pressroom.themes import FAMILY_PATTERN, MOST_COLOURS, THEME_KEYS, THEME_PATTERN

Schema = dict[str, Any]
_TEXT: Final[Schema] = {"type": ["string", "number", "boolean"]}
_COLOUR: Final[Schema] = {"type": ["string", "integer"], "description": 'E.g. "#2563eb", in quotes.'}
_LENGTH: Final[Schema] = {
    "type": "string",
    "pattern": f"^{LENGTH_PATTERN}$",
    "description": "E.g. 18mm, 1.5cm, 0.75in, 36pt.",
}


def _mapping(keys: tuple[str, ...], known: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": {key: known.get(key, {}) for key in keys}}


def _running(what: str) -> Schema:
    sides = _mapping(RUNNING_KEYS, dict.fromkeys(RUNNING_KEYS, _TEXT))
    return {"anyOf": [{**_TEXT, "type": ["string", "number", "boolean", "null"]}, sides], "description": what}


_PAGE: Final[Mapping[str, Schema]] = {
    "size": {"enum": list(PAGES)},
    "orientation": {"enum": list(ORIENTATIONS)},
    "margin": {"anyOf": [_LENGTH, _mapping(MARGIN_KEYS, dict.fromkeys(MARGIN_KEYS, _LENGTH))]},
}
_THEME: Final[Mapping[str, Schema]] = {
    "name": {
        "type": "string",
        "pattern": f"^{THEME_PATTERN}$",
        "description": "The installation's theme it begins with.",
    },
    "logo": {**_TEXT, "description": "A picture file."},
    "logo_alt": _TEXT,
    "brand": _COLOUR,
    "palette": {"type": "array", "items": _COLOUR, "minItems": 1, "maxItems": MOST_COLOURS},
    "font": {"type": "string", "pattern": f"^{FAMILY_PATTERN}$"},
}
SETUP: Final[Mapping[str, Schema]] = {
    "page": {"anyOf": [{"enum": list(PAGES)}, _mapping(PAGE_KEYS, _PAGE)], "description": "Paper of the PDF."},
    "header": _running("At the top of each page; may hold values, and page and pages."),
    "footer": _running("At the foot of each page; may hold values, and page and pages."),
    "toc": {"type": "boolean", "description": "A table of contents before the first block."},
    "theme": {
        "anyOf": [{"type": "string", "pattern": f"^{THEME_PATTERN}$"}, _mapping(THEME_KEYS, _THEME)],
        "description": "Colours, type and logo, or the name of a theme of the installation.",
    },
}
_IMAGE: Final[Mapping[str, Schema]] = {
    "file": {**_TEXT, "description": "A picture in the folder of assets, or beside the report."},
    "alt": {**_TEXT, "description": "What it shows, for those who cannot see it."},
    "width": {"type": ["string", "integer"], "description": "Pixels, or a share such as 40%."},
    "align": {"enum": [str(side) for side in Side]},
    "caption": _TEXT,
}
IMAGE: Final[Schema] = {**_mapping(IMAGE_KEYS, _IMAGE), "required": ["file", "alt"]}
DESCRIBED: Final = ((PAGE_KEYS, _PAGE), (THEME_KEYS, _THEME), (IMAGE_KEYS, _IMAGE))
