"""Settings are read from three places, wrong ones are refused in words, secrets are never repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from presstime.base.configuration import load
from presstime.base.errors import ConfigurationError


def refusal(environment: dict[str, str], folder: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(environment, folder)
    return caught.value.message


def test_an_empty_environment_gives_a_working_installation_in_the_data_folder(tmp_path: Path) -> None:
    configuration = load({"PRESSTIME_DATA_DIR": str(tmp_path)}, tmp_path).configuration
    assert configuration.database_address == f"sqlite:///{tmp_path}/presstime.sqlite3"
    assert configuration.reports_path == tmp_path / "reports"
    assert configuration.mail_address == f"file://{tmp_path}/mail"


def test_the_environment_wins_over_dotenv_and_dotenv_over_toml(tmp_path: Path) -> None:
    (tmp_path / "presstime.toml").write_text('concurrency = 3\nnode = "toml"\nenvironment = "toml"\n')
    (tmp_path / ".env").write_text("PRESSTIME_NODE=dotenv\nPRESSTIME_ENVIRONMENT=dotenv\nOTHER=1\n")
    loaded = load({"PRESSTIME_ENVIRONMENT": "environment"}, tmp_path)
    tree = loaded.configuration
    assert (tree.concurrency, tree.node, tree.environment) == (3, "dotenv", "environment")
    assert str(loaded.origins["node"]) == ".env: PRESSTIME_NODE"
    assert str(loaded.origins["concurrency"]) == "presstime.toml: PRESSTIME_CONCURRENCY"


def test_an_unknown_name_is_refused_with_the_nearest_right_one(tmp_path: Path) -> None:
    message = refusal({"PRESSTIME_SMPT_URL": "smtp://localhost"}, tmp_path)
    assert "PRESSTIME_SMPT_URL (environment): is not a setting. Did you mean PRESSTIME_SMTP_URL?" in message


def test_all_problems_are_reported_at_once_with_origin_and_what_is_allowed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PRESSTIME_TIME_ZONE=Mars/Olympus\n")
    message = refusal({"PRESSTIME_CONCURRENCY": "many", "PRESSTIME_BACKUP_RETENTION_DAYS": "7"}, tmp_path)
    assert message.startswith("3 problem(s)")
    assert 'PRESSTIME_TIME_ZONE (.env): "Mars/Olympus" is not a time zone' in message
    assert "PRESSTIME_CONCURRENCY (environment)" in message
    assert "30 days or more" in message


@pytest.mark.parametrize(
    "url", ["smtp://user:hunter2-secret@", "ftp://user:hunter2-secret@host", "smtp://u:hunter2-secret@h:port"]
)
def test_a_wrong_secret_is_never_repeated(url: str, tmp_path: Path) -> None:
    message = refusal({"PRESSTIME_SMTP_URL": url}, tmp_path)
    assert "PRESSTIME_SMTP_URL" in message
    assert "hunter2" not in message


def test_a_short_secret_key_is_refused_without_being_shown(tmp_path: Path) -> None:
    message = refusal({"PRESSTIME_SECRET_KEY": "tooshort"}, tmp_path)
    assert "PRESSTIME_SECRET_KEY" in message
    assert "tooshort" not in message


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "smtp").write_text("smtp://user:hunter2@mail.example.com:587\n")
    tree = load({"PRESSTIME_SMTP_URL_FILE": str(tmp_path / "smtp")}, tmp_path).configuration
    assert tree.mail_address == "smtp://user:hunter2@mail.example.com:587"
    assert "hunter2" not in repr(tree)


def test_a_secret_file_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    message = refusal({"PRESSTIME_SMTP_URL_FILE": str(tmp_path / "nowhere")}, tmp_path)
    assert "PRESSTIME_SMTP_URL_FILE (environment): the file it names cannot be read" in message


def test_broken_toml_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "presstime.toml").write_text("concurrency = = 3")
    assert "presstime.toml" in refusal({}, tmp_path)


def test_thresholds_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    message = refusal({"PRESSTIME_DISK_WARNING_BYTES": "5", "PRESSTIME_DISK_CRITICAL_BYTES": "6"}, tmp_path)
    assert "PRESSTIME_DISK_CRITICAL_BYTES is above PRESSTIME_DISK_WARNING_BYTES" in message


def test_addresses_of_proxies_are_checked_and_the_wrong_one_is_named(tmp_path: Path) -> None:
    proxies = {"PRESSTIME_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/24,::1"}
    assert load(proxies, tmp_path).configuration.trusted_proxies == ("127.0.0.1", "10.0.0.0/24", "::1")
    message = refusal({"PRESSTIME_TRUSTED_PROXIES": "127.0.0.1,nginx,10.0.0.3/24"}, tmp_path)
    assert 'PRESSTIME_TRUSTED_PROXIES (environment): "nginx" is neither an address nor a range' in message
    assert '"10.0.0.3/24" is an address inside a range; name the address alone, or the range 10.0.0.0/24' in message
