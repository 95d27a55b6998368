"""The way to an OpenID Connect issuer and back: discovery, PKCE, state and nonce, and the ID token looked at closely.

Authlib speaks the protocol. What comes back is claims that are proven, or a sentence why not; tokens of the issuer are
never stored.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse

from presstime.base.configuration_fields import Configuration
from presstime.base.errors import PresstimeError

if TYPE_CHECKING:
    from authlib.integrations.django_client import DjangoOAuth2App

NAME: Final = "oidc"
# Signatures that need the issuer's private key; "none" and those with a shared secret prove nothing of the sender.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
ANSWER_SECONDS: Final = 10
KNOWN_FOR: Final = timedelta(hours=1)  # what discovery said
AWAY_FOR: Final = timedelta(seconds=5)  # before an issuer that did not answer is asked again
LEEWAY_SECONDS: Final = 60  # between the two clocks
_WORD: Final = re.compile(r"[a-z_]{1,40}")
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ENDPOINTS: Final = (*_NEEDED, "userinfo_endpoint", "end_session_endpoint")


class Refused(PresstimeError):  # noqa: N818 - reads as a state, as its siblings do
    """Nobody is signed in; the message is for the person, `reason` for the audit log."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason or message


class Unreachable(Refused):
    """The issuer does not answer, or not as one."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Who the issuer says has signed in, and when; `email` is empty unless the issuer has verified it."""

    issuer: str  # without a slash at its end, as in the settings of most
    subject: str
    email: str
    name: str  # preferred user name
    groups: tuple[str, ...]
    authenticated_at: int | None


def is_set_up(configuration: Configuration) -> bool:
    return bool(configuration.oidc_issuer)


# ---- there ----------------------------------------------------------------------------------------------------------


def begin(
    request: HttpRequest, configuration: Configuration, callback: str, state: str, now: datetime, **more: Any
) -> HttpResponse:
    """Send the browser to the issuer; *callback* is our address, *more* goes with the request, such as `prompt`."""
    with _told(configuration):
        answer: HttpResponse = _client(configuration, now).authorize_redirect(request, callback, state=state, **more)
    return answer


def sign_out_address(configuration: Configuration, now: datetime, back_to: str) -> str:
    """Where the session at the issuer ends (RP-Initiated Logout); empty when it offers none, or does not answer."""
    try:
        endpoint = metadata(configuration, now).get("end_session_endpoint", "")
    except Refused:
        return ""
    more = urlencode({"client_id": configuration.oidc_client_id, "post_logout_redirect_uri": back_to})
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{more}" if endpoint else ""


# ---- back -----------------------------------------------------------------------------------------------------------


def complete(request: HttpRequest, configuration: Configuration, now: datetime) -> Proven:
    """Who came back from the issuer; Refused when the answer is not one to our question, or not proven."""
    client = _client(configuration, now)
    if error := request.GET.get("error"):
        raise _declined(error)
    if request.GET.get("iss", _issuer(client)) != _issuer(client):
        raise _unproven("the answer names another issuer")
    options = {
        "iss": {"essential": True, "value": _issuer(client)},
        "aud": {"essential": True, "value": configuration.oidc_client_id},
        "sub": {"essential": True},
        "nonce": {"essential": True},
    }
    with _told(configuration):
        token = client.authorize_access_token(request, claims_options=options, leeway=LEEWAY_SECONDS)
        if not token.get("userinfo"):
            raise _unproven("there is no ID token")
        claims = _completed(client, configuration, token)
    return _proven(claims, configuration)


