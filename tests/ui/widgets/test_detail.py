"""The trial beside the table: curve, values against the best's, traceback, and what fits into 80 columns."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

from tests.samples import MakeProject, trial_file
from tests.ui.keys import press
from tests.ui.samples import SAMPLES, add_trial, choice_hp, float_hp, int_hp, parent_condition, write_epochs
from tests.ui.screen import (
    NARROW,
    opened,
    screen_text,
    settle,
    squeezed,
    style_at,
    text_of,
    wait_for,
    wait_no_text,
    wait_text,
)
from tests.ui.tables import ids, rows, table, to_column
from tuitune.ui.widgets.detail import TrialDetail

SPACE = [
    choice_hp("kind", "dense", "cnn"),
    int_hp("units", 8, 64, conditions=parent_condition("kind", "dense")),
    float_hp("lr", 0.0, 1.0),
]


def project_of_two(make_project: MakeProject) -> Path:
    """The best trial without `units` in force, another with it, a failed one."""
    trials = [
        trial_file("0", {"kind": "cnn", "units": 8, "lr": 0.5}, 0.25),
        trial_file("1", {"kind": "dense", "units": 16, "lr": 0.5}, 0.75, metrics={"loss": 0.125}),
        trial_file(
            "2",
            {"kind": "dense", "units": 64, "lr": 0.5},
            status="FAILED",
            message='Traceback (most recent call last):\n  File "train.py", line 3\nValueError: out of memory',
        ),
    ]
    return make_project(trials, SPACE)


async def test_values_stand_beside_those_of_the_best_trial_where_they_differ(make_project: MakeProject) -> None:
    """`kind` differs and shows both values; `lr` is the same and shows one."""
    async with opened(project_of_two(make_project)) as pilot:
        await press(pilot, "down")
        text = screen_text(pilot.app)
        assert "best (0)" in text
        (kind,) = [line for line in text.splitlines() if "│ kind" in line]
        (lr,) = [line for line in text.splitlines() if "│ lr" in line]
        assert kind.split("│ kind")[1].split() == ["dense", "cnn"]
        assert lr.split("│ lr")[1].split() == ["0.5"]
        assert "0.125" in text


async def test_the_best_trial_has_nothing_beside_its_values(make_project: MakeProject) -> None:
    """It is marked as the best, and is not compared with itself."""
    async with opened(project_of_two(make_project)) as pilot:
        assert "Trial 0 ★ best" in screen_text(pilot.app)
        assert "best (" not in screen_text(pilot.app)


async def test_a_failed_trial_shows_its_traceback(make_project: MakeProject) -> None:
    """Line by line as Python printed it, in red."""
    async with opened(project_of_two(make_project)) as pilot:
        await press(pilot, "end")
        text = screen_text(pilot.app)
        assert "Traceback (most recent call last):" in text
        assert '  File "train.py", line 3' in text
        assert "ValueError: out of memory" in text
        color = style_at(pilot.app, "ValueError: out of memory").color
        assert color is not None
        assert color != style_at(pilot.app, "Trial 2").bgcolor


async def test_nothing_of_a_longer_trial_stays_behind_a_shorter_one(make_project: MakeProject) -> None:
    """Up and down between a traceback that has to be scrolled and a trial of a few lines."""
    message = "\n".join(f"  line {n} of the traceback" for n in range(60))
    long = trial_file("1", {"lr": 0.5}, status="FAILED", message=message)
    path = make_project([trial_file("0", {"lr": 0.25}, 0.5), long], SPACE)
    async with opened(path) as pilot:
        await wait_text(pilot, "Trial 0")
        detail = pilot.app.screen.query_one(TrialDetail)
        short, width = text_of(detail), detail.laid_out[1]
        for _ in range(2):
            await press(pilot, "down")
            await wait_text(pilot, "of the traceback")
            detail.scroll_end(animate=False)
            await settle(pilot)
            assert "line 58 of" in text_of(detail)
            await press(pilot, "up")
            await wait_no_text(pilot, "of the traceback")
            assert text_of(detail) == short
            assert not detail.show_vertical_scrollbar
            assert detail.laid_out[1] == width
        for size in ((120, 24), (120, 40), (160, 60), (118, 50)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert not detail.show_vertical_scrollbar


async def test_a_hyperparameter_that_is_not_in_force_is_dimmed_and_named_so(make_project: MakeProject) -> None:
    """Stored values of an inactive hyperparameter look different in the table, and the detail says why."""
    async with opened(project_of_two(make_project)) as pilot:
        (line,) = [line for line in screen_text(pilot.app).splitlines() if "│ units" in line]
        assert "not active" in line
        await press(pilot, "end")
        best, other = rows(pilot.app)[:2]
        shown = table(pilot.app)
        dim = [s for s in shown.render_line(1) if s.text.strip() == "8"]
        plain = [s for s in shown.render_line(2) if "16" in s.text.split()]
        assert "8" in best.split()
        assert "16" in other.split()
        assert dim, "the inactive value has a style of its own"
        assert plain
        assert dim[0].style is not None
        assert plain[0].style is not None
        assert dim[0].style.color != plain[0].style.color


async def test_a_curve_is_drawn_from_epochs_jsonl(make_project: MakeProject) -> None:
    """Train and validation, the best epoch marked, on an axis of whole epochs counted from 1."""
    project = project_of_two(make_project)
    write_epochs(project, "0", [{"loss": 1 / (n + 1), "val_loss": 1.5 / (n + 1)} for n in range(6)])
    async with opened(project, ready="⠒⠒ train") as pilot:
        chart = pilot.app.screen.query_one(TrialDetail).chart
        assert chart.splitlines()[0].startswith("loss")
        assert "▀▄ validation" in chart
        assert "◆ best" in chart
        assert "┌" in chart
        assert chart.split("└")[1].split("\n")[1].split() == ["1", "2", "3", "4", "5", "6"]


async def test_a_curve_is_drawn_from_tensorboard_event_files() -> None:
    """`random` of the sample has none but those that its callback wrote: two executions, averaged."""
    async with opened(SAMPLES / "digits" / "random", ready="mean of 2 executions") as pilot:
        chart = pilot.app.screen.query_one(TrialDetail).chart
        assert chart.splitlines()[0].startswith("accuracy")
        assert "┌" in chart
        assert "9" in chart.splitlines()[-1]


async def test_m_shows_the_next_metric_and_comes_round(make_project: MakeProject) -> None:
    """The objective's metric first, then the others, then the first again."""
    project = project_of_two(make_project)
    write_epochs(project, "0", [{"accuracy": n / 6, "loss": 1 - n / 6, "val_loss": 1.5} for n in range(6)])
    async with opened(project, ready="⠒⠒ train") as pilot:
        detail = pilot.app.screen.query_one(TrialDetail)
        assert detail.chart.startswith("loss")
        await press(pilot, "m")
        assert detail.chart.startswith("accuracy")
        assert "validation" not in detail.chart
        await press(pilot, "m")
        assert detail.chart.startswith("loss")


