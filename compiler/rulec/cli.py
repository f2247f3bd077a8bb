"""The `rulec` command. Results go to standard output, everything else to standard error.

Exit codes: 0 ok, 1 findings, 2 usage, 3 internal error, 130 interrupted. Work is imported when a verb needs it: `--help` stays quick.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    Verbs: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]

OK, FINDINGS, USAGE, INTERNAL = 0, 1, 2, 3

_EPILOG: Final = """exit codes: 0 ok, 1 findings, 2 usage, 3 internal error, 130 interrupted
configuration: rulec.toml or [tool.rulec] in pyproject.toml, then RULEC_* variables, then options"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code."""
    _open_closed_streams()
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        code = run(arguments)
        print(end="", flush=True)  # a full disk is found here, not at the interpreter's end; a closed output is none
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _close_output()
        return OK
    except OSError as error:
        return _unusable(error)
    except Exception as error:
        return _failed(error)


def _open_closed_streams() -> None:
    """A standard stream that the caller has closed is None to Python: what is written to it goes nowhere."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if name == "stdin" else "w"))


def _unusable(error: OSError) -> int:
    """A file that cannot be read or written where no finding says so; without a name it is the output."""
    if error.filename is None:
        _close_output()
    what = f"{error.filename} cannot be used" if error.filename else "the output cannot be written"
    print(f"rulec: {what}: {error.strerror or error}", file=sys.stderr)
    return USAGE


def _close_output() -> None:
    """What standard output still holds goes nowhere, so that the interpreter's end does not fail on it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(error: Exception) -> int:
    from rulec.driver.inputs import UsageError
    from rulec.registry import UnknownBackend

    if isinstance(error, UsageError | UnknownBackend):
        print(f"rulec: {error}", file=sys.stderr)
        return USAGE
    if os.environ.get("RULEC_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    else:
        print(f"rulec: internal error: {type(error).__name__}: {error} (RULEC_TRACEBACK=1 shows where)", file=sys.stderr)
    return INTERNAL


# --- verbs ---------------------------------------------------------------------------------------------------------


def _compile(arguments: argparse.Namespace) -> int:
    from rulec.driver.verbs import compile_verb

    gc.set_threshold(100_000, 20, 50)  # trees hold no cycles: collecting often costs a tenth of the time and finds nothing
    return compile_verb(arguments)


def _check(arguments: argparse.Namespace) -> int:
    from rulec.driver.verbs import check_verb

    return check_verb(arguments)


def _explain(arguments: argparse.Namespace) -> int:
    from rulec.driver.explaining import explain_verb

    return explain_verb(arguments)


def _run(arguments: argparse.Namespace) -> int:
    from rulec.running.verb import run_verb

    return run_verb(arguments)


def _targets(arguments: argparse.Namespace) -> int:
    from rulec.driver.listing import targets_verb

    return targets_verb(arguments)


def _functions(arguments: argparse.Namespace) -> int:
    from rulec.driver.listing import functions_verb

    return functions_verb(arguments)


def _tables(arguments: argparse.Namespace) -> int:
    from rulec.driver.listing import tables_verb

    return tables_verb(arguments)


def _maps(arguments: argparse.Namespace) -> int:
    from rulec.driver.listing import maps_verb

    return maps_verb(arguments)


# --- arguments -----------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    from rulec import __version__

    parser = argparse.ArgumentParser(
        prog="rulec",
        description="Compiles Microsoft Sentinel rules (YAML with KQL) to Python, Athena SQL, Splunk SPL and DuckDB SQL.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"rulec {__version__}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_compile(verbs)
    _add_check(verbs)
    _add_run(verbs)
    _add_explain(verbs)
    _add_lists(verbs)
    return parser


def _verb(verbs: Verbs, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(run=run)
    return parser


def _add_compile(verbs: Verbs) -> None:
    parser = _verb(verbs, "compile", _compile, "compile rules to one or more targets")
    _add_paths(parser)
    parser.add_argument("-t", "--target", action="append", metavar="TARGET", help="python, athena, splunk, duckdb, … (repeatable)")
    parser.add_argument("-o", "--output", metavar="DIR", help="write below this folder; without it one query goes to standard output")
    parser.add_argument("-f", "--format", metavar="FORMAT", help="form of the output; `rulec targets` lists a target's forms")
    parser.add_argument("--map", action="append", metavar="MAP", help="map file, or sentinel, raw or a variant such as manual")
    _add_columns(parser)
    parser.add_argument("-O", dest="setting", action="append", metavar="TARGET.KEY=VALUE", help="a setting of a target (repeatable)")
    parser.add_argument("--jobs", type=int, metavar="N", help="worker processes (default 1)")
    parser.add_argument("--timings", action="store_true", help="time by stage on standard error")
    parser.add_argument("--report", metavar="FILE.json", help="write what became of every rule")
    _add_names(parser)
    _add_times(parser)
    _add_findings(parser)


def _add_check(verbs: Verbs) -> None:
    parser = _verb(verbs, "check", _check, "check rules without a target")
    _add_paths(parser)
    parser.add_argument("--report", metavar="FILE.json", help="write what became of every rule")
    _add_names(parser)
    _add_findings(parser)


def _add_run(verbs: Verbs) -> None:
    parser = _verb(verbs, "run", _run, "run a rule over local files and print its alerts")
    parser.add_argument("rule", metavar="RULE", help="rule file, or - for standard input")
    data_help = "files or folders of a table (repeatable): CloudTrail files, JSON lines, CSV, Parquet; gzip too"
    parser.add_argument("--data", action="append", default=[], metavar="TABLE=PATH", help=data_help)
    parser.add_argument("--engine", choices=("python", "duckdb"), default="python", help="which compiled form runs (default python)")
    map_help = "field map file, or sentinel or raw where the form of the data is not seen from itself"
    parser.add_argument("--map", action="append", metavar="MAP", help=map_help)
    _add_columns(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object an alert")
    _add_names(parser)
    _add_times(parser)


def _add_explain(verbs: Verbs) -> None:
    parser = _verb(verbs, "explain", _explain, "explain a rule (stages, indicators, output fields) or a diagnostic code such as RC401")
    parser.add_argument("what", metavar="RULE|CODE")
    parser.add_argument("--stage", choices=("ast", "ir", "optimised"), help="print a compilation stage instead")
    parser.add_argument("--json", action="store_true", help="as JSON")
    _add_names(parser)


def _add_lists(verbs: Verbs) -> None:
    targets = _verb(verbs, "targets", _targets, "list targets and their output formats")
    functions = _verb(verbs, "functions", _functions, "list functions and where they are supported")
    functions.add_argument("name", nargs="?", metavar="FUNCTION", help="only this one, with reasons")
    functions.add_argument("-t", "--target", help="only what this target refuses, with reasons, and what it supports")
    tables = _verb(verbs, "tables", _tables, "list the tables with a built-in schema, or one table's columns")
    tables.add_argument("name", nargs="?", metavar="TABLE")
    maps = _verb(verbs, "maps", _maps, "list the built-in field maps, or one table's")
    maps.add_argument("name", nargs="?", metavar="TABLE")
    for parser in (targets, functions, tables, maps):
        parser.add_argument("--json", action="store_true", help="as JSON")


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="rule files, folders of them, or - for standard input")


def _add_columns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--columns", choices=("alert", "all"), help="which columns come out (default: alert for a rule, all for KQL)")


def _add_names(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("names that queries may use")
    group.add_argument("--functions", action="append", metavar="DIR", help="workspace functions: .kql and parser YAML files (repeatable)")
    group.add_argument("--schema", action="append", metavar="FILE", help="table schemas: CSV of table,column,type or JSON (repeatable)")
    watchlist_help = "CSV file of a watchlist or of an externaldata URI (repeatable)"
    group.add_argument("--watchlist", action="append", metavar="ALIAS=FILE", help=watchlist_help)


def _add_times(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("times (ISO 8601, UTC unless they say otherwise)")
    group.add_argument("--start", metavar="TIME", help="start of the window; default: --end less the rule's queryPeriod")
    group.add_argument("--end", metavar="TIME", help="end of the window")
    group.add_argument("--now", metavar="TIME", help="what now() is; default: --end")


def _add_findings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("findings")
    formats = ("text", "json", "sarif", "github", "junit")
    format_help = "form of the findings (default text, on standard error; the others on standard output)"
    group.add_argument("--output-format", choices=formats, help=format_help)
    profile_help = "microsoft: what the Azure-Sentinel validators refuse is an error"
    group.add_argument("--profile", choices=("default", "microsoft"), help=profile_help)
    group.add_argument("--strict", action="store_true", help="warnings give exit code 1 too")


if __name__ == "__main__":
    raise SystemExit(main())
