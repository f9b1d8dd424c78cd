"""Hundreds of damaged projects: each is read, sorted, filtered and printed, and a damaged file costs only itself.

The same damages at length, and on the screen: `python tests/tools/soak.py 10000`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.tools.mutate import DEEDS, OURS, STRANGE, Damage, Patient, copy_project, mutate, put, remove
from tests.tools.soak import SOURCES, as_if_large, check_command, check_reading, check_use, commands, whole
from tuitune.project.sources import open_source

READINGS, PRINTINGS = 15, 3  # damages of each project
MOST_MIB = 1500  # that the process may grow; a name of 10 MB and JSON nested 100,000 deep are among the damages
HANGS_S = 900  # far longer than any of this takes where four other programs share the machine
_IDS = [source.parent.name if source.name == "project" else source.name for source in SOURCES]

each_project = pytest.mark.parametrize("source", SOURCES, ids=_IDS)


def seeds(source: Path, count: int) -> list[int]:
    """Numbers that are the same in every run, and others for each project."""
    first = zlib.crc32(_IDS[SOURCES.index(source)].encode())
    return [first + number for number in range(count)]


def peak_mib() -> int:
    """The most memory that this process had so far; 0 where the system counts otherwise."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10 if sys.platform == "linux" else 0


@contextmanager
def damaged(source: Path, place: Path, seed: int) -> Iterator[Damage]:
    """A damaged copy; a failure says what was damaged."""
    damage = mutate(copy_project(source, place / "project"), Random(seed))
    try:
        yield damage
    except Exception as error:
        raise AssertionError(f"seed {seed}: {'; '.join(damage.deeds)}\n{type(error).__name__}: {error}") from error
    finally:
        remove(place)


def test_the_projects_are_there() -> None:
    """A checkout that lost them would test nothing."""
    assert len(SOURCES) * READINGS >= 300
    assert len(SOURCES) * PRINTINGS >= 60


@pytest.mark.timeout(HANGS_S)
@each_project
def test_a_damaged_file_costs_only_itself(source: Path, tmp_path: Path) -> None:
    """Whatever is damaged: nothing raises but a sentence, and every other trial reads exactly as before."""
    before, peak = whole(source), peak_mib()
    for seed in seeds(source, READINGS):
        with damaged(source, tmp_path / str(seed), seed) as damage, as_if_large(seed % 2 == 1):
            check_reading(damage, before)
    assert peak_mib() - peak < MOST_MIB


@pytest.mark.timeout(HANGS_S)
@each_project
def test_commands_answer_or_say_why_not(source: Path, tmp_path: Path) -> None:
    """Every command that reads ends with 0, 1 or 2, without a traceback, and its JSON is JSON."""
    ids = list(whole(source).trials)
    for seed in seeds(source, PRINTINGS):
        with damaged(source, tmp_path / str(seed), seed) as damage:
            for arguments in commands(damage.path, ids, Random(seed)):
                check_command(arguments)


@pytest.mark.timeout(HANGS_S)
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_each_kind_of_damage_by_itself(deed: Callable[[Patient], None], tmp_path: Path) -> None:
    """One kind, three times over, on a recorded search; something is touched, and what is left can be used."""
    source = next(source for source in SOURCES if source.name == "random")
    for seed in range(3):
        patient = Patient(copy_project(source, tmp_path / str(seed)), Random(seed))
        deed(patient)
        assert patient.touched
        assert patient.deeds
        damage = Damage(patient.root, frozenset(patient.touched), tuple(patient.deeds))
        assert check_reading(damage, whole(source))
        remove(damage.path)


def places(content: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in JSON; of a list the first two entries."""
    entries = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in entries:
        if not isinstance(key, int) or key < 2:
            yield (*before, key)
            yield from places(value, (*before, key))


def small_search(place: Path) -> Path:
    """The first six trials of the recorded Hyperband search, with everything that tuitune writes beside one."""
    project = copy_project(next(source for source in SOURCES if source.name == "hyperband"), place / "hyperband")
    for folder in sorted(project.glob("trial_*"))[6:]:
        remove(folder)
    (project / ".tuitune").mkdir(exist_ok=True)
    for name, content in OURS.items():
        (project / ".tuitune" / name).write_text(json.dumps(content))
    return project


@pytest.mark.timeout(HANGS_S)
@pytest.mark.parametrize(
    "file",
    ["trial_0001/trial.json", "oracle.json", ".tuitune/facts.json", ".tuitune/origin.json", ".tuitune/notes.json"],
)
def test_any_value_at_any_place_of_a_file(file: str, tmp_path: Path) -> None:
    """A value of any kind at 120 places, and a number that no float holds at every place of a trial."""
    project = small_search(tmp_path)
    before = whole(project)
    content = json.loads((project / file).read_bytes())
    cases = [(place, value) for place in places(content) for value in STRANGE]
    random = Random(file)
    chosen = random.sample(cases, min(120, len(cases)))
    if file.startswith("trial_"):
        chosen += [(place, value) for place, value in cases if value.strip("-0") == "1" and place[0] != "metrics"]
    damage = Damage(project, frozenset({file}), ())
    for number, (place, value) in enumerate(chosen):
        (project / file).write_text(put(json.loads(json.dumps(content)), place, value))
        os.utime(project / file, (10**9 + number, 10**9 + number))
        try:
            check_reading(damage, before)
            for command in ("info", "trials", "show"):
                check_command((command, "--format", "json", "--", str(project), *["0001"] * (command == "show")))
            check_command(("show", "--", str(project), "0001"))
        except Exception as error:
            raise AssertionError(f"{value:.60} at {place}: {type(error).__name__}: {error}") from error


@pytest.mark.timeout(HANGS_S)
def test_any_number_in_a_range_of_the_space(tmp_path: Path) -> None:
    """A step of 0, a logarithmic range from 0, a bound that no float holds: narrowing answers, or says why not."""
    project = copy_project(next(source for source in SOURCES if source.name == "random"), tmp_path / "random")
    content = json.loads((project / "oracle.json").read_bytes())
    failed = []
    for number, entry in enumerate(content["hyperparameters"]["space"]):
        for field in {"min_value", "max_value", "step"} & entry["config"].keys():
            for value in (value for value in STRANGE if value[:1] in "-0123456789IN"):
                place = ("hyperparameters", "space", number, "config", field)
                (project / "oracle.json").write_text(put(json.loads(json.dumps(content)), place, value))
                try:
                    check_use(open_source(project).read())
                except Exception as error:
                    failed.append(f"{entry['config']['name']}.{field} = {value:.20}: {type(error).__name__}: {error}")
    assert not failed, "\n".join(sorted(failed))


def test_the_same_seed_does_the_same_damage(tmp_path: Path) -> None:
    """Else nobody could look again at what a seed has shown."""
    deeds = []
    for name in ("one", "two"):
        damage = mutate(copy_project(SOURCES[0], tmp_path / name / "project"), Random(7))
        deeds.append((damage.touched, damage.deeds))
    assert deeds[0] == deeds[1]
    assert deeds[0][0]
