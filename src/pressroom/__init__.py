"""Pressroom: a report in one Markdown file, rendered to PDF, HTML, workbook, CSV, JSON and Parquet.

    from pressroom import open_source, parse, render

A pure library: it asks no clock, reads no environment and knows nothing of the server that may run it.
"""

from pressroom.definition import MAX_DEFINITION_BYTES, Definition, parse, read_definition
from pressroom.errors import DefinitionError, PressroomError
from pressroom.evaluate import evaluate
from pressroom.parameters import resolve
from pressroom.render import Rendered, RenderedFile, render
from pressroom.sources import open_source

__all__ = [
    "MAX_DEFINITION_BYTES",
    "Definition",
    "DefinitionError",
    "PressroomError",
    "Rendered",
    "RenderedFile",
    "evaluate",
    "open_source",
    "parse",
    "read_definition",
    "render",
    "resolve",
]
