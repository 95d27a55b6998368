"""Whose account a person at an issuer has: linked before, linked by a verified address, made new, or none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from presstime.accounts import groups, queries, service
from presstime.accounts.models import Identity, User
from presstime.accounts.oidc import Proven, Refused
from presstime.accounts.targets import target_of
from presstime.audit.actors import acting, system
from presstime.audit.journal import record
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict, Invalid

ACTOR = system("single sign-on")
LONGEST_SUBJECT = 255  # OpenID Connect Core, 2


def resolve(proven: Proven, configuration: Configuration, now: datetime) -> User:
    """The user who has signed in at the issuer; Refused says why there is none, or none who may come in."""
    with transaction.atomic(), acting(ACTOR):
        identity = queries.find_identity(proven.issuer, proven.subject)
        user = identity.user if identity else _first_time(proven, configuration, now)
        _check_may_sign_in(user)
        queries.note_identity_use(proven.issuer, proven.subject, now)
        if configuration.oidc_groups_claim:
            groups.join(user, queries.groups_named(proven.groups))
    return user


def _check_may_sign_in(user: User) -> None:
    if user.is_service:
        raise Refused(f'"{user.username}" is a service account and cannot sign in.', "service account")
    if not user.is_active:
        raise Refused("Your account is switched off. Ask an administrator.", "switched off")


def _first_time(proven: Proven, configuration: Configuration, now: datetime) -> User:
    if configuration.oidc_link_by_email and (found := _by_address(proven, configuration)):
        _check_may_sign_in(found)
        link(found, proven.issuer, proven.subject, now)
        return found
    if configuration.oidc_new_users_role:
        _check_address(proven, configuration)
        return _make(proven, configuration, now)
    how = "Ask an administrator for one, or sign in with your password and link it on the page of your account."
    raise Refused(f"You have no account here that is linked with {configuration.oidc_name}. {how}", "not linked")


def _by_address(proven: Proven, configuration: Configuration) -> User | None:
    """The one account with the address that the issuer has verified; None when there is no such account."""
    _check_address(proven, configuration)
    found = queries.users_of_address(proven.email)
    if len(found) > 1:
        raise Refused("Several accounts have your address. Ask an administrator.", "the address is not unique")
    if found and queries.identities_of(found[0]).filter(issuer=proven.issuer).exists():
        said = "The account with your address is linked with somebody else there. Ask an administrator."
        raise Refused(said, "linked with another subject")
    return found[0] if found else None


def _check_address(proven: Proven, configuration: Configuration) -> None:
    if not proven.email:
        said = f"{configuration.oidc_name} has not verified an e-mail address of yours. Ask an administrator."
        raise Refused(said[:1].upper() + said[1:], "no verified address")
    domains = {domain.lower().removeprefix("@") for domain in configuration.oidc_domains}
    if domains and proven.email.rpartition("@")[2].lower() not in domains:
        raise Refused("Addresses of your domain may not sign in here.", "domain not allowed")


def _make(proven: Proven, configuration: Configuration, now: datetime) -> User:
    name = next(_names(proven), None)
    if name is None:
        raise Refused("No user name is left for you. Ask an administrator.", "no free name")
    try:
        user = service.create_linked_user(name, proven.email, configuration.oidc_new_users_role, now)
    except Invalid as error:
        raise Refused("An account could not be made for you. Ask an administrator.", str(error)) from error
    link(user, proven.issuer, proven.subject, now)
    return user


def _names(proven: Proven) -> Iterator[str]:
    """Names for a new account that are allowed and free, the best first."""
    for name in (proven.name, proven.email.partition("@")[0], proven.email):
        try:
            UnicodeUsernameValidator()(name)
        except ValidationError:
            continue
        if len(name) <= service.LONGEST_NAME and not queries.as_uuid(name) and queries.find_user(name) is None:
            yield name


# ---- links ----------------------------------------------------------------------------------------------------------


def link(user: User, issuer: str, subject: str, now: datetime) -> Identity:
    """Let whoever is *subject* at *issuer* sign in as *user*; Conflict when that is taken, or *user* has another there."""
    if not subject or len(subject) > LONGEST_SUBJECT:
        raise Invalid.of("subject", f"A subject has 1 to {LONGEST_SUBJECT} characters; this one has {len(subject)}.")
    if user.is_service:
        raise Conflict(f'"{user.username}" is a service account and cannot sign in.')
    with transaction.atomic():
        taken = queries.find_identity(issuer, subject)
        if taken is not None:
            whom = "you" if taken.user_id == user.pk else "another account"
            raise Conflict(f"This is linked with {whom} already.")
        if queries.identities_of(user).filter(issuer=issuer).exists():
            raise Conflict(f'"{user.username}" is linked with somebody there already. Unlink that first.')
        try:
            with transaction.atomic():
                identity = queries.add_identity(user, issuer, subject, now)
        except IntegrityError:
            raise Conflict("This was linked at the same moment. Begin again.") from None
        record("user.identity_linked", target_of(user), new={"issuer": issuer, "subject": subject}, now=now)
    return identity


def present(user: User, configuration: Configuration) -> Identity | None:
    """Who *user* is at the issuer of the settings; None when that is not known, or there is no issuer."""
    if not configuration.oidc_issuer:
        return None
    return queries.identities_of(user).filter(issuer=configuration.oidc_issuer.rstrip("/")).first()


def unlink(user: User) -> int:
    """Take back every link of *user*; how many. Who has no password cannot sign in any more then."""
    with transaction.atomic():
        found = list(queries.identities_of(user))
        for identity in found:
            record(
                "user.identity_unlinked",
                target_of(user),
                old={"issuer": identity.issuer, "subject": identity.subject},
            )
            queries.remove_identity(identity)
    return len(found)
