"""What the fork server imports once, so that a child has its libraries 25 ms after its start and not after 1.2 s.

Imports only: a library that was *used* before the fork may hold locks of threads that the child does not have, and then
every child hangs (measured with polars: 11 of 11). Therefore the check at the end. Nothing but the fork server imports it.
"""

from __future__ import annotations

import gc
import os
from importlib import import_module
from pathlib import Path

from pressroom.definition import parse
from pressroom.writers import FORMATS
from pressroom.writers.html_blocks import environment
from presstime.executions.child import die_with_parent

# What a child would import by and by; the drivers of servers are left to the reports that read from them, and vl_convert to
# the process that draws: it takes 3 ms to import and 9 MB to keep.
MODULES = (
    "css_inline",
    "duckdb",
    "email.generator",
    "encodings.cp437",
    "encodings.idna",
    "encodings.unicode_escape",
    "isal.igzip_lib",
    "markdown_it",
    "pressroom.render",
    "pressroom.sources.duck",
    "pressroom.sources.files",
    "pressroom.sources.sqlite",
    "pressroom.template_engine",
    "pressroom.workspace",
    "pressroom.writers.email",
    *(f"pressroom.writers.{name}" for name in FORMATS),
    "presstime.executions.drawing",
    "presstime.mail.composition",
    "typst",
    "xlsxwriter.workbook",
)
SAMPLE = "---\ntitle: Sample\nsource: none\n---\n# One\n\nA **word** and {{ 1 }}.\n"
ALLOWED_THREADS = frozenset({"jemalloc_bg_thd"})  # survives a fork by itself


def thread_names() -> list[str]:
    """The kernel's names of the other threads of this process, those of native libraries too."""
    tasks = [task for task in Path("/proc/self/task").iterdir() if task.name != str(os.getpid())]
    return sorted((task / "comm").read_text().strip() for task in tasks)


def check_threads() -> None:
    """Refuse to fork from a process that has threads."""
    unknown = set(thread_names()) - ALLOWED_THREADS
    if unknown:
        raise RuntimeError(
            f"A library has started threads while it was imported: {', '.join(sorted(unknown))}. "
            "Children forked now could hang. Set PRESSTIME_START_METHOD=spawn and report this."
        )


def load() -> None:
    """Import the libraries, and let those that are Python alone compile what they need once."""
    for name in MODULES:
        import_module(name)
    parse(SAMPLE)
    templates = environment()
    for name in templates.list_templates(extensions=["jinja"]):
        templates.get_template(name)


# The worker that started the fork server may be killed at any time; neither it nor its children must outlive it.
die_with_parent()
load()
check_threads()
gc.freeze()  # what is here stays, and no collection writes to pages that the children share
