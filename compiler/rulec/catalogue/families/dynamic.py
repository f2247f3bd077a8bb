"""Arrays, bags and sets. A value of another kind than the function wants gives null, so nearly every result can be null.

Source: Learn, "Dynamic/array functions"; recorded answers.
"""

from __future__ import annotations

from typing import Final

from rulec.catalogue.notation import Row, row
from rulec.catalogue.signatures import ResultName

_ROTATE = row("dynamic, long -> dynamic?")
_SHIFT = row("dynamic, long, any? -> dynamic?")
_SETS = row("dynamic{2,64} -> dynamic?")
# Several arrays at once are sorted by the first; they give as many columns, or as an operand an array of them.
_SORT = row("dynamic -> dynamic?", "dynamic, bool -> dynamic?", "dynamic{2,64} -> dynamic?", "dynamic{2,64}, bool -> dynamic?")

DYNAMIC: Final[dict[str, Row]] = {
    "array_concat": row("dynamic{1,64} -> dynamic?"),
    "array_iff": row("dynamic, any, any -> dynamic?"),
    "array_index_of": row("dynamic, any, long?, long?, long!? -> long?"),
    "array_length": row("dynamic -> long?"),
    "array_reverse": row("dynamic -> dynamic?"),
    "array_rotate_left": _ROTATE,
    "array_rotate_right": _ROTATE,
    "array_shift_left": _SHIFT,
    "array_shift_right": _SHIFT,
    # The end is part of the slice.
    "array_slice": row("dynamic, long, long -> dynamic?"),
    "array_sort_asc": _SORT,
    "array_sort_desc": _SORT,
    "array_split": row("dynamic, int|long|dynamic -> dynamic?"),
    "bag_has_key": row("dynamic, string -> bool?"),
    "bag_keys": row("dynamic -> dynamic?"),
    "bag_merge": row("dynamic{2,64} -> dynamic?"),
    "bag_pack": row("string+, any+ -> dynamic!"),
    "bag_pack_columns": row("any+ -> dynamic!"),
    "bag_remove_keys": row("dynamic, dynamic -> dynamic?"),
    "bag_set_key": row("dynamic, string!, any -> dynamic?"),
    "bag_zip": row("dynamic, dynamic -> dynamic?"),
    "dynamic_to_json": row("any -> string"),
    "jaccard_index": row("dynamic, dynamic -> real?"),
    "pack_all": row("bool!? -> dynamic!"),
    "pack_array": row("any* -> dynamic!"),
    "range": row(
        "number, number, number? -> dynamic?", "datetime, datetime, timespan? -> dynamic?", "timespan, timespan, timespan? -> dynamic?"
    ),
    "repeat": row("any, long -> dynamic?", naming=ResultName.FUNCTION_AND_ARGUMENT, prefix="repeat"),
    "set_difference": _SETS,
    "set_equals": row("dynamic, dynamic -> bool?"),
    "set_has_element": row("dynamic, any -> bool?"),
    "set_intersect": _SETS,
    "set_union": _SETS,
    "treepath": row("dynamic -> dynamic?", naming=ResultName.FUNCTION_AND_ARGUMENT, prefix="tree"),
    "zip": row("dynamic{2,64} -> dynamic?"),
}
