"""Functions of dynamic values, on their JSON text.

Source: Learn's function pages, recorded answers; Search Reference, "JSON functions", "Multivalue eval functions".
"""

from __future__ import annotations

from rulec.ir.exprs import Call, Column, Expr, Literal, Path
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.dynamics import array_text, elements, is_array, is_object, json_of, or_null, quoted
from rulec_backends.splunk.functions.rows import Predicate, Row, options
from rulec_backends.splunk.functions.text_tests import constant, escaped
from rulec_backends.splunk.stage import Builder, Each
from rulec_backends.splunk.tree import NULL, TRUE, Field, Fn, Node, Not, Number, Text, all_of, any_of, fn, joined, number, op, plus


def _array_length(b: Builder, e: Call) -> Node:
    only = e.arguments[0]
    if isinstance(only, Call) and only.function == "split" and len(only.arguments) == 2 and constant(only.arguments[1]):
        return fn("coalesce", fn("mvcount", fn("split", b.value(only.arguments[0]), b.value(only.arguments[1]))), number(1))
    j = b.atom(b.value(only))
    size = fn("coalesce", fn("mvcount", elements(b, j)), number(0))
    return size if dynamics.surely_array(b, only) else fn("if", is_array(j), size, NULL)


def _pack_array(b: Builder, e: Call) -> Node:
    return dynamics.array_of([dynamics.member(b, a) for a in e.arguments])


def _pack_all(b: Builder, e: Call) -> Node:
    """A bag of all columns but those that are null or empty."""
    members: list[Node] = []
    for key, value in zip(e.arguments[1::2], e.arguments[2::2], strict=True):
        text = b.atom(dynamics.member(b, value), "j")
        filled = fn("in", text, Text("null"), Text('""'))
        members.append(fn("if", filled, NULL, dynamics.merged([quoted(b.value(key)), Text(":"), text])))
    return joined(Text("{"), fn("coalesce", fn("mvjoin", Fn("mvappend", tuple(members)), Text(",")), Text("")), Text("}"))


def _bag_pack(b: Builder, e: Call) -> Node:
    """Of a key that comes twice the first value stays."""
    several = len(e.arguments) > 2
    names: list[Node] = []
    parts: list[Node] = [Text("{")]
    for key, value in zip(e.arguments[::2], e.arguments[1::2], strict=True):
        name = quoted(b.value(key))
        if several and not isinstance(name, Text):  # which keys are one is known in the row only
            name = b.atom(name)
        if name in names:
            continue
        member = [*([Text(",")] if names else []), name, Text(":"), dynamics.member(b, value)]
        same = [op(name, "=", other) for other in names if not (isinstance(name, Text) and isinstance(other, Text))]
        parts += [fn("if", any_of(*same), Text(""), dynamics.merged(member))] if same else member
        names.append(name)
    return dynamics.merged([*parts, Text("}")])


def _bag_pack_columns(b: Builder, e: Call) -> Node:
    members = [(quoted(Text(a.name)), dynamics.member(b, a)) for a in e.arguments if isinstance(a, Column)]
    if len(members) < len(e.arguments):
        return b.ctx.refuse(e.span, "`bag_pack_columns` of what is no column")
    return dynamics.object_of(members)


def _bag_keys(b: Builder, e: Call) -> Node:
    j = b.atom(b.value(e.arguments[0]))
    return fn("if", is_object(j), fn("json_keys", j), NULL)


def _array_concat(b: Builder, e: Call) -> Node:
    """Arguments that are no arrays are skipped; without any array there is none."""
    given = [b.atom(b.value(argument)) for argument in e.arguments]
    parts = tuple(fn("if", is_array(j), elements(b, j), NULL) for j in given)
    return fn("if", any_of(*map(is_array, given)), array_text(Fn("mvappend", parts)), NULL)


def _array_slice(b: Builder, e: Call) -> Node:
    """Both ends included, negative from the end, clipped."""
    j = b.atom(b.value(e.arguments[0]))
    items = b.temp(elements(b, j), "mv")
    size = b.temp(fn("coalesce", fn("mvcount", items), number(0)), "n")
    start, stop = (b.atom(b.value(a)) for a in e.arguments[1:3])
    first = b.temp(fn("max", number(0), fn("if", op(start, "<", number(0)), op(start, "+", size), start)), "a")
    last = b.temp(fn("min", op(size, "-", number(1)), fn("if", op(stop, "<", number(0)), op(stop, "+", size), stop)), "z")
    found = fn("if", op(first, "<=", last), fn("mvindex", items, first, last), NULL)
    given = [fn("isnotnull", b.value(a)) for a in e.arguments[1:3] if a.nullable and not (isinstance(a, Literal) and a.value is not None)]
    return fn("if", all_of(is_array(j), *given), array_text(found), NULL)