async def test_where_no_curve_was_recorded_a_sentence_says_so(make_project: MakeProject) -> None:
    """Why there is none, and where curves come from."""
    async with opened(project_of_two(make_project), ready="No curve was recorded") as pilot:
        assert "Curves come from a TensorBoard callback" in squeezed(pilot.app)


async def test_the_curve_of_the_trial_before_does_not_stay(make_project: MakeProject) -> None:
    """From a trial with a curve to one without: the sentence takes its place, and back."""
    project = project_of_two(make_project)
    write_epochs(project, "0", [{"loss": 1.0}, {"loss": 0.5}])
    async with opened(project, ready="⠒⠒ train") as pilot:
        await press(pilot, "down")
        await wait_text(pilot, "No curve was recorded")
        assert "⠒⠒ train" not in screen_text(pilot.app)
        await press(pilot, "up")
        await wait_text(pilot, "⠒⠒ train")


async def test_curves_of_extreme_numbers_are_drawn_as_far_as_they_can_be(make_project: MakeProject) -> None:
    """A loss that explodes, or is no number, ends nothing: there is a curve or a sentence, and the program goes on."""
    extremes = [
        [math.inf, -math.inf, math.nan],
        [1e308, -1e308, 1e308],
        [1.7e308, 1.0],
        [5e-324, 0.0],
        [1.0],
        [3.0, 3.0, 3.0],
        [1e30, math.nan, 1e-30],
    ]
    trials = [trial_file(str(n), {"lr": 0.5}, n / 8) for n in range(len(extremes))]
    project = make_project(trials, SPACE[2:])
    for number, values in enumerate(extremes):
        write_epochs(project, str(number), [{"loss": value} for value in values])
    async with opened(project) as pilot:
        detail = pilot.app.screen.query_one(TrialDetail)
        for number in range(len(extremes)):
            await wait_for(pilot, lambda: detail.chart.strip(), "curve or sentence")
            assert f"Trial {number}" in screen_text(pilot.app)
            await press(pilot, "m", "down")


