"""How commands print: rows as table, JSON, CSV, LaTeX or Markdown; data on stdout, narration on stderr."""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from tuitune.analysis.text import cell, printable
from tuitune.errors import TuituneError

_Command = TypeVar("_Command", bound=Callable[..., Any])

_WIDEST = 250  # a longer text stands whole in its own row, but no other is padded to its width
_FORMULA = re.compile(r"\s*[=+\-@]|[\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MARKDOWN = re.compile(r"[\\`*\[\]<>|]")  # with which links, pictures, HTML and cells begin
ROW_FORMATS = ("table", "json", "csv", "latex", "markdown")


def format_option(*formats: str, default: str | None = None) -> Callable[[_Command], _Command]:
    """The `--format` option of a command."""
    return click.option(
        "--format", "form", type=click.Choice(formats), default=default or formats[0], show_default=True
    )


def json_safe(value: Any) -> Any:
    """`value` with NaN and infinities as None, which strict JSON can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: json_safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_safe(item) for item in value]
    return value


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    try:
        text = json.dumps(json_safe(value), indent=2)
    except RecursionError:
        message = "something in the project's own notes (.tuitune) is nested hundreds of levels deep."
        raise TuituneError("Cannot be printed as JSON", message, "tuitune info prints the rest.") from None
    click.echo(text)


def print_rows(names: Sequence[str], rows: Sequence[Sequence[Any]], form: str) -> None:
    """Rows as a table, CSV, LaTeX or Markdown. Rows are never cut short, and none is left out."""
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        show = printable if sys.stdout.isatty() else str  # a line break in a cell would look like another row
        for row in (names, *rows):
            writer.writerow([show(item) if isinstance(item, str) else item for item in map(_csv_cell, row)])
        return
    texts = [[cell(value) for value in row] for row in rows]
    if form == "latex":
        _print_latex(names, texts)
    elif form == "markdown":
        _print_markdown(names, texts)
    else:
        _print_table(names, texts, [all(_is_number(row[i]) for row in rows) for i in range(len(names))])


def _csv_cell(value: Any) -> Any:
    """What a spreadsheet takes for the value itself: a text that it would calculate gets an apostrophe before it."""
    if not isinstance(value, str):
        return "" if value is None else value
    return f"'{value}" if _FORMULA.match(value) and not _NUMBER.fullmatch(value) else value


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _print_table(names: Sequence[str], rows: list[list[str]], numeric: list[bool]) -> None:
    heads = [printable(name) for name in names]
    widths = [min(_WIDEST, max([len(heads[i]), *(len(row[i]) for row in rows)])) for i in range(len(heads))]
    for row in [heads, *rows]:
        parts = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        click.echo("  ".join(parts).rstrip())


def _print_markdown(names: Sequence[str], rows: list[list[str]]) -> None:
    def line(parts: Sequence[str]) -> str:
        return "| " + " | ".join(_MARKDOWN.sub(r"\\\g<0>", part) for part in parts) + " |"

    click.echo(line([printable(name) for name in names]))
    click.echo("|" + " --- |" * len(names))
    for row in rows:
        click.echo(line(row))


_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
})  # fmt: skip


def _print_latex(names: Sequence[str], rows: list[list[str]]) -> None:
    click.echo(f"\\begin{{tabular}}{{{'l' * len(names)}}}\n\\hline")
    for number, row in enumerate([[printable(name) for name in names], *rows]):
        click.echo(" & ".join(text.translate(_LATEX) for text in row) + r" \\" + (r" \hline" if number == 0 else ""))
    click.echo("\\hline\n\\end{tabular}")


def narrate(text: str) -> None:
    """A sentence for the person, one line on stderr; names from files in it are text, whatever they hold."""
    click.echo(printable(text), err=True)
