"""Text, cryptographic and comparison functions.

Source: Search Reference, "Text functions", "Cryptographic functions", "Comparison and Conditional functions".
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable
from urllib.parse import unquote

from tests.spl import pcre
from tests.spl.errors import Refused, SplError
from tests.spl.evalexpr import PLAIN, compare, single
from tests.spl.values import Num, Single, Value, as_list, from_list, text_of


def text(value: Value) -> str | None:
    """A scalar argument's text; null stays null."""
    one = single(value)
    if isinstance(one, bool):
        raise SplError("a Boolean where a string is needed")
    return None if one is None else text_of(one)


def integer(value: Value) -> int | None:
    one = single(value)
    if one is None:
        return None
    if not isinstance(one, Num):
        raise SplError("a number is needed")
    return int(one.value)


def _len(value: Value) -> Value:
    """len: characters of a string."""
    found = text(value)
    return None if found is None else Num(float(len(found)))


def _lower(value: Value) -> Value:
    """lower: of each value of a multivalue too."""
    return _cased(value, str.lower)


def _upper(value: Value) -> Value:
    return _cased(value, str.upper)


def _cased(value: Value, change: Callable[[str], str]) -> Value:
    found = [text(v) or "" for v in as_list(value)]
    return from_list("".join(change(c) if len(change(c)) == 1 else c for c in t) for t in found)


def _trim(value: Value, chars: Value = " \t", left: bool = True, right: bool = True) -> Value:
    """trim, ltrim, rtrim: removes characters of a set, by default spaces and tabs."""
    found, these = text(value), text(chars)
    if found is None or these is None:
        return None
    if left:
        found = found.lstrip(these)
    return found.rstrip(these) if right else found


def _substr(value: Value, start: Value, length: Value = None) -> Value:
    """substr: indexes follow SQLite semantics: 1-based, negative from the end."""
    found, begin = text(value), integer(start)
    if found is None or begin is None:
        return None
    if begin < 0:
        begin += len(found) + 1
        if begin <= 0:
            return None
    begin = max(begin, 1)
    rest = found[begin - 1 :]
    if length is None:
        return rest
    size = integer(length)
    return rest[:size] if size is not None and size >= 0 else None


def _replace(value: Value, regex: Value, replacement: Value) -> Value:
    found, pattern, new = text(value), text(regex), text(replacement)
    if found is None or pattern is None or new is None:
        return None
    return pcre.substitute(pattern, new, found)


def _urldecode(value: Value) -> Value:
    found = text(value)
    return None if found is None else unquote(found)


def _digest(name: str, value: Value) -> Value:
    found = text(value)
    return None if found is None else hashlib.new(name, found.encode()).hexdigest()


def _match(value: Value, regex: Value) -> Value:
    """match: true if the regular expression finds something; of a multivalue, in any value."""
    pattern = text(regex)
    if value is None or pattern is None:
        return None
    return any(pcre.found(pattern, text_of(v)) for v in as_list(value))


def _like(value: Value, pattern: Value) -> Value:
    shape = text(pattern)
    if value is None or shape is None:
        return None
    return any(pcre.like_regex(shape).fullmatch(text_of(v)) is not None for v in as_list(value))


def cidr(network: str, address: str) -> bool:
    """Whether an address is in a network, for IPv4 and IPv6; anything else is not."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _cidrmatch(network: Value, address: Value) -> Value:
    net, ip = text(network), text(address)
    return None if net is None or ip is None else cidr(net, ip)


def _in(value: Value, *items: Value) -> Value:
    """in: true if a value in the list equals the field. A null field is not in the list."""
    if value is None:
        return None
    return any(compare("=", value, item) is True for item in items)


def _nullif(a: Value, b: Value) -> Value:
    """nullif: null when both are the same, else the first."""
    return None if a is not None and b is not None and compare("=", a, b) is True else a


def _ipmask(mask: Value, ip: Value) -> Value:
    """ipmask: the bitwise AND of an IPv4 address and a mask."""
    left, right = text(mask), text(ip)
    if left is None or right is None:
        return None
    try:
        a, b = ipaddress.IPv4Address(left), ipaddress.IPv4Address(right)
    except ValueError:
        return None
    return str(ipaddress.IPv4Address(int(a) & int(b)))


_FORMAT = re.compile(r"%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d+)?)?([a-zA-Z%])")


def _printf(form: Value, *arguments: Value) -> Value:
    """printf: C formats with %z and %s for strings, %' for thousands."""
    shape = text(form)
    if shape is None:
        return None
    queue = [single(a) for a in arguments]
    if any(a is None for a in queue):
        return None
    out: list[str] = []
    last = 0
    for match in _FORMAT.finditer(shape):
        out.append(_plain(shape[last : match.start()]))
        last = match.end()
        out.append(_one(match, queue))
    return "".join(out) + _plain(shape[last:])


