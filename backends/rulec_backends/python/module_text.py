"""A whole module: header, constants, classes, functions, `detect`, the alert part, `main`, run-time functions."""

from __future__ import annotations

from collections import Counter

from rulec.backend import TargetOptions, Unit
from rulec.ir.exprs import Call, Expr, Window
from rulec.ir.rels import (
    ColumnDef,
    Extend,
    Filter,
    MvExpand,
    Parse,
    ParseKv,
    Plugin,
    Query,
    Rel,
    Sample,
    Scan,
    Serialize,
    Shared,
    Sort,
    Take,
)
from rulec.ir.walk import expressions, own_expressions, read_by, relations
from rulec.scalars import ScalarType
from rulec_backends.python import library
from rulec_backends.python.alerts import alert_blocks, alert_constants, main_block
from rulec_backends.python.code import Block, Code, comment_lines, literal, name
from rulec_backends.python.emit import OPEN_COLUMNS, Function, Module, Place, Row
from rulec_backends.python.lower import SHARED_CALLS, hashable
from rulec_backends.python.relations import produce

T = ScalarType

#: How a result cell becomes JSON.
_OUT = {T.DATETIME: "datetime_out", T.TIMESPAN: "timespan_out", T.DECIMAL: "decimal_out"}


def write_module(unit: Unit, options: TargetOptions) -> tuple[str, Module]:
    """The text of the module, and what was found while writing it."""
    module = Module(options)
    _count_uses(unit.query, module)
    detect = _detect(unit, module)
    blocks = [_window(unit, module)] if has_window(unit) else []
    blocks += alert_blocks(unit, module) if unit.alert is not None else []
    main = main_block(unit, module)
    text = _assembled(unit, module, detect, blocks, main)
    return text, module


def _count_uses(query: Query, module: Module) -> None:
    """How often tables, shared relations and calls worth sharing stand in the query; a shared relation is looked into once."""
    shared: Counter[int] = Counter()
    calls: Counter[Expr] = Counter()
    scans: Counter[str] = Counter()
    for rel in relations(query.relation):
        own = own_expressions(rel)
        if isinstance(rel, Scan):
            scans[rel.table] += 1
        shared.update(below.key for below in read_by(rel) if isinstance(below, Shared))
        for part in (part for value in own for part in expressions(value)):
            if isinstance(part, Call):
                if part.function in SHARED_CALLS and hashable(part):
                    calls[part] += 1
            elif isinstance(part, Window):
                module.windowed = True
    module.scans.update(scans)
    module.shared_uses.update(shared)
    module.call_uses.update(calls)


def is_open(rel: Rel) -> bool:
    """Whether the result's columns depend on the data: nothing above the plugin fixes them."""
    while isinstance(rel, (Filter, Extend, Sort, Take, Sample, Serialize, MvExpand, Parse, ParseKv)):
        rel = rel.input
    return isinstance(rel, Plugin) and rel.open


def _detect(unit: Unit, module: Module) -> Block:
    main = Function(module, "detect")
    module.main = main
    place = Place(main, main.body)
    for used in ("results", "start", "end"):
        main.names.take(used)
    place.add("results = []")
    columns = unit.query.columns
    opened = is_open(unit.query.relation)

    def each(row: Row) -> None:
        cells = [_result_cell(c, row) for c in columns]
        inner = ", ".join(f"{literal(c.name).text}: {code.text}" for c, code in zip(columns, cells, strict=True))
        if opened:
            inner += f"{', ' if inner else ''}**{row.read(OPEN_COLUMNS).text}"
        row.place.add(f"results.append({{{inner}}})")

    produce(unit.query.relation, frozenset(c.name for c in columns) | ({OPEN_COLUMNS} if opened else set()), place, each)
    if opened:
        place.add(f"COLUMNS = KNOWN_COLUMNS + {module.use('open_types')}(results, KNOWN_COLUMNS)")
    place.add("return results")
    block = Block("def detect(tables, start=None, end=None, now=None, externals=None):")
    block.add(f'"""{_detect_doc(unit)}"""')
    if opened:
        block.add("global COLUMNS")
    block.lines.extend(_run_values(unit, module, main))
    block.lines.extend([*main.prologue.lines, *main.body.lines])
    return block


def _detect_doc(unit: Unit) -> str:
    return "Rows that the query gives. `tables` holds rows (dicts) by table name; start, end and now are datetimes, ISO text or ticks."


def _result_cell(column: ColumnDef, row: Row) -> Code:
    cell = row.columns[column.name]
    if cell.stamp is not None:
        return cell.stamp
    if cell.moment is not None:
        return row.place.module.call("stamp", cell.moment)
    code = row.read(column.name)
    function = _OUT.get(column.type)
    if function is None or code.text == "None":
        return code
    if column.type is T.DATETIME and not column.nullable:
        function = "datetime_text"
    return row.place.module.call(function, code)


