"""`presstime config show`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from presstime.base.configuration_fields import SECRETS, Configuration

Call = Callable[..., subprocess.CompletedProcess[str]]
SECRET = "hunter2-hunter2-hunter2-hunter2-hunter2"


def test_every_setting_is_shown_with_its_origin(presstime: Call, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PRESSTIME_CONCURRENCY=3\n")
    (tmp_path / "presstime.toml").write_text('admin_emails = ["a@example.com", "b@example.com"]\n')
    printed = presstime("config", "show", "--origin", PRESSTIME_BIND="127.0.0.1:9000").stdout
    lines = {line.split()[0]: line for line in printed.splitlines()}
    assert len(lines) == len(Configuration.model_fields)
    assert lines["PRESSTIME_CONCURRENCY"].endswith("3  (.env: PRESSTIME_CONCURRENCY)")
    assert "a@example.com,b@example.com  (presstime.toml" in lines["PRESSTIME_ADMIN_EMAILS"]
    assert lines["PRESSTIME_BIND"].endswith("127.0.0.1:9000  (environment: PRESSTIME_BIND)")
    assert lines["PRESSTIME_TIME_ZONE"].endswith("UTC  (default)")


def test_no_secret_is_shown(presstime: Call) -> None:
    given = {
        "secret_key": SECRET,
        "secret_key_previous": SECRET + "-previous",
        "database_url": f"postgresql://p:{SECRET}@127.0.0.1/x",
        "smtp_url": f"smtp://u:{SECRET}@127.0.0.1",
        "backup_url": f"s3://key:{SECRET}@bucket",
        "backup_key": SECRET,
        "alert_urls": f"json://u:{SECRET}@127.0.0.1",
        "oidc_client_secret": SECRET,
    }
    assert set(given) == SECRETS
    environment = {f"PRESSTIME_{name.upper()}": value for name, value in given.items()}
    for form in (["--origin"], ["--json"]):
        called = presstime("config", "show", *form, **environment)
        assert called.returncode == 0, called.stderr
        assert SECRET not in called.stdout
        assert called.stdout.count("********") == len(SECRETS)


def test_a_script_reads_json(presstime: Call) -> None:
    settings = json.loads(presstime("config", "show", "--json").stdout)["settings"]
    by_name = {each["name"]: each for each in settings}
    assert by_name["PRESSTIME_CONCURRENCY"]["value"] == 2
    assert by_name["PRESSTIME_METRICS_PUBLIC"]["value"] is False
    assert by_name["PRESSTIME_SMTP_URL"]["value"] is None
