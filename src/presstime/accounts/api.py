"""Users, tokens, and who the caller is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from presstime.accounts import granting, groups, oidc, queries, service, sessions
from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import requires, signed_in
from presstime.accounts.models import Token, User
from presstime.accounts.rights import Right, Role
from presstime.accounts.tokens import DEFAULT_DAYS
from presstime.api.paging import page
from presstime.api.schemas import Page, Paging, Reference, Strict, instant, reference
from presstime.base import clock
from presstime.base.errors import Invalid

router = Router(tags=["accounts"])


class UserOut(Strict):
    id: str
    name: str
    email: str
    role: Role
    active: bool
    service: bool = Field(description="A program: it has tokens and cannot sign in.")
    groups: list[Reference]
    two_factor: bool
    created_at: str
    last_login_at: str | None


class Me(UserOut):
    """The caller: what they may do, here and now, with the credentials they came with."""

    rights: list[str]


class TokenOut(Strict):
    id: str
    name: str
    user: Reference
    prefix: str
    scopes: list[str]
    created_at: str
    expires_at: str
    last_used_at: str | None
    last_used_ip: str | None
    revoked_at: str | None


class NewTokenOut(TokenOut):
    token: str = Field(description="The secret, told this once.")


class NewUser(Strict):
    name: str
    email: str = ""
    role: Role
    password: str | None = Field(None, description="A service account has none; with single sign-on people need none.")
    service: bool = False
    groups: list[str] = Field([], description="Groups by id or name.")


class UserChange(Strict):
    email: str | None = None
    role: Role | None = None
    active: bool | None = None
    password: str | None = None
    groups: list[str] | None = Field(None, description="All groups of the user, by id or name.")


class NewToken(Strict):
    name: str
    scopes: list[str] = Field(description='Rights such as "reports:read", or "all".')
    user: str | None = Field(None, description="Whose token, by id or name; oneself by default.")
    days: int | None = Field(None, description=f"{DEFAULT_DAYS} by default, at most those of a token that makes it.")


@router.get("/users", response=Page[UserOut])
@requires(Right.USERS_READ)
def list_users(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    protected = queries.with_second_factor()

    def shown(user: User) -> dict[str, Any]:
        return _present_user(user, two_factor=user.pk in protected)

    return page(queries.list_users(), order="username", limit=paging.limit, cursor=paging.cursor, present=shown)


@router.post("/users", response={201: UserOut})
@confirmed
@requires(Right.USERS_WRITE)
def create_user(request: HttpRequest, new: NewUser) -> Status[dict[str, Any]]:
    granting.check_administers(caller_of(request), role=new.role)
    wanted = groups.named(new.groups)
    with transaction.atomic():
        if new.service:
            if new.password is not None:
                raise Invalid.of("password", "A service account has no password; it uses tokens.")
            user = service.create_service_account(new.name, new.role, clock.now(), email=new.email)
        else:
            user = service.create_person(
                new.name,
                new.email,
                new.role,
                new.password or "",
                clock.now(),
                may_lack_password=oidc.is_set_up(settings.CONFIGURATION),
            )
        groups.join(user, wanted)
    return Status(201, present_user(user))


@router.get("/users/{user}", response=UserOut)
@requires(Right.USERS_READ)
def get_user(request: HttpRequest, user: str) -> dict[str, Any]:
    return present_user(queries.get_user(user))


@router.patch("/users/{user}", response=UserOut)
@confirmed
@requires(Right.USERS_WRITE)
def change_user(request: HttpRequest, user: str, change: UserChange) -> dict[str, Any]:
    """Change what is named; a user is switched off with `active: false`, never deleted."""
    found, now = queries.get_user(user), clock.now()
    granting.check_administers(caller_of(request), role=change.role, of=found)
    wanted = None if change.groups is None else groups.named(change.groups)
    given = change.model_dump(exclude={"groups"})
    with transaction.atomic():
        service.change_user(found, **given, now=now)
        if wanted is not None:
            groups.join(found, wanted)
    return present_user(found)


class HandOver(Strict):
    to: str = Field(description="Who takes over, by id or name.")


class HandedOver(Strict):
    done: dict[str, int] = Field(description='How many of each kind, such as {"schedule": 3}.')


@router.post("/users/{user}/hand-over", response=HandedOver)
@confirmed
@requires(Right.USERS_WRITE)
def hand_over(request: HttpRequest, user: str, body: HandOver) -> dict[str, Any]:
    """Make another user the owner of everything that this one owns."""
    to = queries.find_user(body.to)
    if to is None:
        raise Invalid.of("to", f'There is no user "{body.to}".')
    return {"done": service.hand_over(queries.get_user(user), to, clock.now())}


class Ended(Strict):
    ended: int


@router.post("/users/{user}/sessions/end", response=Ended)
@confirmed
@requires(Right.USERS_WRITE)
def end_sessions(request: HttpRequest, user: str) -> dict[str, Any]:
    """Sign a user out everywhere; tokens stay."""
    return {"ended": sessions.end_sessions(queries.get_user(user))}


@router.post("/users/{user}/two-factor/reset", response={204: None})
@confirmed
@requires(Right.USERS_WRITE)
def reset_two_factor(request: HttpRequest, user: str) -> Status[None]:
    """Let a user in with the password alone, after a lost telephone."""
    found = queries.get_user(user)
    granting.check_administers(caller_of(request), of=found)
    service.reset_second_factor(found)
    return Status(204, None)


@router.get("/tokens", response=Page[TokenOut])
@requires(Right.USERS_READ)
def list_tokens(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    return _tokens(None, paging)


@router.post("/tokens", response={201: NewTokenOut})
@confirmed
@signed_in
def create_token(request: HttpRequest, new: NewToken) -> Status[dict[str, Any]]:
    """Make a token for oneself; administrators also for others. The answer holds the secret, this once."""
    caller = caller_of(request)
    user = caller if new.user is None else service.token_owner(caller, new.user)
    token, secret = service.issue_token(caller, user, new.name, new.scopes, clock.now(), days=new.days)
    return Status(201, {**present_token(token), "token": secret})


@router.delete("/tokens/{token}", response={204: None})
@confirmed
@signed_in
def revoke_token(request: HttpRequest, token: str) -> Status[None]:
    """Revoke one's own token; administrators also those of others."""
    service.withdraw_token(caller_of(request), token, clock.now())
    return Status(204, None)


