"""What the backend prints reads back as what it meant, by the evaluator's own grammar."""

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from rulec_backends.splunk import conf, quoting, regex, tree
from rulec_backends.splunk.printer import expression, pipeline_text
from tests.spl import evalparse, pcre, searchexpr
from tests.spl.commands_text import _rex_arguments
from tests.spl.engine import run
from tests.spl.lexer import strip_comments, tokens
from tests.spl.values import Num

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
NAMES = st.from_regex(r"[A-Za-z0-9_.@ -]*[A-Za-z0-9_]", fullmatch=True).map(str.strip).filter(bool)


@given(TEXTS)
def test_eval_string(text: str) -> None:
    assert evalparse.scan(quoting.spl_eval_string(text)) == [("str", text)]


@given(NAMES)
def test_field_of_eval(name: str) -> None:
    assert evalparse.parse(quoting.spl_field(name)) == evalparse.Ref(name)


@given(NAMES)
def test_name_of_a_command(name: str) -> None:
    assert [t.text for t in tokens(quoting.spl_name(name))] == [name]


@given(TEXTS.filter(lambda t: "*" not in t))
def test_search_term(text: str) -> None:
    assert searchexpr.parse(f"f={quoting.spl_search_term(text)}") == searchexpr.Compare("f", "=", (text,))


@given(TEXTS)
def test_regular_expression_of_rex(text: str) -> None:
    assert _rex_arguments(f"field=f {quoting.spl_regex(text)}") == ({"field": "f"}, text)


@given(TEXTS)
def test_comment(text: str) -> None:
    assert strip_comments(quoting.spl_comment(text) + "|") == " |"


@given(st.lists(TEXTS.map(lambda t: " ".join(t.split())).filter(bool), min_size=1, max_size=4))
def test_value_of_a_conf_file(lines: list[str]) -> None:
    written = quoting.conf_value("\n".join(lines))
    assert not written.endswith("\\")
    assert written.removesuffix(" ").split(" \\\n") == lines


@given(TEXTS | st.sampled_from(["default", " Default ", "x]\n[default", "[default]", "global", "\x7f"]))
def test_name_of_a_stanza(text: str) -> None:
    header, rest = conf.stanza(text, (("search", "x"),)).split("\n", 1)
    assert rest == "search = x\n"
    assert header[0] == "[" and header[-1] == "]"
    assert not set("[]").intersection(header[1:-1])
    assert header[1:-1].strip() and header[1:-1].casefold() not in ("default", "global")


@given(st.lists(TEXTS.map(lambda t: t.replace("{", "").replace("}", "")), min_size=1, max_size=4))
def test_only_holes_are_tokens(literals: list[str]) -> None:
    written = quoting.token_text("{{ User }}".join(literals))
    if len(literals) == 1 and literals[0].count("$") < 2:
        assert written == literals[0]
    else:
        assert written.split("$User$") == [t.replace("$", quoting.FULL_WIDTH_DOLLAR) for t in literals]


@given(TEXTS, TEXTS)
def test_literal_pattern_matches_exactly_its_text(text: str, other: str) -> None:
    pattern = f"^{quoting.regex_literal(text)}\\z"
    assert pcre.found(pattern, text)
    assert pcre.found(pattern, other) == (text == other)


@given(TEXTS, TEXTS)
def test_literal_replacement(text: str, around: str) -> None:
    assert pcre.substitute("x", quoting.replacement_literal(text), "x") == text


NODES = st.recursive(
    st.one_of(
        st.sampled_from([tree.Field("a"), tree.Field("b c"), tree.Field("x.y")]),
        TEXTS.map(tree.Text),
        st.integers(-99, 99).map(tree.number),
    ),
    lambda inner: st.one_of(
        st.builds(tree.Op, st.sampled_from(["OR", "AND", "=", "!=", "<", "+", "-", ".", "*", "/", "%"]), inner, inner),
        st.builds(tree.Not, inner),
        st.builds(tree.Fn, st.sampled_from(["if", "coalesce"]), st.tuples(inner, inner)),
    ),
    max_leaves=12,
)


def meant(node: tree.Node) -> evalparse.Expr:
    """The expression that a tree stands for."""
    match node:
        case tree.Field(name):
            return evalparse.Ref(name)
        case tree.Text(text):
            return evalparse.Lit(text)
        case tree.Number(text):
            return evalparse.Lit(Num(float(text), None, text))
        case tree.Fn(name, arguments):
            return evalparse.Call(name, tuple(meant(a) for a in arguments))
        case tree.Op(op, left, right):
            return evalparse.Binary(op, meant(left), meant(right))
        case tree.Not(operand):
            return evalparse.Unary("NOT", meant(operand))
    raise AssertionError(node)


ASSOCIATIVE = frozenset({"OR", "AND", "."})


def leaning(e: evalparse.Expr) -> evalparse.Expr:
    """Chains of an associative operator as they are read: to the left. A text of several lines is one that is decoded."""
    match e:
        case evalparse.Binary(op, left, right):
            left, right = leaning(left), leaning(right)
            if op in ASSOCIATIVE and isinstance(right, evalparse.Binary) and right.op == op:
                return leaning(evalparse.Binary(op, evalparse.Binary(op, left, right.left), right.right))
            return evalparse.Binary(op, left, right)
        case evalparse.Unary(op, operand):
            return evalparse.Unary(op, leaning(operand))
        case evalparse.Call("urldecode", (evalparse.Lit(str() as text),)):
            return evalparse.Lit(unquote(text))
        case evalparse.Call(name, arguments):
            return evalparse.Call(name, tuple(leaning(a) for a in arguments))
        case _:
            return e


@given(NODES)
def test_printed_expression_reads_back(node: tree.Node) -> None:
    assert leaning(evalparse.parse(expression(node))) == leaning(meant(node))


def test_constant_rows_come_back() -> None:
    rows = ((("a", 'x"\\ |'), ("b", "1")), (("a", "ünï"),))
    text = pipeline_text(tree.Pipeline((tree.MakeRows(rows), tree.Table(("a", "b")))))
    assert run(text) == [dict(rows[0]), dict(rows[1])]


def test_rust_classes_are_unicode_and_dollar_is_the_end() -> None:
    translated = regex.translate(r"^\w+\d$").pattern
    assert pcre.found(translated, "é１")
    assert not pcre.found(translated, "a1\n")
