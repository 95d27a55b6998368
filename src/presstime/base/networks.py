"""Networks of addresses, and whose request it is that came through proxies. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Some proxies write the port as well: `192.0.2.7:50124`, `[2001:db8::7]:50124`.
_WITH_PORT = re.compile(r"(?:\[(?P<six>[^]]+)\]|(?P<four>[0-9.]+))(?::\d{1,5})?")


def parse_network(text: str) -> Network:
    """The network that *text* names, a single address being one too; ValueError says what is wrong with it."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f'"{text}" is neither an address nor a range such as 10.0.0.0/24') from None
    if str(network.network_address) != str(ip_address(text.partition("/")[0])):
        raise ValueError(f'"{text}" is an address inside a range; name the address alone, or the range {network}')
    if network.prefixlen == 0:
        raise ValueError(f'"{text}" is every address there is; name those of the proxies')
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
        raise ValueError(f'"{text}" is an address of IPv4; write it as {network.network_address.ipv4_mapped}')
    return network


def network_problems(texts: Iterable[str]) -> Iterator[str]:
    """What is wrong with each of *texts* that names no network."""
    for text in texts:
        try:
            parse_network(text)
        except ValueError as error:
            yield str(error)


def parse_address(text: str) -> Address | None:
    """The address that *text* names, with or without a port; None when it names none."""
    found = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address((found["six"] or found["four"]) if found else text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    # A socket for both families tells IPv4 as ::ffff:192.0.2.7; the interface after a % is this machine's own matter.
    return address.ipv4_mapped or IPv6Address(int(address))


def client_of(peer: str, forwarded_for: str, trusted: Collection[Network]) -> str:
    """The address for which the connection from *peer* was made, as the proxies in *trusted* tell by X-Forwarded-For.

    Each proxy adds at the right from whom it got the request. So the list is believed from the right up to the first address
    that is not trusted; what stands left of that is its own claim. Where an entry is no address, *peer* holds.
    """
    address = parse_address(peer)
    if address is None or not forwarded_for or not _is_in(address, trusted):
        return peer
    for entry in reversed(forwarded_for.split(",")):
        address = parse_address(entry.strip())
        if address is None:
            return peer
        if not _is_in(address, trusted):
            break
    return str(address)


def is_trusted(peer: str, trusted: Collection[Network]) -> bool:
    """Whether the address *peer* is in one of the networks *trusted*."""
    address = parse_address(peer)
    return address is not None and _is_in(address, trusted)


def _is_in(address: Address, networks: Collection[Network]) -> bool:
    return any(address in network for network in networks)