@router.get("/me", response=Me)
@signed_in
def me(request: HttpRequest) -> dict[str, Any]:
    """Who the caller is and what these credentials may do."""
    user = caller_of(request)
    rights = [right.value for right in Right if user.can(right)]
    return {**present_user(user), "rights": rights}


@router.get("/me/tokens", response=Page[TokenOut])
@signed_in
def list_own_tokens(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    return _tokens(caller_of(request), paging)


def caller_of(request: HttpRequest) -> User:
    """The user whom the guard has let in."""
    assert isinstance(request.user, User)
    return request.user


def _tokens(of: User | None, paging: Paging) -> dict[str, Any]:
    rows = queries.list_tokens(of)
    return page(rows, order="-created_at", limit=paging.limit, cursor=paging.cursor, present=present_token)


def present_user(user: User) -> dict[str, Any]:
    return _present_user(user, two_factor=queries.has_second_factor(user))


def _present_user(user: User, *, two_factor: bool) -> dict[str, Any]:
    return {
        "id": str(user.pk),
        "name": user.username,
        "email": user.email,
        "role": user.role,
        "active": user.is_active,
        "service": user.is_service,
        "groups": [reference(group) for group in user.groups.all()],
        "two_factor": two_factor,
        "created_at": instant(user.created_at),
        "last_login_at": instant(user.last_login),
    }


def present_token(token: Token) -> dict[str, Any]:
    """A token as everybody may see it: never its secret, never its digest."""
    return {
        "id": str(token.pk),
        "name": token.name,
        "user": reference(token.user),
        "prefix": token.prefix,
        "scopes": token.scopes,
        "created_at": instant(token.created_at),
        "expires_at": instant(token.expires_at),
        "last_used_at": instant(token.last_used_at),
        "last_used_ip": token.last_used_ip,
        "revoked_at": instant(token.revoked_at),
    }
