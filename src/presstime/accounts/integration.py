"""What django-allauth does in Presstime's way: addresses, mail, encryption at rest."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from presstime.accounts.addresses import client_ip
from presstime.accounts.models import User
from presstime.accounts.sign_ins import VIA
from presstime.accounts.targets import target_of
from presstime.audit.journal import record
from presstime.base.configuration_fields import Configuration
from presstime.base.keys import Renewal, Vault

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - stands for "not known" in the list of sessions


NOTICES = {
    "password_changed": "Your password was changed.",
    "password_reset": "Your password was changed by the link in a mail.",
    "totp_activated": "Two-factor sign-in was turned on.",
    "totp_deactivated": "Two-factor sign-in was turned off.",
    "recovery_codes_generated": "New recovery codes were made; the old ones no longer work.",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; pages say in their own words what happened."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False

    def get_login_stages(self) -> list[str]:
        """The second factor is not asked for twice: see `SecondFactorStage`."""
        ours = f"{SecondFactorStage.__module__}.{SecondFactorStage.__name__}"
        theirs = f"{AuthenticateStage.__module__}.{AuthenticateStage.__name__}"
        return [ours if path == theirs else path for path in super().get_login_stages()]

    def is_reauthentication_required(self, app: str | None = None) -> bool:  # noqa: ARG002 - allauth's signature
        """Never: those pages are `@confirmed`, which also knows people without a password."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or NO_ADDRESS

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the mail, at our own address whatever host the request named."""
        user, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": user, "key": token})
        return f"{_configuration().base_url}{path}"

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:  # noqa: ARG002
        """To people who have a password, and no others."""
        if not isinstance(user, User) or not user.has_usable_password():
            return
        with transaction.atomic():
            self.send_mail("account/email/password_reset_key", user.email, context | _words())
            record("user.password_reset_asked", target_of(user))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,  # noqa: ARG002 - allauth's signature
        email: str | None = None,
    ) -> None:
        """Tell somebody what has happened to their account."""
        assert isinstance(user, User)
        sentence = NOTICES.get(template_prefix.rsplit("/", 1)[-1])
        if sentence and (email or user.email):
            more = {"sentence": sentence, "ip": self.get_client_ip(self.request), "user": user}
            self.send_mail("account/email/notice", email or user.email, more | _words())

    def add_message(self, *given: Any, **named: Any) -> None:
        """Nothing: the pages themselves say it."""

    def get_from_email(self) -> str:
        return _configuration().mail_from


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    """Presstime's own second factor; whoever comes from an issuer has been asked there, unless a setting says otherwise."""

    def _should_handle(self, request: HttpRequest) -> bool:
        came_from_issuer = self.login.state.get(VIA, False)
        if came_from_issuer and not _configuration().oidc_second_factor:
            return False
        return bool(super()._should_handle(request))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secret of an authenticator app encrypted, and names the installation in the app."""

    def encrypt(self, text: str) -> str:
        return _vault().encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return _vault().decrypt(encrypted_text)

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        configuration = _configuration()
        place = configuration.environment or configuration.base_url.split("://", 1)[1]
        return f"Presstime {place}"


def _vault() -> Vault:
    return Vault([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS], "second-factor")


def renew_secrets() -> Renewal:
    """Bring the secrets of all second factors under the key in force, in the caller's transaction."""
    from allauth.mfa.models import Authenticator

    renewed = total = 0
    for each in Authenticator.objects.select_for_update():
        changed = {name: _renewed(value) for name, value in each.data.items() if name in _ENCRYPTED}
        total += len(changed)
        changed = {name: value for name, value in changed.items() if value != each.data[name]}
        if changed:
            each.data |= changed
            each.save(update_fields=["data"])
            renewed += len(changed)
    return Renewal(renewed, total)


# What allauth hands to `encrypt`: the secret of an app, the seed of recovery codes, codes that were brought along.
_ENCRYPTED = ("secret", "seed", "migrated_codes")


def _renewed(value: str | list[str]) -> str | list[str]:
    if isinstance(value, list):
        return [str(_renewed(each)) for each in value]
    return _vault().renew(value) or value


def _words() -> dict[str, Any]:
    """What the mails say of the installation."""
    configuration = _configuration()
    place = f"Presstime {configuration.environment}".strip()
    return {"place": place, "base_url": configuration.base_url, "hours": settings.PASSWORD_RESET_TIMEOUT // 3600}


def _configuration() -> Configuration:
    configuration: Configuration = settings.CONFIGURATION
    return configuration
