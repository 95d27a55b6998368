"""`presstime demo`: a working installation on real data in one folder, with a report run and its mail delivered."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from presstime.base import clock
from presstime.base.errors import PresstimeError

if TYPE_CHECKING:
    from presstime.accounts.models import User
    from presstime.executions.models import Execution

USERNAME = "admin"
SHOWN_FIRST = "Airport punctuality"
PATIENCE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where the result of the demonstration's first run lies."""

    execution_id: str
    files: list[Path]
    mails: list[Path]


def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Where everything of the demonstration is kept.")] = Path(
        "demo-data"
    ),
    bind: Annotated[str, typer.Option(help="HOST:PORT to serve at.")] = "127.0.0.1:8000",
    once: Annotated[bool, typer.Option(help="Stop after the first report instead of serving on.")] = False,
) -> None:
    """Set up a working installation on real sample data, run a report at once, and serve it."""
    console = Console(stderr=False, highlight=False)
    environment = _environment(folder.resolve(), bind)
    os.environ.clear()
    os.environ.update(environment)
    with _progress(console) as progress:
        task = progress.add_task("Preparing the database")
        password = _prepare(folder.resolve(), lambda text: progress.update(task, description=text))
        progress.update(task, description="Starting the server")
        with _server(bind) as server:
            progress.update(task, description=f"Running “{SHOWN_FIRST}”")
            delivered = _run_first(server)
            progress.stop()
            console.rule("Presstime is running")
            console.print(_summary(password, delivered), soft_wrap=True)  # a path is to be copied whole
            if not once:
                _serve_on(server)


def _environment(folder: Path, bind: str) -> dict[str, str]:
    """The demonstration's own settings; whatever else of Presstime's stands in the environment is left out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRESSTIME_")}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = folder / "presstime.toml"
    if not config.exists():
        config.write_text(
            'environment = "demo"\ntime_zone = "America/New_York"\nmail_from = "Presstime demo <presstime@example.com>"\n',
            encoding="utf-8",
        )
    host, _, port = bind.rpartition(":")
    return kept | {
        "PRESSTIME_CONFIG": str(config),
        "PRESSTIME_DATA_DIR": str(folder),
        "PRESSTIME_BIND": bind,
        "PRESSTIME_BASE_URL": f"http://{'127.0.0.1' if host in ('0.0.0.0', '[::]') else host}:{port}",  # noqa: S104
        "PRESSTIME_SMTP_URL": f"file://{folder / 'mail'}",
        "DJANGO_SETTINGS_MODULE": "presstime.project.settings",
    }


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress


def _prepare(folder: Path, say: Callable[[str], None]) -> str:
    """Database, administrator, data and reports; all of it may be there already. The administrator's password."""
    import django

    django.setup()
    from presstime.database.upgrade import upgrade
    from presstime.demo.loader import install

    now = clock.now()
    upgrade(now)
    say("Loading the flights that left New York in 2013")
    password, admin = _administrator(folder, now)
    install(folder, admin, now)
    return password


def _administrator(folder: Path, now: datetime) -> tuple[str, User]:
    from presstime.accounts.models import User
    from presstime.accounts.rights import Role
    from presstime.accounts.service import create_user

    note = folder / "keys" / "demo-password.txt"
    if not note.exists():
        note.touch(mode=0o600)
        note.write_text(secrets.token_urlsafe(12) + "\n", encoding="ascii")
    password = note.read_text(encoding="ascii").strip()
    admin = User.objects.filter(username=USERNAME).first()
    if admin is None:
        admin = create_user(username=USERNAME, email="admin@example.com", role=Role.ADMIN, password=password, now=now)
    return password, admin


@contextmanager
def _server(bind: str) -> Iterator[subprocess.Popen[bytes]]:
    """`presstime serve` as a child, up and answering; stopped at the end."""
    process = subprocess.Popen([sys.executable, "-m", "presstime", "serve"])
    try:
        _wait(process, "the server answered", lambda: _answers(bind))
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _answers(bind: str) -> bool:
    host, _, port = bind.rpartition(":")
    host = "127.0.0.1" if host in ("0.0.0.0", "[::]") else host  # noqa: S104 - asked, not bound
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/api/health/live", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait(process: subprocess.Popen[bytes], what: str, is_done: Callable[[], bool]) -> None:
    """Look every tenth of a second until *is_done*; PresstimeError when the server ends or patience does."""
    pause = Event()
    end = clock.now() + PATIENCE
    while not is_done():
        if process.poll() is not None:
            raise PresstimeError(f"The server ended with status {process.returncode} before {what}; its log is above.")
        if clock.now() > end:
            raise PresstimeError(f"{PATIENCE.total_seconds():.0f} seconds passed before {what}; the log is above.")
        pause.wait(0.1)


def _run_first(server: subprocess.Popen[bytes]) -> Delivered:
    """Run the first report by hand and wait until its mail has been delivered."""
    from django.conf import settings

    from presstime.accounts.models import User
    from presstime.executions.models import Execution
    from presstime.executions.states import FINISHED, Status
    from presstime.mail.models import Email
    from presstime.mail.states import Status as MailStatus
    from presstime.schedules import service

    admin = User.objects.get(username=USERNAME)
    started = service.run(SHOWN_FIRST, by=admin, now=clock.now())

    def current() -> Execution:
        return Execution.objects.get(pk=started.pk)

    _wait(server, "the report had run", lambda: Status(current().status) in FINISHED)
    if current().status != Status.SUCCEEDED:
        raise PresstimeError(f"The report {current().status}: {current().error_message} {current().error_hint}")
    mails = Email.objects.filter(message__execution=started.pk)
    _wait(server, "its mail was delivered", lambda: not mails.exclude(status=MailStatus.SENT).exists())
    reports: Path = settings.CONFIGURATION.reports_path
    inbox = settings.CONFIGURATION.data_path / "mail"
    return Delivered(
        execution_id=str(started.pk),
        files=[reports / artifact.path for artifact in current().artifacts.all()],
        mails=sorted(inbox.glob("*.eml"), key=lambda path: path.stat().st_mtime)[-mails.count() :],
    )


def _summary(password: str, delivered: Delivered) -> str:
    address = os.environ["PRESSTIME_BASE_URL"]
    lines = [
        f"Open      {address}/",
        f"Sign in   {USERNAME}   {password}",
        f"It ran    {address}/executions/{delivered.execution_id}",
        "",
        *(f"{_kind(path):<9} {_short(path)}" for path in delivered.files),
        *(f"Mail      {_short(path)}" for path in delivered.mails),
        "",
        "Ctrl+C stops it; the next `make demo` goes on where this one stopped.",
    ]
    return "\n".join(lines)


def _kind(path: Path) -> str:
    return {".pdf": "PDF", ".xlsx": "Workbook", ".csv": "CSV"}.get(path.suffix, path.suffix.lstrip(".").upper())


def _short(path: Path) -> str:
    """Relative to the working folder where that is shorter."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _serve_on(server: subprocess.Popen[bytes]) -> None:
    """Until a signal comes or the server ends by itself."""

    def stop(_signum: int, _frame: FrameType | None) -> None:
        server.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.wait()
