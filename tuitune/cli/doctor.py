"""`tuitune doctor`: what is wrong with a project or with this box, and what to do."""

from __future__ import annotations

import click

from tuitune.analysis.text import counted, printable
from tuitune.cli.output import format_option, print_json
from tuitune.cli.reading import load
from tuitune.launch.health import NOTE, OK, PROBLEM, Finding, examine_box, examine_project

_SIGNS = {OK: "✓", NOTE: "·", PROBLEM: "✗"}


@click.command()
@click.argument("project", required=False)
@format_option("table", "json")
def doctor(project: str | None, form: str) -> None:
    """What is wrong with PROJECT, or with this box, and what to do about it."""
    findings = list(examine_box() if project is None else examine_project(load(project, quiet=True)))
    if form == "json":
        print_json([finding._asdict() for finding in findings])
        return
    for finding in findings:
        click.echo(_line(finding))
    count = sum(finding.state == PROBLEM for finding in findings)
    click.echo(counted(count, "problem") if count else "no problems", err=True)


def _line(finding: Finding) -> str:
    advice = f"\n    → {printable(finding.advice)}" if finding.advice else ""
    return f"{_SIGNS[finding.state]} {printable(finding.subject)}: {printable(finding.found)}{advice}"
