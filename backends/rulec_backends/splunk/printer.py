"""Prints pipelines: one command a line. The only printer of SPL.

Source: Search Reference, eval (operators); Search Manual, "Boolean expressions".
"""

from __future__ import annotations

import json
import re
from typing import assert_never
from urllib.parse import quote

from rulec_backends.splunk import tree
from rulec_backends.splunk.quoting import spl_comment, spl_eval_string, spl_field, spl_name, spl_pattern, spl_regex, spl_search_term
from rulec_backends.splunk.tree import Node, Pipeline

#: How tightly the operators of eval bind; a comparison does not chain.
PRECEDENCE = {
    "OR": 1,
    "AND": 2,
    "NOT": 3,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">="), 4),
    **dict.fromkeys(("+", "-", "."), 5),
    **dict.fromkeys(("*", "/", "%"), 6),
}
_ATOM = 7
#: Operators that may repeat without parentheses on the right too.
_ASSOCIATIVE = frozenset({"OR", "AND", "."})


def expression(node: Node) -> str:
    """The text of an eval expression."""
    return _expression(node)[0]


def _expression(node: Node) -> tuple[str, int]:
    match node:
        case tree.Field(name):
            return spl_field(name), _ATOM
        case tree.Text(value):
            return _text(value), _ATOM
        case tree.Number(text):
            return text, _ATOM
        case tree.Fn(name, arguments):
            return f"{name}({', '.join(expression(a) for a in arguments)})", _ATOM
        case tree.Not(operand):
            return f"NOT {_inside(operand, PRECEDENCE['NOT'], True)}", PRECEDENCE["NOT"]
        case tree.Op():
            return _chain(node)
        case _:
            assert_never(node)


#: Control characters do not show; at a line break a text goes on in another line, which the layout of searches and .conf files may cut.
_CONTROL = re.compile("[\x00-\x08\n-\x1f\x7f\x85\u2028\u2029]")


def _text(value: str) -> str:
    """A string; one with control characters is decoded when the search runs, so that no layout touches it."""
    if not _CONTROL.search(value):
        return spl_eval_string(value)
    encoded = re.sub(f"[%+]|{_CONTROL.pattern}", lambda found: quote(found.group(), safe=""), value)
    return f"urldecode({spl_eval_string(encoded)})"


def _chain(node: tree.Op) -> tuple[str, int]:
    """A left-leaning chain of one operator, without recursion: it may be hundreds of operands long."""
    level = PRECEDENCE[node.op]
    rights: list[Node] = []
    left: Node = node
    while isinstance(left, tree.Op) and left.op == node.op and (level > 4 or level < 3):
        rights.append(left.right)
        left = left.left
    if not rights:
        rights, left = [node.right], node.left
    strict = level == 4
    dotted = node.op == "."
    text = _inside(left, level, strict, dotted)
    for right in reversed(rights):
        loose = node.op in _ASSOCIATIVE and isinstance(right, tree.Op) and right.op == node.op
        text += "." if dotted else f" {node.op} "
        text += _inside(right, level, not loose, dotted)
    return text, level


def _inside(node: Node, level: int, strict: bool, dotted: bool = False) -> str:
    """An operand, in parentheses where it binds less tightly; beside `.` a number would read as a decimal, beside `-` a sign as an
    operator.
    """
    text, own = _expression(node)
    number = isinstance(node, tree.Number) and (dotted or (strict and node.text.startswith("-")))
    number = number or (dotted and isinstance(node, tree.Op) and node.op != ".")
    same_level = isinstance(node, tree.Op) and own == level == PRECEDENCE["+"]
    return f"({text})" if own < level or (own == level and strict) or number or same_level else text


def search(node: tree.SearchNode) -> str:
    """The text of a search expression."""
    match node:
        case tree.Base(text):
            return text
        case tree.Equals(field, (value,)):
            return f"{spl_name(field)}={spl_search_term(value)}"
        case tree.Equals(field, values):
            return f"{spl_name(field)} IN ({', '.join(spl_search_term(v) for v in values)})"
        case tree.Like(field, (pattern,)):
            return f"{spl_name(field)}={spl_pattern(pattern)}"
        case tree.Like(field, patterns):
            return f"{spl_name(field)} IN ({', '.join(map(spl_pattern, patterns))})"
        case tree.AnyOf(parts):
            return "(" + " OR ".join(f"({search(p)})" if isinstance(p, tree.Base) else search(p) for p in parts) + ")"
        case _:
            assert_never(node)


def _names(names: tuple[str, ...]) -> str:
    return " ".join(spl_name(n) for n in names)


