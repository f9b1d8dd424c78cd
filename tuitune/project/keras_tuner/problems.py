"""What is wrong with a project, in words: which file, what it means, what can be done."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from tuitune.project.keras_tuner.folders import Folder
from tuitune.project.keras_tuner.oracle import OracleState
from tuitune.project.project import Project
from tuitune.project.trials import FRESH_S, RUNNING, Problem

NO_ORACLE = "there is none: keras-tuner cannot reload this search, and it cannot be resumed; it can be relaunched."
_FAILURES_IN_A_ROW = 3  # keras-tuner's own limit unless the script sets max_consecutive_failed_trials
_RANDOM_ID = 32  # characters of the ids that releases up to 1.1.0 drew
_FEW = 5


def find_problems(
    project: Project, folders: Sequence[Folder], oracle: OracleState, *, compare_files: bool
) -> list[Problem]:
    """What the trials together say. `folders` are all directories of trials, read or not.

    `compare_files`: whether oracle.json and the trials were read at rest, so that they must agree.
    """
    problems = [*_stopped(project, oracle), *_mixed_objectives(project)]
    if compare_files:
        problems += [*_leftovers(project, oracle), *_missing(project, folders, oracle)]
    return problems


def _stopped(project: Project, oracle: OracleState) -> Iterator[Problem]:
    """Trials that are RUNNING on disk while nothing runs."""
    columns = project.trials.columns
    idle = [row for row in sorted(columns.heard) if columns.status[row] == RUNNING and row not in columns.active]
    for row in idle[:_FEW]:
        file = f"trial_{columns.trial_id[row]}/trial.json"
        heard = f"{datetime.fromtimestamp(columns.heard[row]):%Y-%m-%d %H:%M:%S}"
        before = columns.status[max(0, row - _FAILURES_IN_A_ROW + 1) : row]
        if len(before) == _FAILURES_IN_A_ROW - 1 and set(before) == {"FAILED"} and row == len(columns.status) - 1:
            yield Problem(
                file,
                f"RUNNING, last heard of {heard}, but nothing runs it and the {len(before)} trials before it failed: "
                f"keras-tuner gives up after {_FAILURES_IN_A_ROW} failures in a row and leaves the last one RUNNING. "
                "Their tracebacks say why.",
            )
        elif columns.trial_id[row] in oracle.end_order:
            yield Problem(
                file,
                "RUNNING, though oracle.json says that it has ended: what it came to was not written, or not copied. "
                "keras-tuner never ends it.",
            )
        else:
            yield Problem(
                file,
                f"RUNNING, but nothing runs it: the search was killed or lost in the middle of this trial, last heard "
                f"of {heard}. Running the script again resumes it.",
            )
    if len(idle) > _FEW:
        yield Problem("", f"{len(idle) - _FEW} more trials are RUNNING although nothing runs them.")
    for row in sorted(columns.heard):
        trial_id, silent_s = columns.trial_id[row], time.time() - columns.heard[row]
        if columns.status[row] == "INVALID" and trial_id in oracle.ongoing and silent_s > FRESH_S:
            yield Problem(
                f"trial_{trial_id}/trial.json",
                "INVALID and still ongoing for the oracle: the search was killed or lost while it tried this trial "
                "again. Running the script again resumes it.",
            )


def _mixed_objectives(project: Project) -> Iterator[Problem]:
    if len(project.parts) < 2:
        return
    parts = ", ".join(f"{count} {'is' if count == 1 else 'are'} {goal.name}" for goal, count in project.parts)
    first = project.parts[0][0]
    advice = f"Say which one counts: --objective {first.name}:{first.direction}"
    if project.objective is not None:
        advice = f"Only those that are {project.objective.name} are ranked."
    yield Problem(
        "",
        f"two objectives in one project: of its scores {parts}. It was opened again with another objective; "
        f"the scores cannot be compared. {advice}",
    )


def _leftovers(project: Project, oracle: OracleState) -> Iterator[Problem]:
    """Trials of another search or another release in the same directory."""
    ids = project.trials.columns.trial_id
    if oracle.start_order and oracle.start_order != ids:
        foreign = sorted(set(ids).difference(oracle.start_order, oracle.ongoing))
        if foreign and len(foreign) < len(ids):
            yield Problem(
                f"trial_{foreign[0]}/trial.json",
                f"{_count(foreign, 'trial is', 'trials are')} not among those that oracle.json says were started: "
                "left over from another search, or from another release of keras-tuner, in the same directory.",
            )
    lengths = Counter(map(len, ids))
    if _RANDOM_ID in lengths and len(lengths) > 1:
        random = lengths[_RANDOM_ID]
        yield Problem(
            "",
            f"ids of two kinds: {random} random ones, as releases up to 1.1.0 gave, and {len(ids) - random} numbers, "
            "as later ones give. Two releases of keras-tuner have written here.",
        )


def _missing(project: Project, folders: Sequence[Folder], oracle: OracleState) -> Iterator[Problem]:
    if oracle.start_order == project.trials.columns.trial_id and oracle.start_order:
        return
    there = {
        *project.trials.columns.trial_id,
        *(folder.trial_id for folder in folders if folder.problem or folder.suspicion),
    }
    gone = [trial_id for trial_id in dict.fromkeys(oracle.start_order) if trial_id not in there]
    if gone:
        yield Problem(
            "oracle.json",
            f"names {_count(gone, 'trial', 'trials')} of which there is no trial.json ({', '.join(gone[:_FEW])}"
            f"{' …' if len(gone) > _FEW else ''}): deleted, or not copied with the rest.",
        )
    elif not oracle.start_order and oracle.tried > len(there):  # a release that kept no order
        yield Problem(
            "oracle.json",
            f"tells of {oracle.tried} configurations that were tried, and there are {len(there)} trials: the others "
            "were deleted, or not copied with the rest.",
        )


def _count(items: Sequence[object], one: str, many: str) -> str:
    return f"{len(items)} {one if len(items) == 1 else many}"
