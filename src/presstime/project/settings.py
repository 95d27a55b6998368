"""Django's settings, all of them derived from `presstime.base.configuration`; nothing here reads the environment."""

from __future__ import annotations

from csp.constants import NONE, SELF

from presstime.database import driver

driver.install()  # before Django imports sqlite3

from presstime.base.configuration import load  # noqa: E402
from presstime.base.keys import secret_keys  # noqa: E402
from presstime.base.logs import logging_settings  # noqa: E402
from presstime.database.address import django_database  # noqa: E402

LOADED = load()
CONFIGURATION = LOADED.configuration

SECRET_KEY, *SECRET_KEY_FALLBACKS = secret_keys(CONFIGURATION)
DEBUG = False
_host = CONFIGURATION.base_url.split("://", 1)[1].split("/", 1)[0].rsplit(":", 1)[0]
ALLOWED_HOSTS = [_host, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = ["/".join(CONFIGURATION.base_url.split("/", 3)[:3])]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "ninja",
    "presstime.audit",
    "presstime.accounts",  # before allauth: its templates replace allauth's
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "presstime.metrics",
    "presstime.health",
    "presstime.alerts",
    "presstime.breakers",
    "presstime.sources",
    "presstime.reports",
    "presstime.schedules",
    "presstime.executions",
    "presstime.deadletters",
    "presstime.failures",
    "presstime.mail",
    "presstime.disk",
    "presstime.preflight",
    "presstime.assets",
    "presstime.backups",
    "presstime.anchors",
    "presstime.web",
    "presstime.overview",
    "presstime.slo",
]

MIDDLEWARE = [
    "presstime.accounts.addresses.ForwardedAddress",  # first: the others read the address and the scheme
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "presstime.api.middleware.RequestMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "presstime.accounts.middleware.ActorMiddleware",
    "presstime.accounts.sessions.SessionNotes",
    "presstime.accounts.middleware.DenyByDefaultMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "presstime.web.security.PermissionsPolicy",
    "presstime.web.refusals.RefusalPages",
]

ROOT_URLCONF = "presstime.project.urls"
WSGI_APPLICATION = "presstime.project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "presstime.web.context.shell",
                "presstime.alerts.context.badge",
                "presstime.backups.context.banner",
            ],
        },
    },
]

DATABASES = {"default": django_database(CONFIGURATION.database_address)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Shared by all processes, so that limits (sign-in attempts) hold for the installation and not for one process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Above what an attacker can fill in a quarter of an hour: culling would forget failed sign-ins.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"

# The second factor, lost passwords and the list of sessions are django-allauth's; signing in is a page of our own.
ACCOUNT_ADAPTER = "presstime.accounts.integration.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]  # nobody signs up; a check wants them
ACCOUNT_EMAIL_VERIFICATION = "none"  # administrators give the addresses
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to addresses that strangers type in
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # whoever did not change the password themselves must hear of it
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False  # a second factor is asked for all the same
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,3/10m/key", "reset_password_from_key": "20/m/ip"}
# Django's: a link ends with the next sign-in too, and allauth keeps no addresses of its own.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - a class
PASSWORD_RESET_TIMEOUT = 7200
ACCOUNT_REAUTHENTICATION_TIMEOUT = CONFIGURATION.confirm_seconds
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
MFA_ADAPTER = "presstime.accounts.integration.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off
MFA_ALLOW_UNVERIFIED_EMAIL = True

_https = CONFIGURATION.base_url.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_AGE = 1_209_600  # and no later, used or not: `presstime.accounts.sessions`
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = None  # nothing is collected: files are served from the packages
WHITENOISE_USE_FINDERS = True  # served from the package; nothing to collect, nothing to forget at an upgrade

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # what is shown has its own zone; Django's own is never a person's

LOGGING = logging_settings(CONFIGURATION.log_format)
EMAIL_BACKEND = "presstime.mail.backend.QueueBackend"  # all mail goes through presstime.mail's queue
# User names are unique in any case of letters, by a constraint on LOWER(username), which this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.E003"]
