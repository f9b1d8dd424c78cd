"""The trial under the cursor: its curve, its values beside the best trial's, metrics, traceback.

One widget that paints its lines itself: it is laid out and sent anew at each move of the cursor.
"""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from tuitune.analysis.series import curve_plot, preferred_metric
from tuitune.analysis.text import printable
from tuitune.ui.drawing.chart import draw_titled
from tuitune.ui.widgets.line import says_same, segments_of

if TYPE_CHECKING:
    from tuitune.project.curves import Curves
    from tuitune.project.project import Project
    from tuitune.project.trials import Trial

_CHART_HEIGHT = 16
_PATIENCE_S = 0.05  # the curve mostly comes within this time: then all is painted at once


class TrialDetail(ScrollView, can_focus=True):
    """Shows one trial. `show` gives it the trial at once, `show_curves` follows when they have been read."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._project: Project | None = None
        self._trial: Trial | None = None
        self._curves: Curves | None = None
        self._metric: str | None = None  # that the user wants to see
        self._lines: list[Text] = []
        self._glue: list[str] = []  # what stood between a line and the one before: a line break, or where it was folded
        self._width = 0  # that they were made for
        self._chart: list[Text] = [Text()] * _CHART_HEIGHT
        self._drawn: object = None  # what `_chart` shows
        self._soon: Timer | None = None
        self._base: Style | None = None  # of the text, worked out once for all lines

    def show(self, project: Project, trial: Trial | None) -> None:
        """Show `trial`, with its values beside those of the best."""
        is_first = self._trial is None
        is_other = trial is None or not self._shows(project, trial.trial_id)
        self._project, self._trial = project, trial
        if is_other:
            self._curves = None
            self.scroll_home(animate=False)
        if self._soon is not None and not is_other:
            return  # it comes with the curve
        if is_other and trial is not None and not is_first and self._has_plot:
            self._lay_out_soon()
        else:
            self._lay_out()

    @property
    def _has_plot(self) -> bool:
        """Whether the last trial had a curve: the next one has too, most likely."""
        return len(self._chart) == _CHART_HEIGHT

    def _shows(self, project: Project, trial_id: str) -> bool:
        return self._trial is not None and (self._path, self._trial.trial_id) == (project.path, trial_id)

    @property
    def _path(self) -> Path | None:
        return None if self._project is None else self._project.path

    def show_curves(self, project: Project, trial_id: str, curves: Curves) -> None:
        """The curves of the trial have been read; ignored where another trial is shown by now."""
        if self._shows(project, trial_id):
            self._curves = curves
            self._lay_out()

    def next_metric(self) -> None:
        """Draw the next metric."""
        if self._curves is None or not self._curves.metrics:
            return
        metrics = self._curves.metrics
        current = self._shown_metric()
        self._metric = metrics[(metrics.index(current) + 1) % len(metrics)] if current else None
        self._lay_out()

    def _shown_metric(self) -> str | None:
        assert self._curves is not None
        if self._metric in self._curves.metrics:
            return self._metric
        objective = self._project.objective if self._project is not None else None
        return preferred_metric(self._curves, None if objective is None else objective.name)

    # ----------------------------------------------------------------------------------------------- laying out

    @property
    def waits(self) -> bool:
        """Whether it still shows the trial before, for the curves of the present one may come any moment."""
        return self._soon is not None

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is read of the trial that it shows."""
        return self._trial is None or self._curves is not None

    def _lay_out_soon(self) -> None:
        if self._soon is None:
            self._soon = self.set_timer(_PATIENCE_S, self._lay_out)

    def _lay_out(self) -> None:
        """Make the lines for the present width."""
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
        width = self._width = self.scrollable_content_region.width
        if not width:
            return
        lines, glue = self._make_lines(width)
        self._set_lines(lines, glue)

    def _make_lines(self, width: int) -> tuple[list[Text], list[str]]:
        """The lines, and for each what stands between it and the one before in the text that it is from."""
        from tuitune.ui.drawing.trial_text import heading, message, values

        if self._trial is None or self._project is None:
            return [], []
        lines = [heading(self._trial, self._project), *self._chart_lines(width)]
        lines += values(self._trial, self._project).split("\n")
        said = message(self._trial)
        if said:
            lines.append(Text())
        glue = ["\n"] * len(lines)
        for line in said.split("\n") if said else ():
            folded = list(line.wrap(self.app.console, width)) or [line]
            lines += folded
            glue += ["\n", *_gaps(line.plain, [part.plain for part in folded])]
        return lines, glue

    @property
    def chart(self) -> str:
        """The text of the plot, or of the sentence in its place; blank while the curves are read."""
        return "\n".join(line.plain for line in self._chart)

    @property
    def laid_out(self) -> tuple[list[Text], int]:
        """Its lines, and the width that they were made for."""
        return self._lines, self._width

    def recall(self, lines: list[Text], width: int) -> None:
        """Show what it showed at another time, at that width; `show` comes later."""
        if self._trial is None:
            self._width = width
            self._set_lines(lines, ["\n"] * len(lines))

    def _set_lines(self, lines: list[Text], glue: list[str]) -> None:
        """Only those that say something else than before are painted."""
        before, self._lines, self._glue = self._lines, lines, glue
        self._tell_size()
        others = [
            number
            for number, (line, old) in enumerate(zip_longest(lines, before))
            if line is None or old is None or not says_same(line, old)
        ]
        if others:
            top = round(self.scroll_y)
            self.refresh(*(Region(0, number - top, self._width, 1) for number in others))

    def _tell_size(self) -> None:
        """How far it can be scrolled. The same for all that fit in: a new size lays out the whole screen."""
        height = len(self._lines)
        self.virtual_size = Size(self._width, height if height > self.scrollable_content_region.height else 0)

    def on_resize(self) -> None:
        """Another height: what can be scrolled is another part."""
        self._tell_size()

    def _chart_lines(self, width: int) -> list[Text]:
        """The plot, or the sentence why there is none. Until curves are there: the sentence, or the plot's room."""
        if self._curves is None:
            if self._drawn is not None and self._has_plot:
                self._chart, self._drawn = [Text()] * len(self._chart), None
            return self._chart
        metric = self._shown_metric()
        plot = None if metric is None else curve_plot(self._curves, metric)
        wanted = (plot, metric, width)
        if wanted != self._drawn:
            self._drawn = wanted
            if plot is not None and plot.series:
                self._chart = list(draw_titled(plot, width, _CHART_HEIGHT).split("\n"))
            else:
                self._chart = [Text(), *_why_no_curve(self._curves, metric).wrap(self.app.console, width), Text()]
        return self._chart

    # ----------------------------------------------------------------------------------------------- painting

    def notify_style_update(self) -> None:
        """Textual calls this when styles may have changed."""
        super().notify_style_update()
        self._base = None

    def render_line(self, y: int) -> Strip:
        """One line of the text."""
        if self._width != self.scrollable_content_region.width:  # another width, which is painted before it is told
            self._lay_out()
        base, width = self._base or self.rich_style, self.scrollable_content_region.width
        self._base = base
        number = y + round(self.scroll_y)
        if number >= len(self._lines):
            return Strip.blank(width, base)
        text = self._lines[number]
        selection = self.text_selection
        span = None if selection is None else selection.get_span(number)
        if span is not None:
            start, end = span
            marked = self.screen.get_component_rich_style("screen--selection")
            text = text.copy()
            text.stylize(marked, start, len(text) if end < 0 else end)
        if text.cell_len > width:
            text = text.copy()
            text.truncate(width, overflow="ellipsis")
        return Strip(segments_of(text, self.app.console, base)).adjust_cell_length(width, base).apply_offsets(0, number)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What the mouse has marked, to be copied."""
        first = selection.start.y if selection.start is not None else 0
        marked = selection.extract("\n".join(line.plain for line in self._lines)).split("\n")
        glued = "".join(gap + part for gap, part in zip(self._glue[first + 1 :], marked[1:], strict=False))
        return marked[0] + glued, "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """The mouse marks more or less."""
        self.refresh()


def _gaps(whole: str, parts: list[str]) -> list[str]:
    """What stood between the parts that `whole` was folded into: blanks, or nothing."""
    gaps, at = [], len(parts[0])
    for part in parts[1:]:
        start = max(at, whole.find(part, at))
        gaps.append(whole[at:start])
        at = start + len(part)
    return gaps


def _why_no_curve(curves: Curves, metric: str | None) -> Text:
    sentence = curves.why_none if metric is None else f"Nothing to draw: every {printable(metric)} is NaN or infinite."
    return Text(sentence, style="dim")
