"""Functions of dynamic values: arrays, property bags, sets."""

from __future__ import annotations

import json
from typing import TypeAlias

from rulec_backends.python.runtime.casts import dynamic_text, path, sorted_json_text
from rulec_backends.python.runtime.texts import fold

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

TYPE_NAMES = {bool: "bool", int: "long", float: "double", str: "string", list: "array", dict: "dictionary"}


def dynamic_type(value: Json) -> str:
    """`gettype` of a dynamic value."""
    return TYPE_NAMES.get(type(value), "null")


def dynamic_isempty(value: Json) -> bool:
    """`isempty` of a dynamic value: null or ''."""
    return value is None or value == ""


def identity(value: Json) -> str | tuple[str, object]:
    """What makes two dynamic values the same: type and value; whole reals equal integers."""
    match value:
        case bool() | None:
            return f"{value}"
        case int() | float():
            return ("number", value)
        case str():
            return ("text", value)
    return sorted_json_text(value)


def same(a: Json, b: Json) -> bool:
    """Whether two dynamic values are the same."""
    return identity(a) == identity(b)


def dynamic_equals(a: Json, b: Json) -> bool | None:
    """`==` with a dynamic side: null of two nulls, else by type and value."""
    return None if a is None and b is None else same(a, b)


def array_length(value: Json) -> int | None:
    """The number of elements; null of anything else."""
    return len(value) if isinstance(value, list) else None


def array_concat(*arrays: Json) -> list[Json] | None:
    """The elements of all arrays in one; what is not an array is skipped."""
    kept = [a for a in arrays if isinstance(a, list)]
    return [v for a in kept for v in a] if kept else None


def array_index_of(values: Json, wanted: Json, start: int | None = 0, length: int | None = -1, occurrence: int | None = 1) -> int | None:
    """The position of an occurrence of a value, -1 of none; null of what is no array."""
    if not isinstance(values, list) or start is None or length is None or occurrence is None:
        return None
    if start < 0:
        start = max(0, start + len(values))
    end = len(values) if length < 0 else min(len(values), start + length)
    for at in range(start, end):
        if same(values[at], wanted):
            occurrence -= 1
            if occurrence == 0:
                return at
    return -1


def array_slice(values: Json, first: int | None, last: int | None) -> list[Json] | None:
    """The elements from first to last, both included; negative positions count from the end."""
    if not isinstance(values, list) or first is None or last is None:
        return None
    size = len(values)
    first = max(0, first + size if first < 0 else first)
    last = last + size if last < 0 else last
    return values[first : last + 1] if last >= first else []


def array_reverse(values: Json) -> list[Json] | None:
    """The elements in reverse order."""
    return values[::-1] if isinstance(values, list) else None


def array_rotate_left(values: Json, count: int | None) -> list[Json] | None:
    """The elements moved left, those that fall out come in at the end; a negative count moves right."""
    if not isinstance(values, list) or count is None:
        return None
    at = count % len(values) if values else 0
    return values[at:] + values[:at]


def array_shift_left(values: Json, count: int | None, fill: Json = None) -> list[Json] | None:
    """The elements moved left and filled at the end; a negative count moves right."""
    if not isinstance(values, list) or count is None:
        return None
    gap: list[Json] = [fill] * min(abs(count), len(values))
    return values[count:] + gap if count >= 0 else gap + values[: len(values) + count] if -count < len(values) else gap


def array_split(values: Json, indexes: Json) -> list[Json] | None:
    """The array cut at one or more positions; negative ones count from the end."""
    if not isinstance(values, list):
        return None
    cuts = [i for i in (indexes if isinstance(indexes, list) else [indexes]) if isinstance(i, int)]
    parts: list[Json] = []
    start = 0
    for cut in cuts:
        at = max(0, min(len(values), cut + len(values) if cut < 0 else cut))
        parts.append(values[start:at])
        start = max(start, at)
    return [*parts, values[start:]]


def array_iff(conditions: Json, then: Json, otherwise: Json) -> list[Json] | None:
    """Element by element one of two arrays' (or scalars') values; null where the condition is no bool or a partner is missing."""
    if not isinstance(conditions, list):
        return None
    result: list[Json] = []
    for number, condition in enumerate(conditions):
        flag = condition != 0 if isinstance(condition, (bool, int, float)) else None
        chosen = then if flag else otherwise
        value = (chosen[number] if number < len(chosen) else None) if isinstance(chosen, list) else chosen
        result.append(None if flag is None else value)
    return result


