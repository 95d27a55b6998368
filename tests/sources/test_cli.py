from __future__ import annotations

import json

from typer.testing import Result

from presstime.sources import service
from tests.commands import command


def call(*arguments: str, given: str | None = None) -> Result:
    return command("source", *arguments, given=given)


def test_a_source_is_added_tested_and_listed(flights: str, db: None) -> None:
    assert call("add", "flights", f"sqlite:///{flights}").exit_code == 0
    assert call("test", "flights").stdout == "flights: works\n"
    assert json.loads(call("list", "--json").stdout) == [
        {"name": "flights", "kind": "sqlite", "url": f"sqlite:///{flights}"}
    ]
    assert "flights" in call("list").stdout


def test_a_password_comes_over_standard_input_and_is_never_printed(db: None) -> None:
    added = call("add", "sales", "-", given="postgresql://reader:s3cr3t@127.0.0.1:1/sales\n")
    assert added.exit_code == 0
    tested = call("test", "sales")
    assert tested.exit_code == 1
    assert "s3cr3t" not in added.output + tested.output + call("list").output
    assert service.address_of("sales")[0] == "postgresql://reader:s3cr3t@127.0.0.1:1/sales"


def test_a_password_as_an_argument_is_taken_with_a_warning(db: None) -> None:
    added = call("add", "sales", "postgresql://reader:s3cr3t@127.0.0.1:1/sales")
    assert added.exit_code == 0
    assert "history" in added.stderr
    assert "s3cr3t" not in added.output


def test_what_is_wrong_is_told_by_field(db: None) -> None:
    result = call("add", "two words", "sqllite:///x")
    assert result.exit_code == 1
    assert "name: " in result.stderr
    assert "Did you mean sqlite:///file.db?" in result.stderr
    assert call("test", "nothing").exit_code == 1
