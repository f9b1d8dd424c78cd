"""The filter language: one expression over a trial's hyperparameters, metrics and facts.

    val_accuracy >= 0.9 and lr < 1e-3 and act in ["relu", "tanh"] and status == "COMPLETED"

It is parsed with Python's own grammar and then checked against a whitelist: comparisons, `and`, `or`, `not`,
`in`, literals and names. Nothing in it can call, import or reach an attribute; it is never evaluated as code.
Names that are no identifiers stand in backticks. A missing value equals None and nothing else, and is in no list;
values that cannot be compared (a word and a number) are not smaller, larger or equal.
"""

from __future__ import annotations

import ast
import difflib
import keyword
import math
import operator
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tuitune.errors import TuituneError

Row = Mapping[str, Any]
Predicate = Callable[[Row], bool]

_MAX_LENGTH = 4_000
_STRING_OR_NAME = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|`([^`]*)`""")
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|\\)")
_ALIAS = "_tuitune_name_{}_"
_LITERALS = {"true": True, "false": False, "null": None, "none": None}

_ORDERED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class FilterError(TuituneError):
    """The expression cannot be used; `message` says what and where."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__("Cannot read the filter", message, hint or EXAMPLE, exit_code=2)


EXAMPLE = 'For example: val_accuracy >= 0.9 and lr < 1e-3 and status == "COMPLETED"'


def compile_filter(text: str, names: Iterable[str]) -> Predicate:
    """A predicate over rows that map each of `names` to its value. Blank text lets every row pass.

    Raises FilterError.
    """
    if not text.strip():
        return lambda row: True
    if len(text) > _MAX_LENGTH:
        raise FilterError(f"it has {len(text)} characters; the limit is {_MAX_LENGTH}.")
    aliases: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        if match[2] is None:
            return match[0]
        alias = _ALIAS.format(len(aliases))
        aliases[alias] = _unescaped(match[2])
        return alias

    source = _STRING_OR_NAME.sub(replace, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of backslashes in strings: they are taken as they stand
            tree = ast.parse(source.strip(), mode="eval")
        compiled = _Compiler(names, aliases).compile(tree.body)
    except SyntaxError as error:
        raise FilterError(_syntax_problem(text, error)) from None
    except (RecursionError, MemoryError, ValueError):
        raise FilterError("it is nested too deeply, or holds a character that cannot be read.") from None
    return lambda row: bool(compiled(row))


def quote_name(name: str) -> str:
    """`name` as it is written in a filter: in backticks unless it is an identifier.

    Backticks, backslashes and characters that cannot be shown are escaped as in a Python string.
    """
    plain = name.isidentifier() and name.lower() not in _LITERALS and not keyword.iskeyword(name)
    if plain and unicodedata.normalize("NFKC", name) == name:
        return name
    return "`" + "".join(c if c.isprintable() and c not in "`\\" else _escaped(c) for c in name) + "`"


def _escaped(character: str) -> str:
    if character == "\\":
        return "\\\\"
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _unescaped(name: str) -> str:
    return _ESCAPE.sub(lambda match: "\\" if match[1] == "\\" else chr(int(match[1][1:], 16)), name)


def condition(name: str, value: Any) -> str:
    """The filter that keeps the rows with `value` in the column `name`."""
    quoted = quote_name(name)
    if value is None:
        return f"{quoted} is None"
    if isinstance(value, float) and math.isnan(value):
        return f"{quoted} != {quoted}"
    if isinstance(value, float) and math.isinf(value):
        return f"{quoted} == {'-' if value < 0 else ''}1e999"
    return f"{quoted} == {value!r}"


def both(one: str, other: str) -> str:
    """The filter that lets pass what both do."""
    one = one.strip()
    if not one:
        return other
    return f"({one}) and {other}" if re.search(r"\bor\b", one) else f"{one} and {other}"


def _syntax_problem(text: str, error: SyntaxError) -> str:
    if re.search(r"(?<![=!<>])=(?!=)", re.sub(r"""("[^"]*"|'[^']*')""", "", text)):
        return "a single = does not compare; write ==."
    if text.count("`") % 2:
        return "a backtick is not closed."
    where = f" near column {error.offset}" if error.offset else ""
    return f"{text!r} is not an expression{where} ({error.msg})."


