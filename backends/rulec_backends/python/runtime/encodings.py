"""Base64, URL and Punycode encodings, compression, hashes."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import random
import re
import struct
import uuid
import zlib
from typing import TypeAlias
from urllib.parse import quote, quote_plus, unquote_plus

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

HASH_PRIMES = (11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579, 2870177450012600261)
PERCENT = re.compile("%[0-9A-F]{2}")
MASK_64 = 0xFFFFFFFFFFFFFFFF


def decoded_bytes(text: str) -> bytes | None:
    """The bytes of a base64 text; null when it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def base64_encode_tostring(text: str) -> str:
    """UTF-8 bytes as base64."""
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


def base64_decode_tostring(text: str) -> str:
    """The UTF-8 text of a base64 text; '' when it is none."""
    try:
        return (decoded_bytes(text) or b"").decode("utf-8")
    except UnicodeDecodeError:
        return ""


def base64_decode_toarray(text: str) -> list[Json] | None:
    """The bytes of a base64 text as numbers."""
    found = decoded_bytes(text)
    return None if found is None else list(found)


def base64_encode_fromarray(values: Json) -> str:
    """An array of bytes as base64; '' when it is none."""
    if not isinstance(values, list):
        return ""
    numbers = [v for v in values if isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 256]
    return base64.b64encode(bytes(numbers)).decode("ascii") if len(numbers) == len(values) else ""


def base64_encode_fromguid(value: str | None) -> str:
    """A guid's bytes as base64."""
    return "" if value is None else base64.b64encode(uuid.UUID(value).bytes_le).decode("ascii")


def base64_decode_toguid(text: str) -> str | None:
    """The guid of a base64 text of 16 bytes."""
    found = decoded_bytes(text)
    return str(uuid.UUID(bytes_le=found)) if found is not None and len(found) == 16 else None


def gzip_decompress_from_base64_string(text: str) -> str:
    """The text of compressed bytes in base64; '' when it is none."""
    try:
        return gzip.decompress(decoded_bytes(text) or b"").decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return ""


def zlib_decompress_from_base64_string(text: str) -> str:
    """The text of compressed bytes in base64; '' when it is none."""
    try:
        return zlib.decompress(decoded_bytes(text) or b"").decode("utf-8")
    except (zlib.error, UnicodeDecodeError):
        return ""


def url_encode(text: str) -> str:
    """Percent encoding in lower case, with `+` for a blank."""
    return PERCENT.sub(lambda m: m[0].lower(), quote_plus(text, safe="-_.~!*()'"))


def url_encode_component(text: str) -> str:
    """Percent encoding in lower case, with `%20` for a blank."""
    return PERCENT.sub(lambda m: m[0].lower(), quote(text, safe="-_.~"))


def url_decode(text: str) -> str:
    """Text of percent encoding."""
    return unquote_plus(text)


def punycode_from_string(text: str) -> str:
    """Punycode without prefix."""
    try:
        return text.encode("punycode").decode("ascii")
    except UnicodeError:
        return ""


def punycode_to_string(text: str) -> str:
    """The text of Punycode without prefix."""
    try:
        return text.encode("ascii").decode("punycode")
    except UnicodeError:
        return ""


def punycode_domain_from_string(text: str) -> str:
    """A domain with the parts that start with `xn--` decoded."""
    return ".".join(punycode_to_string(p[4:]) if p.lower().startswith("xn--") else p for p in text.split("."))


def punycode_domain_to_string(text: str) -> str:
    """A domain with its parts encoded where they are not ASCII; the dots of Chinese and Japanese part it too."""
    dots = {0x3002: ".", 0xFF0E: ".", 0xFF61: "."}
    return ".".join(p if p.isascii() else f"xn--{punycode_from_string(p)}" for p in text.translate(dots).split("."))


def digest(algorithm: str, text: str) -> str:
    """A digest in lower-case hexadecimal digits."""
    return hashlib.new(algorithm, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def rotated(value: int, bits: int) -> int:
    """64 bits rotated left."""
    return ((value << bits) | (value >> (64 - bits))) & MASK_64


def hash_round(state: int, lane: int) -> int:
    """One round of xxHash64."""
    return rotated((state + lane * HASH_PRIMES[1]) & MASK_64, 31) * HASH_PRIMES[0] & MASK_64


def xxhash64(data: bytes, seed: int = 0) -> int:
    """xxHash64 of bytes as a signed long."""
    p1, p2, p3, p4, p5 = HASH_PRIMES
    size, at = len(data), 0
    if size >= 32:
        lanes = [(seed + p1 + p2) & MASK_64, (seed + p2) & MASK_64, seed, (seed - p1) & MASK_64]
        while at <= size - 32:
            lanes = [hash_round(s, v) for s, v in zip(lanes, struct.unpack_from("<4Q", data, at), strict=True)]
            at += 32
        value = sum(rotated(s, r) for s, r in zip(lanes, (1, 7, 12, 18), strict=True)) & MASK_64
        for lane in lanes:
            value = ((value ^ hash_round(0, lane)) * p1 + p4) & MASK_64
    else:
        value = (seed + p5) & MASK_64
    value = (value + size) & MASK_64
    while at + 8 <= size:
        value = (rotated(value ^ hash_round(0, struct.unpack_from("<Q", data, at)[0]), 27) * p1 + p4) & MASK_64
        at += 8
    if at + 4 <= size:
        value = (rotated(value ^ (struct.unpack_from("<I", data, at)[0] * p1 & MASK_64), 23) * p2 + p3) & MASK_64
        at += 4
    for byte in data[at:]:
        value = rotated(value ^ (byte * p5 & MASK_64), 11) * p1 & MASK_64
    value = (value ^ value >> 33) * p2 & MASK_64
    value = (value ^ value >> 29) * p3 & MASK_64
    value ^= value >> 32
    return value - (1 << 64) if value >> 63 else value


def hash_text(text: str) -> int:
    """`hash` of a string."""
    return xxhash64(text.encode("utf-8", "surrogatepass"))


def hash_long(value: int | None) -> int | None:
    """`hash` of a long, datetime or timespan: of its eight bytes."""
    return None if value is None else xxhash64(struct.pack("<q", int(value)))


def stored_block(text: str) -> bytes | None:
    """A short text as a stored deflate block; null when a compressor could make it shorter, as three bytes come again."""
    data = text.encode("utf-8", "surrogatepass")
    if not 0 < len(data) < 48 or len({data[i : i + 3] for i in range(len(data) - 2)}) < len(data) - 2:
        return None
    return struct.pack("<BHH", 1, len(data), len(data) ^ 0xFFFF) + data


def stored_zlib(text: str) -> str | None:
    """A text that does not compress, in zlib's frame as base64."""
    block, data = stored_block(text), text.encode("utf-8", "surrogatepass")
    return None if block is None else base64.b64encode(b"\x78\x01" + block + struct.pack(">I", zlib.adler32(data))).decode("ascii")


def stored_gzip(text: str) -> str | None:
    """The same in gzip's frame."""
    block, data = stored_block(text), text.encode("utf-8", "surrogatepass")
    head, tail = b"\x1f\x8b\x08" + bytes(6) + b"\xff", struct.pack("<II", zlib.crc32(data), len(data))
    return None if block is None else base64.b64encode(head + block + tail).decode("ascii")


def random_below(limit: int | None) -> float | None:
    """`rand(n)`: a whole number from 0 below n, as real; below 2 a real from 0 below 1."""
    return None if limit is None else float(random.randrange(limit)) if limit > 1 else random.random()
