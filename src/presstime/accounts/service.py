"""Use cases of users and tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import IntegrityError, transaction

from presstime.accounts import audited, belongings, granting, queries, sessions, tokens
from presstime.accounts.models import Token, User
from presstime.accounts.rights import RIGHTS, Right, Role
from presstime.accounts.targets import target_of
from presstime.audit.journal import record
from presstime.base.errors import Conflict, FieldProblem, Forbidden, Invalid, PresstimeError
from presstime.database.fullness import unless_full

LONGEST_NAME = 150
LONGEST_TOKEN_NAME = 100


class Unauthenticated(PresstimeError):  # noqa: N818 - reads as a state
    """The caller is not known: no credentials, or credentials that do not hold."""


# ---- users ----------------------------------------------------------------------------------------------------------


def create_user(username: str, email: str, role: str, password: str, now: datetime) -> User:
    """A new user; Invalid names everything that is wrong with the name, the address, the role and the password."""
    username = User.normalize_username(username.strip())
    problems = [*_name_problems(username), *_email_problems(email), *_role_problems(role)]
    user = User(username=username, email=email, role=role, created_at=now)
    problems += _password_problems(password, user)
    if problems:
        raise Invalid(problems)
    user.set_password(password)
    return _save_new(user)


def create_person(
    username: str, email: str, role: str, password: str, now: datetime, *, may_lack_password: bool
) -> User:
    """As `create_user`; without a password where people sign in elsewhere as well."""
    if may_lack_password and not password:
        return create_linked_user(username, email, role, now)
    return create_user(username, email, role, password, now)


def create_linked_user(username: str, email: str, role: str, now: datetime) -> User:
    """A new user who signs in elsewhere and has no password here; Invalid as with `create_user`."""
    username = User.normalize_username(username.strip())
    problems = [*_name_problems(username), *_email_problems(email), *_role_problems(role)]
    if problems:
        raise Invalid(problems)
    user = User(username=username, email=email, role=role, created_at=now)
    user.set_unusable_password()
    return _save_new(user)


def create_service_account(username: str, role: str, now: datetime, *, email: str = "") -> User:
    """A user for a program: it has tokens, no password, and cannot sign in."""
    username = User.normalize_username(username.strip())
    problems = [*_name_problems(username), *_role_problems(role), *(_email_problems(email) if email else [])]
    if problems:
        raise Invalid(problems)
    user = User(username=username, email=email, role=role, created_at=now, is_service=True)
    user.set_unusable_password()
    return _save_new(user)


def _save_new(user: User) -> User:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            audited.created(user, user.created_at)
    except IntegrityError:
        raise Invalid.of("name", f'"{user.username}" is taken. Choose another name.') from None
    return user


def change_user(
    user: User,
    *,
    email: str | None = None,
    role: str | None = None,
    active: bool | None = None,
    password: str | None = None,
    now: datetime,
) -> None:
    """Change what is not None, all of it or nothing; Invalid names every problem, Conflict the last administrator.

    Switching a user off ends their sessions and tells what they own, so that none of it goes on unnoticed.
    """
    problems = [] if email is None or (user.is_service and not email) else _email_problems(email)
    problems += [] if role is None else _role_problems(role)
    problems += [] if password is None else _new_password_problems(password, user)
    if problems:
        raise Invalid(problems)
    with transaction.atomic():
        was_active = user.is_active
        if role not in (None, Role.ADMIN) or active is False:
            _check_an_admin_is_left(user)
        before = audited.kept(user)
        user.email = user.email if email is None else email
        user.role = role or user.role
        user.is_active = user.is_active if active is None else active
        if password is not None:
            user.set_password(password)
        user.save(update_fields=["email", "role", "is_active", "password"])
        audited.changed(user, before, now)
        if user.is_active != was_active:
            _after_switching(user, now)


def _after_switching(user: User, now: datetime) -> None:
    if not user.is_active:
        sessions.end_sessions(user)
    for kind in belongings.kinds():
        kind.after_switching(user, now)


def hand_over(leaving: User, to: User, now: datetime) -> dict[str, int]:
    """Make *to* the owner of everything that *leaving* owns, in one transaction: how many of each kind.

    Invalid when *to* is the same user or cannot be an owner: switched off, or without the right to make schedules.
    """
    if to.pk == leaving.pk:
        raise Invalid.of("to", f'"{to.username}" owns it already. Name another user.')
    if not to.is_active:
        raise Invalid.of("to", f'"{to.username}" is switched off. Name a user who is not.')
    if Right.SCHEDULES_WRITE not in RIGHTS[Role(to.role)]:
        sentence = f'"{to.username}" is {to.role} and may not edit schedules. Name an author or an administrator.'
        raise Invalid.of("to", sentence)
    with transaction.atomic():
        moved = {kind.word: kind.hand_over(leaving, to, now) for kind in belongings.kinds()}
        record("user.handed_over", target_of(leaving), new={"to": to.username, **moved})
    return moved


def heirs_of(leaving: User) -> list[User]:
    """Who could take over what *leaving* owns."""
    owners = [role for role in Role if Right.SCHEDULES_WRITE in RIGHTS[role]]
    return [user for user in queries.list_users() if user.is_active and user.role in owners and user.pk != leaving.pk]


def reset_second_factor(user: User) -> None:
    """Let *user* in with the password alone, after a lost telephone; Conflict when there is no second factor."""
    with transaction.atomic():
        if not queries.remove_second_factor(user):
            raise Conflict(f'"{user.username}" has no two-factor sign-in.')
        record("user.two_factor_reset", target_of(user))


def set_password(user: User, password: str, now: datetime) -> None:
    """Give *user* another password; all of their other sessions end."""
    change_user(user, password=password, now=now)


def set_role(user: User, role: str, now: datetime) -> None:
    """Give *user* another role; Conflict when nobody would be left to administer."""
    change_user(user, role=role, now=now)


def disable(user: User, now: datetime) -> None:
    """Shut *user* out, at once and with all tokens; what they made stays. Conflict for the last administrator."""
    change_user(user, active=False, now=now)


def enable(user: User, now: datetime) -> None:
    """Let *user* in again."""
    change_user(user, active=True, now=now)


def _check_an_admin_is_left(leaving: User) -> None:
    admins = queries.lock_active_admins()
    if [admin.pk for admin in admins] == [leaving.pk]:
        raise Conflict(f'"{leaving.username}" is the last administrator who can sign in. Make another one first.')


def _name_problems(username: str) -> list[FieldProblem]:
    if queries.as_uuid(username):
        return [FieldProblem("name", "A name that looks like an id would be taken for one. Choose another.")]
    if not username or len(username) > LONGEST_NAME:
        return [FieldProblem("name", f"The name has {len(username)} characters; 1 to {LONGEST_NAME} are allowed.")]
    sentence = f'"{username}" is not a user name: letters, digits and @ . + - _ are allowed.'
    return _checked("name", sentence, UnicodeUsernameValidator(), username)


def _email_problems(email: str) -> list[FieldProblem]:
    return _checked("email", f'"{email}" is not an e-mail address.', EmailValidator(), email)


def _role_problems(role: str) -> list[FieldProblem]:
    if role in set(Role):
        return []
    return [FieldProblem("role", f'"{role}" is not a role. Allowed: {", ".join(Role)}.')]


def _password_problems(password: str, user: User) -> list[FieldProblem]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [FieldProblem("password", message) for message in error.messages]
    return []


def _new_password_problems(password: str, user: User) -> list[FieldProblem]:
    if user.is_service:
        sentence = f'"{user.username}" is a service account and has no password. Make it a token.'
        return [FieldProblem("password", sentence)]
    return _password_problems(password, user)


def _checked(field: str, sentence: str, validator: Callable[[str], Any], value: str) -> list[FieldProblem]:
    try:
        validator(value)
    except ValidationError:
        return [FieldProblem(field, sentence)]
    return []


# ---- tokens ---------------------------------------------------------------------------------------------------------


def create_token(
    user: User,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    *,
    days: int = tokens.DEFAULT_DAYS,
    until: datetime | None = None,
) -> tuple[Token, str]:
    """A new token of *user* and its secret, which is told this once and stored only as a digest.

    It may do what both its *scopes* and the user's role allow; "all" is everything that the role allows. It holds for
    *days*, and no longer than *until*.
    """
    wanted = sorted(set(scopes))
    problems = [*_token_name_problems(name), *_scope_problems(wanted), *_day_problems(days)]
    if not user.is_active:
        problems.append(FieldProblem("user", f'"{user.username}" is switched off and can have no tokens.'))
    if problems:
        raise Invalid(problems)
    secret = tokens.new_secret()
    with transaction.atomic():
        token = Token.objects.create(
            user=user,
            name=name.strip(),
            prefix=tokens.shown(secret),
            digest=tokens.digest(secret),
            scopes=wanted,
            created_at=now,
            expires_at=min(now + timedelta(days=days), until or datetime.max.replace(tzinfo=UTC)),
        )
        audited.token_created(token, now)
    return token, secret


def issue_token(
    caller: User, user: User, name: str, scopes: Iterable[str], now: datetime, *, days: int | None = None
) -> tuple[Token, str]:
    """As `create_token`, on behalf of *caller*: for oneself, or with users:write for others.

    Who comes with a token cannot make one that may do more than it, or for longer.
    """
    wanted = set(scopes)
    if caller.pk != user.pk and not caller.can(Right.USERS_WRITE):
        raise Forbidden(f'Only administrators make tokens for others; you are "{caller.username}".')
    granting.check_scopes(caller, wanted)
    until = caller.came_with.expires_at if caller.came_with else None
    return create_token(user, name, wanted, now, days=granting.days_within(caller, days, now), until=until)


def token_owner(caller: User, reference: str) -> User:
    """The user for whom *caller* wants a token; only administrators learn whether another name exists."""
    user = queries.find_user(reference)
    if user is not None and user.pk == caller.pk:
        return caller
    if not caller.can(Right.USERS_WRITE):
        raise Forbidden(f'Only administrators make tokens for others; you are "{caller.username}".')
    if user is None:
        raise Invalid.of("user", f'There is no user "{reference}".')
    return user


def revoke_token(token: Token, now: datetime) -> None:
    """End *token* at once and for good; Conflict when it was revoked before."""
    with transaction.atomic():
        if not queries.mark_revoked(token, now):
            raise Conflict("This token is revoked already.")
        audited.token_revoked(token, now)
    token.revoked_at = now


def withdraw_token(caller: User, reference: str, now: datetime) -> Token:
    """Revoke a token on behalf of *caller*: one's own, or with users:write anybody's."""
    token = queries.get_token(reference)
    if token.user_id != caller.pk and not caller.can(Right.USERS_WRITE):
        raise Forbidden("This is another person's token; administrators revoke those.")
    revoke_token(token, now)
    return token


def authenticate_token(secret: str, now: datetime, *, ip: str | None) -> User:
    """The user of a token, limited to its scopes; Unauthenticated says why it does not hold."""
    token = queries.find_token_by_digest(tokens.digest(secret))
    if token is None:
        raise Unauthenticated("This token is not known.")
    if token.revoked_at is not None:
        raise Unauthenticated("This token has been revoked.")
    if token.expires_at <= now:
        raise Unauthenticated(f"This token expired on {token.expires_at:%Y-%m-%d}. Make a new one.")
    if not token.user.is_active:
        raise Unauthenticated("The user of this token is switched off.")
    if token.last_used_at is None or token.last_used_at <= now - tokens.USE_IS_NOTED_EVERY:
        with unless_full("the use of a token"):
            queries.note_use(token, now, ip)
    token.user.token_scopes, token.user.came_with = frozenset(token.scopes), token
    return token.user


def _token_name_problems(name: str) -> list[FieldProblem]:
    if 1 <= len(name.strip()) <= LONGEST_TOKEN_NAME:
        return []
    return [FieldProblem("name", f"The name needs 1 to {LONGEST_TOKEN_NAME} characters.")]


def _scope_problems(scopes: list[str]) -> list[FieldProblem]:
    if not scopes:
        return [FieldProblem("scopes", f"At least one scope is needed. Allowed: {', '.join(tokens.SCOPES)}.")]
    unknown = tokens.unknown_scopes(scopes)
    return [
        FieldProblem(f"scopes.{place}", f'"{scope}" is not a scope. Allowed: {", ".join(tokens.SCOPES)}.')
        for place, scope in enumerate(scopes)
        if scope in unknown
    ]


def _day_problems(days: int) -> list[FieldProblem]:
    if days in tokens.DAYS:
        return []
    return [FieldProblem("days", f"{days} is not a number of days from {tokens.DAYS[0]} to {tokens.DAYS[-1]}.")]
