"""Commands that read one project: info, trials, show, best."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from tuitune.analysis import columns as model
from tuitune.analysis.family import FamilyColumns, arrange, join_rounds, read_family
from tuitune.analysis.series import curve_plot
from tuitune.analysis.text import cell, counted, duration, printable, printable_lines
from tuitune.cli.output import ROW_FORMATS, format_option, narrate, print_json, print_rows
from tuitune.errors import TuituneError
from tuitune.launch.runs import is_running
from tuitune.project.notes import parse_objective
from tuitune.project.project import Project
from tuitune.project.rounds import parent_name
from tuitune.project.sources import curve_source, open_source
from tuitune.project.space import describe_range
from tuitune.project.trials import Trial

objective_option = click.option(
    "--objective",
    metavar="NAME:max",
    help="Which metric is optimized, and whether max or min is better, where the files do not tell. Remembered.",
)


def load(path: str, objective: str | None = None, *, quiet: bool = False, remember: bool = True) -> Project:
    """The project at `path`; that it has problems is narrated. Raises TuituneError.

    `objective` is the user's word for it, as `NAME:max`; it is written beside the project unless `remember` is off.
    """
    place = Path(path)
    reader = open_source(place, lambda: is_running(place))
    given = None if objective is None else parse_objective(objective)
    reader.objective = given
    project = reader.read()
    if given is not None:
        if given.name not in project.trials.columns.metrics:
            known = ", ".join(project.trials.columns.metrics) or "none"
            raise TuituneError("No such metric", f"no trial has a metric {given.name!r}.", f"Metrics: {known}", 2)
        if remember and not reader.remember_objective(given):
            narrate(f"{path} cannot be written: the objective holds for this command only.")
    if project.problems and not quiet:
        count = len(project.problems)
        narrate(f"{counted(count, 'problem')} found; tuitune info {path} lists them.")
    return project


@click.command()
@click.argument("project")
@objective_option
@format_option("table", "json")
def info(project: str, objective: str | None, form: str) -> None:
    """Facts, search space and problems of PROJECT."""
    found = load(project, objective, quiet=True)
    if form == "json":
        print_json(info_json(found))
        return
    goal = found.objective
    known = "inferred from the scores" if goal and goal.inferred else "recorded"
    lines = {
        "project": str(found.path),
        "tuner": found.tuner or "unknown",
        "objective": f"{goal.name}, {goal.direction} ({known})" if goal else _unknown_objective(found),
        "executions": found.executions_per_trial or "unknown",
        "max trials": found.max_trials or "unknown",
        "trials": ", ".join(f"{n} {status}" for status, n in found.shown_counts().items()) or "none yet",
        "best trial": f"{found.best.trial_id}, {cell(found.best.score)}" if found.best else "none",
    }
    for name, value in lines.items():
        click.echo(f"{name:<12}{printable(str(value))}")
    for line in _origin_lines(found):
        click.echo(printable(line))
    click.echo("space")
    for hp in found.space:
        needs = "".join(f"  if {c.name} in {', '.join(map(cell, c.values))}" for c in hp.conditions)
        click.echo(f"  {printable(f'{hp.name}  {hp.kind}  {describe_range(hp)}{needs}')}")
    if found.problems:
        click.echo("problems")
        for problem in found.problems:
            click.echo(f"  {printable(problem.file or 'project')}: {printable(problem.problem)}")


def _unknown_objective(project: Project) -> str:
    names = ", ".join(candidate.name for candidate in project.candidates[:6])
    return f"unknown; it can be {names}: say --objective NAME:max or NAME:min" if names else "unknown"


def _origin_lines(project: Project) -> list[str]:
    """Where a round comes from; what origin.json does not tell in the form expected is left out."""
    if parent_name(project.origin) is None:
        return []
    (item,) = arrange([project])
    lines = [f"{'round':<12}{item.number}, {item.algorithm} narrowed from {item.parent} {item.basis}"]
    for change in item.changes:
        lines.append(f"{'':<12}{change.name}: {change.before} → {change.after}")
    return lines


def info_json(project: Project) -> dict[str, Any]:
    """The JSON contract of `info`: what is not known is null."""
    objective = project.objective
    return {
        "path": str(project.path),
        "tuner": project.tuner,
        "objective": {
            "name": objective.name,
            "direction": objective.direction,
            "inferred": objective.inferred,
        }
        if objective
        else None,
        "executions_per_trial": project.executions_per_trial,
        "max_trials": project.max_trials,
        "trials": {"total": len(project.trials), **project.counts()},
        "shown_trials": project.shown_counts(),
        "best_trial_id": project.best.trial_id if project.best else None,
        "space": [hp.to_json() for hp in project.space],
        "problems": [problem._asdict() for problem in project.problems],
        "facts": dict(project.facts),
        "origin": dict(project.origin),
    }


@click.command()
@click.argument("project")
@click.option("--where", default="", help="A filter: val_accuracy >= 0.9 and lr < 1e-3")
@click.option("--sort", default="", metavar="COL,-COL", help="Columns to sort by; - for descending.")
@click.option("--columns", default="", metavar="COL,…", help="Columns to print, in this order.")
@click.option("--limit", type=click.IntRange(min=0), help="Print at most so many.")
@click.option("--rounds", is_flag=True, help="The trials of all rounds of its family, with a column for the round.")
@format_option(*ROW_FORMATS)
def trials(project: str, where: str, sort: str, columns: str, limit: int | None, rounds: bool, form: str) -> None:
    """The trials of PROJECT, in the order in which they started unless sorted."""
    found = load(project)
    if rounds:
        table: model.TrialColumns = join_rounds(read_family(found), found.objective, with_unreadable=True)
    else:
        table = model.build_columns(found, with_unreadable=True)
    rows = model.filter_rows(table, where)
    if sort:
        rows = model.sort_rows(table, rows, model.parse_sort(sort, table))
    if where:
        narrate(f"{len(rows)} of {len(table)} trials")
    rows = rows[:limit]
    if form == "json":
        print_json([{**_round_json(table, index), **trial_json(table.trials[index])} for index in rows])
        return
    names = [name.strip().strip("`") for name in columns.split(",") if name.strip()] or model.default_visible(table)
    for name in names:
        if name not in table.columns:
            known = ", ".join(table.columns)
            raise TuituneError("No such column", f"there is no column {name!r}.", f"Columns: {known}", 2)
    print_rows(names, [[table.columns[name].values[index] for name in names] for index in rows], form)


def _round_json(table: model.TrialColumns, index: int) -> dict[str, Any]:
    """Which round a trial belongs to, where there are several."""
    if not isinstance(table, FamilyColumns):
        return {}
    item = table.round_of(index)
    return {"round": item.number, "project": item.project.name}


def trial_json(trial: Trial) -> dict[str, Any]:
    """The JSON contract of one trial."""
    return {
        "trial_id": trial.trial_id,
        "status": trial.status,
        "score": trial.score,
        "best_step": trial.best_step,
        "values": dict(trial.values),
        "metrics": dict(trial.metrics),
        "started": trial.started.isoformat() if trial.started else None,
        "duration_s": trial.duration_s,
        "message": trial.message,
    }


@click.command()
@click.argument("project")
@click.argument("trial_id", metavar="TRIAL")
@objective_option
@format_option("table", "json")
def show(project: str, trial_id: str, objective: str | None, form: str) -> None:
    """Values, metrics, curves and traceback of one TRIAL."""
    found = load(project, objective)
    trial = find_trial(found, trial_id)
    curves = curve_source(found).read(found, trial)
    if form == "json":
        print_json(
            {
                **trial_json(trial),
                "shown_status": trial.shown_status,
                "curve_source": curves.source or None,
                "best_epoch": curves.best_epoch,
                "curves": [
                    {
                        "metric": curve.metric,
                        "split": curve.split,
                        "execution": curve.execution,
                        "epochs": curve.epochs,
                        "values": curve.values,
                    }
                    for curve in curves.curves
                ],
            }
        )
        return
    click.echo(
        f"trial {printable(trial.trial_id)}  {printable(trial.shown_status)}  score {cell(trial.score) or 'none'}"
    )
    if trial.started:
        click.echo(f"started {trial.started:%Y-%m-%d %H:%M:%S}  took {duration(trial.duration_s) or 'unknown'}")
    if trial.heard is not None:
        click.echo(f"last heard of {trial.heard:%Y-%m-%d %H:%M:%S}")
    click.echo("values")
    active = {hp.name for hp in found.space if hp.is_active(trial.values)}
    for name, value in trial.values.items():
        note = "" if name in active or name.startswith("tuner/") or not found.space else "  (inactive)"
        click.echo(f"  {printable(name)} = {cell(value)}{note}")
    click.echo("metrics")
    for name, value in trial.metrics.items():
        click.echo(f"  {printable(name)} = {cell(value)}")
    click.echo(f"curves, from {printable(curves.source)}" if curves.source else curves.why_none)
    for metric in curves.metrics:
        for line in curve_plot(curves, metric).series:
            points = " ".join(cell(round(y, 4)) for y in line.y)
            click.echo(f"  {printable(metric)} {line.label}: {points}")
    if trial.message:
        click.echo("message")
        for text in printable_lines(trial.message):
            click.echo(f"  {text}")


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) < 20


def find_trial(project: Project, text: str) -> Trial:
    """The trial with that id, zeros in front left aside. Raises TuituneError."""
    exact = project.trial(text)
    if exact is not None:
        return exact
    alike = [t for t in project.trials if _is_id(text) and _is_id(t.trial_id) and int(t.trial_id) == int(text)]
    if len(alike) == 1:
        return alike[0]
    few = ", ".join(t.trial_id for t in project.trials[:8])
    raise TuituneError("No such trial", f"{project.path} has no trial {text!r}.", f"It has {few or 'none'} …")


@click.command()
@click.argument("project")
@click.option("-n", "count", type=click.IntRange(min=1), default=1, show_default=True, help="How many.")
@objective_option
@format_option("json", "yaml", "python")
def best(project: str, count: int, objective: str | None, form: str) -> None:
    """Hyperparameters of the best trials of PROJECT."""
    found = load(project, objective)
    ranked = found.scored()[:count]
    if not ranked:
        if found.objective or not found.counts().get("COMPLETED"):
            raise TuituneError("No best trial", f"{found.path}: no trial has finished with a score.")
        hint = f"It is {_unknown_objective(found)}."
        raise TuituneError("No best trial", f"{found.path}: which metric is the objective is unknown.", hint)
    if form == "json":
        print_json([trial_json(trial) for trial in ranked])
        return
    for trial in ranked:
        click.echo(f"# trial {printable(trial.trial_id)}, score {cell(trial.score)}")
        if form == "yaml":
            click.echo("- " + "\n  ".join(f"{json.dumps(n)}: {_yaml(v)}" for n, v in trial.hyperparameters.items()))
        else:
            click.echo("{")
            for name, value in trial.hyperparameters.items():
                click.echo(f"    {name!r}: {value!r},")
            click.echo("}")


def _yaml(value: Any) -> str:
    """A plain value as YAML 1.1 reads it: JSON, but a float with an exponent needs its point."""
    text = json.dumps(value)
    if isinstance(value, float) and "e" in text and "." not in text:
        return text.replace("e", ".0e")
    return text
