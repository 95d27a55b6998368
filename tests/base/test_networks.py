"""Whose request it is that came through proxies."""

from __future__ import annotations

import pytest

from presstime.base.networks import client_of, parse_address, parse_network

TRUSTED = [parse_network(text) for text in ("10.0.0.0/24", "2001:db8:5::1")]
PEER = "10.0.0.1"


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("198.51.100.1, 192.0.2.7", "192.0.2.7"),  # the left one is what the client says of itself
        ("192.0.2.7, 10.0.0.9", "192.0.2.7"),  # a second proxy behind the first
        ("192.0.2.7,2001:db8:5::1 , 10.0.0.9", "192.0.2.7"),
        ("10.0.0.40, 10.0.0.9", "10.0.0.40"),  # all are trusted: who began
        ("2001:DB8::7", "2001:db8::7"),
        ("192.0.2.7:50124", "192.0.2.7"),
        ("[2001:db8::7]:50124", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::7%anything", "fe80::7"),
        ("x, 192.0.2.7", "192.0.2.7"),  # what is not read does no harm
    ],
)
def test_a_trusted_proxy_tells_whose_request_it_is(forwarded_for: str, client: str) -> None:
    assert client_of(PEER, forwarded_for, TRUSTED) == client


@pytest.mark.parametrize(
    "forwarded_for",
    [
        "",
        ",",
        "unknown",
        "192.0.2.7,",
        "192.0.2",
        "192.0.2.7, x",
        "192.0.2.7, x, 10.0.0.9",
        "a" * 8000,
        "192.0.2.7:99:1",
    ],
)
def test_without_a_list_that_can_be_read_the_peer_holds(forwarded_for: str) -> None:
    assert client_of(PEER, forwarded_for, TRUSTED) == PEER


@pytest.mark.parametrize("peer", ["10.0.1.1", "192.0.2.9", "2001:db8:5::2", "", "/run/web.sock"])
def test_nobody_else_is_believed(peer: str) -> None:
    assert client_of(peer, "192.0.2.7", TRUSTED) == peer


def test_a_socket_for_both_families_knows_the_proxy_all_the_same() -> None:
    assert client_of("::ffff:10.0.0.1", "192.0.2.7", TRUSTED) == "192.0.2.7"
    assert client_of("2001:db8:5::1", "192.0.2.7", TRUSTED) == "192.0.2.7"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("proxy.example", "neither an address nor a range"),
        ("10.0.0.256", "neither an address nor a range"),
        ("10.0.0.0/33", "neither an address nor a range"),
        ("10.0.0.1:8000", "neither an address nor a range"),
        ("*", "neither an address nor a range"),
        ("10.0.0.1/24", "the range 10.0.0.0/24"),
        ("0.0.0.0/0", "every address there is"),
        ("::/0", "every address there is"),
        ("::ffff:10.0.0.1", "write it as 10.0.0.1"),
    ],
)
def test_a_network_that_cannot_be_meant_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_network(text)


def test_what_is_no_address_is_none() -> None:
    assert parse_address("") is None
    assert parse_address("localhost") is None
