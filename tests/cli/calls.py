"""How a test calls the command line."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from click.testing import Result

Invoke = Callable[..., Result]


Spawn = Callable[..., "subprocess.CompletedProcess[str]"]
