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
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress, repeat
from typing import Any

from tuitune.errors import TuituneError

Columns = Mapping[str, Sequence[Any]]
Rows = Sequence[int]
Filter = Callable[[Columns, Rows], list[int]]  # columns by name, rows to look at; gives those that pass, in order
_Values = Callable[[Columns, Rows], Iterable[Any]]  # one value for each of the rows

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


def compile_filter(text: str, names: Iterable[str]) -> Filter:
    """A filter over columns that are called `names`. Blank text lets every row pass.

    It goes from column to column and not from row to row: a comparison costs a tenth of a microsecond a row, and
    what one part of an `and` has refused the next does not look at.

    Raises FilterError.
    """
    if not text.strip():
        return lambda columns, rows: list(rows)
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
        return _Compiler(names, aliases).condition(tree.body)
    except SyntaxError as error:
        raise FilterError(_syntax_problem(text, error)) from None
    except (RecursionError, MemoryError, ValueError):
        raise FilterError("it is nested too deeply, or holds a character that cannot be read.") from None


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
    """Turns the whitelisted nodes of an expression into functions over columns."""

    def __init__(self, names: Iterable[str], aliases: Mapping[str, str]) -> None:
        self._names = set(names)
        # Python's parser normalizes identifiers (PEP 3131), so that µ (U+00B5) arrives as μ (U+03BC).
        self._normalized = {unicodedata.normalize("NFKC", name): name for name in self._names}
        self._aliases = aliases

    def condition(self, node: ast.expr) -> Filter:
        """Which rows pass `node`."""
        if isinstance(node, ast.BoolOp):
            parts = [self.condition(value) for value in node.values]
            return _all_of(parts) if isinstance(node.op, ast.And) else _any_of(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return _none_of(self.condition(node.operand))
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            pairs = zip(operands, node.ops, operands[1:], strict=False)
            return _all_of([self._pair(left, _comparison(op), right) for left, op, right in pairs])
        values = self._values(node)
        return lambda columns, rows: [row for row, value in zip(rows, values(columns, rows), strict=False) if value]

    def _pair(self, left: ast.expr, test: Callable[[Any, Any], bool], right: ast.expr) -> Filter:
        """Which rows pass one comparison."""
        first, second = self._values(left), self._values(right)
        name, (is_constant, constant) = self._column(left), self._constant_of(right)
        if name is not None and is_constant:
            return _with_constant(name, test, constant)

        def compare(columns: Columns, rows: Rows) -> list[int]:
            pairs = zip(rows, first(columns, rows), second(columns, rows), strict=False)
            return [row for row, one, other in pairs if test(one, other)]

        return compare

    def _column(self, node: ast.expr) -> str | None:
        """The column that `node` names, None where it is something else."""
        if not isinstance(node, ast.Name):
            return None
        name = self._aliases.get(node.id, node.id)
        if name not in self._names and node.id not in self._aliases:
            name = self._normalized.get(name, name)
        return name if name in self._names else None

    def _constant_of(self, node: ast.expr) -> tuple[bool, Any]:
        """Whether `node` is the same for every row, and what it is then."""
        if isinstance(node, ast.Name):
            is_word = self._column(node) is None and node.id.lower() in _LITERALS
            return is_word, _LITERALS.get(node.id.lower())
        if isinstance(node, (ast.Constant, ast.UnaryOp)) and not _is_not(node):
            return True, _literal(node)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            parts = [self._constant_of(item) for item in node.elts]
            return all(known for known, _ in parts), [value for _, value in parts]
        return False, None

    def _values(self, node: ast.expr) -> _Values:
        """One value a row."""
        is_constant, constant = self._constant_of(node)
        if is_constant:
            return lambda columns, rows: repeat(constant, len(rows))
        if isinstance(node, ast.Name):
            name = self._column(node)
            if name is None:
                raise self._unknown(node)
            column = name
            return lambda columns, rows: map(columns[column].__getitem__, rows)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            items = [self._values(item) for item in node.elts]
            return lambda columns, rows: map(list, zip(*(item(columns, rows) for item in items), strict=False))
        if isinstance(node, (ast.BoolOp, ast.Compare)) or _is_not(node):
            condition = self.condition(node)

            def holds(columns: Columns, rows: Rows) -> Iterable[bool]:
                passing = set(condition(columns, rows))
                return [row in passing for row in rows]

            return holds
        raise FilterError(f"{_NOT_ALLOWED.get(type(node).__name__, 'this form')} is not part of the language.")

    def _unknown(self, node: ast.Name) -> FilterError:
        name = self._aliases.get(node.id, node.id)
        close = difflib.get_close_matches(name, self._names, 3, 0.5)
        known = ", ".join(quote_name(item) for item in close or sorted(self._names)[:12])
        return FilterError(
            f"no hyperparameter, metric or column is called {name!r}.",
            f"{'Close' if close else 'Known'}: {known}. A word to compare with goes in quotes.",
        )


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _literal(node: ast.Constant | ast.UnaryOp) -> Any:
    """A number, a word, True, False, None, or a number with a sign."""
    if isinstance(node, ast.Constant):
        if node.value is not None and not isinstance(node.value, (int, float, str)):
            raise FilterError(f"{node.value!r} cannot be compared with.")
        return node.value
    if isinstance(node.op, ast.Invert):
        raise FilterError("~ is not part of the language; write not.")
    if isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, (int, float)):
        return -node.operand.value if isinstance(node.op, ast.USub) else +node.operand.value
    raise FilterError("a sign belongs before a number.")


