"""Changing the secret key: nothing that is stored is ever without a key, and nothing of a key is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.signing import Signer
from pytest_django import Settings
from typer.testing import CliRunner

from presstime.accounts.integration import SecondFactorAdapter
from presstime.accounts.models import User
from presstime.audit.models import Entry
from presstime.base import clock, rotation
from presstime.base.errors import Conflict, Invalid
from presstime.base.keys import secret_keys
from presstime.base.occupancy import occupy
from presstime.cli.keys import app
from presstime.sources import service
from presstime.sources.models import Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(tmp_path: Path, settings: Settings) -> Path:
    """The folder of keys of an installation whose secret key lies in a file."""
    configuration = settings.CONFIGURATION.model_copy(update={"data_dir": tmp_path, "secret_key": None})
    settings.CONFIGURATION = configuration
    take_up(settings)
    return Path(configuration.keys_path)


def take_up(settings: Settings) -> None:
    """What a start of the server does."""
    settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS = secret_keys(settings.CONFIGURATION)


@pytest.fixture
def source(keys: Path) -> Source:
    (keys.parent / "shop.db").touch()
    return service.add(name="shop", url="postgresql://u:hunter2hunter2@127.0.0.1/shop", by=None, now=clock.now())


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_a_new_key_opens_what_was_stored_and_still_what_was_signed(
    keys: Path, source: Source, settings: Settings
) -> None:
    before, signed, stored = (keys / "secret-key.txt").read_text(), Signer().sign("link"), source.url_encrypted

    said = run("rotate")
    take_up(settings)
    source.refresh_from_db()

    assert "addresses of data sources: 1, of which 1 were encrypted anew" in said
    assert (keys / "secret-key.txt").read_text() != before == (keys / "secret-key-previous.txt").read_text()
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}
    assert source.url_encrypted != stored
    assert service.address_to_keep(source) == "postgresql://u:hunter2hunter2@127.0.0.1/shop"
    assert Signer().unsign(signed) == "link"
    entry = Entry.objects.get(action="keys.rotated")
    assert before.strip() not in entry.body


def test_the_previous_key_goes_only_when_nothing_needs_it(keys: Path, source: Source, settings: Settings) -> None:
    stored = source.url_encrypted
    run("rotate")
    Source.objects.filter(pk=source.pk).update(url_encrypted=stored)  # as an older backup would bring it
    take_up(settings)

    with pytest.raises(Conflict, match="still needed by 1 addresses of data sources"):
        run("forget")
    assert "1 were encrypted anew" in run("rotate")
    run("forget")
    take_up(settings)
    source.refresh_from_db()

    assert not (keys / "secret-key-previous.txt").exists()
    assert settings.SECRET_KEY_FALLBACKS == []
    assert service.shown_url(source).startswith("postgresql://u:")


def test_a_change_that_was_cut_off_is_finished_with_the_same_key(
    keys: Path, source: Source, settings: Settings
) -> None:
    rotation.exchange(settings.CONFIGURATION)  # and then the power failed
    take_up(settings)
    key = (keys / "secret-key.txt").read_text()

    run("rotate")

    source.refresh_from_db()
    assert (keys / "secret-key.txt").read_text() == key
    settings.SECRET_KEY_FALLBACKS = []
    assert service.address_to_keep(source).endswith("/shop")


def test_second_factors_are_brought_along(keys: Path, settings: Settings) -> None:
    from allauth.mfa.models import Authenticator

    user = User.objects.create(username="alice", email="alice@example.com", role="admin", created_at=clock.now())
    data = {"secret": SecondFactorAdapter().encrypt("JBSWY3DP"), "used": 1}
    factor = Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)

    run("rotate")
    take_up(settings)
    settings.SECRET_KEY_FALLBACKS = []
    factor.refresh_from_db()

    assert SecondFactorAdapter().decrypt(factor.data["secret"]) == "JBSWY3DP"
    assert factor.data["used"] == 1


def test_a_key_of_the_environment_is_changed_there(keys: Path, source: Source, settings: Settings) -> None:
    old = settings.SECRET_KEY
    configured = {"secret_key": secret("n" * 40)}
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update=configured)
    with pytest.raises(Invalid, match="PRESSTIME_SECRET_KEY_PREVIOUS"):
        run("rotate")

    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"secret_key_previous": secret(old)})
    take_up(settings)

    assert "1 were encrypted anew" in run("rotate")
    with pytest.raises(Invalid, match="Remove PRESSTIME_SECRET_KEY_PREVIOUS"):
        run("forget")


def secret(value: str) -> Any:
    from pydantic import SecretStr

    return SecretStr(value)


@pytest.mark.parametrize("command", ["rotate", "forget"])
def test_a_running_server_keeps_its_key(keys: Path, command: str) -> None:
    with occupy(keys.parent), pytest.raises(Conflict, match="Stop"):
        run(command)


def test_the_list_shows_fingerprints_and_no_key(keys: Path) -> None:
    run("rotate")
    shown = run("list", "--json")

    assert [row["name"] for row in json.loads(shown)][:2] == ["secret key", "previous secret key"]
    for path in keys.glob("secret-key*.txt"):
        assert path.read_text().strip() not in shown
    assert "secret key" in run("list")
