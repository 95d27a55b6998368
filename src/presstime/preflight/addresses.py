"""Addresses: of this server, of senders and readers, of the mail server and the channels of alerts."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from presstime.base.configuration import HIDDEN, Problem
from presstime.base.errors import ConfigurationError
from presstime.mail.addresses import parse_address
from presstime.mail.states import Accepted, Broken, Refused
from presstime.mail.transports.server import Encryption, is_loopback, parse_server
from presstime.mail.transports.smtp import SmtpTransport
from presstime.preflight.context import Context
from presstime.preflight.folders import check_mail_folder

PUBLIC = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not listened on


def check_addresses(context: Context) -> list[Problem]:
    """Everything about addresses that can be said without asking anybody."""
    return [
        *_check_base_url(context),
        *_check_proxies(context),
        *_check_people(context),
        *_check_mail_server(context),
    ]


def _check_base_url(context: Context) -> Iterator[Problem]:
    configuration = context.configuration
    parts = urlsplit(configuration.base_url)
    host = parts.hostname or ""
    listens = configuration.bind.rpartition(":")[0].strip("[]")
    if is_loopback(host) and not is_loopback(listens):
        yield context.about(
            "base_url",
            "Links in mails lead to the reader's own machine, while the server listens for others.",
            read=configuration.base_url,
            allowed="the address at which people open Presstime.",
            remedy="Set PRESSTIME_BASE_URL to it, such as https://reports.example.com.",
            is_error=False,
        )
    elif parts.scheme == "http" and not is_loopback(host):
        yield context.about(
            "base_url",
            "Passwords and reports travel unencrypted.",
            read=configuration.base_url,
            allowed="an https address",
            remedy="Put a proxy with TLS in front and name its https address.",
            is_error=False,
        )


def _check_proxies(context: Context) -> Iterator[Problem]:
    configuration = context.configuration
    is_behind_one = configuration.base_url.startswith("https://")  # Presstime itself speaks no TLS
    if is_behind_one and not configuration.trusted_proxies and "trusted_proxies" not in context.wrong:
        yield context.about(
            "trusted_proxies",
            "All visitors have the proxy's address: failed sign-ins of one lock all out, and the audit log cannot tell them apart.",
            allowed="the address of the proxy in front, as Presstime sees it.",
            remedy="Set PRESSTIME_TRUSTED_PROXIES to it, such as 127.0.0.1, and let the proxy set X-Forwarded-For.",
            is_error=False,
        )


def _check_people(context: Context) -> Iterator[Problem]:
    configuration = context.configuration
    for name, addresses in (("mail_from", [configuration.mail_from]), ("admin_emails", configuration.admin_emails)):
        for address in addresses:
            try:
                parse_address(address)
            except ValueError as error:
                yield context.about(name, str(error), read=address)
    is_read = not {"admin_emails", "alert_urls"} & context.wrong
    if is_read and not configuration.admin_emails and not configuration.alert_addresses:
        yield context.about(
            "admin_emails",
            "Nobody is told when something goes wrong.",
            remedy="Set PRESSTIME_ADMIN_EMAILS or PRESSTIME_ALERT_URLS.",
            is_error=False,
        )


def _check_mail_server(context: Context) -> Iterator[Problem]:
    address = context.configuration.mail_address
    if context.configuration.smtp_url is None:
        text = "No mail server is named: mails are written into the folder mail of the data folder."
        yield context.about("smtp_url", text, remedy="Set PRESSTIME_SMTP_URL to send them.", is_error=False)
    if urlsplit(address).scheme == "file":
        return
    try:
        server = parse_server(address)
    except ConfigurationError as error:
        yield context.about("smtp_url", error.message, read=HIDDEN)
        return
    if server.encryption in (Encryption.NONE, Encryption.OFFERED) and not is_loopback(server.host):
        text = "Mail may travel unencrypted: nothing demands TLS of the server."
        remedy = "Add ?tls=starttls to the address, or use smtps://."
        yield context.about("smtp_url", text, read=HIDDEN, remedy=remedy, is_error=False)


def check_mail_answers(context: Context) -> list[Problem]:
    """EHLO, TLS and sign-in as for a mail, and then no mail; a folder of mails is written to."""
    address = context.configuration.mail_address
    if urlsplit(address).scheme == "file":
        return check_mail_folder(context)
    try:
        transport = SmtpTransport(parse_server(address))
    except ConfigurationError:
        return []  # said already
    outcome = transport.probe()
    transport.close()
    if isinstance(outcome, Accepted):
        return []
    reason = _reason(outcome) if isinstance(outcome, Refused | Broken) else "it takes no mail"
    return [
        context.about(
            "smtp_url",
            f"The mail server takes no mail: {reason}.",
            read=HIDDEN,
            allowed="the address of a mail server that answers, with the user and the password that it knows.",
            remedy="Start the server, or mend host, port, encryption, user or password.",
        )
    ]


def _reason(outcome: Refused | Broken) -> str:
    if isinstance(outcome, Refused):
        return f"at {outcome.stage} it said {outcome.code} {outcome.reply}"
    return f"at {outcome.stage}, {outcome.reason}"


def check_channels(context: Context) -> list[Problem]:
    """Whether Apprise can read the addresses of the alerts."""
    from django.conf import settings

    from presstime.alerts import messenger
    from presstime.alerts.channels import apprise_channels

    try:
        messenger.check(apprise_channels(context.configuration, settings.SECRET_KEY))
    except ConfigurationError as error:
        return [context.about("alert_urls", error.message, read=HIDDEN)]
    return []


def check_zones(context: Context) -> list[Problem]:
    """Whether the time zones of the world are there: schedules name them."""
    try:
        ZoneInfo("Europe/Berlin")
        count = len(available_timezones())
    except ZoneInfoNotFoundError:
        count = 0
    if count > 100:
        return []
    remedy = "Install the system's package tzdata, or the Python package of that name."
    return [context.about("time_zone", "The data of the world's time zones is missing.", remedy=remedy)]