def sort_rank(value: Json) -> tuple[int, float | str]:
    """The order of mixed values in an array: numbers, text, others, null."""
    match value:
        case None:
            return (9, 0)
        case bool():
            return (5, int(value))
        case int() | float():
            return (1, value)
        case str():
            return (2, value)
    return (7, sorted_json_text(value))


def array_sort(descending: bool, arrays: list[Json], nulls_last: bool = True) -> list[Json]:
    """The first array sorted, the others carried along; an array of another length becomes null."""
    lead = arrays[0]
    if not isinstance(lead, list):
        return [None for _ in arrays]
    order = sorted((i for i in range(len(lead)) if lead[i] is not None), key=lambda i: sort_rank(lead[i]), reverse=descending)
    nulls = [i for i in range(len(lead)) if lead[i] is None]
    places = order + nulls if nulls_last else nulls + order
    return [[a[i] for i in places] if isinstance(a, list) and len(a) == len(lead) else None for a in arrays]


def array_range(start: float | None, stop: float | None, step: float | None, to_json: object = None) -> list[Json] | None:
    """`range(start, stop, step)` as an array, both ends included."""
    if start is None or stop is None or step is None or not step or start - start or stop - stop or step - step:
        return None
    values: list[Json] = []
    for number in range(1_048_576):
        value = start + number * step
        if value > stop if step > 0 else value < stop:
            break
        values.append(to_json(value) if to_json is not None else value)  # type: ignore[operator]
    return values


def bag_keys(value: Json) -> list[Json] | None:
    """The keys of a bag; null of anything else."""
    return list(value) if isinstance(value, dict) else None


def bag_has_key(bag: Json, key: str) -> bool | None:
    """Whether the bag has a key, or a `$`-path of keys; null of what is no bag."""
    if not isinstance(bag, dict):
        return None
    if not key.startswith("$"):
        return key in bag
    current: Json = bag
    for step in json_path_steps(key):
        following = path(current, step)
        if following is None and not (isinstance(current, dict) and step in current):
            return False
        current = following
    return True


def json_path_steps(text: str) -> list[str | int]:
    """The steps of a JSONPath such as `$.a['b'][0]`."""
    steps: list[str | int] = []
    at = 1
    while at < len(text):
        if text[at] == ".":
            end = at + 1
            while end < len(text) and text[end] not in ".[":
                end += 1
            steps.append(text[at + 1 : end])
        else:
            end = text.find("]", at) + 1 or len(text)
            inner = text[at + 1 : end - 1]
            steps.append(inner[1:-1] if inner[:1] in ("'", '"') else int(inner) if inner.lstrip("-").isdigit() else inner)
        at = end
    return steps


def bag_merge(*bags: Json) -> dict[str, Json] | None:
    """All keys of the bags; the leftmost value of a key wins."""
    result: dict[str, Json] = {}
    kept = [b for b in bags if isinstance(b, dict)]
    for bag in kept:
        for key, value in bag.items():
            result.setdefault(key, value)
    return result if kept else None


def bag_remove_keys(bag: Json, keys: Json) -> Json:
    """The bag without some keys; a key may be a `$`-path."""
    if not isinstance(bag, dict):
        return None
    result: Json = json.loads(json.dumps(bag))
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, str) and key.startswith("$"):
            steps = json_path_steps(key)
            holder: Json = result
            for step in steps[:-1]:
                holder = holder.get(step) if isinstance(holder, dict) and isinstance(step, str) else None
            if isinstance(holder, dict) and steps:
                holder.pop(str(steps[-1]), None)
        elif isinstance(result, dict):
            result.pop(key if isinstance(key, str) else str(key), None)
    return result


def bag_set_key(bag: Json, key: str, value: Json) -> Json:
    """The bag with a key set; the key may be a `$`-path."""
    if not isinstance(bag, dict):
        return None
    result: dict[str, Json] = dict(bag)
    if not key.startswith("$"):
        result[key] = value
        return result
    holder = result
    steps = json_path_steps(key)
    for step in steps[:-1]:
        inner = holder.get(str(step))
        holder[str(step)] = inner = dict(inner) if isinstance(inner, dict) else {}
        holder = inner
    if steps:
        holder[str(steps[-1])] = value
    return result


def bag_zip(keys: Json, values: Json) -> dict[str, Json] | None:
    """A bag of an array of keys and an array of values; missing values are null, keys that are no text are skipped."""
    if not isinstance(keys, list):
        return None
    given = values if isinstance(values, list) else []
    result: dict[str, Json] = {}
    for number, key in enumerate(keys):
        if isinstance(key, str):
            result.setdefault(key, given[number] if number < len(given) else None)
    return result