def _completed(client: DjangoOAuth2App, configuration: Configuration, token: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of the ID token, with those that this issuer keeps for its userinfo endpoint."""
    claims = dict(token["userinfo"])
    wanted = {"email", "email_verified", "preferred_username"}
    if configuration.oidc_groups_claim:
        wanted.add(configuration.oidc_groups_claim.partition(".")[0])
    if wanted <= claims.keys() or not client.server_metadata.get("userinfo_endpoint"):
        return claims
    more = dict(client.userinfo(token=token))
    if more.get("sub") != claims["sub"]:
        raise _unproven("the userinfo endpoint speaks of somebody else")
    return more | claims


def _proven(claims: Mapping[str, Any], configuration: Configuration) -> Proven:
    said = claims.get("email_verified")
    is_verified = said is True or said == "true"  # some issuers write it as text
    authenticated_at = claims.get("auth_time")
    return Proven(
        issuer=str(claims["iss"]).rstrip("/"),
        subject=str(claims["sub"]),
        email=str(claims.get("email") or "") if is_verified else "",
        name=str(claims.get("preferred_username") or ""),
        groups=groups_in(claims, configuration.oidc_groups_claim),
        authenticated_at=int(authenticated_at) if isinstance(authenticated_at, int | float) else None,
    )


def groups_in(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The groups in the claim *name*, a list or one text; `realm_access.roles` looks into a claim."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list | tuple):
        return ()
    return tuple(str(each).removeprefix("/") for each in listed if isinstance(each, str) and each)


# ---- the client -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    client: DjangoOAuth2App
    until: datetime


@dataclass(frozen=True, slots=True)
class _Away:
    message: str
    reason: str
    until: datetime


_known: dict[tuple[str, str, str], _Known] = {}
_away: dict[tuple[str, str, str], _Away] = {}


def metadata(configuration: Configuration, now: datetime) -> dict[str, Any]:
    """What the issuer says of itself; Unreachable when it does not, or says something that cannot be trusted."""
    found: dict[str, Any] = _client(configuration, now).server_metadata
    return found


def forget() -> None:
    """Ask the issuer anew."""
    _known.clear()
    _away.clear()


def _client(configuration: Configuration, now: datetime) -> DjangoOAuth2App:
    key = (configuration.oidc_issuer, configuration.oidc_client_id, _secret(configuration))
    known, away = _known.get(key), _away.get(key)
    if known is not None and known.until > now:
        return known.client
    # Whoever presses the button while an issuer is away takes no thread of the server for an answer that does not come.
    if away is not None:
        if away.until > now:
            raise Unreachable(away.message, away.reason)
        _away[key] = replace(away, until=now + timedelta(seconds=ANSWER_SECONDS))  # one asks again for all
    began = time.monotonic()
    try:
        known = _known[key] = _Known(_discover(configuration), now + KNOWN_FOR)
    except Unreachable as error:
        waited = timedelta(seconds=time.monotonic() - began)
        _away[key] = _Away(error.message, error.reason, now + waited + AWAY_FOR)
        raise
    _away.pop(key, None)
    return known.client


def _discover(configuration: Configuration) -> DjangoOAuth2App:
    from authlib.integrations.django_client import DjangoIntegration, DjangoOAuth2App

    secret = _secret(configuration)
    client = DjangoOAuth2App(
        DjangoIntegration(NAME),
        name=NAME,
        client_id=configuration.oidc_client_id,
        client_secret=secret or None,
        server_metadata_url=f"{configuration.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": " ".join(dict.fromkeys(["openid", *configuration.oidc_scopes])),
            "code_challenge_method": "S256",
            "default_timeout": ANSWER_SECONDS,
        },
    )
    with _told(configuration):
        said = client.load_server_metadata()
        if problem := problem_of(said, configuration.oidc_issuer):
            raise Unreachable(f"Sign-in with {configuration.oidc_name} is not possible: {problem}.", problem)
    offered = said.get("id_token_signing_alg_values_supported", ["RS256"])
    said["id_token_signing_alg_values_supported"] = [each for each in offered if each in ALGORITHMS]
    client.client_kwargs["token_endpoint_auth_method"] = _auth_method(said) if secret else "none"
    return client


def problem_of(said: Any, issuer: str) -> str:
    """What is wrong with what an issuer says of itself; nothing when all is well."""
    if not isinstance(said, Mapping):
        return "its configuration is not an object"
    if str(said.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        return "its configuration is that of another issuer"
    if missing := [name for name in _NEEDED if not said.get(name)]:
        return f"its configuration names no {missing[0]}"
    schemes = {name: urlsplit(str(said[name])).scheme for name in _ENDPOINTS if said.get(name)}
    if urlsplit(issuer).scheme == "https" and set(schemes.values()) != {"https"}:
        return f"its {next(name for name, scheme in schemes.items() if scheme != 'https')} is not https"
    offered = said.get("id_token_signing_alg_values_supported", ["RS256"])
    if not set(offered) & set(ALGORITHMS):
        return "it signs with no algorithm that proves who has signed"
    has_pkce = "S256" in said.get("code_challenge_methods_supported", ["S256"])
    return "" if has_pkce else "it does not know PKCE with S256"


def _auth_method(said: Mapping[str, Any]) -> str:
    """How the client proves itself; Basic is what an issuer that says nothing takes (OpenID Connect Discovery, 3)."""
    methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    is_post = "client_secret_basic" not in methods and "client_secret_post" in methods
    return "client_secret_post" if is_post else "client_secret_basic"


def _secret(configuration: Configuration) -> str:
    return configuration.oidc_client_secret.get_secret_value() if configuration.oidc_client_secret else ""


def _issuer(client: DjangoOAuth2App) -> str:
    return str(client.server_metadata["issuer"])


# ---- what can go wrong ----------------------------------------------------------------------------------------------


@contextmanager
def _told(configuration: Configuration) -> Iterator[None]:
    """Turn what the libraries raise into a sentence without anything that the issuer or a stranger may have put in."""
    # Three libraries of 10 MB that only servers with an issuer need.
    import requests
    from authlib.integrations.base_client import OAuthError
    from joserfc.errors import JoseError

    name = configuration.oidc_name
    try:
        yield
    except requests.RequestException as error:
        _known.clear()
        said = f"{name[:1].upper()}{name[1:]} does not answer at the moment. Try again in a few minutes."
        raise Unreachable(said, f"the issuer does not answer ({type(error).__name__})") from error
    except OAuthError as error:
        raise _declined(str(error.error or "")) from error
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _unproven(f"{type(error).__name__} {getattr(error, 'claim', '') or ''}".strip()) from error


def _declined(error: str) -> Refused:
    word = error if _WORD.fullmatch(error) else "an unknown error"
    if word == "access_denied":
        return Refused("The sign-in was cancelled, or you may not use this application.", "access_denied")
    if word == "mismatching_state":
        return Refused("This sign-in is over or was begun in another browser. Begin again.", "the state does not fit")
    if word in ("invalid_client", "unauthorized_client"):
        said = "The issuer does not accept this installation. Tell an administrator: client id or secret are wrong."
        return Refused(said, word)
    return Refused(f"The issuer answered with an error ({word}). Begin again, or tell an administrator.", word)


def _unproven(reason: str) -> Refused:
    return Refused("The issuer's answer could not be verified, so nobody was signed in. Begin again.", reason)
