"""`presstime user` and `presstime token`. A password is never an argument: those stand in the list of processes."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from django.conf import settings

from presstime.accounts import belongings, identities, queries, service, sessions
from presstime.accounts.models import Token, User
from presstime.accounts.rights import DESCRIPTIONS, Role
from presstime.accounts.tokens import DEFAULT_DAYS
from presstime.api.schemas import instant
from presstime.base import clock
from presstime.base.errors import Conflict, Invalid

user_app = typer.Typer(help="Users and their roles.", no_args_is_help=True)
token_app = typer.Typer(help="API tokens.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="The user's name.", show_default=False)]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
ROLE_HELP = "; ".join(f"{role.value}: {text}" for role, text in DESCRIPTIONS.items())


@user_app.command("add")
def add_user(
    name: Name,
    role: Annotated[Role, typer.Option(help=ROLE_HELP)],
    email: Annotated[str, typer.Option(help="The user's address; a service account needs none.")] = "",
    password_stdin: FromStdin = False,
    is_service: Annotated[bool, typer.Option("--service", help="A program: it has tokens and cannot sign in.")] = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="Signs in by single sign-on alone.")] = False,
) -> None:
    """Add a user; the first administrator is made in this way too."""
    if no_password and not is_service:
        user = service.create_linked_user(name, email, role, clock.now())
    elif is_service:
        user = service.create_service_account(name, role, clock.now(), email=email)
    else:
        user = service.create_user(name, email, role, _password(from_stdin=password_stdin), clock.now())
    typer.echo(f'Added "{user.username}" as {user.role}.')


@user_app.command("password")
def set_password(name: Name, password_stdin: FromStdin = False) -> None:
    """Give a user another password; their sessions end."""
    user = queries.get_user(name)
    service.set_password(user, _password(from_stdin=password_stdin), clock.now())
    typer.echo(f'Changed the password of "{user.username}".')


@user_app.command("role")
def set_role(name: Name, role: Annotated[Role, typer.Argument(help=ROLE_HELP)]) -> None:
    """Give a user another role."""
    user = queries.get_user(name)
    service.set_role(user, role, clock.now())
    typer.echo(f'"{user.username}" is now {user.role}.')


@user_app.command("disable")
def disable_user(name: Name) -> None:
    """Shut a user out, with all tokens; what they made stays."""
    user = queries.get_user(name)
    service.disable(user, clock.now())
    typer.echo(f'"{user.username}" can no longer sign in.')
    for word, things in belongings.of(user):
        count = f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
        typer.echo(f"They own {count}: {', '.join(thing.name for thing in things)}.")
        typer.echo(f"Hand over with: presstime user hand-over {user.username} NAME")


@user_app.command("enable")
def enable_user(name: Name) -> None:
    """Let a user in again."""
    user = queries.get_user(name)
    service.enable(user, clock.now())
    typer.echo(f'"{user.username}" can sign in.')


@user_app.command("hand-over")
def hand_over(
    leaving: Annotated[str, typer.Argument(help="Who leaves.", show_default=False)],
    to: Annotated[str, typer.Argument(help="Who takes over.", show_default=False)],
) -> None:
    """Make another user the owner of everything that one owns."""
    moved = service.hand_over(queries.get_user(leaving), queries.get_user(to), clock.now())
    listed = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for word, count in moved.items())
    typer.echo(f'"{to}" now owns what "{leaving}" owned: {listed or "nothing"}.')


@user_app.command("end-sessions")
def end_sessions(name: Name) -> None:
    """Sign a user out everywhere; tokens stay."""
    user = queries.get_user(name)
    typer.echo(f'Ended {sessions.end_sessions(user)} session(s) of "{user.username}".')


@user_app.command("reset-two-factor")
def reset_two_factor(name: Name) -> None:
    """Let a user in with the password alone, after a lost telephone."""
    user = queries.get_user(name)
    service.reset_second_factor(user)
    typer.echo(f'"{user.username}" signs in with the password alone until they add an app again.')


@user_app.command("link")
def link_user(
    name: Name,
    subject: Annotated[str, typer.Argument(help='Who they are at the issuer: the claim "sub".', show_default=False)],
) -> None:
    """Let somebody at the issuer of PRESSTIME_OIDC_ISSUER sign in as a user."""
    issuer = settings.CONFIGURATION.oidc_issuer.rstrip("/")
    if not issuer:
        raise Conflict("There is no issuer: PRESSTIME_OIDC_ISSUER is not set.")
    user = queries.get_user(name)
    identities.link(user, issuer, subject, clock.now())
    typer.echo(f'Whoever is "{subject}" at {issuer} signs in as "{user.username}".')


@user_app.command("unlink")
def unlink_user(name: Name) -> None:
    """Take back the links of a user with an issuer; their sessions end."""
    user = queries.get_user(name)
    count = identities.unlink(user)
    sessions.end_sessions(user)
    typer.echo(f'Took back {count} link(s) of "{user.username}".')


@user_app.command("list")
def list_users(as_json: Json = False) -> None:
    """List all users."""
    users = [_user_row(user) for user in queries.list_users()]
    _print(users, ["name", "role", "email", "active", "last_login_at"], as_json=as_json)


@token_app.command("create")
def create_token(
    user: Annotated[str, typer.Option(help="Whose token.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    scopes: Annotated[str, typer.Option(help='Rights, separated by commas, such as "reports:read", or "all".')],
    days: Annotated[int, typer.Option(help="For how many days it holds, 1 to 365.")] = DEFAULT_DAYS,
    as_json: Json = False,
) -> None:
    """Make a token and print its secret, this once."""
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    token, secret = service.create_token(queries.get_user(user), name, wanted, clock.now(), days=days)
    if as_json:
        typer.echo(json.dumps({"token": secret, **_token_row(token)}))
        return
    typer.echo(secret)
    typer.echo(f"It is shown this once and holds until {instant(token.expires_at)}.", err=True)


@token_app.command("list")
def list_tokens(
    user: Annotated[str | None, typer.Option(help="Only those of this user.")] = None, as_json: Json = False
) -> None:
    """List tokens, never their secrets."""
    tokens = queries.list_tokens(queries.get_user(user) if user else None)
    shown = ["id", "prefix", "name", "user", "scopes", "expires_at", "last_used_at", "revoked_at"]
    _print([_token_row(token) for token in tokens], shown, as_json=as_json)


@token_app.command("revoke")
def revoke_token(token: Annotated[str, typer.Argument(help="Its id, or the beginning that the list shows.")]) -> None:
    """End a token at once."""
    found = queries.get_token(token)
    service.revoke_token(found, clock.now())
    typer.echo(f"Revoked {found}.")


def _password(*, from_stdin: bool) -> str:
    """The password, asked for twice at a terminal, else the first line of standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Invalid.of("password", "There is no terminal to ask at. Give it on standard input with --password-stdin.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _user_row(user: User) -> dict[str, Any]:
    return {
        "id": str(user.pk),
        "name": user.username,
        "role": user.role,
        "email": user.email,
        "active": user.is_active,
        "service": user.is_service,
        "groups": [group.name for group in user.groups.all()],
        "last_login_at": instant(user.last_login),
    }


def _token_row(token: Token) -> dict[str, Any]:
    return {
        "id": str(token.pk),
        "prefix": token.prefix,
        "name": token.name,
        "user": token.user.username,
        "scopes": token.scopes,
        "expires_at": instant(token.expires_at),
        "last_used_at": instant(token.last_used_at),
        "revoked_at": instant(token.revoked_at),
    }


def _print(rows: list[dict[str, Any]], columns: list[str], *, as_json: bool) -> None:
    """Rows as JSON, or as columns for people."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = [columns, *([_cell(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(value) if isinstance(value, list) else str(value)
