"""`presstime group`: groups, by which reports and sources can be limited."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from presstime.accounts import groups, queries
from presstime.base import clock

group_app = typer.Typer(help="Groups of users, by which reports and sources can be limited.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The group's name.", show_default=False)]


@group_app.command("list")
def list_groups(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List groups with their members and what they limit."""
    rows = [
        {
            "id": str(group.pk),
            "name": group.name,
            "description": group.description,
            "members": [user.username for user in group.members.all()],
            "limits": dict(groups.limited_by(group)),
        }
        for group in queries.list_groups()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for group in queries.list_groups():
        members = ", ".join(user.username for user in group.members.all()) or "nobody"
        typer.echo(f"{group.name}: {members}")
        for word, names in groups.limited_by(group):
            typer.echo(f"  {word}: {', '.join(names)}")


@group_app.command("add")
def add_group(
    name: Name,
    member: Annotated[list[str] | None, typer.Option(help="A user; may be repeated.")] = None,
    description: Annotated[str, typer.Option(help="Who belongs in it, and why.")] = "",
) -> None:
    """Add a group."""
    members = [queries.get_user(each) for each in member or []]
    group = groups.create(name, clock.now(), description=description, members=members)
    typer.echo(f'Added the group "{group.name}".')


@group_app.command("members")
def change_members(
    name: Name,
    add: Annotated[list[str] | None, typer.Option(help="A user who joins; may be repeated.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A user who leaves; may be repeated.")] = None,
) -> None:
    """Let users join or leave a group."""
    group = queries.get_group(name)
    leaving = {queries.get_user(each).pk for each in remove or []}
    members = {user.pk: user for user in group.members.all()} | {
        user.pk: user for user in (queries.get_user(each) for each in add or [])
    }
    groups.change(group, members=[user for key, user in members.items() if key not in leaving])
    listed = ", ".join(sorted(user.username for user in queries.get_group(str(group.pk)).members.all()))
    typer.echo(f'"{group.name}" has the members: {listed or "nobody"}.')


@group_app.command("delete")
def delete_group(name: Name) -> None:
    """Delete a group that limits nothing."""
    group = queries.get_group(name)
    groups.delete(group)
    typer.echo(f'Deleted the group "{group.name}".')
