"""Single sign-on: whether the issuer answers, is the one of the settings, and can be trusted; and whom that lets in."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from presstime.accounts import oidc
from presstime.base.configuration import Problem
from presstime.preflight.context import Context

PUBLIC = ("accounts.google.com", "login.microsoftonline.com", "appleid.apple.com", "gitlab.com")


def check_issuer(context: Context) -> list[Problem]:
    """Ask the issuer what it says of itself."""
    configuration = context.configuration
    if not oidc.is_set_up(configuration) or context.wrong & {"oidc_issuer", "oidc_client_id"}:
        return []
    try:
        oidc.metadata(configuration, context.now)
    except oidc.Refused as error:
        return [
            context.about(
                "oidc_issuer",
                f"Nobody can sign in at the issuer: {error.reason}.",
                read=configuration.oidc_issuer,
                allowed="the https address of an issuer, below which .well-known/openid-configuration answers.",
                remedy="Start the issuer, or name it as its configuration does under `issuer`.",
            )
        ]
    return []


def check_links(context: Context) -> list[Problem]:
    """Whether more people get in than an administrator may think."""
    configuration = context.configuration
    if oidc.is_set_up(configuration):
        return list(_about_links(context))
    if configuration.oidc_client_id and "oidc_issuer" not in context.wrong:
        remedy = "Set PRESSTIME_OIDC_ISSUER, or remove this one."
        return [context.about("oidc_client_id", "Without an issuer it does nothing.", remedy=remedy, is_error=False)]
    return []


def _about_links(context: Context) -> Iterator[Problem]:
    configuration = context.configuration
    is_public = urlsplit(configuration.oidc_issuer).hostname in PUBLIC
    if configuration.oidc_new_users_role and not configuration.oidc_domains:
        yield context.about(
            "oidc_new_users_role",
            "Everybody whom the issuer knows gets an account.",
            read=configuration.oidc_new_users_role,
            remedy="Set PRESSTIME_OIDC_DOMAINS to the domains of your people.",
            is_error=is_public,
        )
    if configuration.oidc_groups_claim and configuration.oidc_groups_claim in ("sub", "iss", "aud", "email"):
        yield context.about(
            "oidc_groups_claim",
            "This claim holds no groups.",
            read=configuration.oidc_groups_claim,
            allowed="the name of a claim with groups, such as groups or realm_access.roles.",
        )
