"""Whether an address is one of a school's: networks as text that both databases compare alike."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from sqlalchemy import Boolean, ColumnElement, case, false, func, or_, type_coerce

PIECES = 4096  # how many parts one range of addresses may fall into
WIDEST = 8  # bits that a range of addresses at least has in common: 10.0.0.0/8


def in_networks(address: ColumnElement[Any], networks: Iterable[str]) -> ColumnElement[bool]:
    """Whether an address (as text) lies in one of these networks.

    The networks become whole addresses and beginnings of addresses, which both databases compare alike.
    IPv6 is compared in the short spelling that Microsoft writes.
    """
    whole: set[str] = set()
    beginnings: set[str] = set()
    for network in networks:
        add_pieces(ip_network(network, strict=False), whole, beginnings)
    if not whole and not beginnings:
        return type_coerce(false(), Boolean)
    tests = [address.in_(sorted(whole))] if whole else []
    for length in sorted({len(beginning) for beginning in beginnings}):
        same = sorted(beginning for beginning in beginnings if len(beginning) == length)
        tests.append(func.substr(address, 1, length).in_(same))
    return func.coalesce(or_(*tests), false(), type_=Boolean)


def subnet_of(address: ColumnElement[Any]) -> ColumnElement[str]:
    """The network of 256 addresses that an address of IPv4 lies in; an address of IPv6 stands for itself."""
    return case((address.like("%:%"), address), else_=func.rtrim(address, "0123456789") + "0/24")


def add_pieces(network: IPv4Network | IPv6Network, whole: set[str], beginnings: set[str]) -> None:
    """Cut a network where its text can be cut: at the dots, or at the colons."""
    step = 8 if network.version == 4 else 16
    cut = -(-network.prefixlen // step) * step
    if 2 ** (cut - network.prefixlen) > PIECES:
        raise ValueError(str(network))
    for piece in network.subnets(new_prefix=cut):
        if cut == network.max_prefixlen:
            whole.add(str(piece.network_address))
        elif isinstance(piece, IPv4Network):
            beginnings.add("".join(f"{part}." for part in str(piece.network_address).split(".")[: cut // 8]))
        else:
            beginnings |= short_beginnings(piece, cut // 16)


def short_beginnings(network: IPv6Network, count: int) -> set[str]:
    """How addresses of a network of whole groups begin; zeros at its end may be written as ::."""
    groups = [group.lstrip("0") or "0" for group in network.network_address.exploded.split(":")[:count]]
    written = {"".join(f"{group}:" for group in groups)}
    kept = list(groups)
    while kept and kept[-1] == "0":
        kept.pop()
    if len(kept) < len(groups):
        written.add(":".join(kept) + "::")
    return written


def check_network(text: str) -> bool:
    """Whether this is a network or address that rules can use; one that holds half the world is a typing mistake."""
    try:
        network = ip_network(text, strict=False)
        add_pieces(network, set(), set())
    except ValueError:
        return False
    return network.prefixlen >= WIDEST
