"""Every query of users and tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from presstime.accounts.models import Token, User
from presstime.accounts.rights import Role
from presstime.accounts.tokens import USE_IS_NOTED_EVERY
from presstime.base.errors import NotFound


def as_uuid(reference: str) -> UUID | None:
    """*reference* as an id, None when it is a name."""
    try:
        return UUID(reference)
    except ValueError:
        return None


# ---- users ----------------------------------------------------------------------------------------------------------


def list_users() -> QuerySet[User]:
    return User.objects.order_by("username")


def find_user(reference: str) -> User | None:
    """The user of this id or name; a name is the same in any case."""
    id_ = as_uuid(reference)
    found = User.objects.filter(pk=id_).first() if id_ else None
    return found or User.objects.filter(username__iexact=reference).first()


def get_user(reference: str) -> User:
    """As `find_user`; NotFound when there is none."""
    user = find_user(reference)
    if user is None:
        raise NotFound.of("user", reference)
    return user


def lock_active_admins() -> list[User]:
    """The administrators who can sign in, locked until the transaction ends: of two who leave at once, one must stay."""
    return list(User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk"))


# ---- tokens ---------------------------------------------------------------------------------------------------------


def list_tokens(user: User | None = None) -> QuerySet[Token]:
    """The tokens of *user*, or of everybody."""
    tokens = Token.objects.select_related("user")
    return tokens.filter(user=user) if user else tokens


def find_token_by_digest(digest: str) -> Token | None:
    return Token.objects.select_related("user").filter(digest=digest).first()


def get_token(reference: str) -> Token:
    """The token of this id or of this beginning; NotFound when there is none, or more than one."""
    id_ = as_uuid(reference)
    found = list_tokens().filter(Q(pk=id_) if id_ else Q(prefix=reference))[:2]
    if len(found) != 1:
        raise NotFound.of("token", reference)
    return found[0]


def note_use(token: Token, now: datetime, ip: str | None) -> None:
    """Remember that *token* was used, at most once a minute: reading the API must not write all the time."""
    due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
    Token.objects.filter(due, pk=token.pk).update(last_used_at=now, last_used_ip=ip)


def mark_revoked(token: Token, now: datetime) -> bool:
    """Whether this call revoked *token*; False when it was revoked before."""
    return bool(Token.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now))
