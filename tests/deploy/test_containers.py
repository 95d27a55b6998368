"""The image and the compose file: they fit each other and name only what exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from presstime.base.configuration_fields import Configuration
from presstime.cli.commands import COMMANDS
from tests.deploy.test_units import settings_of

ROOT = Path(__file__).parents[2]
CONTAINER = ROOT / "deploy" / "container"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((CONTAINER / "compose.yaml").read_text())
    return content


@pytest.mark.parametrize("name", ["Containerfile", "compose.yaml"])
def test_settings_exist(name: str) -> None:
    own = {"port"}  # of the compose file alone
    assert settings_of((CONTAINER / name).read_text()) - own <= set(Configuration.model_fields)


def test_services_run_commands_that_exist(compose: dict[str, Any]) -> None:
    ours = {name: service for name, service in compose["services"].items() if name != "database"}

    assert set(ours) == {"migrate", "web", "worker"}
    for service in ours.values():
        assert service["command"][0] in {command.name for command in COMMANDS}


def test_what_services_use_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        assert {mount.split(":")[0] for mount in service.get("volumes", [])} <= set(compose["volumes"])
        assert set(service.get("depends_on", {})) <= set(compose["services"])


def test_no_container_of_ours_may_more_than_it_needs(compose: dict[str, Any]) -> None:
    for name in ("migrate", "web", "worker"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_a_worker_has_the_time_to_end_what_it_runs(compose: dict[str, Any]) -> None:
    assert compose["services"]["worker"]["stop_grace_period"] == "60s"


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    text = (CONTAINER / "Containerfile").read_text()
    copied = {
        source.rstrip("/")
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for source in line.split()[:-1]
    }
    let_in = set(re.findall(r"^!(.+)$", (CONTAINER / "Containerfile.dockerignore").read_text(), re.MULTILINE))

    assert copied == let_in
    assert all((ROOT / source).exists() for source in copied)


def test_the_image_runs_as_nobody_in_particular() -> None:
    text = (CONTAINER / "Containerfile").read_text()
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE) == ["presstime"]
