"""Opens a project without a terminal, waits for the reading threads, reads the screen."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich.style import Style
from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets._toast import Toast

from tuitune.ui.app import make_app
from tuitune.ui.views.trials import TrialsView

WIDE, NARROW = (120, 40), (80, 24)


PATIENCE_S = 20.0


AnyPilot = Pilot[Any]


def screen_text(app: App[Any]) -> str:
    """The text of the screen in front, line by line."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def text_of(widget: Widget) -> str:
    """The text in the part of the screen that one widget takes, its border left out."""
    area = widget.content_region
    strips = widget.screen._compositor.render_strips()[max(0, area.y) : area.bottom]
    return "\n".join(strip.crop(area.x, area.right).text for strip in strips)


def squeezed(app: App[Any]) -> str:
    """The screen's text without line breaks, frames and runs of blanks: sentences that are wrapped read whole."""
    text = "".join(" " if char in "│─╭╮╰╯▌▐█\n" else char for char in screen_text(app))
    return " ".join(text.split())


def style_at(app: App[Any], text: str) -> Style:
    """The style in which the first occurrence of `text` is painted."""
    for strip in app.screen._compositor.render_strips():
        position = strip.text.find(text)
        if position < 0:
            continue
        end = 0
        for segment in strip:
            end += len(segment.text)
            if position < end:
                return segment.style or Style.null()
    raise AssertionError(f"{text!r} is not on the screen:\n{screen_text(app)}")


def notices(app: App[Any]) -> str:
    """What the notices in the corner say, on one line."""
    return " ".join(" ".join(text_of(toast).replace("▌", " ") for toast in app.screen.query(Toast)).split())


async def wait_for(pilot: AnyPilot, condition: Callable[[], object], what: str) -> None:
    """Let the app work until `condition` holds; fail with the screen's text where it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited in vain for {what}; the screen says:\n{screen_text(pilot.app)}")
        await pilot.pause(0.03)


async def wait_text(pilot: AnyPilot, *texts: str) -> None:
    """Wait until each of `texts` stands on the screen."""

    def there() -> bool:
        shown = squeezed(pilot.app)
        return all(text in shown for text in texts)

    await wait_for(pilot, there, f"{texts}")


async def wait_no_text(pilot: AnyPilot, text: str) -> None:
    """Wait until `text` has left."""
    await wait_for(pilot, lambda: text not in squeezed(pilot.app), f"{text!r} to go")


async def settle(pilot: AnyPilot) -> None:
    """Let the app do what was asked of it."""
    for _ in range(2):
        await pilot.pause()
    while any(view.is_behind for view in pilot.app.screen.query(TrialsView)):
        await pilot.pause(0.01)
    await pilot.pause()


@asynccontextmanager
async def opened(path: Path | str, size: tuple[int, int] = WIDE, ready: str = "") -> AsyncIterator[AnyPilot]:
    """The app on `path`, once `ready`, or how many trials there are, stands on the screen, and all was read."""
    app = make_app(str(path))
    async with app.run_test(size=size, notifications=True) as pilot:

        def is_ready() -> bool:
            text = squeezed(app)
            is_there = ready in text if ready else "trials" in text or " 1 trial " in text
            return is_there and "reading …" not in text

        await wait_for(pilot, is_ready, ready or "trials")
        await pilot.pause()
        yield pilot
