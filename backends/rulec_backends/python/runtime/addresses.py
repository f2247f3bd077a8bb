"""IP addresses as text and numbers."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, summarize_address_range
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

IPV4_TEXT = re.compile(r"\s*(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:/(\d{1,2}))?\s*\Z", re.ASCII)
IPV4_INSIDE = re.compile(r"(?<![0-9A-Za-z])\d{1,3}(?:\.\d{1,3}){3}(?![0-9A-Za-z])", re.ASCII)
PRIVATE_RANGES = (("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16))


def ipv4_parts(text: str) -> tuple[int, int] | None:
    """The address as a number and its prefix length, 32 when none is written; null when the text is no address."""
    match = IPV4_TEXT.match(text)
    if match is None:
        return None
    octets = [int(match[i]) for i in range(1, 5)]
    prefix = int(match[5]) if match[5] is not None else 32
    if max(octets) > 255 or prefix > 32:
        return None
    return (octets[0] << 24) + (octets[1] << 16) + (octets[2] << 8) + octets[3], prefix


def ipv4_masked(address: int, prefix: int) -> int:
    """The address without its host bits."""
    return address >> (32 - prefix) << (32 - prefix)


def ipv4_text(address: int) -> str:
    """A number as address."""
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def parse_ipv4(text: str) -> int | None:
    """The address as a number, its host bits masked by its prefix."""
    parts = ipv4_parts(text)
    return None if parts is None else ipv4_masked(*parts)


def parse_ipv4_mask(text: str, prefix: int | None) -> int | None:
    """The address as a number, masked by a prefix."""
    parts = ipv4_parts(text)
    if parts is None or prefix is None or not 0 <= prefix <= 32:
        return None
    return ipv4_masked(parts[0], min(prefix, parts[1]))


def ipv4_compare(a: str, b: str, prefix: int | None = 32) -> int | None:
    """-1, 0 or 1 after masking both by the smallest of the prefixes."""
    first, second = ipv4_parts(a), ipv4_parts(b)
    if first is None or second is None or prefix is None or not 0 <= prefix <= 32:
        return None
    size = min(first[1], second[1], prefix)
    left, right = ipv4_masked(first[0], size), ipv4_masked(second[0], size)
    return (left > right) - (left < right)


def ipv4_is_match(a: str, b: str, prefix: int | None = 32) -> bool | None:
    """Whether two addresses are the same after masking."""
    order = ipv4_compare(a, b, prefix)
    return None if order is None else order == 0


def ipv4_is_in_range(text: str, network: str) -> bool | None:
    """Whether an address lies in a network; host bits of the network do not count."""
    address, bounds = ipv4_parts(text), ipv4_parts(network)
    if address is None or bounds is None:
        return None
    size = min(bounds[1], address[1])
    return ipv4_masked(address[0], size) == ipv4_masked(bounds[0], size)


def ipv4_is_in_any_range(text: str, networks: Json) -> bool | None:
    """Whether an address lies in one of the networks; null when it is no address."""
    if ipv4_parts(text) is None or not isinstance(networks, list):
        return None
    answers = [ipv4_is_in_range(text, n) if isinstance(n, str) else None for n in networks]
    return True if True in answers else False if False in answers else None


def ipv4_is_private(text: str) -> bool | None:
    """Whether an address lies in 10/8, 172.16/12 or 192.168/16; null when it is no address."""
    parts = ipv4_parts(text)
    if parts is None:
        return None
    for network, prefix in PRIVATE_RANGES:
        bounds = ipv4_parts(network)
        if bounds is not None and parts[1] >= prefix and ipv4_masked(parts[0], prefix) == bounds[0]:
            return True
    return False


def ipv4_netmask_suffix(text: str) -> int | None:
    """The prefix length, 32 when none is written."""
    parts = ipv4_parts(text)
    return None if parts is None else parts[1]


def ipv4_range_to_cidr_list(first: str, last: str) -> list[Json] | None:
    """The networks that cover the addresses from first to last."""
    low, high = ipv4_parts(first), ipv4_parts(last)
    if low is None or high is None or low[0] > high[0]:
        return None
    return [str(n) for n in summarize_address_range(IPv4Address(low[0]), IPv4Address(high[0])) if isinstance(n, IPv4Network)]


def format_ipv4(value: Json, prefix: int | None = 32) -> str:
    """An address given as text or number, masked by a prefix; '' when it is none."""
    parts = ipv4_parts(value) if isinstance(value, str) else (value, 32) if isinstance(value, int) and 0 <= value < 2**32 else None
    if parts is None or prefix is None or not 0 <= prefix <= 32:
        return ""
    return ipv4_text(ipv4_masked(parts[0], min(prefix, parts[1])))


def format_ipv4_mask(value: Json, prefix: int | None = None) -> str:
    """An address with its prefix in CIDR form; '' when it is none."""
    parts = ipv4_parts(value) if isinstance(value, str) else (value, 32) if isinstance(value, int) and 0 <= value < 2**32 else None
    size = 32 if prefix is None else prefix
    if parts is None or not 0 <= size <= 32:
        return ""
    size = min(size, parts[1])
    return f"{ipv4_text(ipv4_masked(parts[0], size))}/{size}"


def has_ipv4(text: str, address: str) -> bool | None:
    """Whether the address stands in the text as a whole."""
    wanted = ipv4_parts(address)
    return wanted is not None and any((found := ipv4_parts(m)) is not None and found[0] == wanted[0] for m in IPV4_INSIDE.findall(text))


def has_any_ipv4(text: str, addresses: Json) -> bool:
    """Whether one of the addresses stands in the text."""
    return isinstance(addresses, list) and any(isinstance(a, str) and bool(has_ipv4(text, a)) for a in addresses)


def has_ipv4_prefix(text: str, prefix: str) -> bool:
    """Whether an address in the text starts so; the prefix is an address or ends in a dot."""
    if not re.fullmatch(r"(?:\d{1,3}\.){1,3}|(?:\d{1,3}\.){3}\d{1,3}", prefix):
        return False
    addresses = [found for found in IPV4_INSIDE.findall(text) if ipv4_parts(found) is not None]
    return any(found.startswith(prefix) if prefix.endswith(".") else found == prefix for found in addresses)


def has_any_ipv4_prefix(text: str, prefixes: Json) -> bool:
    """Whether an address in the text starts with one of the prefixes."""
    return isinstance(prefixes, list) and any(isinstance(p, str) and has_ipv4_prefix(text, p) for p in prefixes)


def ipv6_parts(text: str) -> tuple[int, int] | None:
    """An IPv6 or IPv4 address as a number of 128 bits with its prefix length; `::1.2.3.4` is the IPv4 address."""
    text = re.sub(r"^\s*::(?=\d+\.)", "", text)
    address, slash, suffix = text.strip().partition("/")
    plain = ipv4_parts(text)
    if plain is not None:
        return 0xFFFF00000000 + plain[0], plain[1] + 96
    try:
        value = int(IPv6Address(address.partition("%")[0]))
    except (AddressValueError, ValueError):
        return None
    if slash and not (suffix.isdigit() and int(suffix) <= 128):
        return None
    return value, int(suffix) if slash else 128


def ipv6_masked(address: int, prefix: int) -> int:
    """The address without its host bits."""
    return address >> (128 - prefix) << (128 - prefix)


def ipv6_compare(a: str, b: str, prefix: int | None = 128) -> int | None:
    """-1, 0 or 1 after masking both by the smallest of the prefixes."""
    first, second = ipv6_parts(a), ipv6_parts(b)
    if first is None or second is None or prefix is None or not 0 <= prefix <= 128:
        return None
    size = min(first[1], second[1], prefix)
    left, right = ipv6_masked(first[0], size), ipv6_masked(second[0], size)
    return (left > right) - (left < right)


def ipv6_is_match(a: str, b: str, prefix: int | None = 128) -> bool | None:
    """Whether two addresses are the same after masking."""
    order = ipv6_compare(a, b, prefix)
    return None if order is None else order == 0


def ipv6_is_in_range(text: str, network: str) -> bool | None:
    """Whether an address lies in a network."""
    address, bounds = ipv6_parts(text), ipv6_parts(network)
    if address is None or bounds is None:
        return None
    size = min(bounds[1], address[1])
    return ipv6_masked(address[0], size) == ipv6_masked(bounds[0], size)


def ipv6_is_in_any_range(text: str, networks: Json) -> bool | None:
    """Whether an address lies in one of the networks."""
    if ipv6_parts(text) is None or not isinstance(networks, list):
        return None
    answers = [ipv6_is_in_range(text, n) if isinstance(n, str) else None for n in networks]
    return True if True in answers else False if False in answers else None


def ipv6_full(value: int) -> str:
    """All eight groups of four digits."""
    digits = f"{value:032x}"
    return ":".join(digits[i : i + 4] for i in range(0, 32, 4))


def parse_ipv6(text: str) -> str:
    """The address in full form, masked by its prefix; '' when it is none."""
    parts = ipv6_parts(text)
    return "" if parts is None else ipv6_full(ipv6_masked(*parts))


def parse_ipv6_mask(text: str, prefix: int | None) -> str:
    """The address in full form, masked by a prefix; '' when it is none."""
    parts = ipv6_parts(text)
    if parts is None or prefix is None or not 0 <= prefix <= 128:
        return ""
    return ipv6_full(ipv6_masked(parts[0], min(prefix, parts[1])))
