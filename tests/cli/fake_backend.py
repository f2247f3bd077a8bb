"""A target for tests of the driver: its output is the query's text, and it refuses a query with the word `Refuse`."""

from __future__ import annotations

from collections.abc import Mapping

from rulec.backend import Artifact, Format, Output, TargetOptions, Unit, Unsupported
from rulec.errors import Diagnostic, Severity
from rulec.source import Span


class FakeBackend:
    """See the module."""

    name = "fake"
    description = "a target for tests"
    formats = (Format("query", ".fake", "the query"), Format("loud", ".fake", "the query in capitals"))

    def functions(self) -> Mapping[str, Unsupported | bool]:
        return {"strlen": True, "tolower": Unsupported("no small letters")}

    def compile(self, unit: Unit, options: TargetOptions) -> Output:
        text = unit.source.text
        if options.settings.get("crash"):
            raise ZeroDivisionError("crashed")
        at = 0 if options.settings.get("refuse") else text.find("Refuse")
        if at >= 0:
            return Output((), (Diagnostic.at(Span(at, at + 6, unit.source), "RC402", "`Refuse` is refused", "leave it out"),))
        warnings = (Diagnostic.at(Span(0, 1, unit.source), "RC501", "beware", severity=Severity.WARNING),) if "Beware" in text else ()
        shown = text.upper() if options.format == "loud" else text
        columns = ",".join(c.name for c in unit.query.columns)
        head = f"# columns {columns}; start {options.start}; end {options.end}; settings {dict(options.settings)}\n"
        return Output((Artifact(".fake", head + shown), Artifact(".meta.json", "{}\n")), warnings)


BACKEND = FakeBackend()
