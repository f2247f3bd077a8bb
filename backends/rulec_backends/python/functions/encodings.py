"""Base64, compression, hashes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Literal, Value
from rulec.scalars import ScalarType
from rulec_backends.python.code import Code, literal
from rulec_backends.python.functions.rows import runtime
from rulec_backends.python.lower import Lower, ValueRow
from rulec_backends.python.runtime.encodings import hash_long, hash_text, stored_gzip, stored_zlib

T = ScalarType
_COMPRESSION: Final = Unsupported("gives bytes that depend on the engine's own compressor")
_COMBINED: Final = Unsupported("combines hashes in a way that is not published")
_HASHED: Final = {T.STRING: hash_text, T.LONG: hash_long, T.DATETIME: hash_long, T.TIMESPAN: hash_long}


def _hashed(lower: Lower, expr: Call) -> Code:
    """xxHash64 of a scalar's bytes: text as UTF-8, numbers as eight little-endian bytes."""
    operand, *modulus = expr.arguments
    if operand.type not in _HASHED:
        return _refused(lower, expr, f"of {operand.type.value}")
    if modulus:
        return _remainder(lower, expr)
    return lower.module.call(_HASHED[operand.type].__name__, lower.value(operand))


def _remainder(lower: Lower, expr: Call) -> Code:
    """The remainder of a hash that is not negative. That of a negative one is not documented, so the hash must be known."""
    match expr.arguments:
        case Literal(value=str() | int() as value, type=type_), Literal(value=int(divisor)) if divisor > 0:
            found = _HASHED[type_](value)  # type: ignore[operator]
            if found >= 0:
                return literal(found % divisor)
    return _refused(lower, expr, "with a modulus")


def _refused(lower: Lower, expr: Call, what: str) -> Code:
    return lower.refuse(expr.span, f"`{expr.function}` {what} is not published", "RC401", "`hash` of a string or long is exact")


def _digest(algorithm: str) -> ValueRow:
    def row(lower: Lower, expr: Call) -> Code:
        return lower.module.call("digest", literal(algorithm), lower.text(expr.arguments[0]))

    return row


def _stored(frame: Callable[[str], str | None]) -> Callable[[str], tuple[Value] | None]:
    """Only a text that no compressor makes shorter has known bytes: the engine stores it (Learn, example)."""

    def known(text: str) -> tuple[Value] | None:
        found = frame(text)
        return None if found is None else (found,)

    return known


VALUES: Final[dict[str, ValueRow | Unsupported]] = {
    "base64_encode_tostring": runtime("base64_encode_tostring"),
    "base64_decode_tostring": runtime("base64_decode_tostring"),
    "base64_decode_toarray": runtime("base64_decode_toarray"),
    "base64_encode_fromarray": runtime("base64_encode_fromarray"),
    "base64_encode_fromguid": runtime("base64_encode_fromguid"),
    "base64_decode_toguid": Unsupported("has a documented result that contradicts the byte order of its inverse"),
    "gzip_compress_to_base64_string": _COMPRESSION,
    "gzip_decompress_from_base64_string": runtime("gzip_decompress_from_base64_string"),
    "zlib_compress_to_base64_string": _COMPRESSION,
    "zlib_decompress_from_base64_string": runtime("zlib_decompress_from_base64_string"),
    "hash": _hashed,
    "hash_xxhash64": _hashed,
    "hash_md5": _digest("md5"),
    "hash_sha1": _digest("sha1"),
    "hash_sha256": _digest("sha256"),
    "hash_combine": _COMBINED,
    "hash_many": _COMBINED,
}

KNOWN: Final = {"gzip_compress_to_base64_string": _stored(stored_gzip), "zlib_compress_to_base64_string": _stored(stored_zlib)}
