"""Which addresses a webhook may reach: resolved once, checked, and then connected to as checked."""

import ipaddress
import socket

from stream.errors import ReceiverFailed


def allowed_addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Resolve a host and return its addresses, all of which may be reached.

    Loopback and private networks are allowed by setting; link-local ones (where clouds keep their
    credentials), multicast and reserved ones never are.

    Raises:
        ReceiverFailed: the name is unknown, or one of its addresses may not be reached.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ReceiverFailed(f"the host {host} is unknown: {error}") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        reason = _refusal(address, allow_private=allow_private)
        if reason:
            raise ReceiverFailed(f"the host {host} is at {address}, {reason}")
    return addresses


def _refusal(address: str, *, allow_private: bool) -> str:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_loopback or (ip.is_private and not ip.is_link_local and not ip.is_unspecified and not ip.is_reserved):
        return "" if allow_private else "which is private; set watch.allow_private_webhooks to allow it"
    return "" if ip.is_global and not ip.is_multicast else "which no webhook may reach"
