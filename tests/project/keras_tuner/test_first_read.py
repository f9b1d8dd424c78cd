"""The quick first reading says of every trial what the general way says, and hands back what it cannot take."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import MakeProject, trial_file
from tuitune.project.batch import Batch, TrialRecord, batch_of
from tuitune.project.keras_tuner import first_read
from tuitune.project.keras_tuner.first_read import FirstReading
from tuitune.project.keras_tuner.folders import Folder
from tuitune.project.keras_tuner.reader import ProjectReader
from tuitune.project.keras_tuner.records import decode_trial
from tuitune.project.keras_tuner.scan import Read
from tuitune.project.table import TableBuilder, Trials
from tuitune.project.trials import Trial

NOW = time.time()
LONG_AGO_NS = int((NOW - 1e6) * 1e9)
ENOUGH = 64  # files from which on a schema is worth its while
SPACE = [{"class_name": "Float", "config": {"name": "lr", "values": [1, 2], "note": 'of "{[, \\ é ☃'}}]


def pair(content: Any, name: str | None = None, mtime_ns: int = LONG_AGO_NS) -> tuple[Folder, Read]:
    """A directory that was never read, and what its trial.json holds."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Folder(name or f"trial_{content['trial_id']}"), Read(data, mtime_ns, len(data))


def take(
    reading: FirstReading, contents: Sequence[dict[str, Any]], names: Sequence[str] = ()
) -> tuple[list[Trial], list[str]]:
    """The trials that were taken, and the ids of those that were handed back."""
    folders, batch, rest = reading.take(map(pair, contents), ENOUGH, lambda: names, NOW)
    trials = trials_of(batch)
    assert [f"trial_{trial.trial_id}" for trial in trials] == [folder.name for folder in folders]
    return trials, [folder.trial_id for folder, _ in rest]


def trials_of(batch: Batch | None) -> list[Trial]:
    """The trials of a batch, by way of the table."""
    builder = TableBuilder()
    if batch is not None:
        builder.append(batch)
    return list(Trials(builder.columns))


def plainly(content: dict[str, Any]) -> Trial:
    """The trial as it is read one by one."""
    return trials_of(batch_of([content["trial_id"]], [decode_trial(json.dumps(content).encode())]))[0]


NAMES = st.sampled_from(["lr", "units", "tuner/epochs", "été ☃", "", "class"])
STRANGE_NAMES = st.sampled_from(["lr", 'a "quoted" \\ name', "new\nline", "\ud83d"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.sampled_from([["a list"], {}]),
)
OBSERVATIONS = st.one_of(
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=1).map(lambda row: [{"value": row, "step": 7}]),
    st.sampled_from([[], [{"value": [1, 2], "step": 0}], [{"value": [1], "step": 0}, {"value": [2], "step": 1}], None]),
)
METRICS = st.dictionaries(
    st.sampled_from(["loss", "val_loss", "accuracy"]),
    st.fixed_dictionaries(
        {"observations": OBSERVATIONS}, optional={"direction": st.sampled_from(["min", "max", None, "up", ""])}
    ),
    max_size=3,
)


