"""Old and second names. Only those that mean exactly the same: where the old name differs in arguments, limits or result
names (`replace`, `makeset`, `any`, `argmax`, `row_rank`) it has its own row.

Source: Learn's pages; Microsoft's analyzer, which marks the deprecated names.
"""

from __future__ import annotations

from typing import Final

#: Other name -> the documented name, of scalar functions and operators.
ALIASES: Final[dict[str, str]] = {
    "!containscs": "!contains_cs",
    "array_iif": "array_iff",
    "array_strcat": "strcat_array",
    "array_sum": "series_sum",
    "arraylength": "array_length",
    "base64_decodestring": "base64_decode_tostring",
    "base64_encodestring": "base64_encode_tostring",
    "columnifexists": "column_ifexists",
    "containscs": "contains_cs",
    "current_cursor": "cursor_current",
    "datepart": "datetime_part",
    "extentid": "extent_id",
    "extractall": "extract_all",
    "extractjson": "extract_json",
    "floor": "bin",
    "getmonth": "monthofyear",
    "iif": "iff",
    "make_string": "unicode_codepoints_to_string",
    "notcontains": "!contains",
    "notcontainscs": "!contains_cs",
    "notempty": "isnotempty",
    "notnull": "isnotnull",
    "pack": "bag_pack",
    "pack_dictionary": "bag_pack",
    "parsejson": "parse_json",
    "parseurl": "parse_url",
    "parseurlquery": "parse_urlquery",
    "tdigest_merge": "merge_tdigest",
    "to_utf8": "unicode_codepoints_from_string",
    "toboolean": "tobool",
    "todynamic": "parse_json",
    "toobject": "parse_json",
    "toreal": "todouble",
    "totime": "totimespan",
    "weekofyear": "week_of_year",
}

#: The same for aggregates.
AGGREGATE_ALIASES: Final[dict[str, str]] = {"tdigest_merge": "merge_tdigest"}
#: And for plugins.
PLUGIN_ALIASES: Final[dict[str, str]] = {"ai_embed_text": "ai_embeddings"}