def _aggregation(item: tree.Aggregation) -> str:
    match item.argument:
        case None:
            call = item.function
        case tree.Field(name):
            call = f"{item.function}({spl_name(name)})"
        case other:
            call = f"{item.function}(eval({expression(other)}))"
    return f"{call} AS {spl_name(item.name)}"


def _stats(command: tree.Stats) -> str:
    options = "".join(f" {name}={value}" for name, value in command.options)
    for name, condition in (("reset_before", command.reset_before), ("reset_after", command.reset_after)):
        if condition is not None:
            options += f" {name}={spl_eval_string(f'({expression(condition)})')}"
    by = f" BY {_names(command.by)}" if command.by else ""
    return f"{command.command}{options} {', '.join(_aggregation(a) for a in command.aggregations)}{by}"


def _sort_key(key: tree.SortKey) -> str:
    return f"{'-' if key.descending else ''}{key.kind}({spl_name(key.name)})"


#: Beyond this an eval has a line for each assignment.
_WIDE = 120


def _eval(parts: list[str]) -> str:
    line = "eval " + ", ".join(parts)
    return line if len(line) <= _WIDE else "eval " + ",\n    ".join(parts)


def command_text(command: tree.Command) -> str:
    """One command without its pipe."""
    match command:
        case tree.Search(parts):
            return "search " + " ".join(search(p) for p in parts)
        case tree.MakeResults(count):
            return "makeresults" + (f" count={count}" if count != 1 else "")
        case tree.MakeRows(rows):
            data = json.dumps([dict(row) for row in rows], ensure_ascii=False, separators=(",", ":"))
            return f"makeresults format=json data={spl_eval_string(data)}"
        case tree.InputLookup(name):
            return f"inputlookup {spl_name(name)}"
        case tree.Eval(assignments):
            return _eval([f"{spl_field(name)}={expression(value)}" for name, value in assignments])
        case tree.Foreach(field, assignments):
            return f"foreach mode=multivalue {spl_name(field)} {_bracket(Pipeline((tree.Eval(assignments),)))}"
        case tree.FillNull(value, names):
            return f"fillnull value={spl_eval_string(value)} {_names(names)}"
        case tree.Where(predicate):
            return f"where {expression(predicate)}"
        case tree.Fields(names, remove):
            return f"fields {'- ' if remove else ''}{_names(names)}"
        case tree.Table(names):
            return f"table {_names(names)}"
        case tree.Rename(pairs):
            return "rename " + ", ".join(f"{spl_name(a)} AS {spl_name(b)}" for a, b in pairs)
        case tree.Stats():
            return _stats(command)
        case _:
            return _more(command)


def _more(command: tree.Command) -> str:
    match command:
        case tree.Sort(keys):
            return "sort 0 " + ", ".join(_sort_key(k) for k in keys)
        case tree.Head(count):
            return f"head {count}"
        case tree.Dedup(names):
            return f"dedup {_names(names)}"
        case tree.Reverse():
            return "reverse"
        case tree.AutoRegress(field, name, back):
            return f"autoregress {spl_name(field)} AS {spl_name(name)} p={back}"
        case tree.MvExpand(field, limit):
            return f"mvexpand {spl_name(field)}" + (f" limit={limit}" if limit else "")
        case tree.Rex(field, pattern, max_match):
            return f"rex field={spl_name(field)}" + (f" max_match={max_match}" if max_match != 1 else "") + f" {spl_regex(pattern)}"
        case tree.AddInfo():
            return "addinfo"
        case tree.Join(kind, limit, keys, inner):
            return f"join type={kind} max={limit} {_names(keys)} {_bracket(inner)}"
        case tree.Append(inner):
            return f"append {_bracket(inner)}"
        case tree.AppendCols(inner):
            return f"appendcols {_bracket(inner)}"
        case tree.MultiSearch(searches):
            return "multisearch " + " ".join(_bracket(s) for s in searches)
        case _:
            raise AssertionError(command)


def _bracket(pipeline: Pipeline) -> str:
    body = pipeline_text(pipeline).replace("\n", "\n    ")
    return f"[\n    {body} ]"


def pipeline_text(pipeline: Pipeline) -> str:
    """The text of a search; a comment stands on its own line before the command it belongs to.

    Those of the first command come behind it: a text that does not begin with `search` or a pipe may get another `search` put in front.
    """
    commands = pipeline.commands
    begin = next((n for n, c in enumerate(commands) if not isinstance(c, tree.Comment)), 0)
    lines: list[str] = []
    for command in (*commands[begin : begin + 1], *commands[:begin], *commands[begin + 1 :]):
        if isinstance(command, tree.Comment):
            lines.append(spl_comment(command.text))
        else:
            bare = not lines and isinstance(command, tree.Search)
            lines.append(command_text(command) if bare else f"| {command_text(command)}")
    return "\n".join(lines)
