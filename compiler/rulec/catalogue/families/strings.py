"""Text: searching, cutting, joining, replacing, parsing.

`text` parameters take any type and read it as its text; `string` parameters take strings and dynamics.

Source: Learn, "String functions"; Microsoft's analyzer for what is taken as text.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row
from rulec.catalogue.signatures import ResultName

_FIRST = ResultName.FIRST_ARGUMENT
_TEXT = row("text -> string")
_TRIM = row("string!, string -> string")
_LENGTH = row("string -> long!", naming=ResultName.FUNCTION_AND_ARGUMENT)

STRINGS: Final[dict[str, Row]] = {
    # Overlapping for plain text, not for "regex".
    "countof": row("string, string, string!? -> long?"),
    "extract": row("string!, long, string -> string", "string!, long, string, typeof! -> last?"),
    # Null, not [], where nothing matches.
    "extract_all": row("string!, string -> dynamic?", "string!, dynamic, string -> dynamic?"),
    "extract_json": row("string!, string -> string", "string!, string, typeof! -> last?"),
    "has_any_index": row("string, dynamic -> long?"),
    "indexof": row("text, text, long?, long?, long!? -> long?"),
    "indexof_regex": row("text, text!, long?, long?, long!? -> long?"),
    "isascii": row("text -> bool!"),
    "isutf8": row("text -> bool!"),
    "parse_command_line": row("text, string -> dynamic?"),
    "parse_csv": row("string -> dynamic?", naming=_FIRST),
    "parse_path": row("string -> dynamic?"),
    "parse_user_agent": row("string, string|dynamic? -> dynamic?", unsupported="needs Kusto's own list of user agents"),
    "parse_version": row("string -> decimal?"),
    "regex_quote": _TEXT,
    # The old spelling with the arguments the other way round: pattern, replacement, text.
    "replace": row("string!, string!, string -> string"),
    "replace_regex": row("string, string!, string! -> string"),
    "replace_string": row("string, string, string -> string"),
    "replace_strings": row("string, dynamic, dynamic -> string"),
    "reverse": _TEXT,
    "split": row("text, string, long? -> dynamic?", naming=_FIRST),
    "strcat": row("text{1,64} -> string"),
    "strcat_array": row("dynamic, text -> string"),
    "strcat_delim": row("text, text{2,64} -> string"),
    "strcmp": row("text, text -> long!"),
    "string_size": _LENGTH,
    "strlen": _LENGTH,
    "strrep": row("text, long, text? -> string"),
    "substring": row("text, long, long? -> string"),
    "tolower": _TEXT,
    "toupper": _TEXT,
    "translate": row("string, string, string -> string"),
    "trim": _TRIM,
    "trim_end": _TRIM,
    "trim_start": _TRIM,
    "unicode_codepoints_from_string": row("text -> dynamic?"),
    "unicode_codepoints_to_string": row("int|long|dynamic+ -> string"),
}
