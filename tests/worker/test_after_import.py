"""keras-tuner is hooked at the moment it is imported: shown with a small package in its place."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tuitune.worker.play import _AfterImport

NAME = "some_package_to_hook"


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ModuleType]]:
    """A package on the path, hooked; the modules that the hook was called with."""
    package = tmp_path / NAME
    package.mkdir()
    (package / "__init__.py").write_text("value = 1\nfrom . import part\n\n\ndef double():\n    return 2 * value\n")
    (package / "part.py").write_text("value = 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    called: list[ModuleType] = []
    finder = _AfterImport(NAME, called.append)
    sys.meta_path.insert(0, finder)
    yield called
    if finder in sys.meta_path:
        sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def test_the_hook_gets_the_whole_module(seen: list[ModuleType]) -> None:
    """It is called after the package has been executed, its own imports included."""
    module = importlib.import_module(NAME)
    assert seen == [module]
    assert module.double() == 2
    assert module.part.value == 2


def test_the_hook_is_called_once(seen: list[ModuleType]) -> None:
    """Further imports do not hook again, and the finder is gone."""
    for _ in range(2):
        importlib.import_module(NAME)
    assert len(seen) == 1
    assert not [finder for finder in sys.meta_path if isinstance(finder, _AfterImport)]


def test_a_submodule_imported_first_hooks_its_package(seen: list[ModuleType]) -> None:
    """`import package.part` loads the package first, and that is hooked."""
    importlib.import_module(f"{NAME}.part")
    assert [module.__name__ for module in seen] == [NAME]


def test_other_imports_are_left_alone(seen: list[ModuleType]) -> None:
    """Nothing but the one package is looked at."""
    sys.modules.pop("this", None)
    importlib.import_module("colorsys")
    assert importlib.util.find_spec("textwrap") is not None
    assert seen == []


def test_a_hooked_package_still_has_its_source(seen: list[ModuleType]) -> None:
    """Tracebacks and inspect read its source, as without a hook."""
    module = importlib.import_module(NAME)
    assert "2 * value" in inspect.getsource(module.double)
    assert module.__spec__ is not None
    assert module.__spec__.loader is not None
    assert "2 * value" in (module.__spec__.loader.get_source(NAME) or "")  # type: ignore[attr-defined]


def test_looking_for_the_package_does_not_unhook_it(seen: list[ModuleType]) -> None:
    """`importlib.util.find_spec`, by which scripts look whether something is installed, changes nothing."""
    assert importlib.util.find_spec(NAME) is not None
    importlib.import_module(NAME)
    assert [module.__name__ for module in seen] == [NAME]


def test_a_failed_import_does_not_unhook_the_package(seen: list[ModuleType], tmp_path: Path) -> None:
    """A script that catches an ImportError, mends something and imports again is hooked the second time."""
    part = (tmp_path / NAME / "part.py").rename(tmp_path / "part.py")
    with pytest.raises(ImportError):
        importlib.import_module(NAME)
    part.rename(tmp_path / NAME / "part.py")
    importlib.invalidate_caches()
    importlib.import_module(NAME)
    assert [module.__name__ for module in seen] == [NAME]


def test_a_package_that_is_not_there_is_not_there(tmp_path: Path) -> None:
    """Importing something that does not exist fails as ever."""
    finder = _AfterImport("no_such_package_at_all", lambda module: None)
    sys.meta_path.insert(0, finder)
    try:
        with pytest.raises(ModuleNotFoundError, match="no_such_package_at_all"):
            importlib.import_module("no_such_package_at_all")
    finally:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
