"""The real keras-tuner, loaded once for the tests that compare with it."""

from __future__ import annotations

import warnings
from typing import Any

import pytest


@pytest.fixture(scope="session")
def keras_tuner() -> Any:
    """The installed keras-tuner; its own warnings while it loads are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras_tuner

    return keras_tuner
