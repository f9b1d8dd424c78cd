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
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

from tuitune.analysis import masks
from tuitune.analysis.masks import Mask, MaskColumns, Values
from tuitune.analysis.vectors import as_bools, chosen
from tuitune.errors import TuituneError

Filter = Callable[[MaskColumns, Sequence[int]], Sequence[int]]  # columns, rows; gives those that pass, in their order

_MAX_LENGTH = 4_000
_MOST_KNOWN = 12  # names that an error lists
_STRING_OR_NAME = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|`([^`]*)`""")
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|\\)")
_ALIAS = "_tuitune_name_{}_"
_LITERALS = {"true": True, "false": False, "null": None, "none": None}


class FilterError(TuituneError):
    """The expression cannot be used; `message` says what and where."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__("Cannot read the filter", message, hint or EXAMPLE, exit_code=2)


EXAMPLE = 'For example: val_accuracy >= 0.9 and lr < 1e-3 and status == "COMPLETED"'


def compile_filter(text: str, names: Iterable[str]) -> Filter:
    """A filter over columns that are called `names`. Blank text lets every row pass.

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

    names = list(names)
    source = _STRING_OR_NAME.sub(replace, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of backslashes in strings: they are taken as they stand
            tree = ast.parse(source.strip(), mode="eval")
        return _filter_by(_Compiler(names, aliases).condition(tree.body))
    except SyntaxError as error:
        raise FilterError(_syntax_problem(text, error), _in_backticks(source, names)) from None
    except FilterError as error:
        raise FilterError(error.message, _in_backticks(source, names) or error.hint) from None
    except (RecursionError, MemoryError, ValueError):
        raise FilterError("it is nested too deeply, or holds a character that cannot be read.") from None


def _filter_by(mask: Mask) -> Filter:
    return lambda columns, rows: chosen(rows, mask(columns))


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
    def character(match: re.Match[str]) -> str:
        if match[1] == "\\":
            return "\\"
        try:
            return chr(int(match[1][1:], 16))
        except (ValueError, OverflowError):
            raise FilterError(f"{match[0]} is no character: the last one is \\U0010ffff.") from None

    return _ESCAPE.sub(character, name)


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


def _in_backticks(source: str, names: Iterable[str]) -> str:
    """What to write where the text holds a name that needs backticks and has none; "" where it holds none."""
    bare = re.sub(r"""("[^"]*"|'[^']*')""", "", source)
    found = [name for name in names if len(name) > 1 and quote_name(name) != name and name in bare]
    return f"In backticks: {quote_name(max(found, key=len))}." if found else ""


def _syntax_problem(text: str, error: SyntaxError) -> str:
    if re.search(r"(?<![=!<>])=(?!=)", re.sub(r"""("[^"]*"|'[^']*')""", "", text)):
        return "a single = does not compare; write ==."
    if text.count("`") % 2:
        return "a backtick is not closed."
    if "leading zeros" in error.msg:
        return "a number does not begin with zeros; an id goes in quotes: '007'."
    where = f" near column {error.offset}" if error.offset else ""
    return f"not an expression{where} ({error.msg}): {text!r}."


class _Compiler:
    """Turns the whitelisted nodes of an expression into functions over columns."""

    def __init__(self, names: Iterable[str], aliases: Mapping[str, str]) -> None:
        self._names = set(names)
        # Python's parser normalizes identifiers (PEP 3131), so that µ (U+00B5) arrives as μ (U+03BC).
        self._normalized = {unicodedata.normalize("NFKC", name): name for name in self._names}
        self._aliases = aliases

    def condition(self, node: ast.expr) -> Mask:
        """Which rows pass `node`."""
        if isinstance(node, ast.BoolOp):
            parts = [self.condition(value) for value in node.values]
            return masks.all_of(parts) if isinstance(node.op, ast.And) else masks.any_of(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return masks.none_of(self.condition(node.operand))
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            pairs = zip(operands, node.ops, operands[1:], strict=False)
            return masks.all_of([self._pair(left, _COMPARISONS[type(op)], right) for left, op, right in pairs])
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            raise FilterError("write a point and no comma: 0.96.", "A list is no condition.")
        return masks.truth(self._values(node))

    def _pair(self, left: ast.expr, comparison: masks.Comparison, right: ast.expr) -> Mask:
        """Which rows pass one comparison."""
        first, second = self._values(left), self._values(right)
        name, (is_constant, constant) = self._column(left), self._constant_of(right)
        if name is not None and is_constant:
            return masks.against(name, comparison, constant)
        return masks.between(first, comparison, second)

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

    def _values(self, node: ast.expr) -> Values:
        """One value a row."""
        is_constant, constant = self._constant_of(node)
        if is_constant:
            return lambda columns: repeat(constant, columns.count)
        if isinstance(node, ast.Name):
            name = self._column(node)
            if name is None:
                raise self._unknown(node)
            column = name
            return lambda columns: columns.values[column]
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            items = [self._values(item) for item in node.elts]
            return lambda columns: map(list, zip(*(item(columns) for item in items), strict=True))
        if isinstance(node, (ast.BoolOp, ast.Compare)) or _is_not(node):
            mask = self.condition(node)
            return lambda columns: as_bools(mask(columns))
        raise FilterError(f"{_NOT_ALLOWED.get(type(node).__name__, 'this form')} is not part of the language.")

    def _unknown(self, node: ast.Name) -> FilterError:
        name = self._aliases.get(node.id, node.id)
        close = difflib.get_close_matches(name, self._names, 3, 0.5)
        shown = close or sorted(self._names)[:_MOST_KNOWN]
        known = ", ".join(map(quote_name, shown)) + ("" if close or len(shown) == len(self._names) else ", …")
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

_COMPARISONS: dict[type[ast.cmpop], masks.Comparison] = {
    ast.Lt: masks.LESS,
    ast.LtE: masks.AT_MOST,
    ast.Gt: masks.MORE,
    ast.GtE: masks.AT_LEAST,
    ast.Eq: masks.EQUAL,
    ast.Is: masks.EQUAL,
    ast.NotEq: masks.DIFFERENT,
    ast.IsNot: masks.DIFFERENT,
    ast.In: masks.WITHIN,
    ast.NotIn: masks.OUTSIDE,
}