class _Compiler:
    """Turns the whitelisted nodes of an expression into closures over a row."""

    def __init__(self, names: Iterable[str], aliases: Mapping[str, str]) -> None:
        self._names = set(names)
        # Python's parser normalizes identifiers (PEP 3131), so that µ (U+00B5) arrives as μ (U+03BC).
        self._normalized = {unicodedata.normalize("NFKC", name): name for name in self._names}
        self._aliases = aliases

    def compile(self, node: ast.expr) -> Callable[[Row], Any]:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise FilterError(f"{_NOT_ALLOWED.get(type(node).__name__, 'this form')} is not part of the language.")
        compiled: Callable[[Row], Any] = method(node)
        return compiled

    def _boolop(self, node: ast.BoolOp) -> Callable[[Row], Any]:
        parts = [self.compile(value) for value in node.values]
        if isinstance(node.op, ast.And):
            return lambda row: all(part(row) for part in parts)
        return lambda row: any(part(row) for part in parts)

    def _unaryop(self, node: ast.UnaryOp) -> Callable[[Row], Any]:
        operand = self.compile(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda row: not operand(row)
        if isinstance(node.op, ast.Invert):
            raise FilterError("~ is not part of the language; write not.")
        if isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, (int, float)):
            sign = -1 if isinstance(node.op, ast.USub) else 1
            value = sign * node.operand.value
            return lambda row: value
        raise FilterError("a sign belongs before a number.")

    def _compare(self, node: ast.Compare) -> Callable[[Row], Any]:
        operands = [self.compile(item) for item in [node.left, *node.comparators]]
        tests = [_comparison(op) for op in node.ops]

        def compare(row: Row) -> bool:
            values = [operand(row) for operand in operands]
            return all(test(values[i], values[i + 1]) for i, test in enumerate(tests))

        return compare

    def _name(self, node: ast.Name) -> Callable[[Row], Any]:
        name = self._aliases.get(node.id, node.id)
        if name not in self._names and node.id not in self._aliases:
            name = self._normalized.get(name, name)
        if name in self._names:
            return lambda row: row.get(name)
        if node.id.lower() in _LITERALS:
            literal = _LITERALS[node.id.lower()]
            return lambda row: literal
        close = difflib.get_close_matches(name, self._names, 3, 0.5)
        known = ", ".join(quote_name(item) for item in close or sorted(self._names)[:12])
        raise FilterError(
            f"no hyperparameter, metric or column is called {name!r}.",
            f"{'Close' if close else 'Known'}: {known}. A word to compare with goes in quotes.",
        )

    def _constant(self, node: ast.Constant) -> Callable[[Row], Any]:
        value = node.value
        if value is not None and not isinstance(value, (int, float, str)):
            raise FilterError(f"{value!r} cannot be compared with.")
        return lambda row: value

    def _list(self, node: ast.List | ast.Tuple | ast.Set) -> Callable[[Row], Any]:
        items = [self.compile(item) for item in node.elts]
        return lambda row: [item(row) for item in items]

    _tuple = _list
    _set = _list


_NOT_ALLOWED = {
    "Call": "calling something",
    "Attribute": "reaching an attribute",
    "Subscript": "an index",
    "Lambda": "a lambda",
    "BinOp": "arithmetic",
    "ListComp": "a comprehension",
    "GeneratorExp": "a comprehension",
    "JoinedStr": "a formatted string",
    "IfExp": "if … else",
    "NamedExpr": "an assignment",
}


def _comparison(op: ast.cmpop) -> Callable[[Any, Any], bool]:
    ordered = _ORDERED.get(type(op))
    if ordered is not None:

        def test(left: Any, right: Any) -> bool:
            try:
                return left is not None and right is not None and ordered(left, right)
            except TypeError:
                return False

        return test
    if isinstance(op, (ast.Eq, ast.Is)):
        return _equal
    if isinstance(op, (ast.NotEq, ast.IsNot)):
        return lambda left, right: not _equal(left, right)
    if isinstance(op, ast.In):
        return _within
    return lambda left, right: not _within(left, right)


def _equal(left: Any, right: Any) -> bool:
    return bool(left == right)


def _within(left: Any, right: Any) -> bool:
    if isinstance(right, str):
        return isinstance(left, str) and left in right
    return isinstance(right, list) and any(_equal(left, item) for item in right)
