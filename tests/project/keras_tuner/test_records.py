"""One trial.json: the usual file, NaN and Infinity, wrong types, and anything else without a crash."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples import DIGITS, trial_file
from tuitune import files
from tuitune.project.batch import TrialRecord
from tuitune.project.keras_tuner.records import decode_trial

SAMPLE = sorted((DIGITS / "random").glob("trial_*/trial.json"))[3].read_text()
KILLED = (DIGITS / "killed" / "trial_05" / "trial.json").read_text()


def decode(content: Any) -> TrialRecord:
    """The record of a trial.json that holds `content`."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return decode_trial(data)


def test_the_usual_file_is_read_whole() -> None:
    """A finished trial of the sample gives what its JSON says."""
    content = json.loads(SAMPLE)
    record = decode(content)
    assert record.trial_id == content["trial_id"]
    assert record.status == "COMPLETED"
    assert record.score == content["score"]
    assert record.best_step == content["best_step"]
    assert record.values == content["hyperparameters"]["values"]
    assert record.metrics["val_accuracy"] == content["score"]
    assert dict(zip(record.metrics, record.directions, strict=True))["val_loss"] == "min"
    assert record.message is None


def test_a_running_trial_has_no_score() -> None:
    """A trial that a kill left has values, and nothing else."""
    record = decode(json.loads(KILLED))
    assert (record.status, record.score, dict(record.metrics)) == ("RUNNING", None, {})


def test_a_nan_score_is_nan_and_not_missing() -> None:
    """NaN is what the training gave; a missing score is something else."""
    record = decode(trial_file("0", {"x": 1}, math.nan))
    assert record.score is not None
    assert math.isnan(record.score)
    assert math.isnan(record.metrics["val_loss"] or 0.0)


def test_a_nan_side_metric_leaves_the_rest_of_the_file() -> None:
    """The patient way reads the same as the fast way, apart from the NaN."""
    plain = decode(trial_file("0", {"x": 1, "b": True, "s": "w"}, 0.5, metrics={"side": 1.0}))
    odd = decode(trial_file("0", {"x": 1, "b": True, "s": "w"}, 0.5, metrics={"side": math.nan}))
    assert odd._replace(metrics={}) == plain._replace(metrics={})
    assert odd.metrics["val_loss"] == 0.5
    assert math.isnan(odd.metrics["side"] or 0.0)


@pytest.mark.parametrize("score", [math.inf, -math.inf])
def test_an_infinite_score_is_kept(score: float) -> None:
    """An overflowed loss is a score of its own."""
    assert decode(trial_file("0", {}, score)).score == score


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (1e308, 0.5),
        (-1.5e308, 0.5),
        (1e308, math.nan),
        (math.inf, 0.5),
        (-math.inf, 0.5),
        (math.inf, math.nan),
    ],
)
def test_an_infinite_or_huge_metric_is_kept(value: float, other: float) -> None:
    """A metric that overflowed is what it is, so that it still equals the score."""
    assert decode(trial_file("0", {}, value, metrics={"side": other})).metrics["val_loss"] == value


@pytest.mark.parametrize(("direction", "best"), [("max", 0.9), ("min", 0.2)])
def test_the_best_of_several_steps_is_taken_by_the_direction(direction: str, best: float) -> None:
    """Releases up to 1.0.4 wrote one observation an epoch; executions are averaged first."""
    content = trial_file("0", {})
    content["metrics"]["metrics"]["m"] = {
        "direction": direction,
        "observations": [
            {"value": [0.1, 0.3], "step": 0},
            {"value": [0.8, 1.0], "step": 1},
            {"value": [], "step": 2},
        ],
    }
    assert decode(content).metrics["m"] == pytest.approx(best)


def test_nan_steps_do_not_hide_the_best_one() -> None:
    """A curve that ends in NaN has the best value that it reached before."""
    content = trial_file("0", {})
    content["metrics"]["metrics"]["m"] = {
        "direction": "min",
        "observations": [{"value": [math.nan], "step": 1}, {"value": [0.4], "step": 0}],
    }
    assert decode(content).metrics["m"] == 0.4


@pytest.mark.parametrize(
    "content",
    [{}, {"trial_id": 3, "status": "COMPLETED"}, {"trial_id": "3"}, {"trial_id": "3", "status": None}],
)
def test_a_file_without_id_and_status_is_no_trial(content: Any) -> None:
    """What cannot be named and has no state is refused in words."""
    with pytest.raises(files.UnreadableFile, match="not a trial of keras-tuner"):
        decode(content)


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"score": "0.5"}, "score", None),
        ({"score": True}, "score", None),
        ({"score": 10**400}, "score", math.inf),
        ({"score": 3}, "score", 3.0),
        ({"best_step": 2.5}, "best_step", None),
        ({"best_step": True}, "best_step", None),
        ({"message": ["a"]}, "message", None),
        ({"hyperparameters": None}, "values", {}),
        ({"hyperparameters": {"values": [1]}}, "values", {}),
        ({"hyperparameters": {"values": {"a": [1], "b": 2}}}, "values", {"b": 2}),
        ({"metrics": []}, "metrics", {}),
        ({"metrics": {"metrics": {"m": None}}}, "metrics", {"m": None}),
        ({"metrics": {"metrics": {"m": {"observations": "x"}}}}, "metrics", {"m": None}),
        ({"metrics": {"metrics": {"m": {"observations": [7, {"value": "x"}]}}}}, "metrics", {"m": None}),
    ],
)
def test_a_wrong_type_costs_only_its_field(changes: dict[str, Any], field: str, expected: Any) -> None:
    """A field of another type reads as missing, and the rest of the trial stays."""
    record = decode({**trial_file("0", {"x": 1}, 0.5), **changes})
    assert getattr(record, field) == expected
    assert record.oddities or field == "score" or "m" in record.metrics
    assert (record.trial_id, record.status) == ("0", "COMPLETED")


@pytest.mark.parametrize("cut", [0, 1, 100, len(SAMPLE) // 2, len(SAMPLE) - 1])
def test_a_torn_file_is_unreadable(cut: int) -> None:
    """However short the writer came, the answer is one error."""
    with pytest.raises(files.UnreadableFile):
        decode(SAMPLE[:cut].encode())


odd = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from([10**400, "\ud800"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands inside a JSON value."""
    found = [here]
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        found += paths(child, (*here, key))
    return found


ALL_PATHS = [path for path in paths(json.loads(SAMPLE)) if path]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ALL_PATHS), odd), min_size=1, max_size=4))
def test_any_value_in_any_place_is_read_or_refused(mutations: list[tuple[tuple[Any, ...], Any]]) -> None:
    """A real trial.json with foreign values in it is a record, or one UnreadableFile."""
    content = json.loads(SAMPLE)
    for path, value in mutations:
        place = content
        try:
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue  # an earlier mutation took the place away
    try:
        record = decode(content)
    except files.UnreadableFile:
        return
    assert isinstance(record.trial_id, str)
    assert record.score is None or isinstance(record.score, (int, float))
    assert all(value is None or isinstance(value, float | int) for value in record.metrics.values())
    assert all(value is None or isinstance(value, int | float | str) for value in record.values.values())


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(SAMPLE) - 1), st.integers(0, 40), st.binary(max_size=12))
def test_any_bytes_in_any_place_are_read_or_refused(start: int, length: int, replacement: bytes) -> None:
    """The same for damage that keeps no JSON whole."""
    data = SAMPLE.encode()
    with contextlib.suppress(files.UnreadableFile):
        assert isinstance(decode(data[:start] + replacement + data[start + length :]).trial_id, str)
