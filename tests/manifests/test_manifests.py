"""A folder of files makes an installation what it says, and an installation makes the folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.schema import Problems, dump, read_mapping
from presstime.accounts.models import User
from presstime.manifests import secrets
from presstime.manifests.naming import file_name, name_of
from presstime.reports.models import Report, Revision
from presstime.schedules.checks import field_names
from presstime.schedules.models import Schedule
from presstime.sources import service as sources
from presstime.sources.models import Source
from tests.manifests.conftest import SCHEDULE, Run, plan
from tests.schedules.conftest import DEFINITION

EVERYTHING = """\
name: every field / of a schedule
report: punctuality
owner: alice
cron: "*/30 6-20 * * 1-5"
timezone: Europe/Berlin
enabled: false
recipients: {to: [reader@example.com], cc: [cc@example.com], bcc: [bcc@example.com]}
reply_to: answers@example.com
formats: [csv, pdf]
parameters: {airport: LGA}
timeout_seconds: 600
catch_up: all
catch_up_max_age_seconds: 3600
send_when: rows
output_path: finance/daily
retries: 2
retention_days: 40
starts_at: 2027-01-01T00:00:00+01:00
ends_at: 2028-01-01T00:00:00Z
"""


def test_a_folder_is_applied_once_and_then_changes_nothing(run: Run, folder: Path) -> None:
    assert set(plan(run("apply", str(folder), "--dry-run", "--json")).values()) == {"add"}
    assert not Source.objects.exists()
    assert not Report.objects.exists()
    first = run("apply", str(folder))
    assert first.stdout.endswith("3 to add, 0 to change, 0 to delete, 0 as they are. Applied.\n")
    schedule = Schedule.objects.get(name="daily")
    assert (schedule.timezone, schedule.formats, schedule.enabled) == ("Europe/Berlin", ["pdf", "xlsx"], True)
    assert schedule.next_run_at is not None
    before = schedule.updated_at
    assert set(plan(run("apply", str(folder), "--json")).values()) == {"keep"}
    schedule.refresh_from_db()
    assert schedule.updated_at == before
    assert Revision.objects.count() == 1


def test_what_is_exported_and_applied_elsewhere_is_the_same(run: Run, folder: Path, alice: User) -> None:
    (folder / "schedules/every.yaml").write_text(EVERYTHING)
    run("apply", str(folder))
    there = Schedule.objects.get(name="every field / of a schedule")
    assert there.owner == alice
    was = {name: getattr(there, name) for name in {*field_names()} - {"report"}}
    out = folder / "out"
    assert run("export", str(out)).exit_code == 0
    assert sorted(path.name for path in (out / "schedules").iterdir()) == [
        "daily.yaml", "every field %2F of a schedule.yaml",
    ]  # fmt: skip
    assert set(plan(run("apply", str(out), "--json")).values()) == {"keep"}
    for kind in ("sources", "reports", "schedules"):
        (folder / "none" / kind).mkdir(parents=True)
    assert set(plan(run("apply", str(folder / "none"), "--prune", "--json")).values()) == {"delete"}
    assert set(plan(run("apply", str(out), "--json")).values()) == {"add"}
    again = Schedule.objects.get(name="every field / of a schedule", deleted_at=None)
    assert {name: getattr(again, name) for name in was} == was
    assert again.owner == alice


def test_every_field_of_a_schedule_is_in_the_file_that_names_them_all() -> None:
    section = read_mapping(EVERYTHING, 1, [*field_names(), "owner"], "the schedule", Problems("every.yaml"))
    assert section is not None
    assert set(section.entries) == {*field_names(), "owner"}


def test_a_change_is_told_field_by_field_and_what_is_left_out_is_the_default(run: Run, folder: Path) -> None:
    file = folder / "schedules/daily.yaml"
    file.write_text(SCHEDULE + "retries: 2\nenabled: false\n")
    run("apply", str(folder))
    file.write_text(SCHEDULE.replace("0 7", "0 8"))
    result = run("apply", str(folder))
    assert "~ schedule daily\n" in result.stdout
    assert "    cron: 0 7 * * * → 0 8 * * *\n" in result.stdout
    assert "    retries: 2 → null\n" in result.stdout
    schedule = Schedule.objects.get(name="daily")
    assert (schedule.cron, schedule.retries) == ("0 8 * * *", None)
    assert not schedule.enabled  # who has paused it knows why


def test_flaws_of_all_files_are_told_with_line_and_field_and_nothing_is_changed(run: Run, folder: Path) -> None:
    (folder / "schedules/bad.yaml").write_text(
        SCHEDULE.replace("reader@example.com", "nobody") + "timeout_seconds: 5\ncron_: 1\n"
    )
    result = run("apply", str(folder), "--json")
    assert result.exit_code == 1
    flaws = json.loads(result.stdout)["errors"]
    assert [(flaw["file"], flaw["line"]) for flaw in flaws] == [("schedules/bad.yaml", 8)]
    (folder / "schedules/bad.yaml").write_text(
        SCHEDULE.replace("reader@example.com", "nobody") + "timeout_seconds: 5\n"
    )
    (folder / "reports/broken.md").write_text("---\ntitle: Broken\nsource: flight\n---\nText\n")
    result = run("apply", str(folder))
    assert result.exit_code == 1
    assert "3 problems; nothing was changed." in result.stderr
    assert 'reports/broken.md:3 definition: There is no source "flight". Did you mean flights?' in result.stderr
    assert "schedules/bad.yaml:6 recipients.to.0: " in result.stderr
    assert "schedules/bad.yaml:7 timeout_seconds: 5 is not a whole number of seconds from 300 to 7200." in result.stderr
    assert not Source.objects.exists()


def test_what_depends_on_a_wrong_source_says_nothing_of_its_own(run: Run, folder: Path) -> None:
    (folder / "sources/flights.yaml").write_text("url: sqlite:////nowhere/x.db\n")
    result = run("apply", str(folder))
    assert "One problem; nothing was changed." in result.stderr
    assert "sources/flights.yaml:1 url: " in result.stderr


@pytest.mark.parametrize(
    ("file", "text", "flaw"),
    [
        ("sources/a.yaml", "url: [", "sources/a.yaml:1 source: The source is not YAML"),
        (
            "sources/a.yaml",
            "adress: x",
            "sources/a.yaml:1 source: Unknown key 'adress' in the source. Allowed: name, url.",
        ),
        ("sources/a.yaml", "name: x", "sources/a.yaml:1 url: A source needs an address"),
        ("schedules/b.yaml", "name: b\nreport: punctuality", "schedules/b.yaml:1 cron: A schedule needs a cron"),
        ("schedules/b.yaml", f"name: daily\n{SCHEDULE}", 'daily.yaml:1 name: "daily" stands in schedules/b.yaml'),
        ("schedules/b.yaml", SCHEDULE.replace("punctuality", "x"), 'b.yaml:1 report: There is no report "x".'),
    ],
)
def test_a_wrong_file_is_named_with_its_line(run: Run, folder: Path, file: str, text: str, flaw: str) -> None:
    (folder / file).write_text(text)
    result = run("apply", str(folder))
    assert result.exit_code == 1
    assert flaw in result.stderr


def test_a_file_that_is_no_utf8_and_a_folder_without_files_are_refused(run: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "reports/latin.md").write_bytes("---\ntitle: Ä\n".encode("latin-1"))
    assert "reports/latin.md:2 file: It is not UTF-8." in run("apply", str(folder)).stderr
    assert "has no folder assets, groups, sources, reports or schedules" in run("apply", str(tmp_path / "out")).stderr


def test_secrets_come_from_the_environment_and_leave_as_names(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sources/warehouse.yaml").write_text("url: postgresql://reader:${WAREHOUSE_PASSWORD}@db.example.com/w\n")
    missing = run("apply", str(folder))
    assert "sources/warehouse.yaml:1 url: The environment variable WAREHOUSE_PASSWORD is not set" in missing.stderr
    secret = tmp_path / "secret"
    secret.write_text("p@ss/wörd\n")
    monkeypatch.setenv("WAREHOUSE_PASSWORD_FILE", str(secret))
    assert plan(run("apply", str(folder), "--json"))["source warehouse"] == "add"
    kept = sources.address_to_keep(Source.objects.get(name="warehouse"))
    assert kept == "postgresql://reader:p%40ss%2Fw%C3%B6rd@db.example.com/w"
    out = run("export", str(tmp_path / "out"))
    assert "WAREHOUSE_PASSWORD" in out.stdout
    text = (tmp_path / "out/sources/warehouse.yaml").read_text()
    assert text == "url: postgresql://reader:${WAREHOUSE_PASSWORD}@db.example.com/w\n"
    assert plan(run("apply", str(tmp_path / "out"), "--json"))["source warehouse"] == "keep"
    secret.write_text("another")
    changed = run("apply", str(folder))
    assert "    url: a secret → another secret" in changed.stdout
    assert "another@" not in changed.output


def test_a_secret_in_clear_is_warned_of_and_not_shown(run: Run, folder: Path) -> None:
    (folder / "sources/warehouse.yaml").write_text("url: postgresql://reader:hunter2@db.example.com/w\n")
    result = run("apply", str(folder), "--dry-run")
    assert "warning: sources/warehouse.yaml:1 url: a secret stands here in clear." in result.stderr
    assert "hunter2" not in result.output


def test_what_is_not_in_the_folder_is_left_alone_or_pruned(run: Run, folder: Path) -> None:
    run("apply", str(folder))
    (folder / "schedules/daily.yaml").unlink()
    left = run("apply", str(folder))
    assert "The schedule daily is not in the folder and is left alone; --prune deletes it." in left.stderr
    (folder / "sources/flights.yaml").rename(folder / "flights.yaml")
    refused = run("apply", str(folder), "--prune")
    assert refused.exit_code == 1
    assert "source flights:1 --prune: " in refused.stderr  # a report in the folder uses it
    assert Schedule.objects.filter(deleted_at=None).exists()
    (folder / "reports/punctuality.md").unlink()
    assert plan(run("apply", str(folder), "--prune", "--json")) == {
        "schedule daily": "delete", "report punctuality": "delete", "source flights": "delete",
    }  # fmt: skip
    assert not Schedule.objects.filter(deleted_at=None).exists()


def test_an_unknown_owner_is_a_warning(run: Run, folder: Path) -> None:
    (folder / "schedules/daily.yaml").write_text(f"owner: zoe\n{SCHEDULE}")
    result = run("apply", str(folder))
    assert result.exit_code == 0
    assert 'warning: schedules/daily.yaml:1 owner: there is no user "zoe" here' in result.stderr


def test_a_very_long_limit_is_a_warning_when_it_is_added_or_changed(run: Run, folder: Path) -> None:
    (folder / "schedules/daily.yaml").write_text(f"timeout_seconds: 5400\n{SCHEDULE}")
    said = "schedules/daily.yaml:1 timeout_seconds: A report that hangs keeps others waiting for 90 minutes."
    assert f"warning: {said}" in run("apply", str(folder)).stderr
    assert run("apply", str(folder)).stderr == ""
    (folder / "schedules/daily.yaml").write_text(f"timeout_seconds: 6000\n{SCHEDULE}")
    assert len(json.loads(run("apply", str(folder), "--json").stdout)["warnings"]) == 1


def test_an_export_removes_files_of_nothing_only_when_asked(run: Run, folder: Path) -> None:
    run("apply", str(folder))
    (folder / "schedules/old.yaml").write_text(SCHEDULE)
    (folder / "schedules/notes.txt").write_text("kept")
    told = json.loads(run("export", str(folder), "--json").stdout)
    assert told["stale"] == ["schedules/old.yaml"]
    assert (folder / "schedules/old.yaml").exists()
    run("export", str(folder), "--prune")
    assert not (folder / "schedules/old.yaml").exists()
    assert (folder / "schedules/notes.txt").exists()


def test_a_report_keeps_its_line_ends(run: Run, folder: Path) -> None:
    file = folder / "reports/punctuality.md"
    file.write_bytes(DEFINITION.replace("\n", "\r\n").encode())
    run("apply", str(folder))
    run("export", str(folder / "out"))
    assert (folder / "out/reports/punctuality.md").read_bytes() == file.read_bytes()


# ---- pure parts -----------------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60))
def test_every_name_is_a_file_and_back(name: str) -> None:
    file = file_name(name, ".md")
    assert "/" not in file
    assert not file.startswith(".")
    assert name_of(Path(file).stem) == name


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        file_name("報" * 100, ".md")


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.text(st.characters(exclude_categories=["Cs"]))
)


@given(st.dictionaries(st.sampled_from(["cron", "name"]), SCALARS | st.lists(SCALARS), min_size=1))
def test_what_is_dumped_is_read_back(values: dict[str, Any]) -> None:
    problems = Problems("x.yaml")
    section = read_mapping(dump(values), 1, ["cron", "name"], "the schedule", problems)
    assert section is not None, problems.found
    assert {name: section.value(name) for name in section.entries} == values


@pytest.mark.parametrize("text", ["1e5", "0x1f", "1_000", "no", "~", "12:30", "2026-11-24", "010", ".5", "=", "*/5"])
def test_words_that_some_yaml_reads_otherwise_are_quoted(text: str) -> None:
    section = read_mapping(dump({"name": text}), 1, ["name"], "it", Problems("x.yaml"))
    assert section is not None
    assert section.value("name") == text


def test_placeholders_are_encoded_unless_they_are_the_whole_address() -> None:
    given = {"URL": "mysql://a:b@c/d", "P": "a b@c"}
    assert secrets.fill("${URL}", given) == "mysql://a:b@c/d"
    assert secrets.fill("mysql://u:${P}@h/d?x=$$5", given) == "mysql://u:a%20b%40c@h/d?x=$5"
    with pytest.raises(secrets.Missing, match="names no variable"):
        secrets.fill("${a-b}", given)


def test_options_with_secrets_get_names_of_their_own() -> None:
    url = "mysql://u:p$w@h/d?ssl_key=abc&x=1"
    text, names = secrets.take_out(url, "my-shop")
    assert text == "mysql://u:${MY_SHOP_PASSWORD}@h/d?ssl_key=${MY_SHOP_SSL_KEY}&x=1"
    assert names == ["MY_SHOP_PASSWORD", "MY_SHOP_SSL_KEY"]
