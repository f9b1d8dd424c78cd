"""Makes the pictures of the README: the real screen on the samples, saved by the program itself as SVG.

    python tests/tools/picture.py sample_projects

Wants an environment with tuitune; loads no other font than the reader's own.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from tuitune.ui.app import make_app
from tuitune.ui.screens.project import ProjectScreen

# File, project and keys of each picture.
PICTURES = (
    ("trials.svg", "sample_projects/digits/bayesian", ("down", "down")),
    ("space.svg", "sample_projects/digits/random", ("7", *["down"] * 6, "right", "right", "right")),
)


async def save(target: Path, project: str, keys: tuple[str, ...]) -> None:
    """Open the sample at 120x38, wait until it is read, press the keys, save the screen."""
    app = make_app(project)
    async with app.run_test(size=(120, 38)) as pilot:
        for _ in range(100):
            await pilot.pause(0.05)
            screen = app.screen
            if isinstance(screen, ProjectScreen) and screen.session.table.trials:
                break
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.3)
        await pilot.pause(1.0)
        picture = app.export_screenshot(title=f"tuitune {project}")
        # Fonts of the reader's own machine: nothing is fetched to look at it.
        target.write_text(re.sub(r"@font-face\s*\{.*?\}", "", picture, flags=re.DOTALL))


if __name__ == "__main__":
    for file, project, keys in PICTURES:
        asyncio.run(save(Path(sys.argv[1]) / file, project, keys))
