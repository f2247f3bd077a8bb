"""`parse` and `parse-kv`: columns out of texts."""

from __future__ import annotations

import re

from rulec.ir.rels import ColumnDef, Parse, ParseKv, ParsePiece
from rulec.scalars import ScalarType
from rulec_backends.python.code import Block, Code, all_of, any_of, is_none, is_not_none, literal, method, name, tuple_of
from rulec_backends.python.emit import Cell, Consume, Place, Produce, Row
from rulec_backends.python.lower import Lower
from rulec_backends.python.reads import reads
from rulec_backends.python.stages import FROM_TEXT

T = ScalarType

#: What a capture of a type looks like.
_CAPTURE = {T.INT: r"\s*[-+]?\d+", T.LONG: r"\s*[-+]?\d+", T.REAL: r"\s*[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?", T.DECIMAL: r"\s*[-+]?\d*\.?\d+"}


def parse(rel: Parse, needed: frozenset[str], place: Place, consume: Consume, produce: Produce) -> None:
    """One precompiled pattern; all captures or none."""
    captures = [p.column for p in rel.pieces if p.column is not None]
    replaced = {c.name for c in captures}

    def each(row: Row) -> None:
        row.place.comment(rel.span)
        lower = Lower(row)
        found = method(parse_pattern(rel, lower), "match", lower.value(rel.value))
        names = [row.place.function.local(c.name) for c in captures]
        at = _captured(rel, found, captures, names, row.place)
        cells = {c.name: Cell(name(n), depth=at.loop) for c, n in zip(captures, names, strict=True)}
        consume(Row(at, {**row.columns, **cells}))

    produce(rel.input, (needed - replaced) | reads([rel.value]), place, each)


def _captured(rel: Parse, found: Code, captures: list[ColumnDef], names: list[str], at: Place) -> Place:
    """Assigns the captures of a match to their locals; when the text does not match or one does not convert all are missing."""
    match = name(at.function.local("matched"))
    if captures or rel.where:
        at.add(f"{match.text} = {found.text}")
    if rel.where:
        at = at.skip_unless(is_not_none(match), is_none(match))
    if not captures:
        return at
    groups = [f'"c{i}"' for i, p in enumerate(rel.pieces) if p.column is not None]
    several = f"group({', '.join(groups)})" if rel.kind == "regex" else "groups()"
    if len(names) == 1:
        values, missing = f"{match.text}[{groups[0] if rel.kind == 'regex' else 1}]", '""'
    else:
        values, missing = f"{match.text}.{several}", tuple_of(literal("") for _ in names).text
    at.add(f"{', '.join(names)} = {values}" + ("" if rel.where else f" if {match.text} else {missing}"))
    typed = [n for n, c in zip(names, captures, strict=True) if c.type is not T.STRING]
    for local, column in zip(names, captures, strict=True):
        if column.type is not T.STRING:
            at.add(f"{local} = {at.module.call(FROM_TEXT[column.type], local).text}")
    if not typed or rel.kind == "relaxed":
        return at
    failed = [is_none(name(n)) for n in typed]
    if rel.where:
        return at.skip_unless(all_of(is_not_none(name(n)) for n in typed), any_of(failed))
    texts = [n for n in names if n not in typed]
    block = Block(f"if {any_of(failed).text}:")
    if len(typed) > 1:
        block.add(f"{' = '.join(typed)} = None")
    if texts:
        block.add(f'{" = ".join(texts)} = ""')
    if block.lines:
        at.block.lines.append(block)
    return at


def parse_pattern(rel: Parse, lower: Lower) -> Code:
    """The pattern of `parse` as a module constant; it holds from the text's first character, a leading `*` skips some."""
    from rulec_backends.python.runtime.patterns import python_pattern

    greedy = rel.kind == "regex" and "U" not in rel.flags
    text = ""
    for position, piece in enumerate(rel.pieces):
        last = position == len(rel.pieces) - 1
        if piece.text is not None:
            try:
                text += f"(?:{python_pattern(piece.text)})" if rel.kind == "regex" else re.escape(piece.text)
            except ValueError as error:
                lower.refuse(rel.span, f"the regular expression cannot be used: {error}", "RC403")
        elif piece.column is not None:
            known = _CAPTURE.get(piece.column.type)
            inner = known or (".*" if greedy or last else ".*?")
            before_star = not last and rel.pieces[position + 1] == ParsePiece(None, None)
            if rel.kind == "relaxed":
                inner = f"(?:{known})?" if known and before_star else ".*" if last else ".*?"
            text += f"(?P<c{position}>{inner})" if rel.kind == "regex" else f"({inner})"
        elif not last:
            text += ".*?"
    flags = "s" + "".join(f for f in "im" if f in rel.flags)
    ends = "" if rel.pieces and rel.pieces[-1].text is None and rel.pieces[-1].column is None else r"\Z"
    if rel.kind == "regex":
        ends = ""
    column = getattr(rel.value, "name", "text")
    return lower.module.pattern(f"{column}_parts", f"(?{flags}){text}{ends}")


def parse_kv(rel: ParseKv, needed: frozenset[str], place: Place, consume: Consume, produce: Produce) -> None:
    """A dict of the pairs of the text, read once a row."""
    replaced = {c.name for c in rel.keys}

    def each(row: Row) -> None:
        row.place.comment(rel.span)
        lower, at = Lower(row), row.place
        named = [f"{k}={literal(list(v) if isinstance(v, tuple) else v).text}" for k, v in rel.options]
        keys = Code(f"({', '.join(literal(c.name).text for c in rel.keys)},)")
        pairs = at.function.local("pairs")
        at.add(f"{pairs} = {at.module.call('parse_kv', lower.value(rel.value), keys, *named).text}")
        columns = dict(row.columns)
        for column in rel.keys:
            if column.name not in needed:
                continue
            code = Code(f'{pairs}.get({literal(column.name).text}, "")', 9)
            if column.type is not T.STRING:
                code = at.module.call(FROM_TEXT[column.type], code)
            columns[column.name] = Cell(at.assign(column.name, code), depth=at.loop)
        consume(Row(at, columns))

    produce(rel.input, (needed - replaced) | reads([rel.value]), place, each)