def _plain(piece: str) -> str:
    if "%" in piece:
        raise Refused(f"printf conversion in {piece!r}")
    return piece


def _one(match: re.Match[str], queue: list[Single]) -> str:
    flags, width, precision, kind = match.group(1), match.group(2), match.group(3), match.group(4)
    if kind == "%":
        return "%"
    if width == "*":
        width = str(int(_number(queue.pop(0))))
        if width.startswith("-"):
            flags, width = flags + "-", width[1:]
    if precision == "*":
        precision = str(int(_number(queue.pop(0))))
    elif precision is None and "." in match.group(0):
        precision = "0"
    argument: Single = queue.pop(0) if queue else ("" if kind in "szc" else Num(0.0))
    comma = "'" in flags
    flags = flags.replace("'", "")
    places = f".{precision}" if precision is not None else ""
    body = _converted(argument, kind, flags, places, comma)
    size = int(width or 0)
    if "-" in flags:
        return body.ljust(size)
    if "0" in flags and kind not in "szc":
        sign = body[0] if body[:1] in ("-", "+", " ") else ""
        return sign + body[len(sign) :].rjust(size - len(sign), "0")
    return body.rjust(size)


def _converted(argument: Single, kind: str, flags: str, places: str, comma: bool) -> str:
    sign = "".join(f for f in flags if f in "+ #")
    if kind in "sz":
        body = text_of(argument)
        return body[: int(places[1:])] if places else body
    if kind == "c":
        return chr(int(argument.value)) if isinstance(argument, Num) else text_of(argument)[:1]
    if kind == "p":
        kind = "X"
    number = _number(argument)
    if kind in "dixXou" and places == ".0" and int(number) == 0:
        body = ""
    elif kind in "dixXo":
        body = f"%{sign}{places}{'d' if kind == 'i' else kind}" % int(number)
        if kind == "o" and "#" in flags:
            body = body.replace("0o", "0")
    elif kind == "u":
        body = str(int(number))
    elif kind in "eEfFgG":
        body = f"%{sign}{places}{kind}" % number
    elif kind in "aA":
        body = _hex_float(number, places, kind == "A", sign)
    else:
        raise Refused(f"printf conversion {kind}")
    if comma and kind in "dif":
        head, dot, tail = body.partition(".")
        body = re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", head) + dot + tail
    return body


def _hex_float(number: float, places: str, upper: bool, sign: str) -> str:
    mantissa, _, exponent = number.hex().partition("p")
    if places:
        digits = int(places[1:])
        head, _, tail = mantissa.partition(".")
        scaled = round(int(tail[:13].ljust(13, "0"), 16) / 16 ** (13 - digits))
        mantissa = f"{head}.{scaled:0{digits}x}" if digits else head
    else:
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    body = ("+" if "+" in sign and number >= 0 else "") + mantissa + "p" + exponent
    return body.upper() if upper else body


def _number(value: Single) -> float:
    if isinstance(value, Num):
        return value.value
    raise Refused("printf of a text as a number")


PLAIN.update(
    {
        "len": _len,
        "lower": _lower,
        "upper": _upper,
        "trim": _trim,
        "ltrim": lambda v, c=" \t": _trim(v, c, right=False),
        "rtrim": lambda v, c=" \t": _trim(v, c, left=False),
        "substr": _substr,
        "replace": _replace,
        "urldecode": _urldecode,
        "md5": lambda v: _digest("md5", v),
        "sha1": lambda v: _digest("sha1", v),
        "sha256": lambda v: _digest("sha256", v),
        "sha512": lambda v: _digest("sha512", v),
        "match": _match,
        "like": _like,
        "cidrmatch": _cidrmatch,
        "in": _in,
        "nullif": _nullif,
        "ipmask": _ipmask,
        "printf": _printf,
        "null": lambda: None,
        "true": lambda: True,
        "false": lambda: False,
    }
)