def _run_values(unit: Unit, module: Module, main: Function) -> list[str]:
    """The first lines of `detect`: the values of the run that the code needs."""
    lines: list[str] = []
    if any(count > 1 for count in module.scans.values()):
        lines.append(f"tables = {module.use('reusable')}(tables)")
    needs = [v for v in ("window_start", "window_end", "now") if v in main.parameters]
    if not needs:
        return lines
    if has_window(unit):
        lines.append(f"{', '.join(v if v in needs else '_' for v in ('window_start', 'window_end', 'now'))} = window(start, end, now)")
        return lines
    argument = module.use("moment_argument")
    fallback = literal(module.options.now).text if module.options.now is not None else f"{module.use('current_ticks')}()"
    lines.append(f"now = {argument}(now) if now is not None else {fallback}")
    if "window_end" in needs:
        lines.append(f"window_end = {argument}(end) if end is not None else now")
    if "window_start" in needs:
        lines.append(f"window_start = {argument}(start) if start is not None else 0")
    return lines


def has_window(unit: Unit) -> bool:
    """Whether the rule looks at a period of time."""
    return unit.alert is not None and unit.alert.period is not None


def _window(unit: Unit, module: Module) -> Block:
    """`window(start, end, now)`: the rule's period up to now, unless it is told otherwise."""
    options, argument = module.options, module.use("moment_argument")
    now = literal(options.now).text if options.now is not None else f"{module.use('current_ticks')}()"
    end = literal(options.end).text if options.end is not None else "now"
    start = literal(options.start).text if options.start is not None else "end - PERIOD"
    block = Block("def window(start=None, end=None, now=None):")
    block.add('"""Start, end and present of a run, in ticks of 100 ns since year 1: the rule\'s period up to now unless told otherwise."""')
    block.add(f"now = {argument}(now) if now is not None else {now}")
    block.add(f"end = {argument}(end) if end is not None else {end}")
    block.add(f"start = {argument}(start) if start is not None else {start}")
    block.add("return start, end, now")
    return block


def _assembled(unit: Unit, module: Module, detect: Block, alerts: list[Block], main: Block) -> str:
    imports, statements = library.copied(module.runtime | {"json", "sys"})
    lines: list[str] = [*_header(unit, any(s.startswith("def h3_library") for s in statements)), ""]
    lines += ["from __future__ import annotations", "", *_sorted_imports(imports), ""]
    lines += [*alert_constants(unit), f"COLUMNS = {_columns(unit.query.columns)}"]
    if is_open(unit.query.relation):
        lines.append("KNOWN_COLUMNS = COLUMNS")
    for constant, text in module.constants.values():
        lines.append(f"{constant} = {text}")
    for block in module.classes:
        lines += ["", "", *_printed(block)]
    lines += ["", "", *_printed(detect)]
    for block in [*module.functions, *alerts, main]:
        lines += ["", "", *_printed(block)]
    if statements:
        lines += ["", "", "# KQL functions that the query uses"]
        plain = True
        for text in statements:
            before, plain = plain, not text.startswith(("def ", "class ", "@"))
            lines += ([] if before and plain else ["", ""]) + text.split("\n")
    lines += ["", "", 'if __name__ == "__main__":', "    sys.exit(main(sys.argv[1:]))", ""]
    return "\n".join(lines)


def _sorted_imports(imports: list[str]) -> list[str]:
    """Plain imports, then one `from` statement a module."""
    found: dict[str, list[str]] = {}
    for statement in imports:
        if statement.startswith("from "):
            module, _, names = statement[5:].partition(" import ")
            found.setdefault(module, []).append(names)
    together = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(found.items())]
    return [*sorted(i for i in imports if i.startswith("import ")), *together]


def _printed(block: Block) -> list[str]:
    outer = Block()
    outer.lines.append(block)
    return outer.printed()


def _columns(columns: tuple[ColumnDef, ...]) -> str:
    inner = "".join(f"    ({literal(c.name).text}, {literal(c.type.value).text}),\n" for c in columns)
    return f"(\n{inner})" if columns else "()"


def _header(unit: Unit, cells: bool) -> list[str]:
    alert = unit.alert
    needs = ["needs the library h3: pip install h3"] if cells else []
    if alert is None:
        lines = ["KQL query as a Python module", *(needs or ["standard library only"])]
        return [f"# {'; '.join(lines)}."]
    lines = comment_lines(alert.name) + comment_lines(_schedule(unit)) + needs
    return [f"# {line}" for line in lines]


def _schedule(unit: Unit) -> str:
    alert = unit.alert
    assert alert is not None
    text = f"Rule {alert.id}, version {alert.version}, severity {alert.severity}"
    if alert.frequency is not None and alert.period is not None:
        from rulec_backends.python.runtime.moments import timespan_text

        text += f"; every {timespan_text(alert.frequency)} over the last {timespan_text(alert.period)}"
    signs = {"gt": ">", "lt": "<", "eq": "=", "ne": "!="}
    return f"{text}; alert when rows {signs[alert.trigger_operator]} {alert.trigger_threshold}"


__all__ = ["Code", "name", "write_module"]