def bag_pack(*pairs: Json) -> dict[str, Json]:
    """A bag of keys and values in turn; the first value of a key stays."""
    result: dict[str, Json] = {}
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        result.setdefault(dynamic_text(key), value)
    return result


def pack_filled(bag: dict[str, Json]) -> dict[str, Json]:
    """The bag without null and '' values."""
    return {k: v for k, v in bag.items() if v is not None and v != ""}


def set_of(values: list[Json]) -> list[Json]:
    """The values without repetitions, in the order of their first places."""
    found: dict[object, Json] = {}
    for value in values:
        found.setdefault(identity(value), value)
    return list(found.values())


def set_union(*arrays: Json) -> list[Json] | None:
    """The distinct elements of all arrays."""
    if not all(isinstance(a, list) for a in arrays):
        return None
    return set_of([v for a in arrays if isinstance(a, list) for v in a])


def set_intersect(*arrays: Json) -> list[Json] | None:
    """The distinct elements that all arrays have."""
    kept = [a for a in arrays if isinstance(a, list)]
    if len(kept) != len(arrays):
        return None
    others = [{identity(v) for v in a} for a in kept[1:]]
    return [v for v in set_of(kept[0]) if all(identity(v) in o for o in others)]


def set_difference(*arrays: Json) -> list[Json] | None:
    """The distinct elements of the first array that no other has."""
    kept = [a for a in arrays if isinstance(a, list)]
    if len(kept) != len(arrays):
        return None
    others = {identity(v) for a in kept[1:] for v in a}
    return [v for v in set_of(kept[0]) if identity(v) not in others]


def set_has_element(values: Json, wanted: Json) -> bool | None:
    """Whether an array has a value."""
    return any(same(v, wanted) for v in values) if isinstance(values, list) else None


def jaccard_index(a: Json, b: Json) -> float | None:
    """The size of the intersection over that of the union."""
    if not isinstance(a, list) or not isinstance(b, list):
        return None
    first, second = {identity(v) for v in a}, {identity(v) for v in b}
    return len(first & second) / len(first | second) if first | second else float("nan")


def zipped(*arrays: Json) -> list[Json]:
    """`zip`: arrays of the elements at the same place, padded with null; a scalar is an array of itself."""
    lists = [a if isinstance(a, list) else [] if a is None else [a] for a in arrays]
    size = max((len(a) for a in lists), default=0)
    return [[a[i] if i < len(a) else None for a in lists] for i in range(size)]


def repeat(value: Json, count: int | None) -> list[Json] | None:
    """An array of one value again and again."""
    return None if count is None or not 0 <= count <= 1_048_576 else [value] * count


def treepath(value: Json) -> list[Json] | None:
    """The paths of all leaves and inner values of a bag or array."""
    if not isinstance(value, (dict, list)):
        return None
    found: dict[str, None] = {}
    _walk(value, "", found)
    return list(found)


def _walk(value: Json, prefix: str, found: dict[str, None]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            found[f"{prefix}['{key}']"] = None
            _walk(inner, f"{prefix}['{key}']", found)
    elif isinstance(value, list):
        for inner in value:
            found[f"{prefix}[0]"] = None
            _walk(inner, f"{prefix}[0]", found)


def extract_json(path_text: str, value: Json) -> Json:
    """The part of a JSON value at a JSONPath."""
    if not path_text.startswith("$"):
        return None
    for step in json_path_steps(path_text):
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def in_array(value: Json, values: Json) -> bool | None:
    """`in` of an array; null when both the value and an element are null."""
    if not isinstance(values, list):
        return False if value is not None else None
    if value is None:
        return None if None in values else False
    return any(same(value, v) for v in values)


def in_array_ignoring_case(value: Json, values: Json) -> bool:
    """`in~` of an array."""
    return isinstance(value, str) and isinstance(values, list) and any(isinstance(v, str) and fold(v) == fold(value) for v in values)


def coalesce(*values: object) -> object:
    """The first value that is not null."""
    for value in values:
        if value is not None:
            return value
    return None


def set_equals(a: Json, b: Json) -> bool | None:
    """Whether two arrays have the same distinct elements."""
    if not isinstance(a, list) or not isinstance(b, list):
        return None
    return {identity(v) for v in a} == {identity(v) for v in b}
