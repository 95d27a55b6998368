"""What is read from an address of backups, and what is never repeated of it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from presstime.backups.address import is_local, read_address, shown
from presstime.backups.errors import BackupFailed

SECRET = "hunter2"
HASTY = [
    f"sftp://user:{SECRET}@host/path",
    f"sftp://user:a/{SECRET}@host/path",
    f"sftp://user:1/{SECRET}@host/path",
    f"sftp://user:{SECRET}#b@host/path",
    f"sftp://user:a?{SECRET}@host/path",
    f"sftp://user:a@{SECRET}/b@host/path",
    f"sftp://user:a:{SECRET}/b@host/path",
    f"sftp://us/er:{SECRET}@host/path",
    f"sftp://user:[{SECRET}@host/path",
    f"sftp://user:℀{SECRET}@host/path",
    f"sftp://user:{SECRET}",
    f"sftp://user:a/{SECRET}",
    f"s3://KEY:1?{SECRET}@bucket/path",
    f"s3://KEY:{SECRET}+/=@bucket/path",
]


@pytest.mark.parametrize("url", HASTY)
def test_a_password_is_not_shown_however_it_was_written(url: str) -> None:
    assert SECRET not in shown(url)
    assert SECRET not in _read(url)


def _read(url: str) -> str:
    try:
        return repr(read_address(url))
    except BackupFailed as error:
        return error.message


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sftp://user:secret@host:2222/a/b", "sftp://host:2222/a/b"),
        ("sftp://user@host/a@b", "sftp://host/a@b"),
        ("sftp://[::1]/a", "sftp://[::1]/a"),
        ("s3://bucket/a?endpoint_url=http://localhost", "s3://bucket/a"),
        ("file:///mnt/a:b@c", "file:///mnt/a:b@c"),
        ("/mnt/a:b@c", "/mnt/a:b@c"),
    ],
)
def test_where_it_leads_is_shown(url: str, expected: str) -> None:
    assert shown(url) == expected
    assert is_local(url) is read_address(url).is_local


@pytest.mark.parametrize("url", ["sftp://user:a/b@host/path", "sftp://user:a#b@host/path", "sftp://user:1/b@host/path"])
def test_a_sign_that_has_to_be_escaped_is_told_with_the_way_to_write_it(url: str) -> None:
    with pytest.raises(BackupFailed, match="/ is written %2F"):
        read_address(url)


def test_user_and_password_are_decoded_and_both_forms_are_secret() -> None:
    password = "p/w:with@every#thing?100%"
    address = read_address(f"sftp://us%2Fer:{quote(password, safe='')}@host:2222/path")
    assert (address.user, address.password, address.host, address.port) == ("us/er", password, "host", 2222)
    assert {password, quote(password, safe="")} <= set(address.secrets)


def test_a_parameter_that_s3_does_not_know_is_named() -> None:
    with pytest.raises(BackupFailed, match="endpoint is no option of an s3 address; endpoint_url and region are"):
        read_address("s3://bucket/path?endpoint=http://localhost")