async def test_a_metric_without_one_finite_number_is_not_a_blank(make_project: MakeProject) -> None:
    """Where every epoch is NaN nothing can be drawn, and the sentence does not say that nothing was recorded."""
    project = project_of_two(make_project)
    write_epochs(project, "0", [{"loss": math.nan}, {"loss": math.nan}])
    async with opened(project) as pilot:
        detail = pilot.app.screen.query_one(TrialDetail)
        await wait_for(pilot, lambda: detail.chart.strip(), "a sentence")
        assert "No curve was recorded" not in detail.chart


async def test_new_epochs_of_the_trial_in_training_are_drawn_as_they_come(make_project: MakeProject) -> None:
    """While the cursor stands on a running trial its curve grows by itself."""
    project = make_project([trial_file("0", {"lr": 0.5}, status="RUNNING")], SPACE[2:])
    write_epochs(project, "0", [{"loss": 1.0}, {"loss": 0.5}])
    async with opened(project, ready="▶ running") as pilot:
        detail = pilot.app.screen.query_one(TrialDetail)
        await wait_for(pilot, lambda: detail.chart.splitlines()[-1].split() == ["1", "2"], "two epochs")
        write_epochs(project, "0", [{"loss": 1.0}, {"loss": 0.5}, {"loss": 0.25}])
        await wait_for(pilot, lambda: detail.chart.splitlines()[-1].split() == ["1", "2", "3"], "three epochs")


async def test_a_trial_that_nothing_keeps_alive_reads_interrupted(digits: Path) -> None:
    """A killed search leaves RUNNING on disk; on the screen it is interrupted, in table and detail."""
    project = digits / "killed"
    old = time.time() - 3600
    for path in [project / "trial_05", *(project / "trial_05").iterdir()]:
        os.utime(path, (old, old))
    async with opened(project, ready="6 of 6") as pilot:
        assert "‖ interrupted" in rows(pilot.app)[-1]
        await press(pilot, "end")
        assert "Trial 05 interrupted" in squeezed(pilot.app)
        assert "▶ running" not in screen_text(pilot.app)


async def test_at_80_columns_enter_changes_between_table_and_trial(make_project: MakeProject) -> None:
    """There is room for one of them; the same key goes there and back, and the cursor is where it was."""
    async with opened(project_of_two(make_project), size=NARROW) as pilot:
        assert "Trial 1" not in screen_text(pilot.app)
        await press(pilot, "down", "enter")
        await wait_text(pilot, "Trial 1 ", "No curve was recorded")
        assert "✓ done" not in screen_text(pilot.app)
        await press(pilot, "enter")
        await wait_no_text(pilot, "No curve was recorded")
        assert ids(pilot.app) == ["0", "1", "2"]
        await press(pilot, "down", "enter")
        await wait_text(pilot, "Trial 2 ", "ValueError: out of memory")


async def test_at_120_columns_enter_hides_the_trial_and_shows_it_again(make_project: MakeProject) -> None:
    """Hidden, the table has the whole width and the focus."""
    async with opened(project_of_two(make_project)) as pilot:
        assert "Trial 0" in screen_text(pilot.app)
        await press(pilot, "enter")
        assert "Trial 0" not in screen_text(pilot.app)
        assert table(pilot.app).size.width == 120
        await press(pilot, "down", "enter")
        assert "Trial 1 " in screen_text(pilot.app)


async def test_a_terminal_made_narrower_and_wider_keeps_table_and_cursor(make_project: MakeProject) -> None:
    """From 120 columns to 80 the table stays, back at 120 the trial stands beside it again."""
    async with opened(project_of_two(make_project)) as pilot:
        await press(pilot, "down")
        await pilot.resize_terminal(*NARROW)
        await wait_no_text(pilot, "Trial 1 ")
        assert ids(pilot.app) == ["0", "1", "2"]
        await pilot.resize_terminal(120, 40)
        await wait_text(pilot, "Trial 1 ")


async def test_the_trial_under_the_cursor_is_shown_anew_when_it_ends(make_project: MakeProject) -> None:
    """A running trial that finishes while it is looked at shows its score."""
    project = make_project([trial_file("0", {"lr": 0.5}, status="RUNNING")], SPACE[2:])
    async with opened(project, ready="▶ running") as pilot:
        add_trial(project, trial_file("0", {"lr": 0.5}, 0.0625))
        await wait_text(pilot, "✓ done", "score 0.0625")
        await to_column(pilot, "status")
        assert "Trial 0 ★ best" in screen_text(pilot.app)
