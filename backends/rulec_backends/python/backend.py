"""The Python target: one standalone module a query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rulec.backend import Artifact, Format, Output, TargetOptions, Unit, Unsupported
from rulec.catalogue import all_functions
from rulec.errors import Diagnostic, Severity
from rulec_backends.python import functions as _functions
from rulec_backends.python.aggregates import AGGREGATES
from rulec_backends.python.lower import CONDITIONS, VALUES
from rulec_backends.python.module_text import write_module
from rulec_backends.python.plugins import PLUGINS

assert _functions

#: Blocks and wrapped expressions that nest deep, and branches enough for a deep chain: other texts are not worth the time to look.
_DEEP: Final = "\n" + " " * 64
_BRANCHES: Final = 400


def _loads(text: str) -> bool:
    try:
        compile(text, "<module>", "exec")
    except (SyntaxError, RecursionError, MemoryError):
        return False
    return True


class PythonBackend:
    """IR to Python source: `detect(tables, …)`, the rule's alert functions and a command line."""

    name = "python"
    description = "a standalone Python module, standard library only (and h3 for H3 cells)"
    formats = (Format("py", ".py", "one module with detect(), alerts() and a command line"),)
    settings: tuple[str, ...] = ()

    def functions(self) -> Mapping[str, Unsupported | bool]:
        """Every function, aggregate, window function and plugin of the catalogue with what the target makes of it."""
        rows: dict[str, Unsupported | bool] = {}
        for _, function in all_functions():
            rows[function.name] = Unsupported(function.unsupported) if function.unsupported else True
        for table in (VALUES, AGGREGATES, PLUGINS):
            for key, row in table.items():
                rows[key] = row if isinstance(row, Unsupported) else True
        rows["row_rank"] = Unsupported("has an old form that is not documented", "use `row_rank_dense` or `row_rank_min`")
        return {**rows, **dict.fromkeys(CONDITIONS, True)}

    def compile(self, unit: Unit, options: TargetOptions) -> Output:
        """The module, or the refusals and no module."""
        text, module = write_module(unit, options)
        found = tuple(sorted(module.diagnostics, key=lambda d: (d.begin, d.end, d.code)))
        if any(d.severity is Severity.ERROR for d in found):
            return Output((), found)
        if (_DEEP in text or text.count("else ") + text.count("elif ") > _BRANCHES) and not _loads(text):
            span = unit.query.relation.span
            message = "more loops or branches inside each other than Python takes"
            return Output((), (*found, Diagnostic.at(span, "RC403", message, "`materialize(…)` of a part makes it a function of its own")))
        return Output((Artifact(".py", text),), found)


BACKEND = PythonBackend()
