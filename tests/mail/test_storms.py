"""Bad weather between real processes: a mail server that is away, senders killed again and again, servers of others."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from presstime.base import clock
from presstime.mail.models import Email, Message
from presstime.mail.states import Status
from tests.machine import descendants, free_port, wait_until
from tests.mail.smtp_server import Countdown, Mailbox, smtp_server
from tests.mail.test_crash import sending_worker, worker_environment

pytestmark = pytest.mark.django_db(transaction=True)
Enqueue = Callable[..., Message]
SLOW = pytest.mark.slow


def _readers(number: int) -> list[str]:
    return [f"reader{each}@example.com" for each in range(number)]


def _are_all_sent(number: int) -> bool:
    return Email.objects.filter(status=Status.SENT).count() == number


def _counted(mailbox: Mailbox) -> Counter[str]:
    return Counter(received.recipient for received in mailbox.received)


@pytest.mark.parametrize(("mails", "seconds"), [(60, 2.0), pytest.param(500, 120.0, marks=SLOW)])
def test_a_server_that_is_away_delays_every_mail_and_loses_none(
    enqueue: Enqueue, mailbox: Mailbox, tmp_path: Path, reports: Path, mails: int, seconds: float
) -> None:
    port = free_port()
    enqueue(*_readers(mails), at=clock.now())
    with sending_worker(worker_environment(tmp_path, reports, port)):
        Countdown(1).wait(seconds)
        assert Email.objects.filter(status=Status.PENDING).count() >= mails - 4
        assert not Email.objects.filter(status=Status.FAILED).exists()
        with smtp_server(mailbox, port=port):
            wait_until(lambda: _are_all_sent(mails), "all are sent", 60)
    assert _counted(mailbox) == Counter(_readers(mails))
    assert not Email.objects.filter(uncertain=True).exists()


@pytest.mark.parametrize(("mails", "kills"), [(120, 4), pytest.param(1_000, 20, marks=SLOW)])
@pytest.mark.parametrize("with_courier", [False, True], ids=["worker", "worker and courier"])
def test_senders_killed_again_and_again_lose_nothing(
    enqueue: Enqueue, mailbox: Mailbox, port: int, tmp_path: Path, reports: Path, mails: int, kills: int,
    with_courier: bool,
) -> None:  # fmt: skip
    message = enqueue(*_readers(mails), at=clock.now())
    environment = worker_environment(tmp_path, reports, port)
    for number in range(1, kills + 1):
        wanted = number * mails // (kills + 1)
        with sending_worker(environment) as worker:
            wait_until(lambda wanted=wanted: len(mailbox.received) >= wanted, f"{wanted} have arrived", 60)  # type: ignore[misc]
            couriers = descendants(worker.pid) if with_courier else []
            for pid in (worker.pid, *couriers):
                os.kill(pid, signal.SIGKILL)
            worker.wait(10)
    with sending_worker(environment):
        wait_until(lambda: _are_all_sent(mails), "all are sent", 60)
    counted = _counted(mailbox)
    assert set(counted) == set(_readers(mails))
    assert {received.message["Message-ID"] for received in mailbox.received} == {message.message_id}
    twice = {address for address, times in counted.items() if times > 1}
    uncertain = set(Email.objects.filter(uncertain=True).values_list("address", flat=True))
    assert twice <= uncertain
    assert max(counted.values()) <= 2
    assert len(uncertain) <= (4 * kills if with_courier else 0)  # at most one a connection


# ---- a mail server of the system ------------------------------------------------------------------------------------

EXIM = shutil.which("exim4") or shutil.which("exim4", path="/usr/sbin")
CONFIGURATION = """
primary_hostname = mail.example.com
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/pid
tls_advertise_hosts =
queue_only = true
message_size_limit = 1M
acl_smtp_rcpt = recipients
acl_smtp_data = contents
begin acl
recipients:
  deny local_parts = nobody
       message = 5.1.1 no such user
  defer local_parts = later
        message = 4.7.1 come back later
  accept
contents:
  accept
"""


@contextmanager
def exim(folder: Path) -> Iterator[int]:
    """Debian's Exim on loopback, which takes mail and keeps it in its own spool."""
    assert EXIM is not None
    user = pwd.getpwnam("Debian-exim")
    (folder / "spool").mkdir(parents=True)
    configuration, port = folder / "exim.conf", free_port()
    configuration.write_text(CONFIGURATION.format(folder=folder))
    for path in (folder, folder / "spool"):
        os.chown(path, user.pw_uid, user.pw_gid)
    command = [EXIM, "-C", str(configuration), "-bdf", "-oX", f"127.0.0.1.{port}"]
    with subprocess.Popen(command, start_new_session=True) as process:
        try:
            wait_until(lambda: _listens(port), "Exim listens", 20)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(EXIM is None, reason="Exim is not installed: apt-get install exim4-daemon-light")
@pytest.mark.skipif(os.geteuid() != 0, reason="Exim gives its spool to its own user, which only root can do")
def test_exim_takes_every_mail_once_and_refuses_in_its_own_words(
    enqueue: Enqueue, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, reports: Path
) -> None:
    folder = Path(f"/var/tmp/presstime-exim-{os.getpid()}")
    message = enqueue(*_readers(20), "nobody@example.com", "later@example.com", at=clock.now())
    folder.mkdir()
    try:
        with exim(folder) as port, sending_worker(worker_environment(tmp_path, reports, port)):
            wait_until(lambda: _are_all_sent(20), "all are sent", 60)
            wait_until(lambda: Email.objects.filter(attempts__gt=0, address="later@example.com").exists(), "tried")
            kept = [path.read_text(errors="replace") for path in (folder / "spool/input").rglob("*-H")]
    finally:
        shutil.rmtree(folder)
    assert len(kept) == 20
    assert all(message.message_id in text for text in kept)
    refused, later = (Email.objects.get(address=f"{name}@example.com") for name in ("nobody", "later"))
    assert (refused.status, refused.error_code) == (Status.FAILED, "recipient_refused")
    assert refused.last_reply == "550 5.1.1 no such user"
    assert later.error_code == "greylisted"
    assert Email.objects.filter(status=Status.SENT, last_reply__contains="OK id=").count() == 20
