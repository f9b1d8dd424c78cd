"""Commands that narrow and start searches: narrow, run, relaunch, resume."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from tuitune import files
from tuitune.analysis.family import FamilyColumns, join_rounds, read_family
from tuitune.analysis.text import cell, printable
from tuitune.cli.output import format_option, narrate, print_json, print_rows
from tuitune.cli.reading import load, objective_option
from tuitune.errors import TuituneError, describe_os_error
from tuitune.launch.environment import DECIDING
from tuitune.launch.events import RunStatus
from tuitune.launch.plan import Plan, describe_plan, plan_relaunch, plan_run, require_relaunchable
from tuitune.launch.protocol import ALGORITHMS
from tuitune.launch.request import Request
from tuitune.launch.resume import plan_resume
from tuitune.launch.runs import RunFollower, runs_root
from tuitune.launch.start import require_startable, start
from tuitune.narrowing.draft import changes, space_from_json, space_to_json
from tuitune.narrowing.estimate import Estimator
from tuitune.narrowing.proposal import Proposal, describe_proposal
from tuitune.narrowing.select import Selection, propose_from, select
from tuitune.project.project import Project
from tuitune.project.rounds import earlier_rounds
from tuitune.project.space import Hyperparameter, describe_range

_FOLLOW_EVERY_S = 0.3

where_option = click.option("--where", default="", help="Narrow to the trials that this filter leaves.")
rounds_option = click.option(
    "--rounds", is_flag=True, help="By the trials of all rounds of its family that lie in its space."
)
top_option = click.option("--top", default="", metavar="20%", help="Narrow to the best share, or the best N. [20%]")
yes_option = click.option("--yes", is_flag=True, help="Run also what only the project's own files name.")


@click.command()
@click.argument("project")
@where_option
@top_option
@rounds_option
@objective_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), help="[table on a terminal, else json]")
def narrow(project: str, where: str, top: str, rounds: bool, objective: str | None, form: str | None) -> None:
    """A narrower space for PROJECT, with a reason for each hyperparameter."""
    found = load(project, objective)
    selection = select(found, where, top, _family(found, rounds))
    proposals = propose_from(found, selection)
    if (form or ("table" if sys.stdout.isatty() else "json")) == "json":
        print_json(narrow_json(found, selection, proposals, where, top))
        return
    click.echo(f"from {printable(selection.description)}")
    rows = [[p.parent.name, p.action, describe_proposal(p), p.reason] for p in proposals]
    print_rows(["hyperparameter", "action", "range", "reason"], rows, "table")
    space = [proposal.proposed for proposal in proposals]
    click.echo(f"keeps {Estimator(found, selection.good, earlier_rounds(found)).estimate(space).describe()}")


def _family(project: Project, wanted: bool) -> FamilyColumns | None:
    return join_rounds(read_family(project), project.objective) if wanted else None


def narrow_json(
    project: Project, selection: Selection, proposals: list[Proposal], where: str, top: str
) -> dict[str, Any]:
    """The proposal as JSON; `space` and `values` are what HyperParameters.from_config of keras-tuner takes.

    Args:
        project: whose space is narrowed.
        selection: the trials that it is narrowed to, and the others.
        proposals: one a hyperparameter, in the order of the space.
        where: the filter that chose the trials; "" where there was none.
        top: the share or the count that was asked for; "" for the usual one.
    """
    space = [proposal.proposed for proposal in proposals]
    view = Estimator(project, selection.good, earlier_rounds(project)).estimate(space)
    return {
        "project": str(project.path),
        "from": {
            "where": where,
            "top": top,
            "description": selection.description,
            "trials": [trial.trial_id for trial in selection.good],
        },
        "proposals": [
            {
                "name": p.parent.name,
                "conditions": [{"name": c.name, "values": list(c.values)} for c in p.parent.conditions],
                "action": p.action,
                "before": describe_range(p.parent),
                "after": describe_range(p.proposed),
                "reason": p.reason,
                "trials": p.trials,
            }
            for p in proposals
        ],
        "changes": [change._asdict() for change in changes(project.space, space, proposals)],
        "volume_kept": view.volume,
        "good_trials_inside": view.inside,
        "warm_trials": view.warm,
        **space_to_json(space),
    }


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--python", metavar="PATH", help="The Python in which to train. [this one]")
@click.option("--wait", is_flag=True, help="Follow the run to its end.")
@format_option("table", "json")
@click.argument("script")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARG]...")
def run(python: str | None, wait: bool, form: str, script: str, arguments: tuple[str, ...]) -> None:
    """Run SCRIPT's search in the background, as it is, with curves and facts recorded."""
    _start(plan_run(script, arguments, python), wait, form, is_agreed=True)


