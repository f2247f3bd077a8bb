"""Hashes and encodings.

Source: Learn, "Hash functions", "String functions" (Base64, compression).
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row

_TEXT = row("string -> string")
_HASH = row("scalar, long? -> long?")
_DIGEST = row("scalar -> string")

ENCODING: Final[dict[str, Row]] = {
    "base64_decode_toarray": row("string -> dynamic?"),
    "base64_decode_toguid": row("string -> guid?"),
    "base64_decode_tostring": _TEXT,
    "base64_encode_fromarray": row("dynamic -> string"),
    "base64_encode_fromguid": row("guid -> string"),
    "base64_encode_tostring": _TEXT,
    "gzip_compress_to_base64_string": _TEXT,
    "gzip_decompress_from_base64_string": _TEXT,
    "hash": _HASH,
    "hash_combine": row("any{2,32767} -> long?"),
    "hash_many": row("scalar+ -> long?"),
    "hash_md5": _DIGEST,
    "hash_sha1": _DIGEST,
    "hash_sha256": _DIGEST,
    "hash_xxhash64": _HASH,
    "zlib_compress_to_base64_string": _TEXT,
    "zlib_decompress_from_base64_string": _TEXT,
}