def _with_constant(name: str, test: Callable[[Any, Any], bool], constant: Any) -> Filter:
    """Which rows of one column pass a comparison with a constant; most filters are made of these."""
    plain, same = _PLAIN.get(test), _SAME.get(test)

    def compare(columns: Columns, rows: Rows) -> list[int]:
        column = columns[name]
        quick = plain or same
        if quick is not None:
            try:
                return list(compress(rows, map(quick, map(column.__getitem__, rows), repeat(constant))))
            except TypeError:
                pass  # a value is missing: the next way
        if plain is not None:
            try:
                return [row for row in rows if (value := column[row]) is not None and plain(value, constant)]
            except TypeError:
                pass  # words and numbers in one column: the careful way
        return [row for row in rows if test(column[row], constant)]

    return compare


def _all_of(parts: Sequence[Filter]) -> Filter:
    def every(columns: Columns, rows: Rows) -> list[int]:
        for part in parts:
            rows = part(columns, rows)
        return list(rows)

    return every


def _any_of(parts: Sequence[Filter]) -> Filter:
    def some(columns: Columns, rows: Rows) -> list[int]:
        passing: set[int] = set()
        left = rows
        for part in parts:
            passing.update(part(columns, left))
            left = [row for row in left if row not in passing]
        return [row for row in rows if row in passing]

    return some


def _none_of(part: Filter) -> Filter:
    def neither(columns: Columns, rows: Rows) -> list[int]:
        passing = set(part(columns, rows))
        return [row for row in rows if row not in passing]

    return neither


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


def _careful(ordered: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A comparison that a missing value and things of two kinds do not pass."""

    def test(left: Any, right: Any) -> bool:
        try:
            return left is not None and right is not None and ordered(left, right)
        except TypeError:
            return False

    return test


_CAREFUL = {kind: _careful(ordered) for kind, ordered in _ORDERED.items()}
_PLAIN = {_CAREFUL[kind]: ordered for kind, ordered in _ORDERED.items()}


def _comparison(op: ast.cmpop) -> Callable[[Any, Any], bool]:
    if type(op) in _CAREFUL:
        return _CAREFUL[type(op)]
    if isinstance(op, (ast.Eq, ast.Is)):
        return _equal
    if isinstance(op, (ast.NotEq, ast.IsNot)):
        return _differs
    if isinstance(op, ast.In):
        return _within
    return lambda left, right: not _within(left, right)


def _equal(left: Any, right: Any) -> bool:
    return bool(left == right)


def _differs(left: Any, right: Any) -> bool:
    return not _equal(left, right)


# What compares the plain values of a column alike, without a call for each.
_SAME: dict[Callable[[Any, Any], bool], Callable[[Any, Any], bool]] = {_equal: operator.eq, _differs: operator.ne}


def _within(left: Any, right: Any) -> bool:
    if isinstance(right, str):
        return isinstance(left, str) and left in right
    return isinstance(right, list) and any(_equal(left, item) for item in right)