def _variables(_context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    found = dict(text.partition("=")[::2] for text in texts)
    for text in texts:
        name = text.partition("=")[0]
        if name not in DECIDING or "=" not in text or "\0" in text:
            raise click.BadParameter(f"{text!r}: NAME=VALUE is wanted, with one of {', '.join(DECIDING)}.")
    return found


@click.command()
@click.argument("project")
@where_option
@top_option
@rounds_option
@objective_option
@click.option("--space", "space_file", metavar="FILE", help="A space as JSON, as narrow prints it.")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), default="bayesian", show_default=True)
@click.option("--max-trials", type=int, help="[half of the parent's, between 10 and 50]")
@click.option("--epochs", type=int, help="Epochs of each trial, but for Hyperband. [the parent's; else the script's]")
@click.option("--max-epochs", type=int, help="Hyperband: epochs of a full training. [the parent's]")
@click.option("--factor", type=int, help="Hyperband: reduction factor. [3]")
@click.option("--name", help="Name of the new project. [PROJECT-2, -3, …]")
@click.option("--script", metavar="SCRIPT", help="The script to play. [the recorded one]")
@click.option("--cwd", metavar="DIRECTORY", help="Where to play it. [as recorded; else the script's directory]")
@click.option("--python", metavar="PATH", help="The Python in which to train. [the recorded one; else this one]")
@click.option(
    "--env",
    "environment",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_variables,
    help="KERAS_BACKEND and kin. [as recorded]",
)
@click.option("--no-warm-start", is_flag=True, help="Start cold: tell the round nothing of earlier trials.")
@click.option(
    "--seed-top", type=int, metavar="K", help="Try the best K old configurations first. [0, random 1, hyperband 3]"
)
@yes_option
@click.option("--dry-run", is_flag=True, help="Say what would run, as JSON; start nothing.")
@click.option("--wait", is_flag=True, help="Follow the run to its end.")
@format_option("table", "json")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- ARG...]")
def relaunch(
    project: str,
    where: str,
    top: str,
    rounds: bool,
    objective: str | None,
    space_file: str | None,
    yes: bool,
    dry_run: bool,
    wait: bool,
    form: str,
    no_warm_start: bool,
    script: str | None,
    arguments: tuple[str, ...],
    **options: Any,
) -> None:
    """Search a narrower space of PROJECT with its own script, in a new project beside it, in the background."""
    found = load(project, objective, remember=False)  # the parent is never written to
    require_relaunchable(found)
    space, chosen, proposals = _space(found, where, top, rounds, space_file)
    given = arguments if script is not None or arguments else None
    request = Request(
        where=where,
        top=top,
        chosen=chosen,
        by_rounds=rounds,
        proposals=proposals,
        script=script,
        arguments=given,
        warm=not no_warm_start,
        **options,
    )
    plan = plan_relaunch(found, space, request)
    if dry_run:
        print_json(plan.to_json())
        return
    _start(plan, wait, form, yes)


@click.command()
@click.argument("project")
@click.option("--max-trials", type=int, help="Go on to so many trials in all. [as planned]")
@yes_option
@click.option("--wait", is_flag=True, help="Follow the run to its end.")
@format_option("table", "json")
def resume(project: str, max_trials: int | None, yes: bool, wait: bool, form: str) -> None:
    """Go on with PROJECT, a search that was stopped or killed, in the background."""
    plan = plan_resume(load(project, None, remember=False), max_trials)
    _start(plan, wait, form, yes)


def _space(
    project: Project, where: str, top: str, rounds: bool, space_file: str | None
) -> tuple[tuple[Hyperparameter, ...], list[str], list[Proposal]]:
    """The space to search, the trials that it was narrowed to, and the proposals that made it."""
    if space_file is None:
        selection = select(project, where, top, _family(project, rounds))
        proposals = propose_from(project, selection)
        space = tuple(proposal.proposed for proposal in proposals)
        return space, [trial.trial_id for trial in selection.good], proposals
    if where or top or rounds:
        message = "--space gives a space; --where, --top and --rounds propose one."
        raise TuituneError("Two spaces", message, "Choose.", 2)
    try:
        if space_file == "-":
            text = sys.stdin.read(files.MOST_NOTE_BYTES + 1)
            if len(text) > files.MOST_NOTE_BYTES:
                raise TuituneError("Cannot use the space", f"more than {files.MOST_NOTE_BYTES >> 20} MiB came in.")
        else:
            text = files.read_bytes(space_file, files.MOST_NOTE_BYTES).decode()
    except OSError as error:
        message = f"{space_file} cannot be read: {describe_os_error(error)}."
        raise TuituneError("Cannot use the space", message) from None
    except UnicodeDecodeError:
        raise TuituneError("Cannot use the space", f"{space_file} is not a text file.") from None
    return space_from_json(text, project.space, space_file), [], []


def _start(plan: Plan, wait: bool, form: str, is_agreed: bool) -> None:
    require_startable(plan, is_agreed)
    told = describe_plan(plan)
    for label, value in told.items():
        narrate(f"{label:<13}{value}")
    run_id = start(plan)
    follower = RunFollower(runs_root() / run_id)
    status = _follow(follower) if wait else follower.refresh()
    project = status.project
    if form == "json":
        print_json({"run": run_id, "project": None if project is None else str(project)})
    else:
        click.echo(run_id)
    if not wait:
        narrate(f"It runs in the background. tuitune logs -f {run_id}   tuitune stop {run_id}")
    elif status.state != "finished":
        raise TuituneError(f"The run {status.state}", f"{status.reason.rstrip('.')}.", f"tuitune logs {run_id}")
    elif status.put_back:
        narrate(f"{status.put_back}.")
    elif status.failed:
        narrate(f"{status.failed} of {status.done} trials failed: tuitune show PROJECT TRIAL says why.")


def _follow(follower: RunFollower) -> RunStatus:
    """Wait for the end of the run, saying on stderr when a trial has ended."""
    said, warned = -1, 0
    while True:
        status = follower.refresh()
        for warning in status.warnings[warned:]:
            narrate(f"Warning: {warning}.")
        warned = len(status.warnings)
        if status.done != said:
            said = status.done
            of = f" of {status.planned}" if status.planned else ""
            best = "" if status.best is None else f", best {cell(status.best)}"
            failed = f", {status.failed} failed" if status.failed else ""
            narrate(f"{status.done}{of} trials{failed}{best}")
        if status.state != "running":
            return status
        time.sleep(_FOLLOW_EVERY_S)
