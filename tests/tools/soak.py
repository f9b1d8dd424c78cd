"""Damages thousands of projects and looks whether tuitune still reads, prints and shows what is left of them.

python tests/tools/soak.py 10000          # an hour or so; prints a line for each failure
python tests/tools/soak.py 500 20000      # the seeds 20000 … 20499
python tests/tools/soak.py --one 1234     # this one again, with traceback; the damaged project is kept
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import math
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[2]))  # a script has only its own directory on the path

from tests.tools.mutate import Damage, copy_project, mutate, remove
from tuitune.analysis import vectors
from tuitune.analysis.columns import SortKey, TrialColumns, build_columns, default_visible, filter_rows, sort_rows
from tuitune.analysis.query import condition
from tuitune.cli.commands import cli
from tuitune.errors import TuituneError
from tuitune.narrowing.select import propose_from, select
from tuitune.project.keras_tuner import first_read
from tuitune.project.keras_tuner.curves import CurveReader
from tuitune.project.keras_tuner.reader import ProjectReader
from tuitune.project.project import Project
from tuitune.project.sources import open_source
from tuitune.project.trials import Trial

REPOSITORY = Path(__file__).parents[2]
SOURCES = sorted(
    [
        *(path.parent for path in (REPOSITORY / "sample_projects" / "digits").glob("*/oracle.json")),
        *(path.parent for path in (REPOSITORY / "tests" / "projects").glob("*/project/oracle.json")),
    ]
)
PATIENCE_S = 30
MEMORY = 3 << 30
SCREEN_EVERY, SAY_EVERY = 50, 500
SIZES = ((120, 40), (80, 24))
KEYS = (
    "down",
    "enter",
    "s",
    "slash",
    *"score < 1",
    "enter",
    "escape",
    "7",
    "down",
    "right",
    "8",
    "1",
    "r",
    "n",
    "9",
    "down",
)
KEYS += ("1", "r", "escape", "q")
_STORED = ("trial_id", "status", "score", "best_step", "values", "metrics", "directions", "message")


# -------------------------------------------------------------------------------------------------- what must hold


class Whole(NamedTuple):
    """A project before it was damaged: its trials in order, and whether the oracle recorded that order."""

    trials: dict[str, Trial]
    is_ordered: bool


@cache
def whole(source: Path) -> Whole:
    """The undamaged project at `source`."""
    reader = ProjectReader(source)
    project = reader.read()
    trials = {trial.trial_id: trial for trial in project.trials}
    return Whole(trials, set(trials) <= set(reader.state.oracle.start_order))


def same(one: Any, other: Any) -> bool:
    """Equality in which NaN equals NaN, and 1 is not True."""
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return type(one) is type(other) and bool(one == other)


def check_reading(damage: Damage, before: Whole) -> list[str]:
    """Read the damaged project twice and use what was read; returns ids of trials. Raises where something is wrong."""
    spared = [trial_id for trial_id in before.trials if damage.spares(trial_id)]
    try:
        reader = open_source(damage.path)
    except TuituneError:
        assert not spared, f"the project is not opened, though {len(spared)} of its trials are whole"
        return []
    try:
        project = reader.read()
        check_spared(project, damage, before, spared)
        again = reader.refresh()
        if again is not None:
            check_spared(again, damage, before, spared)
    finally:
        reader.close()
    check_table(build_columns(project, with_unreadable=True))
    check_use(project)
    return [trial.trial_id for trial in project.trials]


def check_spared(project: Project, damage: Damage, before: Whole, spared: list[str]) -> None:
    """A damaged file costs only itself: each other trial reads as before, and stands where it stood."""
    found = {trial.trial_id: trial for trial in project.trials}
    fields = (*_STORED, "started") if damage.spares_file("oracle.json") else _STORED
    for trial_id in spared:
        assert trial_id in found, f"trial {trial_id} is lost"
        for field in fields:
            value, wanted = getattr(found[trial_id], field), getattr(before.trials[trial_id], field)
            assert same(value, wanted), f"{field} of trial {trial_id} is {value!r:.80}, was {wanted!r:.80}"
    if before.is_ordered and damage.spares_file("oracle.json"):
        there = set(spared)
        assert [trial_id for trial_id in found if trial_id in there] == spared, "the order of the trials is another"


def check_table(table: TrialColumns) -> None:
    """Every column is whole, sorts, and can be filtered by what stands in it."""
    rows = list(filter_rows(table, ""))
    assert rows == list(range(len(table)))
    assert set(default_visible(table)) <= set(table.columns)
    for name, column in table.columns.items():
        values = [column.values[row] for row in rows]
        assert len(column.values) == len(table)
        for descending in (False, True):
            assert sorted(sort_rows(table, rows, [SortKey(name, descending)])) == rows
        value = next((value for value in values if value is not None), None)
        if value is not None:
            with suppress(TuituneError):  # a sentence; not every text can be written as a condition
                filter_rows(table, condition(name, value))


def check_use(project: Project) -> None:
    """Best trial, curves, a narrower space: an answer, or a sentence that says why there is none."""
    assert all(isinstance(text, str) for problem in project.problems for text in problem)
    assert len(project.scored()) <= sum(project.counts().values()) == len(project.trials)
    curves = CurveReader()
    for trial in project.trials[:3] + project.trials[-2:]:
        curves.read(project, trial)
    with suppress(TuituneError):
        propose_from(project, select(project))


# ---------------------------------------------------------------------------------------------------- the commands


def strict(text: str) -> Any:
    """The JSON in `text`, in which NaN and Infinity are errors."""

    def refuse(token: str) -> Any:
        raise AssertionError(f"{token} is no JSON")

    return json.loads(text, parse_constant=refuse)


def commands(path: Path, ids: list[str], random: Random) -> Iterator[tuple[str, ...]]:
    """The commands that read, each as JSON and in another form."""
    forms = ("table", "csv", "latex", "markdown")
    for name in ("info", "trials", "ls", "narrow", "best"):
        yield (name, "--format", "json", "--", str(path))
    yield ("info", "--", str(path))
    yield ("trials", "--sort", "-score", "--format", random.choice(forms), "--", str(path))
    yield ("trials", "--where", "score < 1", "--format", "json", "--", str(path))
    yield ("trials", "--rounds", "--format", "json", "--", str(path))
    yield ("narrow", "--rounds", "--format", "json", "--", str(path))
    yield ("ls", "--format", random.choice(forms), "--", str(path.parent))
    yield ("narrow", "--top", "50%", "--format", "table", "--", str(path))
    yield ("best", "-n", "3", "--format", random.choice(("yaml", "python")), "--", str(path))
    for trial_id in dict.fromkeys((*random.sample(ids, min(2, len(ids))), "0")):
        for form in ("json", "table"):
            yield ("show", "--format", form, "--", str(path), trial_id)


def check_command(arguments: tuple[str, ...]) -> None:
    """One command: an exit status of 0, 1 or 2, never a traceback, and JSON that every parser takes."""
    result = CliRunner().invoke(cli, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 1, 2), f"{arguments[0]}: exit status {result.exit_code}"
    if "json" in arguments:
        if result.exit_code == 0:
            strict(result.stdout)
    elif "csv" not in arguments and "python" not in arguments:
        assert "\x1b" not in result.stdout, f"{arguments[0]} prints an escape sequence"


# ------------------------------------------------------------------------------------------------------ the screen


async def check_screen(path: Path, size: tuple[int, int]) -> None:
    """The screen opens and takes its keys; a control character never reaches the terminal."""
    from tests.ui.keys import send
    from tests.ui.screen import screen_text
    from tuitune.ui.app import make_app

    try:
        app = make_app(str(path))
    except TuituneError:
        return
    async with app.run_test(size=size) as pilot:
        for _ in range(200):
            await pilot.pause(0.02)
            if "reading …" not in screen_text(app):
                break
        for key in KEYS:
            send(pilot, key)
            await pilot.pause()
            await pilot.pause()
            steering = {char for char in screen_text(app) if char < " " or "\x7f" <= char < "\xa0"} - {"\n"}
            assert not steering, f"{steering} on the screen after {key}"
    gc.unfreeze()  # an app keeps for good what is there when it stands; here it is one of many


# ------------------------------------------------------------------------------------------------------------ runs


class TooSlowError(Exception):
    """Something is not done in time. (A TimeoutError is an OSError, which readers of files rightly catch.)"""


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TooSlowError in what takes longer, and again each second where that is swallowed."""

    def ring(*_: object) -> None:
        raise TooSlowError(f"not done after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def as_if_large(wanted: bool) -> Iterator[None]:
    """Read, filter and sort as is done with thousands of trials, where that is `wanted`."""
    before = first_read.WORTH_A_SCHEMA, vectors.LARGE
    if wanted:
        vectors.load()
        first_read.WORTH_A_SCHEMA, vectors.LARGE = 1, 0
    try:
        yield
    finally:
        first_read.WORTH_A_SCHEMA, vectors.LARGE = before


def damaged(seed: int, place: Path) -> tuple[Damage, Whole]:
    """The damaged project of `seed`, under `place`."""
    random = Random(seed)
    source = random.choice(SOURCES)
    folder = place / "searches"  # event files are looked for two levels up: not in the crowd of a temporary directory
    folder.mkdir()
    for name in ("project-2", "project-3"):
        add_round(copy_project(random.choice(SOURCES), folder / name), random)
    return mutate(copy_project(source, folder / "project"), random), whole(source)


def add_round(path: Path, random: Random) -> None:
    """Make the project at `path` a round of `project`, as far as its origin.json can be believed."""
    odd: tuple[Any, ...] = (
        None,
        True,
        -1,
        10**300,
        1e308,
        "",
        "..",
        "gone",
        "[red]x[/]\x1b[31m",
        [],
        {},
        [[]],
        [None],
        "x" * 100_000,
    )
    change = {"name": "lr", "before": "0 … 1", "after": "0 … 0.5", "reason": "because"}
    origin = {
        "parent": "project", "root": "project", "round": 2, "algorithm": "bayesian", "where": "lr < 1", "top": "20%",
        "rounds": False, "narrowed_to": ["00"], "changes": [change], "warm_start": ["00"], "seeds": 1,
    }  # fmt: skip
    damaged_origin = {name: value if random.random() < 0.7 else random.choice(odd) for name, value in origin.items()}
    (path / ".tuitune").mkdir(exist_ok=True)
    (path / ".tuitune" / "origin.json").write_text(json.dumps(damaged_origin))


def steps(seed: int, damage: Damage, before: Whole) -> Iterator[str]:
    """Do everything with one damaged project; yields the name of each step before it is taken."""
    yield "reader"
    ids = check_reading(damage, before)
    for arguments in commands(damage.path, ids, Random(seed)):
        yield " ".join(argument for argument in arguments if argument.isascii() and "/" not in argument)
        check_command(arguments)
    if seed % SCREEN_EVERY == 0:
        for size in SIZES:
            yield f"screen {size[0]}x{size[1]}"
            asyncio.run(check_screen(damage.path, size))


def soak_one(seed: int, keep: bool = False) -> list[tuple[str, str]]:
    """The failures of one seed: the place in the code, and a line about it."""
    place = Path(tempfile.mkdtemp(prefix=f"soak-{seed}-"))
    damage, before = damaged(seed, place)
    found = []
    step, todo = "", steps(seed, damage, before)
    try:
        with alarm(PATIENCE_S), as_if_large(seed % 2 == 1):
            for step in todo:  # noqa: B007 - the last one is named
                pass
    except Exception as error:
        if keep:
            traceback.print_exc()
        where = place_of(error)
        told = f"{type(error).__name__}: {error}".split("\n")[0][:200]
        found.append((where, f"seed {seed}, {step}, {where}: {told!r}; {'; '.join(damage.deeds)[:300]}"))
    if keep:
        print(f"{damage.path!s}\n" + "\n".join(damage.deeds))
    else:
        remove(place)
    return found


def place_of(error: BaseException) -> str:
    """The last line of tuitune that an exception went through; else the last line at all."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}tuitune{os.sep}" in frame.filename] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "nowhere"


def soak(count: int, first: int) -> int:
    """Run the seeds from `first` on; returns how many failed."""
    began, places = time.monotonic(), Counter[str]()
    failed = 0
    for number, seed in enumerate(range(first, first + count), 1):
        found = soak_one(seed)
        failed += bool(found)
        for where, line in found:
            places[where] += 1
            if places[where] <= 5:
                print(line, flush=True)
        if number % SAY_EVERY == 0:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            print(f"{number} of {count}, {failed} failed, {time.monotonic() - began:.0f} s, {peak} MiB", flush=True)
    for where, times in places.most_common():
        print(f"{times:6} {where}")
    print(f"{count} mutations, {failed} failed, {time.monotonic() - began:.0f} s")
    return failed


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--one", type=int, metavar="SEED")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with tempfile.TemporaryDirectory(prefix="soak-home-") as home:
        for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = home
        if options.one is not None:
            return 1 if soak_one(options.one, keep=True) else 0
        return 1 if soak(options.count, options.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
