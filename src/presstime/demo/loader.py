"""Puts the demonstration's data, source, reports and schedules into an installation; what is there already stays."""

from __future__ import annotations

import shutil
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from presstime.accounts.models import User
from presstime.reports import queries as reports
from presstime.reports import service as report_service
from presstime.schedules import queries as schedules
from presstime.schedules import service as schedule_service
from presstime.sources import queries as sources
from presstime.sources import service as source_service

SOURCE = "flights"
FOLDER = Path("demo") / SOURCE

# Of each schedule: its report, when it runs, and what it sends to whom.
SCHEDULES: dict[str, dict[str, Any]] = {
    "Airport punctuality": {
        "report": "airport-punctuality",
        "cron": "0 8 1 * *",
        "recipients": {"to": ["operations@example.com"], "cc": ["editor@example.com"]},
        "formats": ["pdf", "xlsx"],
    },
    "Airline league table": {
        "report": "airline-league-table",
        "cron": "30 8 * * MON",
        "recipients": {"to": ["editor@example.com"]},
        "formats": ["pdf"],
    },
    "Flight listing": {
        "report": "flight-listing",
        "cron": "0 6 L * *",
        "recipients": {"to": ["analysts@example.com"]},
        "formats": ["xlsx", "csv"],
    },
}


def install(folder: Path, admin: User, now: datetime) -> None:
    """Copy the flights below *folder*, the data folder, and add what reads, shows and sends them, as *admin*."""
    with as_file(files("presstime.demo") / "data") as data:
        shutil.copytree(data, folder / FOLDER, ignore=shutil.ignore_patterns("*.md"), dirs_exist_ok=True)
    if sources.find_source(SOURCE) is None:
        source_service.add(name=SOURCE, url=f"files:///{FOLDER.as_posix()}", by=admin, now=now)
    with as_file(files("presstime.demo") / "reports") as texts:
        for text in sorted(texts.glob("*.md")):
            if reports.find_report(text.stem) is None:
                definition = text.read_text(encoding="utf-8")
                report_service.create(name=text.stem, definition=definition, by=admin, now=now)
    for name, values in SCHEDULES.items():
        if not schedules.is_name_taken(name):
            schedule_service.create({"name": name, **values}, admin, now)
