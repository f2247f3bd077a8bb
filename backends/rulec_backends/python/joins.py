"""Joins, and bodies that run over given rows: mv-apply, partition."""

from __future__ import annotations

from collections.abc import Iterator

from rulec.ir.exprs import Column, Expr
from rulec.ir.rels import Given, Join, MvApply, OutputColumn, Partition, Plugin, Rel, ScanOperator, Shared, TopNested
from rulec.scalars import ScalarType
from rulec_backends.python import stages
from rulec_backends.python.code import Code, name, tuple_of
from rulec_backends.python.emit import Cell, Consume, Function, Place, Row, missing_value
from rulec_backends.python.lower import Lower
from rulec_backends.python.names import snake
from rulec_backends.python.reads import node_parts, nodes_below, reads

T = ScalarType


def join(rel: Join, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """The right side is an index by key, the left side streams past it (for right kinds the other way round)."""
    match rel.kind:
        case "inner" | "innerunique" | "leftouter":
            _stream(rel, "left", needed, place, consume)
        case "rightouter":
            _stream(rel, "right", needed, place, consume)
        case "leftsemi" | "leftanti":
            _filter_by(rel, "left", needed, place, consume)
        case "rightsemi" | "rightanti":
            _filter_by(rel, "right", needed, place, consume)
        case "fullouter":
            _full(rel, needed, place, consume)
        case _:
            place.module.refuse(rel.span, "RC402", f"join kind `{rel.kind}` is not supported")


def _sides(rel: Join, side: str) -> tuple[Rel, tuple[Expr, ...], Rel, tuple[Expr, ...]]:
    """The streamed relation and its keys, the indexed one and its keys."""
    left, right = tuple(k[0] for k in rel.keys), tuple(k[1] for k in rel.keys)
    return (rel.left, left, rel.right, right) if side == "left" else (rel.right, right, rel.left, left)


def _outputs(rel: Join, side: str, needed: frozenset[str]) -> list[OutputColumn]:
    return [o for o in rel.outputs if o.side == side and o.column.name in needed]


def key_code(keys: tuple[Expr, ...], row: Row) -> Code:
    """The key of a row: one value or a tuple; null matches null and NaN matches NaN."""
    lower = Lower(row)
    parts = []
    for key in keys:
        code = lower.value(key)
        kind = {T.REAL: "real_key", T.DYNAMIC: "identity"}.get(key.type)
        parts.append(row.place.module.call(kind, code) if kind else code)
    return parts[0] if len(parts) == 1 else tuple_of(parts)


def _index(rel: Rel, keys: tuple[Expr, ...], columns: tuple[str, ...], place: Place) -> Code:
    """The rows of one side by key, as a dict of lists."""
    from rulec_backends.python.relations import given_of, produce

    module = place.module
    wish = f"by_{snake(getattr(keys[0], 'name', 'key'))}" if keys else "by_nothing"
    wish = f"{snake(rel.name)}_{wish}" if isinstance(rel, Shared) else wish
    given = given_of(rel, place)
    local = given != () or module.main is None
    function = Function(module, module.global_name(f"index_{wish}"), given)
    inside = Place(function, function.body)
    function.names.take("index")
    inside.add("index = {}")

    def each(row: Row) -> None:
        cells = tuple_of([row.read(c) for c in columns])
        row.place.add(f"index.setdefault({key_code(keys, row).text}, []).append({cells.text})")

    produce(rel, frozenset(columns) | reads(keys), inside, each)
    inside.add("return index")
    function.finish()
    return _computed_once(function, wish, given, local, place)


def _computed_once(function: Function, wish: str, given: tuple[str, ...], local: bool, place: Place) -> Code:
    """The value of a function without rows of its own: computed in `detect`, or here when it depends on given rows."""
    module, main = place.module, place.module.main
    if local or main is None:
        variable = place.function.local(wish)
        place.function.prologue.add(f"{variable} = {function.called_from(place.function, *(name(g) for g in given)).text}")
        return name(variable)
    variable = module.global_name(wish)
    main.prologue.add(f"{variable} = {function.called_from(main).text}")
    return name(variable) if place.function is main else place.function.need(variable)


def _stream(rel: Join, side: str, needed: frozenset[str], place: Place, consume: Consume) -> None:
    from rulec_backends.python.relations import produce

    other = "right" if side == "left" else "left"
    streamed, keys, indexed, other_keys = _sides(rel, side)
    mine, theirs = _outputs(rel, side, needed), _outputs(rel, other, needed)
    columns = tuple(dict.fromkeys(o.source for o in theirs))
    index = _index(indexed, other_keys, columns, place)
    outer = rel.kind in ("leftouter", "rightouter")
    seen = ""
    if rel.kind == "innerunique":
        seen = place.function.local("seen")
        place.add(f"{seen} = set()")
    missing = tuple_of([missing_value(_source_type(indexed, c)) for c in columns])

    def each(row: Row) -> None:
        at = row.place
        at.comment(rel.span)
        key = key_code(keys, row)
        if seen:
            key = at.assign("key", key)
            at = at.skip_unless(Code(f"{key.text} not in {seen}", 5), Code(f"{key.text} in {seen}", 5))
            at.add(f"{seen}.add({key.text})")
        names = [at.function.local(c) for c in columns]
        target = f"{', '.join(names)}{',' if len(names) == 1 else ''}" if names else "_"
        default = f"({missing.text},)" if outer else "()"
        inner = at.inside(f"for {target} in {index.text}.get({key.text}, {default}):", loops=1)
        cells = {o.column.name: row.columns[o.source] for o in mine}
        by_source = dict(zip(columns, names, strict=True))
        cells.update({o.column.name: Cell(name(by_source[o.source]), depth=inner.loop) for o in theirs})
        consume(Row(inner, cells))

    produce(streamed, frozenset(o.source for o in mine) | reads(keys), place, each)


def _source_type(rel: Rel, column: str) -> ScalarType:
    return next(c.type for c in rel.columns if c.name == column)


def _filter_by(rel: Join, side: str, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """Semi and anti joins: the other side is a set of keys."""
    from rulec_backends.python.relations import produce

    streamed, keys, other, other_keys = _sides(rel, side)
    found = _key_set(other, other_keys, place)
    mine = _outputs(rel, side, needed)
    semi = rel.kind.endswith("semi")

    def each(row: Row) -> None:
        row.place.comment(rel.span)
        key = key_code(keys, row)
        inside, outside = Code(f"{key.at(6)} in {found.text}", 5), Code(f"{key.at(6)} not in {found.text}", 5)
        at = row.place.skip_unless(inside, outside) if semi else row.place.skip_unless(outside, inside)
        consume(Row(at, {o.column.name: row.columns[o.source] for o in mine}))

    produce(streamed, frozenset(o.source for o in mine) | reads(keys), place, each)


def _key_set(rel: Rel, keys: tuple[Expr, ...], place: Place) -> Code:
    from rulec_backends.python.relations import given_of, produce

    module = place.module
    wish = f"{snake(rel.name if isinstance(rel, Shared) else getattr(keys[0], 'name', 'key'))}_keys"
    given = given_of(rel, place)
    function = Function(module, module.global_name(f"all_{wish}"), given)
    inside = Place(function, function.body)
    function.names.take("found")
    inside.add("found = set()")
    produce(rel, reads(keys), inside, lambda row: row.place.add(f"found.add({key_code(keys, row).text})"))
    inside.add("return found")
    function.finish()
    return _computed_once(function, wish, given, given != () or module.main is None, place)


def _full(rel: Join, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """Both sides as rows with their keys; the run-time function pairs them."""
    from rulec_backends.python.relations import loop_over, rows_function

    place.comment(rel.span)
    sources = []
    outputs: list[OutputColumn] = []
    for side, source in (("left", rel.left), ("right", rel.right)):
        mine = _outputs(rel, side, needed)
        outputs += mine
        columns = tuple(o.source for o in mine)
        keys = tuple(k[0 if side == "left" else 1] for k in rel.keys)
        sources.append(rows_function(source, columns, f"{side}_rows", place, keys))
        sources.append(tuple_of([missing_value(_source_type(source, c)) for c in columns]))
    code = place.module.call("full_join", *sources)
    loop_over(code, tuple(o.column.name for o in outputs), place, consume)


# bodies over given rows ------------------------------------------------------------------------------------------


def body_function(body: Rel, columns: tuple[str, ...], wish: str, place: Place) -> tuple[Function, Code]:
    """A generator function over the given rows of a body."""
    from rulec_backends.python.relations import produce

    function = Function(place.module, place.module.global_name(wish), ("given_rows",))

    def each(row: Row) -> None:
        row.place.add(f"yield {tuple_of([row.read(c) for c in columns]).text}")

    produce(body, frozenset(columns), Place(function, function.body), each)
    function.finish()
    return function, name(function.name)


def mv_apply(rel: MvApply, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """For each row the expanded rows are collected and given to the body's function."""
    from rulec_backends.python.relations import produce

    mine = [o for o in rel.outputs if o.side == "row" and o.column.name in needed]
    theirs = [o for o in rel.outputs if o.side == "body" and o.column.name in needed]
    columns = tuple(dict.fromkeys(o.source for o in theirs))
    given = _given_columns(rel.body, columns, place)
    function, _ = body_function(rel.body, columns, "applied", place)
    expanded = {e.column.name for e in rel.expand.expanded} | ({rel.expand.index} if rel.expand.index else set())
    needs = frozenset(o.source for o in mine) | reads(e.value for e in rel.expand.expanded) | (frozenset(given) - expanded)

    def each(row: Row) -> None:
        at = row.place
        at.comment(rel.span)
        rows = at.function.local("elements")
        at.add(f"{rows} = []")
        for column in given:
            if column in row.columns and column not in expanded:
                row.read(column)
        element = stages.expanded_row(rel.expand, row.scoped(at))
        element.place.add(f"{rows}.append({tuple_of([element.read(c) for c in given]).text})")
        call_ = function.called_from(at.function, name(rows))
        names = [at.function.local(c) for c in columns]
        target = f"{', '.join(names)}{',' if len(names) == 1 else ''}" if names else "_"
        inner = at.inside(f"if {rows}:").inside(f"for {target} in {call_.text}:", loops=1)
        inner.loop = at.loop + 1
        cells = {o.column.name: row.columns[o.source] for o in mine}
        by_source = dict(zip(columns, names, strict=True))
        cells.update({o.column.name: Cell(name(by_source[o.source]), depth=inner.loop) for o in theirs})
        consume(Row(inner, cells))

    produce(rel.expand.input, needs, place, each)


def _given_columns(body: Rel, outputs: tuple[str, ...], place: Place) -> tuple[str, ...]:
    """The columns of the given rows that a body reads, in order; all of them where a stage takes whole rows."""
    givens = list(_givens(body))
    nodes = nodes_below(body)
    columns = tuple(c.name for c in givens[0].columns) if givens else ()
    if not any(isinstance(n, (Plugin, ScanOperator, TopNested)) for n in nodes):
        read = {n.name for n in nodes if isinstance(n, Column)} | set(outputs)
        read |= {o.source for n in nodes if isinstance(n, (Join, MvApply)) for o in n.outputs}
        columns = tuple(c for c in columns if c in read)
    for given in givens:
        place.module.given_columns[id(given)] = columns
    return columns


def _givens(body: object) -> Iterator[Given]:
    """The leaves of a body that stand for its own rows, not for those of a body inside it."""
    match body:
        case Given():
            yield body
        case MvApply(expand=inner) | Partition(input=inner):
            yield from _givens(inner)
        case tuple():
            for item in body:
                yield from _givens(item)
        case _:
            if (parts := node_parts(type(body))) is not None:
                yield from _givens(parts(body))


def partition(rel: Partition, needed: frozenset[str], place: Place, consume: Consume) -> None:
    """The rows of each key are given to the body's function."""
    from rulec_backends.python.relations import loop_over, rows_function

    place.comment(rel.span)
    columns = tuple(c.name for c in rel.body.columns if c.name in needed)
    given = _given_columns(rel.body, columns, place)
    source = rows_function(rel.input, given, "rows_to_partition", place, (rel.key,))
    function, _ = body_function(rel.body, columns, "one_partition", place)
    rows = place.function.local("part")
    parts = place.module.call("grouped", source, Code(str(len(given))))
    inner = place.inside(f"for {rows} in {parts.text}:", loops=1)
    width = len(given)
    trimmed = Code(f"[row[:{width}] for row in {rows}]")
    loop_over(function.called_from(place.function, trimmed), columns, inner, consume)
