"""Makes the picture of the README: the real screen on the sample, saved by the program itself as SVG.

    python tests/picture.py sample_projects/trials.svg

Wants an environment with tuitune; loads no other font than the reader's own.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from tuitune.ui.app import make_app
from tuitune.ui.screens.project import ProjectScreen

PROJECT = "sample_projects/digits/bayesian"


async def save(target: Path) -> None:
    """Open the sample at 120x36, wait for the first curve, save the screen."""
    app = make_app(PROJECT)
    async with app.run_test(size=(120, 36)) as pilot:
        for _ in range(100):
            await pilot.pause(0.05)
            screen = app.screen
            if isinstance(screen, ProjectScreen) and screen.session.table.trials:
                break
        await pilot.press("down", "down")
        await pilot.pause(1.0)
        picture = app.export_screenshot(title=f"tuitune {PROJECT}")
        # Fonts of the reader's own machine: nothing is fetched to look at it.
        target.write_text(re.sub(r"@font-face\s*\{.*?\}", "", picture, flags=re.DOTALL))


if __name__ == "__main__":
    asyncio.run(save(Path(sys.argv[1])))