def indexed(b: Builder, j: Node) -> tuple[Field, Field]:
    """The elements, and a multivalue of their places."""
    items = b.temp(elements(b, j), "mv")
    return items, b.temp(fn("mvrange", number(0), fn("coalesce", fn("mvcount", items), number(0))), "i")


def _array_reverse(b: Builder, e: Call) -> Node:
    j = b.atom(b.value(e.arguments[0]))
    items, i = indexed(b, j)
    last = b.temp(op(fn("mvcount", items), "-", number(1)), "n")
    return fn("if", is_array(j), array_text(fn("mvmap", i, fn("mvindex", items, op(last, "-", i)))), NULL)


def element_pattern(b: Builder, e: Expr, null: bool = False) -> Node:
    """A pattern of an array's element: a number equals one that is written with or without `.0`; `null`: null is found too."""
    if e.type.is_integer or e.type is ScalarType.REAL:
        number_text = escaped(b.value(e))
        body = fn("coalesce", number_text, Text("null")) if null and e.nullable else number_text
        return joined(Text("^"), body, Text(r"(\.0*)?\z"))
    return joined(Text("^"), escaped(or_null(json_of(b, e))), Text(r"\z"))


def _array_index_of(b: Builder, e: Call) -> Node:
    """From a start (negative: from the end), within a length (negative: to the end)."""
    j = b.atom(b.value(e.arguments[0]))
    pattern = element_pattern(b, e.arguments[1], null=True)
    start, length, occurrence = options(e, {2: 0, 3: -1, 4: 1})
    if not (isinstance(start, int) and isinstance(length, int)) or occurrence != 1:
        return b.ctx.refuse(e.span, "`array_index_of` with a start or length that is no constant, or of a later occurrence")
    items: Node = elements(b, j)
    found: Node = fn("mvfind", items, pattern)
    if (start, length) != (0, -1):
        items = b.temp(items, "mv")
        at: Node = number(start) if start >= 0 else b.temp(fn("max", number(0), op(fn("mvcount", items), "-", number(-start))), "at")
        last = op(at, "+", number(length - 1)) if length > 0 else Number("-1")
        found = op(fn("mvfind", fn("mvindex", items, at, last), pattern), "+", at) if length else NULL
    return fn("if", is_array(j), fn("coalesce", found, Number("-1")), NULL)


def _set_has_element(b: Builder, e: Call) -> Node:
    return fn("isnotnull", fn("mvfind", elements(b, b.value(e.arguments[0])), element_pattern(b, e.arguments[1], null=True)))


def _set_lacks_element(b: Builder, e: Call) -> Node:
    """What is no array neither has an element nor lacks it."""
    absent = Not(_set_has_element(b, e))
    given = e.arguments[0]
    constant_array = isinstance(given, Literal) and isinstance(given.value, list)
    return absent if constant_array else all_of(is_array(b.value(given)), absent)


def _if_arrays(e: Call, values: list[Node], found: Node) -> Node:
    """Null where one of the call's values is no array."""
    unknown = [v for v, a in zip(values, e.arguments, strict=True) if not (isinstance(a, Literal) and isinstance(a.value, list))]
    return fn("if", all_of(*map(is_array, unknown)), found, NULL) if unknown else found


def _set_union(b: Builder, e: Call) -> Node:
    values = [b.atom(b.value(a)) for a in e.arguments]
    parts = tuple(elements(b, v) for v in values)
    return _if_arrays(e, values, array_text(fn("mvdedup", Fn("mvappend", parts))))


def _set_filter(keep: bool) -> Row:
    """set_intersect, set_difference: the first set's elements that the others hold, or not."""

    def lower(b: Builder, e: Call) -> Node:
        values = [b.atom(b.value(a)) for a in e.arguments]
        items, *others = [b.temp(elements(b, v), "mv") for v in values]
        items = b.temp(fn("mvdedup", items), "mv")
        pattern = joined(Text("^"), escaped(items), Text(r"\z"))
        hits = [fn("isnotnull" if keep else "isnull", fn("mvfind", o, pattern)) for o in others]
        return _if_arrays(e, values, array_text(fn("mvmap", items, fn("if", all_of(*hits), items, NULL))))

    return lower


