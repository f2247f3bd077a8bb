"""IR expressions to SQL trees: one `match`, the rest are the function rows of `functions/` and of the dialect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeAlias, assert_never

from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Case, Column, Convert, Expr, InRelation, Literal, Parameter, Path, StepColumn, ToScalar, Window
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec_backends.sql import trees as t
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline, Refusal
from rulec_backends.sql.trees import Tree

#: A function's lowering: the context, the IR call (for types and nullability) and its lowered arguments.
FunctionRow: TypeAlias = "Callable[[Row, Call, Sequence[Tree]], Tree]"

#: Columns of decimals have 38 digits, 16 of them behind the point.
_WHOLE_DIGITS: Final = 22


@dataclass(slots=True)
class Row:
    """Lowers expressions over one level's columns. `hoists` are trees that an inner level has to compute (SQL name to tree)."""

    pipeline: Pipeline
    level: Level
    hoists: dict[str, Tree] = field(default_factory=dict)
    #: Lowers windows and subqueries; set by `relations`, which imports this module.
    has_window: bool = False
    #: Said again instead of hoisted: there is no inner level inside a fold.
    inline: bool = False
    #: `scan` state: (step, column) to tree.
    steps: dict[tuple[str, str], Tree] = field(default_factory=dict)

    @property
    def d(self) -> Dialect:
        return self.pipeline.dialect

    def lower(self, expr: Expr) -> Tree:
        """The expression's value. A refused part is recorded and stands as NULL."""
        match expr:
            case Column():
                return self.level.columns[expr.name].tree
            case Literal():
                return self.guarded(expr.span, lambda: self.literal(expr))
            case Parameter():
                return self.d.parameter(self.pipeline.options, expr.name)
            case Convert():
                return self.convert(expr)
            case Call():
                return self.guarded(expr.span, lambda: self.call(expr))
            case Case():
                return self.choose(expr)
            case Path():
                return self.guarded(expr.span, lambda: self.path(expr))
            case InRelation():
                return self.guarded(expr.span, lambda: subqueries.in_relation(self, expr))
            case ToScalar():
                return self.guarded(expr.span, lambda: subqueries.to_scalar(self, expr))
            case Window():
                self.has_window = True
                return self.guarded(expr.span, lambda: windows.window(self, expr))
            case StepColumn():
                return self.steps[(expr.step, expr.name)]
            case _:
                assert_never(expr)

    def guarded(self, span: Span, lowering: Callable[[], Tree]) -> Tree:
        try:
            return lowering()
        except Refusal as refusal:
            self.pipeline.refuse(span, refusal)
            return t.null()

    def literal(self, expr: Literal) -> Tree:
        if isinstance(expr.value, Decimal) and expr.value.adjusted() >= _WHOLE_DIGITS:
            raise Refusal("a decimal of more than 22 digits before its point")
        return self.d.literal(expr.value, expr.type)

    def call(self, expr: Call) -> Tree:
        row = self.d.functions.get(expr.function)
        if row is None:
            raise Refusal(f"`{expr.function}` is not supported on {self.d.title}")
        if isinstance(row, Unsupported):
            raise Refusal(row.reason, row.hint)
        return row(self, expr, [self.lower(a) for a in expr.arguments])

    def convert(self, expr: Convert) -> Tree:
        operand = expr.operand
        if isinstance(operand, Literal):
            if operand.value is None:
                return self.d.literal(None, expr.type)
            if expr.type is ScalarType.REAL and not isinstance(operand.value, (list, dict, str)):
                return self.d.literal(float(operand.value), ScalarType.REAL)
        return self.d.widen(self.lower(operand), operand.type, expr.type)

    def choose(self, expr: Case) -> Tree:
        branches = [(self.predicate(c), self.lower(v)) for c, v in expr.branches]
        return t.case(branches, self.lower(expr.default))

    def path(self, expr: Path) -> Tree:
        from rulec_backends.sql.functions.dynamic import split_item

        steps: list[str | int | tuple[Tree, ScalarType]] = []
        item = split_item(self, expr)
        for step in expr.steps[1:] if item is not None else expr.steps:
            if isinstance(step, (str, int)):
                steps.append(step)
            elif isinstance(step, Literal) and isinstance(step.value, (str, int)) and not isinstance(step.value, bool):
                steps.append(step.value)
            else:
                steps.append((self.lower(step), step.type))
        if item is not None and not steps:
            return item
        return self.d.json_path(self, item if item is not None else self.lower(expr.base), steps)

    def predicate(self, expr: Expr) -> Tree:
        """A tree that is true exactly when the expression is; it may be null where the expression is false, and the reverse."""
        match expr:
            case Call(function="and"):
                return t.and_(*(self.predicate(a) for a in expr.arguments))
            case Call(function="or"):
                return t.or_(*(self.predicate(a) for a in expr.arguments))
            case Call() if expr.function in truths.REJECTING:
                return self.guarded(expr.span, lambda: truths.REJECTING[expr.function](self, expr))
            case _:
                return self.lower(expr)

    def once(self, tree: Tree) -> Tree:
        """A tree that may be said more than once (with `again`): itself when simple, else a column that an inner level computes."""
        if t.is_cheap(tree) or self.inline:
            return tree
        if not self.d.hoistable(tree):
            raise Refusal("the expression would have to be evaluated several times inside a list function")
        for label, present in self.hoists.items():
            if present == tree:
                return t.col(label)
        label = self.pipeline.fresh("_v")
        self.hoists[label] = tree
        return t.col(label)

    def bind(self, tree: Tree, body: Callable[[Tree], Tree]) -> Tree:
        """`body(x)` where x is the tree evaluated once; works inside list functions too."""
        if t.is_cheap(tree):
            return body(tree)
        if self.d.hoistable(tree) and not self.inline:
            return body(self.once(tree))
        return self.d.let(self.pipeline.fresh("x"), tree, body)

    def function(self, parameter_count: int, body: Callable[..., Tree]) -> Tree:
        """A lambda with fresh parameter names; `body` gets the parameters as trees."""
        names = [self.pipeline.fresh("x") for _ in range(parameter_count)]
        return t.lam(names, body(*(self.d.lambda_parameter(n) for n in names)))

    def constant(self, expr: Expr, what: str) -> object:
        """The value of an argument that has to be a constant here.

        Raises:
            Refusal: When it is not.
        """
        if isinstance(expr, Convert):
            return self.constant(expr.operand, what)
        if not isinstance(expr, Literal):
            raise Refusal(f"{what} must be a constant on {self.d.title}", span=expr.span)
        return expr.value


from rulec_backends.sql import subqueries, truths, windows  # noqa: E402  (they need Row)
from rulec_backends.sql.dialect import Dialect  # noqa: E402


def word(name: str) -> FunctionRow:
    """The row of a function that is one word of the engine."""
    return lambda row, call, trees: t.call(name, *trees)
