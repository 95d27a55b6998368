"""What keeps failing comes to an end that people hear of: executions that kill workers, schedules that always fail."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.machine import is_alive, wait_until
from tests.system.conftest import QUICK, Installed
from tests.system.harness import Installation
from tests.system.test_kill import attempts, running_query

SCHEDULE = """
    from presstime.accounts import service as accounts
    from presstime.schedules import service as schedules
    from presstime.schedules.models import Schedule
    alice = accounts.create_user("alice", "alice@example.com", "author", "correct horse battery staple", now)
    given = {"name": "Nightly", "report": report, "cron": "0 0 1 1 *", "recipients": {"to": ["ann@example.com"]}}
    result = schedules.create(given, alice, now).pk.hex
"""
FIRE = "from presstime.schedules.models import Schedule\nSchedule.objects.update(next_run_at=now)"


def mails(installation: Installation) -> dict[str, EmailMessage]:
    """By their subject."""
    files = sorted((installation.data / "mail").glob("*.eml"))
    found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return {str(mail["Subject"]): mail for mail in found}


def arrived(installation: Installation, subject: str) -> EmailMessage:
    return wait_until(lambda: mails(installation).get(subject), f"the mail “{subject}” has arrived")


def test_an_execution_that_takes_three_workers_with_it_is_one_dead_letter_and_no_loop(installed: Installed) -> None:
    installation = installed()
    installation.python(SCHEDULE, report="endless")
    installation.python(FIRE)
    for number in (1, 2, 3):
        worker = installation.start_worker()
        wait_until(lambda: len(attempts(installation)) == number and running_query(installation), "it runs")  # noqa: B023
        tree = worker.tree()
        worker.kill()
        wait_until(lambda: not any(is_alive(pid) for pid in tree), "its child has died with it")  # noqa: B023
    worker = installation.start_worker()
    (row,) = installation.query("select status, error_code, crashes from executions_execution")
    assert row == {"status": "dead", "error_code": "worker_lost", "crashes": 3}
    assert attempts(installation) == ["lost", "lost", "failed"]
    assert installation.value("select count(*) from deadletters_deadletter") == 1
    told = arrived(installation, "[Presstime] Warning: The schedule “Nightly” fails")
    assert told["To"] == "alice@example.com"
    assert worker.stop() == 0
    assert attempts(installation) == ["lost", "lost", "failed"]


def test_what_was_missed_while_everything_was_down_is_made_up_for_as_each_policy_says(installed: Installed) -> None:
    installation = installed()
    installation.python(
        """
        from presstime.schedules import service as schedules
        from presstime.schedules.models import Schedule
        last = (now - timedelta(minutes=10)).replace(second=0, microsecond=0)
        for policy, age in (("skip", 86400), ("latest", 86400), ("all", 86400), ("all", 7200)):
            given = {"report": "quick", "cron": f"{last.minute} * * * *", "catch_up": policy, "catch_up_max_age_seconds": age}
            schedules.create(given | {"name": f"{policy} {age}"}, None, now)
        first = last - timedelta(hours=5)
        Schedule.objects.update(next_run_at=first, watch_at=first)
        """
    )
    made_up = "select s.name as name, count(*) as n from executions_execution e join schedules_schedule s on e.schedule_id = s.id"
    done = " where e.\"trigger\" = 'catch_up' and e.status = 'succeeded' group by 1 order by 1"
    expected = [{"name": "all 7200", "n": 2}, {"name": "all 86400", "n": 6}, {"name": "latest 86400", "n": 1}]
    for _ in range(2):  # the second time nothing is left to be made up for
        worker = installation.start_worker()
        wait_until(lambda: installation.query(made_up + done) == expected, "all has been made up for")
        assert worker.stop() == 0
        assert installation.query(f"{made_up} group by 1 order by 1") == expected
    left_out = "select s.name from schedules_passedover p join schedules_schedule s on p.schedule_id = s.id order by 1"
    assert [row["name"] for row in installation.query(left_out)] == ["all 7200", "latest 86400", "skip 86400"]


def test_a_schedule_that_always_fails_is_switched_off_and_its_owner_gets_a_mail(installed: Installed) -> None:
    installation = installed(auto_pause_after=2)
    wrong = QUICK.replace("from stock", "from stick")
    installation.python(
        """
        from presstime.reports import service
        service.create(name="wrong", definition=definition, by=None, now=now)
        """,
        definition=wrong,
    )
    installation.python(SCHEDULE, report="wrong")
    worker = installation.start_worker()
    for number in (1, 2):
        installation.python(FIRE)
        wait_until(
            lambda: installation.value("select count(*) from executions_execution where status = 'dead'") == number,  # noqa: B023
            "it has given up",
        )
    (row,) = installation.query("select enabled, paused_reason from schedules_schedule")
    assert row["enabled"] == 0
    assert row["paused_reason"].startswith("2 planned runs in a row gave up, the last one for this: ")
    mail = arrived(installation, "[Presstime] Warning: The schedule “Nightly” is paused")
    assert mail["To"] == "alice@example.com"
    body = mail.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert "2 planned runs in a row gave up" in text
    assert "It has never succeeded." in text
    assert "mend the cause, run it once by hand and switch it on again" in text
    assert worker.stop() == 0