def _both(b: Builder, e: Call) -> tuple[Node, Node, Node]:
    """Whether both arguments are arrays, and the distinct elements of each."""
    left, right = (b.atom(b.value(a)) for a in e.arguments[:2])
    sets = [b.temp(fn("mvdedup", elements(b, one)), "mv") for one in (left, right)]
    return all_of(is_array(left), is_array(right)), sets[0], sets[1]


def _sizes(b: Builder, left: Node, right: Node) -> tuple[Node, Node]:
    """How many elements both have together, and how many there are in one or the other."""
    together = b.temp(fn("coalesce", fn("mvcount", fn("mvdedup", fn("mvappend", left, right))), number(0)), "n")
    each = plus(*(fn("coalesce", fn("mvcount", one), number(0)) for one in (left, right)))
    return b.temp(op(each, "-", together), "n"), together


def _jaccard(b: Builder, e: Call) -> Node:
    arrays, left, right = _both(b, e)
    common, together = _sizes(b, left, right)
    ratio = fn("if", op(together, "=", number(0)), Text("NaN"), fn("exact", op(common, "/", together)))
    return fn("if", arrays, ratio, NULL)


def _set_equals(b: Builder, e: Call) -> Node:
    arrays, left, right = _both(b, e)
    common, together = _sizes(b, left, right)
    return fn("if", arrays, fn("if", op(common, "=", together), Text("true"), Text("false")), NULL)


def _array_iff(b: Builder, e: Call) -> Node:
    """Element by element one of two arrays' (or scalars') values; null where the condition is no bool or number."""
    j = b.atom(b.value(e.arguments[0]))
    flags, i = indexed(b, j)
    flag = fn("mvindex", flags, i)
    picks: list[Node] = []
    for argument in e.arguments[1:]:
        if argument.type is ScalarType.DYNAMIC:
            value = b.atom(b.value(argument))
            held = b.temp(fn("if", is_array(value), elements(b, value), NULL), "mv")
            single = b.temp(fn("if", is_array(value), Text("null"), or_null(value)), "one")
            picks.append(fn("coalesce", fn("mvindex", held, i), single))
        else:
            picks.append(b.temp(or_null(json_of(b, argument)), "one"))
    no = fn("match", flag, Text(r"^(?:false|-?0(?:\.0*)?)\z"))
    yes = fn("match", flag, Text(r"^(?:true|-?\d)"))
    item = fn("case", no, picks[1], yes, picks[0], TRUE, Text("null"))
    return fn("if", is_array(j), array_text(fn("mvmap", i, item)), NULL)


def _array_split(b: Builder, e: Call) -> Node:
    """The array cut at constant places; negative ones count from the end."""
    places = e.arguments[1].value if isinstance(e.arguments[1], Literal) else None
    cuts = [places] if isinstance(places, int) else places
    if not isinstance(cuts, list):
        return b.ctx.refuse(e.span, "`array_split` at places that are no constants")
    j = b.atom(b.value(e.arguments[0]))
    items = b.temp(elements(b, j), "mv")
    size = b.temp(fn("coalesce", fn("mvcount", items), number(0)), "n")
    start: Node = number(0)
    parts: list[Node] = []
    for cut in cuts:
        if not isinstance(cut, int):
            continue
        place: Node = number(cut) if cut >= 0 else op(size, "-", number(-cut))
        at = b.temp(fn("max", number(0), fn("min", size, place)), "at")
        parts.append(_between(items, start, at))
        start = b.temp(fn("max", start, at), "from")
    parts.append(_between(items, start, size))
    return fn("if", is_array(j), dynamics.array_of(parts), NULL)


def _between(items: Node, start: Node, stop: Node) -> Node:
    """The array of the elements from `start` to before `stop`."""
    return array_text(fn("if", op(start, "<", stop), fn("mvindex", items, start, op(stop, "-", number(1))), NULL))


def _strcat_array(b: Builder, e: Call) -> Node:
    """Elements as text, null as ''."""
    items = b.temp(elements(b, b.value(e.arguments[0])), "mv")
    text = fn("if", op(items, "=", Text("null")), Text(""), dynamics.text_of(b, items))
    marked = fn("mvmap", items, joined(Text("="), text))
    mark = b.value(e.arguments[1])
    joined_text = fn("mvjoin", marked, joined(mark, Text("\x01")))
    clean = fn("replace", joined(Text("\x01"), joined_text), Text("\x01="), Text(""))
    return fn("coalesce", clean, Text(""))


