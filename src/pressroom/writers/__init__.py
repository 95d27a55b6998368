"""Writers: each turns a document and its results into one file; a writer is loaded when it is first used.

A writer that makes several files (CSV and Parquet have one for each query, PNG one for each chart) puts them into a zip archive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pressroom.document import Document, Results

Writer = Callable[[Document, Results, Path], Path]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that a report can be written as."""

    name: str
    label: str  # for people
    media_type: str
    extension: str  # without the dot

    def write(self, document: Document, results: Results, folder: Path) -> Path:
        """Write *document* into *folder* and return the file's path; RenderError when that is impossible."""
        writer: Writer = import_module(f"{__name__}.{self.name}").write
        return writer(document, results, folder)


_FORMATS: Final = (
    Format("pdf", "PDF", "application/pdf", "pdf"),
    Format("html", "Web page", "text/html; charset=utf-8", "html"),
    Format("xlsx", "Excel workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    Format("csv", "CSV", "text/csv; charset=utf-8", "csv"),
    Format("json", "JSON", "application/json", "json"),
    Format("parquet", "Parquet", "application/vnd.apache.parquet", "parquet"),
    Format("png", "Charts as PNG", "image/png", "png"),
)
FORMATS: Final[Mapping[str, Format]] = MappingProxyType({one.name: one for one in _FORMATS})
# Formats that carry every row and every text, the one first that most people can open.
CARRIERS: Final = ("xlsx", "csv", "parquet", "json")
WRITERS: Final[Mapping[str, Writer]] = MappingProxyType({one.name: one.write for one in _FORMATS})
ARCHIVE_MEDIA_TYPE: Final = "application/zip"


def media_type(path: Path) -> str:
    """The media type of a file that a writer made, from its extension."""
    extension = path.suffix.removeprefix(".").lower()
    if extension == "zip":
        return ARCHIVE_MEDIA_TYPE
    return next((one.media_type for one in _FORMATS if one.extension == extension), "application/octet-stream")
