"""Every query of users and tokens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from presstime.accounts.models import Group, Identity, Token, User
from presstime.accounts.rights import Role
from presstime.accounts.tokens import USE_IS_NOTED_EVERY
from presstime.base.errors import Invalid, NotFound
from presstime.database.guard import bookkeeping


def as_uuid(reference: str) -> UUID | None:
    """*reference* as an id, None when it is a name."""
    try:
        return UUID(reference)
    except ValueError:
        return None


# ---- users ----------------------------------------------------------------------------------------------------------


def list_users(*, text: str = "", role: str = "", state: str = "") -> QuerySet[User]:
    """Users by name; *state* is "on", "off" or "service"."""
    found = User.objects.prefetch_related("groups").order_by("username")
    if text:
        found = found.filter(Q(username__icontains=text) | Q(email__icontains=text))
    if role:
        found = found.filter(role=role)
    if state == "service":
        return found.filter(is_service=True)
    return found.filter(is_active=state == "on", is_service=False) if state else found


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


def note_sign_in(user: User, now: datetime) -> None:
    User.objects.filter(pk=user.pk).update(last_login=now)
    user.last_login = now


def has_second_factor(user: User) -> bool:
    """Whether signing in takes a code after the password."""
    return bool(Authenticator.objects.filter(user_id=user.pk).exists())


def remove_second_factor(user: User) -> bool:
    """Forget the app and the recovery codes of *user*; whether there were any."""
    count, _ = Authenticator.objects.filter(user_id=user.pk).delete()
    return bool(count)


def with_second_factor() -> set[UUID]:
    """The ids of all users whose sign-in takes a code."""
    return set(Authenticator.objects.values_list("user_id", flat=True))


# ---- groups ---------------------------------------------------------------------------------------------------------


def list_groups() -> QuerySet[Group]:
    return Group.objects.prefetch_related("members").order_by("name")


def groups_of(user: User) -> QuerySet[Group]:
    return Group.objects.filter(members=user)


def find_group(reference: str) -> Group | None:
    """The group of this id or name; a name is the same in any case."""
    id_ = as_uuid(reference)
    found = list_groups().filter(pk=id_).first() if id_ else None
    return found or list_groups().filter(name__iexact=reference).first()


def get_group(reference: str) -> Group:
    """As `find_group`; NotFound when there is none."""
    group = find_group(reference)
    if group is None:
        raise NotFound.of("group", reference)
    return group


def is_group_taken(name: str, *, except_for: UUID | None = None) -> bool:
    others = Group.objects.filter(name__iexact=name)
    return (others.exclude(pk=except_for) if except_for else others).exists()


def save_group(group: Group) -> None:
    """Write a new or changed group; Invalid when another of its name was saved since that was looked for."""
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        raise Invalid.of("name", f'There is a group "{group.name}" already.') from error


def set_members(group: Group, members: Iterable[User]) -> None:
    group.members.set(members)


def set_groups(user: User, groups: Iterable[Group]) -> None:
    user.groups.set(groups)


def delete_group(group: Group) -> None:
    group.delete()


def groups_named(names: Iterable[str]) -> list[Group]:
    """The groups of these names, in any case; names that no group has are left out."""
    wanted = {name.casefold() for name in names}
    return [group for group in list_groups() if group.name.casefold() in wanted]


# ---- who they are elsewhere -----------------------------------------------------------------------------------------


def find_identity(issuer: str, subject: str) -> Identity | None:
    return Identity.objects.select_related("user").filter(issuer=issuer, subject=subject).first()


def identities_of(user: User) -> QuerySet[Identity]:
    return Identity.objects.filter(user=user)


def users_of_address(email: str) -> list[User]:
    """The people with that address, in any case; programs have none."""
    return list(User.objects.filter(email__iexact=email, is_service=False).order_by("pk")) if email else []


def add_identity(user: User, issuer: str, subject: str, now: datetime) -> Identity:
    return Identity.objects.create(user=user, issuer=issuer, subject=subject, created_at=now)


@bookkeeping("when somebody last came from an issuer; the sign-in has its entry")
def note_identity_use(issuer: str, subject: str, now: datetime) -> None:
    Identity.objects.filter(issuer=issuer, subject=subject).update(last_used_at=now)


def remove_identity(identity: Identity) -> None:
    identity.delete()


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


@bookkeeping("when a token was last used; what was done with it has its entry")
def note_use(token: Token, now: datetime, ip: str | None) -> None:
    """Remember that *token* was used, at most once a minute: reading the API must not write all the time."""
    due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
    Token.objects.filter(due, pk=token.pk).update(last_used_at=now, last_used_ip=ip)


def mark_revoked(token: Token, now: datetime) -> bool:
    """Whether this call revoked *token*; False when it was revoked before."""
    return bool(Token.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now))