def _array_sum(b: Builder, e: Call) -> Node:
    """The sum of the numbers as a real; null if there are none."""
    j = b.atom(b.value(e.arguments[0]))
    items = b.temp(elements(b, j), "mv")
    return fn("if", is_array(j), fn("exact", fn("sum", items)), NULL)


#: Values that the engine gives of a `range` at most (Learn, "range()").
MOST_VALUES = 2**20


def _range(b: Builder, e: Call) -> Node:
    """Both ends included; null when an end is, or the step is 0."""
    start, stop = e.arguments[0], e.arguments[1]
    steps = {ScalarType.DATETIME: 3600, ScalarType.TIMESPAN: 3600}
    if start.type is ScalarType.DECIMAL or ScalarType.DECIMAL in {a.type for a in e.arguments}:
        return b.ctx.refuse(e.span, "`range` of decimals: Splunk's numbers are doubles")
    ends = [a.value for a in (start, stop) if isinstance(a, Literal) and isinstance(a.value, int)]
    if len(ends) == 2 and start.type.is_integer and ends[1] - ends[0] > 100_000:
        return b.ctx.refuse(e.span, "`range` of more than 100,000 values")
    step = b.value(e.arguments[2]) if len(e.arguments) > 2 else number(steps.get(start.type, 1))
    given = [a for a in e.arguments if a.nullable and not (isinstance(a, Literal) and a.value is not None)]
    first, last, step = b.atom(b.value(start)), b.atom(b.value(stop)), b.atom(step)
    if isinstance(step, Number) and float(step.text) == 0:
        return NULL
    count = op(fn("floor", fn("exact", op(op(last, "-", first), "/", step))), "+", number(1))
    size: Node = fn("max", number(0), count)
    if len(ends) < 2:
        size = fn("min", size, number(MOST_VALUES))
    places = b.temp(fn("mvrange", number(0), size), "i")
    found = array_text(_points(b, start.type if e.type is not ScalarType.REAL else e.type, e, (first, step), places))
    nothing: list[Node] = [fn("isnull", b.value(a)) for a in given]
    if not isinstance(step, Number):
        nothing.append(op(step, "=", number(0)))
    return fn("if", any_of(*nothing), NULL, found) if nothing else found


def _points(b: Builder, type_: ScalarType, e: Call, line: tuple[Node, Node], places: Field) -> Node:
    from rulec_backends.splunk.functions.series import real
    from rulec_backends.splunk.functions.texts import datetime_text, timespan_text

    each = Each(b, places)
    point = op(line[0], "+", op(places, "*", line[1]))
    if type_ in (ScalarType.DATETIME, ScalarType.TIMESPAN):
        at = each.temp(fn("exact", fn("round", point, number(6))), "at")
        text = datetime_text(each, at) if type_ is ScalarType.DATETIME else timespan_text(each, at)
        return each.every(joined(Text('"'), text, Text('"')))
    return each.every(real(point) if any(a.type is ScalarType.REAL for a in e.arguments) else point)


def _zip(b: Builder, e: Call) -> Node:
    """Rows of the arrays' elements; shorter arrays are filled with null."""
    values = [b.atom(b.value(a)) for a in e.arguments]
    lists = [b.temp(fn("if", is_array(v), elements(b, v), v), "mv") for v in values]
    size = Fn("max", tuple(fn("coalesce", fn("mvcount", one), number(0)) for one in lists))
    i = b.temp(fn("mvrange", number(0), b.temp(size, "n")), "i")
    row = dynamics.array_of([fn("coalesce", fn("mvindex", one, i), Text("null")) for one in lists])
    return array_text(fn("mvmap", i, row))


def _rotate(direction: int, fill: bool) -> Row:
    def lower(b: Builder, e: Call) -> Node:
        j = b.atom(b.value(e.arguments[0]))
        items, i = indexed(b, j)
        size = b.temp(fn("mvcount", items), "n")
        count = b.atom(b.value(e.arguments[1]))
        source = op(i, "+" if direction > 0 else "-", count)
        known = all_of(is_array(j), fn("isnotnull", count)) if e.arguments[1].nullable else is_array(j)
        if not fill:
            place = op(source, "-", op(size, "*", fn("floor", op(source, "/", size))))
            return fn("if", known, array_text(fn("mvmap", i, fn("mvindex", items, place))), NULL)
        default = or_null(json_of(b, e.arguments[2])) if len(e.arguments) > 2 else Text("null")
        inside = all_of(op(source, ">=", number(0)), op(source, "<", size))
        return fn("if", known, array_text(fn("mvmap", i, fn("if", inside, fn("mvindex", items, source), default))), NULL)

    return lower