def contents(names: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    """What a trial.json may hold, but for the id of the trial."""
    return st.fixed_dictionaries(
        {
            "hyperparameters": st.builds(
                lambda space, values: {"space": space, "values": values},
                st.sampled_from([SPACE, SPACE, [], 3]),
                st.dictionaries(names, SCALARS, max_size=4),
            ),
            "metrics": st.fixed_dictionaries({"metrics": METRICS}),
            "status": st.sampled_from(["COMPLETED", "COMPLETED", "FAILED", "RUNNING", "INVALID", "strange"]),
        },
        optional={
            "score": st.one_of(st.none(), st.floats(allow_nan=False), st.integers()),
            "best_step": st.one_of(st.none(), st.integers(0, 9), st.just(2**70)),
            "message": st.one_of(st.none(), st.text(max_size=9)),
            "more": SCALARS,
        },
    )


@pytest.mark.parametrize("names", [NAMES, STRANGE_NAMES])
@given(data=st.data())
def test_what_is_taken_reads_as_one_by_one(names: st.SearchStrategy[str], data: st.DataObject) -> None:
    """Whatever the files of a search hold, none reads otherwise, and none is lost."""
    reading = FirstReading()
    known = data.draw(st.lists(names, unique=True))
    for number in range(data.draw(st.integers(1, 3))):
        drawn = data.draw(st.lists(contents(names), min_size=1, max_size=12))
        batch = [{"trial_id": f"{number}_{place:02d}", **content} for place, content in enumerate(drawn)]
        if number == 0:
            batch = [usual(place) for place in range(8)] + batch
        trials, rest = take(reading, batch, known)
        assert sorted([*(trial.trial_id for trial in trials), *rest]) == sorted(one["trial_id"] for one in batch)
        expected = {content["trial_id"]: plainly(content) for content in batch}
        for trial in trials:
            assert trial == expected[trial.trial_id]
            assert repr(trial.values) == repr({name: expected[trial.trial_id].values[name] for name in trial.values})
            assert trial.directions == expected[trial.trial_id].directions


def usual(number: int, **values: Any) -> dict[str, Any]:
    """A trial of a search whose space lies in each file."""
    return trial_file(f"{number:04d}", values or {"lr": 0.5 * number}, 1.0 / (1 + number), space=SPACE)


def test_the_usual_trials_are_all_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Finished and failed ones, with conditions that hold or do not."""
    contents = [usual(n, lr=0.1, **({"momentum": 0.9} if n % 3 else {})) for n in range(40)]
    contents += [trial_file(f"{n:04d}", {"lr": 0.2}, status="FAILED", message="boom") for n in range(40, 50)]
    decoded: list[bytes] = []

    def spy(data: bytes) -> TrialRecord:
        decoded.append(data)
        return decode_trial(data)

    monkeypatch.setattr(first_read, "decode_trial", spy)
    trials, rest = take(FirstReading(), contents, ["lr", "momentum"])
    assert rest == []
    assert len(decoded) == 8  # samples; all else goes by what they have in common
    assert trials == list(map(plainly, contents))
    assert list(trials[1].values) == ["lr", "momentum"]
    assert trials[0].status is trials[1].status


def test_a_space_that_grows_is_learned() -> None:
    """A hyperparameter and a metric that come later cost only the files until it is learned."""
    reading = FirstReading()
    assert take(reading, [usual(n) for n in range(20)])[1] == []
    grown = [trial_file(f"{n:04d}", {"lr": 1.0, "units": n}, 0.5, metrics={"f1": 0.1}) for n in range(20, 60)]
    assert len(take(reading, grown[:20])[1]) == 20
    trials, rest = take(reading, grown[20:])
    assert rest == []
    assert trials == list(map(plainly, grown[20:]))


def test_a_search_that_stores_every_epoch_is_read_the_general_way() -> None:
    """Several observations a metric are no schema's; they are still taken, all of them."""
    contents = [usual(n) for n in range(60)]
    for content in contents:
        metric = content["metrics"]["metrics"]["val_loss"]
        metric["observations"] = [{"value": [3.0], "step": 0}, {"value": [1.0, 2.0], "step": 1}]
    reading = FirstReading()
    for _ in range(3):
        assert len(take(reading, contents)[1]) == 60
    trials, rest = take(reading, contents)
    assert rest == []
    assert trials[0].metrics == {"val_loss": 1.5}


def test_a_few_odd_files_do_not_end_the_quick_reading() -> None:
    """Trials that diverged, side by side, cost themselves."""
    reading = FirstReading()
    assert take(reading, [usual(n) for n in range(20)])[1] == []
    for first in (20, 30, 40, 50):
        diverged = [{**usual(n), "score": math.nan} for n in range(first, first + 10)]
        assert len(take(reading, diverged[:7] + [usual(n) for n in range(60, 80)])[1]) == 7
    assert take(reading, [usual(n) for n in range(80, 99)])[1] == []


def test_the_space_that_every_file_repeats_is_not_parsed() -> None:
    """It holds what the quick decoder refuses, and yet the files are taken."""
    odd = [{**SPACE[0], "default": math.nan}]
    contents = [trial_file(f"{n:04d}", {"lr": 1.0}, 0.5, space=odd) for n in range(20)]
    trials, rest = take(FirstReading(), contents)
    assert rest == []
    assert trials == list(map(plainly, contents))


def test_a_word_is_kept_once() -> None:
    """A hundred thousand trials hold a few words."""
    trials, _ = take(FirstReading(), [usual(n, act="relu", lr=1.0) for n in range(20)])
    assert len({id(trial.values["act"]) for trial in trials}) == 1


def test_a_trial_that_was_read_before_is_no_new_one() -> None:
    """It has its row already."""
    known, read = pair(usual(9))
    known.row = 3
    folders, _, rest = FirstReading().take([*(pair(usual(n)) for n in range(8)), (known, read)], ENOUGH, list, NOW)
    assert len(folders) == 8
    assert rest == [(known, read)]


@pytest.mark.parametrize(
    "metric",
    [
        {"direction": "max", "observations": [{"value": [0.5], "step": 0}]},
        {"direction": "sideways", "observations": [{"value": [0.5], "step": 0}]},
        {"direction": None, "observations": [{"value": [0.5], "step": 0}]},
        {"observations": [{"value": [0.5], "step": 0}]},
        {"direction": "min", "observations": [{"value": [0.5, 0.7], "step": 0}]},
        {"direction": "min", "observations": [{"value": [0.9], "step": 0}, {"value": [0.5], "step": 1}]},
        {"direction": "min", "observations": []},
        {"direction": "min"},
        {"direction": "min", "observations": [{"step": 0}]},
    ],
)
@pytest.mark.parametrize("usual_direction", ["min", "max"])
def test_a_metric_that_differs_is_not_taken_for_the_usual_one(metric: dict[str, Any], usual_direction: str) -> None:
    """What is taken has its own direction and the mean of its executions; all else is handed back."""
    contents = [usual(n) for n in range(12)]
    for content in contents:
        content["metrics"]["metrics"]["val_loss"]["direction"] = usual_direction
    contents[-1]["metrics"]["metrics"]["val_loss"] = metric
    trials, rest = take(FirstReading(), contents)
    assert trials == [plainly(content) for content in contents if content["trial_id"] not in rest]
    assert rest in ([], ["0011"])


def test_what_is_not_plain_is_handed_back() -> None:
    """A running trial, a file of this moment, of another id, torn, or gone, is looked at more closely."""
    contents = [usual(n) for n in range(8)]
    strange = {
        "trial_running": pair(trial_file("running", {"lr": 1.0}, status="RUNNING")),
        "trial_fresh": pair({**usual(9), "trial_id": "fresh"}, mtime_ns=int(NOW * 1e9)),
        "trial_other": pair(usual(9), "trial_other"),
        "trial_torn": pair(json.dumps(usual(9)).encode()[:-9], "trial_torn"),
        "trial_nan": pair({**usual(9), "trial_id": "nan", "score": float("nan")}),
        "trial_gone": (Folder("trial_gone"), Read(problem=None)),
        "trial_closed": (Folder("trial_closed"), Read(problem="permission denied")),
    }
    pairs = [*map(pair, contents), *strange.values()]
    folders, _, rest = FirstReading().take(pairs, ENOUGH, list, NOW)
    assert sorted(folder.name for folder, _ in rest) == sorted(strange)
    assert all(folder.is_settled for folder in folders)
    assert not any(folder.is_settled for folder, _ in rest)


def test_damage_in_the_space_that_every_file_repeats_is_seen() -> None:
    """The space is not parsed where it equals that of the file before; one that does not is."""
    contents = [usual(n) for n in range(10)]
    damaged = json.dumps(usual(10)).encode().replace(b'"class_name"', b'"class_name', 1)
    *_, rest = FirstReading().take([*map(pair, contents), pair(damaged, "trial_0010")], ENOUGH, list, NOW)
    assert [folder.name for folder, _ in rest] == ["trial_0010"]


def test_a_project_of_many_trials_tells_which_of_them_are_odd(make_project: MakeProject) -> None:
    """Among many, each strange file costs itself alone, and the order stays that of their starts."""
    contents = [usual(n) for n in range(150)]
    contents[30]["score"] = "good"
    contents[60]["hyperparameters"]["values"] = {"lr": [1], "late": 3}
    contents[90]["metrics"]["metrics"]["val_loss"]["observations"] = [{"value": [float("nan")], "step": 0}]
    path = make_project(contents)
    torn = path / "trial_0120" / "trial.json"
    torn.write_bytes(torn.read_bytes()[:-40])
    for file in path.glob("*/trial.json"):
        os.utime(file, ns=(LONG_AGO_NS, LONG_AGO_NS))
    project = ProjectReader(path).read()
    assert [trial.trial_id for trial in project.trials] == [f"{n:04d}" for n in range(150) if n != 120]
    assert {problem.file for problem in project.problems} == {f"trial_{n:04d}/trial.json" for n in (30, 60, 120)}
    assert project.trials[60].values == {"late": 3}
    assert project.trials[61].values == {"lr": 30.5}
