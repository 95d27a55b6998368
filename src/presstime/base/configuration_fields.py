"""Every setting with its type, its default and the sentence that the documents and the error messages show."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from presstime.base.networks import network_problems

SECRETS = frozenset(
    {
        "secret_key",
        "secret_key_previous",
        "database_url",
        "smtp_url",
        "backup_url",
        "backup_key",
        "alert_urls",
        "oidc_client_secret",
    }
)

GIB = 1024**3
GB = 1000**3


def _split(value: Any) -> Any:
    """A list from TOML as it is, a string at its commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Texts = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Configuration(BaseModel):
    """All settings of one installation, checked. Durations are seconds in the environment; sizes are bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: Path = Field(
        Path("data"), description="the folder of the database, the keys and, by default, the reports."
    )
    database_url: SecretStr | None = Field(
        None, description="an address such as sqlite:////absolute/file.db or postgresql://user:password@host/name."
    )
    reports_dir: Path | None = Field(None, description="the folder of the finished report files.")
    secret_key: SecretStr | None = Field(
        None, min_length=32, description="at least 32 characters; made in the data folder when it is not given."
    )
    secret_key_previous: SecretStr | None = Field(
        None, min_length=32, description="the key before the last change, which still opens what was stored with it."
    )
    environment: str = Field("", max_length=30, description="a name such as production, shown on every page.")
    base_url: str = Field(
        "http://127.0.0.1:8000", description="the address at which people open Presstime, http or https."
    )
    bind: str = Field("127.0.0.1:8000", description="HOST:PORT to listen on.")
    trusted_proxies: Texts = Field(
        (),
        description="addresses or ranges such as 10.0.0.0/24 of the reverse proxies whose X-Forwarded-For is believed, separated by commas; empty believes nobody.",
    )
    api_rate_per_minute: int = Field(
        6000, ge=0, le=1_000_000, description="requests of one user to the API within any minute; 0 sets no limit."
    )
    time_zone: str = Field("UTC", description="an IANA zone such as Europe/Berlin.")
    log_format: Literal["console", "json"] = Field("console", description='"console" or "json".')

    concurrency: int = Field(2, ge=1, le=64, description="executions at the same time on this worker, 1 to 64.")
    node: str = Field("", max_length=60, description="the name of this worker; the host name by default.")
    start_method: Literal["forkserver", "spawn"] = Field(
        "forkserver", description='how a child process begins: "forkserver" or, slower, "spawn".'
    )
    memory_limit_bytes: int = Field(
        2 * GIB, ge=256 * 1024**2, description="data memory of one execution's process, at least 268435456."
    )
    row_limit: int = Field(
        4 * 1024**2, ge=1, le=100_000_000, description="most rows of a query; a report may ask for fewer."
    )
    result_bytes: int = Field(
        4 * GIB, ge=1024**2, description="most bytes of a query's result in memory's form, at least 1048576."
    )
    default_timeout_seconds: int = Field(1800, ge=300, le=7200, description="300 to 7200 seconds.")
    retry_base_seconds: float = Field(30, gt=0, le=3600, description="seconds before the first retry, up to 3600.")
    retry_max_seconds: float = Field(900, gt=0, le=86400, description="the longest pause between retries, up to 86400.")
    auto_pause_after: int = Field(
        5,
        ge=0,
        le=1000,
        description="how many planned runs of a schedule must give up in a row for it to be switched off; 0 for never.",
    )
    breaker_failures: int = Field(
        5, ge=1, le=100, description="network failures in a row that cut the mail server off, 1 to 100."
    )
    source_breaker_failures: int = Field(
        7,
        ge=1,
        le=100,
        description="network failures in a row that cut a source off, 1 to 100; from 7 on, one execution alone does not.",
    )
    breaker_pause_seconds: float = Field(
        30, gt=0, le=3600, description="seconds from there to the first trial, up to 3600; they double after each."
    )
    breaker_max_seconds: float = Field(
        300, gt=0, le=86400, description="the longest pause between trials, up to 86400."
    )

    smtp_url: SecretStr | None = Field(
        None,
        description="an address such as smtp://user:password@host:587?tls=starttls, smtps://… or file:///folder (.eml files).",
    )
    mail_from: str = Field(
        "Presstime <presstime@localhost>", description="a sender such as Reports <reports@example.com>."
    )
    mail_connections: int = Field(
        4, ge=1, le=20, description="connections to the mail server at the same time, 1 to 20, of all workers together."
    )
    mail_rate_per_minute: int = Field(
        0,
        ge=0,
        le=100_000,
        description="mails within any minute, of all workers together; 0 sets no limit.",
    )
    mail_retry_base_seconds: float = Field(60, gt=0, le=3600, description="seconds before the first retry of a mail.")
    mail_uncertain: Literal["resend", "hold"] = Field(
        "resend",
        description='what to do with a mail whose acceptance is unknown after a crash: "resend" once with the same Message-ID, or "hold" it for a person.',
    )
    mail_attachments_bytes: int = Field(
        10_000_000,
        ge=0,
        le=100_000_000,
        description="what the files attached to one mail may take together as it travels, a third more than on the disk; the others come as links.",
    )
    links: Literal["signed", "sign-in"] = Field(
        "signed",
        description='links to files that are too large for a mail: "signed" ones work for whoever has them until they expire, "sign-in" ones need an account.',
    )
    link_days: int = Field(14, ge=1, le=365, description="days until a signed link expires, 1 to 365.")
    admin_emails: Texts = Field((), description="addresses separated by commas.")
    allowed_recipient_domains: Texts = Field((), description="domains separated by commas; empty allows all.")
    alert_urls: SecretStr | None = Field(None, description="Apprise addresses separated by commas.")

    backup_url: SecretStr | None = Field(
        None,
        description="any fsspec address, such as file:///mnt/backup, s3://bucket/path or sftp://user@host/path.",
    )
    backup_timeout_seconds: float = Field(
        60,
        gt=0,
        le=3600,
        description="how long the place of the backups may leave a request unanswered, up to 3600 seconds.",
    )
    backup_recipient: str = Field(
        "", description="age public keys (age1…) separated by commas; each of them reads every backup."
    )
    backup_key: SecretStr | None = Field(None, description="an age private key, only for unattended restore drills.")
    backup_time: str = Field("02:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM in PRESSTIME_TIME_ZONE.")
    backup_retention_days: int = Field(30, ge=30, description="30 days or more.")
    disk_warning_bytes: int = Field(5 * GB, ge=0, description="free bytes below which a warning is sent.")
    disk_critical_bytes: int = Field(1 * GB, ge=0, description="free bytes below which nothing new starts.")
    report_retention_days: int | None = Field(
        None,
        ge=1,
        le=3650,
        description="days that the files of executions are kept, 1 to 3650; all are kept by default. A schedule may say otherwise.",
    )
    audit_retention_days: int = Field(
        365,
        ge=365,
        description="how long the audit log keeps entries in the database, 365 days or more; then they are sealed in files.",
    )
    metrics_public: bool = Field(False, description="true or false: metrics without a token.")
    confirm_seconds: int = Field(
        1800,
        ge=60,
        le=86400,
        description="how long after a sign-in dangerous actions need no password again, 60 to 86400 seconds.",
    )
    session_idle_seconds: int = Field(
        43_200,
        ge=600,
        le=1_209_600,
        description="how long a session may stay unused before it ends, 600 to 1209600 seconds; none lasts longer than two weeks.",
    )
    # Before the issuer, which is checked against it.
    oidc_client_id: str = Field("", description="the id of Presstime as a client of the OpenID Connect issuer.")
    oidc_issuer: str = Field(
        "",
        description="the https address of an OpenID Connect issuer, such as https://sso.example.com/realms/main; empty leaves the sign-in to passwords.",
    )
    oidc_client_secret: SecretStr | None = Field(
        None, description="the client's secret there; without one the client is a public one, with PKCE alone."
    )
    oidc_name: str = Field(
        "single sign-on", max_length=40, description='what the button says after "Sign in with", up to 40 characters.'
    )
    oidc_scopes: Texts = Field(
        ("openid", "email", "profile"), description="scopes separated by commas; openid is always asked for."
    )
    oidc_link_by_email: bool = Field(
        False,
        description="true or false: who signs in for the first time gets the account with the same e-mail address, if the issuer has verified it.",
    )
    oidc_new_users_role: Literal["", "viewer", "author", "operator", "auditor"] = Field(
        "",
        description='the role of the account made for somebody who has none, "viewer" to "auditor"; empty makes none.',
    )
    oidc_domains: Texts = Field(
        (), description="domains of addresses that are linked or get accounts, separated by commas; empty allows all."
    )
    oidc_groups_claim: str = Field(
        "",
        max_length=200,
        description="the claim with the groups of whoever signs in, such as groups; empty leaves groups alone.",
    )
    oidc_second_factor: bool = Field(
        False, description="true or false: Presstime's own second factor is asked for after the issuer's sign-in, too."
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f'"{value}" is not a time zone') from None
        return value

    @field_validator("bind")
    @classmethod
    def _bind_has_a_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
            raise ValueError(f'"{value}" is not HOST:PORT')
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_have_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := list(network_problems(value)):
            raise ValueError("; ".join(wrong))
        return value

    @field_validator("base_url")
    @classmethod
    def _base_url_is_http(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f'"{value}" is not an http or https address')
        return value.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer_is_https_and_has_a_client(cls, value: str, others: ValidationInfo) -> str:
        parts = urlsplit(value)
        is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if value and (parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError(f'"{value}" is not an https address')
        if parts.scheme == "http" and not is_here:
            raise ValueError(f'"{value}" is not https; without it the sign-in can be read and changed on the way')
        if value and not others.data.get("oidc_client_id"):
            raise ValueError("PRESSTIME_OIDC_CLIENT_ID is missing; the issuer knows Presstime by it")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender_has_an_address(cls, value: str) -> str:
        if "@" not in parseaddr(value)[1]:
            raise ValueError(f'"{value}" holds no e-mail address')
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_supported(cls, value: SecretStr | None) -> SecretStr | None:
        return _check_scheme(value, ("sqlite", "postgresql"))

    @field_validator("smtp_url")
    @classmethod
    def _mail_server_is_supported(cls, value: SecretStr | None) -> SecretStr | None:
        return _check_scheme(value, ("smtp", "smtps", "file"))

    @field_validator("admin_emails")
    @classmethod
    def _administrators_have_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if "@" not in parseaddr(address)[1]:
                raise ValueError(f'"{address}" is not an e-mail address')
        return value

    @field_validator("alert_urls")
    @classmethod
    def _alert_urls_are_addresses(cls, value: SecretStr | None) -> SecretStr | None:
        for place, url in enumerate(_addresses(value), 1):
            if not _SCHEME.match(url):
                raise ValueError(f"the address no. {place} does not begin with a service such as slack:// or json://")
        return value

    @model_validator(mode="after")
    def _critical_is_below_warning(self) -> Configuration:
        if self.disk_critical_bytes > self.disk_warning_bytes:
            raise ValueError("PRESSTIME_DISK_CRITICAL_BYTES is above PRESSTIME_DISK_WARNING_BYTES")
        return self

    # ---- what follows from the values -------------------------------------------------------------------------------

    @property
    def reports_path(self) -> Path:
        return (self.reports_dir or self.data_dir / "reports").resolve()

    @property
    def data_path(self) -> Path:
        return self.data_dir.resolve()

    @property
    def scratch_path(self) -> Path:
        return self.data_path / "scratch"

    @property
    def assets_path(self) -> Path:
        """Pictures, themes and fonts that reports may show."""
        return self.data_path / "assets"

    @property
    def keys_path(self) -> Path:
        return self.data_path / "keys"

    @property
    def database_path(self) -> Path:
        """The SQLite database, where no other is set."""
        return self.data_path / "presstime.sqlite3"

    @property
    def database_address(self) -> str:
        """The database's URL; SQLite in the data folder by default."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.database_path}"

    @property
    def mail_address(self) -> str:
        """The mail server's URL; a folder of .eml files in the data folder by default."""
        return self.smtp_url.get_secret_value() if self.smtp_url else f"file://{self.data_path / 'mail'}"

    @property
    def alert_addresses(self) -> list[str]:
        """The Apprise addresses to which alerts go besides the e-mail, each once."""
        return _addresses(self.alert_urls)

    @property
    def default_timeout(self) -> timedelta:
        return timedelta(seconds=self.default_timeout_seconds)


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# A comma inside an address (`?to=a,b`) does not end it: only one that another address follows does.
_BETWEEN = re.compile(rf"\s*[,\s]\s*(?={_SCHEME.pattern})")


def _addresses(value: SecretStr | None) -> list[str]:
    text = value.get_secret_value().strip().rstrip(",") if value else ""
    return list(dict.fromkeys(_BETWEEN.split(text))) if text else []


def _check_scheme(value: SecretStr | None, allowed: tuple[str, ...]) -> SecretStr | None:
    if value is None:
        return None
    try:
        parts = urlsplit(value.get_secret_value())
        _ = parts.port
    except ValueError:
        raise ValueError("is not a well-formed address") from None
    if parts.scheme not in allowed:
        raise ValueError(f'the scheme "{parts.scheme}" is not one of {", ".join(allowed)}')
    if parts.scheme in ("smtp", "smtps") and not parts.hostname:
        raise ValueError("names no host")
    return value