def _bag_merge(b: Builder, e: Call) -> Node:
    """Members of all bags; of equal keys the first bag's. Without any bag there is none."""
    members: list[Node] = []
    before: list[Field] = []
    given = [b.atom(b.value(argument)) for argument in e.arguments]
    for j in given:
        keys = b.temp(fn("if", is_object(j), fn("json_array_to_mv", fn("json_keys", j)), NULL), "keys")
        pattern = joined(Text("^"), escaped(keys), Text(r"\z"))
        new = all_of(*(fn("isnull", fn("mvfind", k, pattern)) for k in before)) if before else TRUE
        value = fn("mvindex", fn("json_array_to_mv", fn("json_extract_exact", j, keys, keys), TRUE), number(0))
        member = joined(quoted(keys), Text(":"), value)
        members.append(fn("mvmap", keys, fn("if", new, member, NULL) if before else member))
        before.append(keys)
    merged = joined(Text("{"), fn("coalesce", fn("mvjoin", Fn("mvappend", tuple(members)), Text(",")), Text("")), Text("}"))
    return fn("if", any_of(*map(is_object, given)), merged, NULL)


def _bag_remove_keys(b: Builder, e: Call) -> Node:
    names = e.arguments[1].value if isinstance(e.arguments[1], Literal) else None
    if not isinstance(names, list) or any(not isinstance(n, str) or n.startswith("$") for n in names):
        return b.ctx.refuse(e.span, "`bag_remove_keys` of paths, or of keys that are no constants")
    j = b.atom(b.value(e.arguments[0]))
    gone = b.temp(fn("json_array_to_mv", b.value(e.arguments[1])), "gone")
    keys = b.temp(fn("json_array_to_mv", fn("json_keys", j)), "keys")
    value = fn("mvindex", fn("json_array_to_mv", fn("json_extract_exact", j, keys, keys), TRUE), number(0))
    keep = fn("isnull", fn("mvfind", gone, joined(Text("^"), escaped(keys), Text(r"\z"))))
    members = fn("mvmap", keys, fn("if", keep, joined(quoted(keys), Text(":"), value), NULL))
    body = joined(Text("{"), fn("coalesce", fn("mvjoin", members, Text(",")), Text("")), Text("}"))
    return fn("if", is_object(j), body, NULL)


def _extract_json(b: Builder, e: Call) -> Node:
    """A constant path `$.a.b[0]`; a value of another type is converted as `tostring` and then from text."""
    from rulec_backends.splunk.functions.bags import json_path
    from rulec_backends.splunk.functions.conversions import of_dynamic, parse_json

    steps = json_path(constant(e.arguments[0]) or "")
    if steps is None:
        return b.ctx.refuse(e.span, f"the path of `{e.function}`")
    source = e.arguments[1]
    found = b.value(Path(source, steps, e.span)) if steps else b.value(source)
    if not steps and source.type is ScalarType.STRING:
        found = parse_json(b, found)
    if e.type is ScalarType.STRING:
        return dynamics.text_of(b, found if steps else dynamics.present(found))
    return of_dynamic(b, b.atom(found), e.type, e)


PREDICATES: dict[str, Predicate] = {"set_has_element": Predicate(_set_has_element, _set_lacks_element)}
FUNCTIONS: dict[str, Row] = {
    "array_length": _array_length,
    "pack_array": _pack_array,
    "bag_pack": _bag_pack,
    "bag_pack_columns": _bag_pack_columns,
    "pack_all": _pack_all,
    "bag_keys": _bag_keys,
    "bag_merge": _bag_merge,
    "bag_remove_keys": _bag_remove_keys,
    "array_concat": _array_concat,
    "array_slice": _array_slice,
    "array_reverse": _array_reverse,
    "array_index_of": _array_index_of,
    "series_sum": _array_sum,
    "array_rotate_left": _rotate(1, False),
    "array_rotate_right": _rotate(-1, False),
    "array_shift_left": _rotate(1, True),
    "array_shift_right": _rotate(-1, True),
    "set_union": _set_union,
    "set_intersect": _set_filter(True),
    "set_difference": _set_filter(False),
    "jaccard_index": _jaccard,
    "set_equals": _set_equals,
    "array_iff": _array_iff,
    "array_split": _array_split,
    "strcat_array": _strcat_array,
    "range": _range,
    "zip": _zip,
    "extract_json": _extract_json,
}
