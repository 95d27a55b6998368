"""What the drivers of remote places mean: their errors in a person's words, by category.

Drivers are optional packages with classes of their own; they are known by name here, so that none has to be installed.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator

FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})
FULL_CODES = frozenset({"XMinioStorageFull", "InsufficientStorage", "QuotaExceeded", "StorageFull", "507"})
_FULL_WORDS = "no space left"  # of a server that passes on its system's words
FULL = "no space is left there; free some or choose another place"
SFTP_FAILURE = 'the server says no more than "Failure": most often no space is left there, or a quota is used up'
REFUSED = "access was refused: see the user, the password or key, and what that user may do there"
NO_CREDENTIALS = "no credentials were found: give them in the address or in the environment"
UNKNOWN_HOST_KEY = (
    "the host key of the server is not known; write the line of ssh-keyscan into keys/known_hosts in the data folder, "
    "after comparing it with the server's"
)
OTHER_HOST_KEY = "the host key of the server is another than the known one: somebody may stand in between"
SILENT = "it did not answer in time"
BROKEN = "the connection broke"
NO_BUCKET = "the bucket does not exist; make it, or mend its name"
AWAY = "no connection can be made"

# Of aiohttp, botocore, paramiko and the standard library.
_REFUSED_NAMES = frozenset({"AuthenticationException", "BadAuthenticationType", "PasswordRequiredException"})
_NO_CREDENTIALS_NAMES = frozenset({"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"})
_AWAY_NAMES = frozenset({"EndpointConnectionError", "NoValidConnectionsError", "gaierror", "ConnectionRefusedError"})
_SILENT_NAMES = frozenset({"TimeoutError", "ReadTimeoutError", "ConnectTimeoutError"})
_BROKEN_NAMES = frozenset(
    {
        "ConnectionError",  # the built-in one and botocore's
        "ClientConnectionError",
        "ClientPayloadError",
        "EOFError",
        "HTTPClientError",
        "IncompleteRead",
        "IncompleteReadError",
        "ResponseParserError",
        "ResponseStreamingError",
    }
)
# paramiko has one class for most of what goes wrong. It leaves a silent handshake without an error; the next call has it.
_SILENT_WORDS = ("no existing session", "timeout opening channel", "authentication timeout")
_BROKEN_WORDS = (
    "connection dropped",
    "socket is closed",
    "connection reset",
    "connection lost",
    "ssh session not active",
)


def is_unreachable(error: BaseException) -> bool:
    """Whether the place did not answer, was away, or was lost in the middle: nothing is said of what lies there."""
    return _connection(error) != ""


def reason(error: Exception) -> str:
    """Why it failed, in a few words without a full stop."""
    if connection := _connection(error):
        return connection
    code = _code(error)
    if code == "NoSuchBucket":
        return NO_BUCKET
    if getattr(error, "errno", None) in FULL_ERRNOS or code in FULL_CODES or _FULL_WORDS in str(error).lower():
        return FULL
    return _refusal(error) or _words(error)


def _refusal(error: Exception) -> str:
    names = _names(error)
    if "BadHostKeyException" in names or "not found in known_hosts" in str(error):
        return OTHER_HOST_KEY if "BadHostKeyException" in names else UNKNOWN_HOST_KEY
    if names & _NO_CREDENTIALS_NAMES:
        return NO_CREDENTIALS
    if names & _REFUSED_NAMES or (isinstance(error, PermissionError) and error.errno is None):
        return f"{REFUSED} ({_words(error)})"
    if isinstance(error, OSError) and str(error) == "Failure":  # SFTP version 3 has one code for nearly everything
        return SFTP_FAILURE
    return ""


def _connection(error: BaseException) -> str:
    for each in _chain(error):
        names = _names(each)
        said = str(each).lower()
        if names & _SILENT_NAMES or any(words in said for words in _SILENT_WORDS):
            return SILENT
        if names & _AWAY_NAMES:
            return f"{AWAY} ({each.strerror})" if isinstance(each, OSError) and each.strerror else AWAY
        if names & _REFUSED_NAMES:
            return ""
        if names & _BROKEN_NAMES or any(words in said for words in _BROKEN_WORDS):
            return BROKEN
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what the driver raised it from, or while handling it."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _names(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


def _code(error: BaseException) -> str:
    """The code in the answer of an object store."""
    for each in _chain(error):
        response = getattr(each, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
    return ""


def _words(error: Exception) -> str:
    said = (error.strerror if isinstance(error, OSError) else "") or str(error)
    return said.strip().partition("\n")[0][:300].rstrip(".") or type(error).__name__
