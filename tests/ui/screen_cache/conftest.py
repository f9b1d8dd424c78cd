"""Projects are read often here, or each test would wait for a second."""

from __future__ import annotations

import pytest

from tuitune.ui.feeds import project as feeds


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Projects are read every moment, or each test would wait for a second."""
    monkeypatch.setattr(feeds, "READ_EVERY_S", 0.1)
