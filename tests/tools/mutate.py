"""Damages copies of real projects in every way that a disk, a kill or a stranger can, the same for the same seed.

    patient = copy_project(DIGITS / "random", place)
    damage = mutate(patient, random.Random(1))

`damage.path` is where the project lies now, `damage.spares(trial_id)` whether nothing of that trial was touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

Json = Any

FACTS = {
    "script": "train.py", "argv": ["--quick"], "cwd": "..", "python": "/usr/bin/python3", "tuner_kind": "RandomSearch",
    "objective": {"name": "val_accuracy", "direction": "max"}, "max_trials": 40, "executions_per_trial": 2,
    "environment": {"tensorflow": "2.16.1"},
}  # fmt: skip
ORIGIN = {
    "parent": "random", "root": "random", "round": 2, "algorithm": "bayesian", "where": "", "top": "20%",
    "narrowed_to": ["00", "01"], "changes": [{"name": "units", "before": "8 … 64", "after": "16 … 32"}],
}  # fmt: skip
NOTES = {"objective": {"name": "val_accuracy", "direction": "max"}}
OURS: dict[str, dict[str, Any]] = {"facts.json": FACTS, "origin.json": ORIGIN, "notes.json": NOTES}

# What stands where something else is expected, as it is written into the file.
STRANGE = (
    "null", "true", "false", "0", "-1", "3", "0.5", "1e-400", "1e999", "-1e999", "NaN", "Infinity", "-Infinity",
    "9223372036854775807", "18446744073709551616", "1" + "0" * 400, "-1" + "0" * 400, "1" + "0" * 5000,
    "[]", "{}", "[1, 2]", "[null]", "[[]]", '{"a": 1}', '[{"value": [1, "a"], "step": {}}]', '{"": {"": []}}',
    '""', '" "', '"a"', '"1"', '"nan"', '"COMPLETED"', '"RUNNING"', '"INVALID"', '"max"', '"../../x"', '"/etc"',
    '"\\ud83d"', '"\\u0000"', '"\\u001b[31m\\u001b]52;c;YQ==\\u0007"', '"[red]x[/foo]"', '"two\\nlines\\ttab"',
    '"\\u202eevil"', '"0001-01-01T00:00:00"', '"9999-12-31T23:59:59+23:59"', '"2024-13-45"', '"val_accuracy"',
    "[" * 900 + "]" * 900, '{"a":' * 300 + "1" + "}" * 300,
)  # fmt: skip
HUGE = (
    "[" * 10**5 + "]" * 10**5,
    '{"a":' * 10**5 + "1" + "}" * 10**5,
    '"' + "x" * (10 << 20) + '"',
    "[" + ",".join(["0"] * 10**6) + "]",
)
IDS = (
    "copy", "00000", "0", "999999", "1e3", "-1", "٣", "²", "", " ", "[b]x[b]", "a\nb", "\x1b[31mred", "x" * 240,
    "\udcff\udcfe", "超", "\u202ex", "oracle.json", "..", "%s{0}", "0" * 200, "9" * 200,
)  # fmt: skip
PROJECT_NAMES = (
    "[a-z]", "[red]x[foo]", "two\nlines", "x" * 240, "\udcff\udcfe", "超参数", " ", "-x", "a'b\"c", "{0}%s$HOME",
    "\x1b[31mred", "\u202eevil", "trial_x", "*", "a\\b",
)  # fmt: skip


class Damage(NamedTuple):
    """What was done: where the project lies now, which paths in it were touched, and the deeds in words."""

    path: Path
    touched: frozenset[str]
    deeds: tuple[str, ...]

    def spares(self, trial_id: str) -> bool:
        """Whether nothing of this trial was touched."""
        folder = f"trial_{trial_id}"
        return not any(path == folder or path.startswith(f"{folder}/") for path in self.touched)

    def spares_file(self, name: str) -> bool:
        """Whether this file of the project was left alone."""
        return name not in self.touched


class Patient:
    """A project under the knife. Times of files stay as they were, else everything looks just written."""

    def __init__(self, root: Path, random: Random) -> None:
        self.root = root
        self.random = random
        self.touched: set[str] = set()
        self.deeds: list[str] = []

    def paths(self, want: Callable[[str], bool] = os.path.isfile) -> list[str]:
        """Paths in the project, relative to it, for which `want` holds; links are left out."""
        found = []
        for folder, folders, names in os.walk(self.root):
            for name in (*folders, *names):
                path = os.path.join(folder, name)
                if not os.path.islink(path) and want(path):
                    found.append(os.path.relpath(path, self.root))
        return sorted(found)

    def is_plain(self, path: str) -> bool:
        """Whether it is a file, and neither a link nor a pipe, which could be written or waited for."""
        target = self.root / path
        return os.path.isfile(target) and not os.path.islink(target)

    def pick(self, paths: list[str]) -> str | None:
        """One of `paths`, the oracle's more often than others."""
        if "oracle.json" in paths and self.random.random() < 0.25:
            return "oracle.json"
        return self.random.choice(paths) if paths else None

    def pick_json(self) -> str | None:
        """A JSON file of the project."""
        return self.pick([path for path in self.paths() if path.endswith(".json")])

    def pick_trial(self) -> str | None:
        """The directory of a trial."""
        return self.pick([path for path in self.paths(os.path.isdir) if path.startswith("trial_") and "/" not in path])

    @contextlib.contextmanager
    def knife(self, path: str, deed: str) -> Iterator[Path]:
        """Note that `path` is touched, and set its time back afterwards, mostly."""
        self.touched.add(path)
        self.deeds.append(f"{deed} {path!r}"[:200])
        target, whole = self.root / path, self.root
        times = [(place, os.lstat(place)) for place in (target.parent, target, whole) if os.path.lexists(place)]
        yield target
        if self.random.random() < 0.02:
            return  # it looks as if somebody were just writing it
        for place, status in times:
            with contextlib.suppress(OSError, NotImplementedError):
                os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)


def copy_project(source: Path, place: Path) -> Path:
    """A copy of the project `source` at `place`, with the TensorBoard logs of two trials where it has some."""
    shutil.copytree(source, place, symlinks=True)
    logs = source.parent / "logs" / source.name
    for folder in sorted(logs.iterdir())[:2] if logs.is_dir() else ():
        shutil.copytree(folder, place / "logs" / folder.name)
    return place


def remove(place: Path) -> None:
    """Delete a damaged copy, whatever became of its permissions."""
    for folder, folders, names in os.walk(place):
        for name in (*folders, *names):
            with contextlib.suppress(OSError):
                if not os.path.islink(os.path.join(folder, name)):
                    os.chmod(os.path.join(folder, name), 0o700)
    shutil.rmtree(place, ignore_errors=True)


def mutate(path: Path, random: Random, most: int = 4) -> Damage:
    """Damage the project at `path`, which is a copy, in one to `most` ways."""
    patient = Patient(path, random)
    for _ in range(random.randint(1, most)):
        deed = random.choices(list(DEEDS), list(DEEDS.values()))[0]
        with contextlib.suppress(OSError):  # what an earlier deed has taken away
            deed(patient)
    if random.random() < 0.06:
        name = random.choice(PROJECT_NAMES)
        target = path.parent / name
        if not os.path.lexists(target):
            os.rename(path, target)
            patient.root = target
            patient.deeds.append(f"call the project {name!r}"[:200])
    return Damage(patient.root, frozenset(patient.touched), tuple(patient.deeds))


# ------------------------------------------------------------------------------------------------------- bytes


def cut(patient: Patient) -> None:
    """A file ends early, as a full disk or a kill leaves it."""
    path = patient.pick(patient.paths())
    if path is not None:
        with patient.knife(path, "cut") as target:
            data = target.read_bytes()
            target.write_bytes(data[: patient.random.randint(0, len(data))])


def flip(patient: Patient) -> None:
    """A few bytes are others."""
    path = patient.pick(patient.paths())
    if path is not None:
        with patient.knife(path, "flip bytes of") as target:
            data = bytearray(target.read_bytes())
            for _ in range(patient.random.randint(1, 8) if data else 0):
                data[patient.random.randrange(len(data))] = patient.random.randrange(256)
            target.write_bytes(data)


def garbage(patient: Patient) -> None:
    """A file holds something else altogether."""
    path = patient.pick(patient.paths())
    if path is not None:
        with patient.knife(path, "fill with garbage") as target:
            kinds = (
                b"",
                b"\0" * 4096,
                b"\xff\xfe{\0}\0",
                b"\xef\xbb\xbf{}",
                b"{}",
                b"[]",
                b"null",
                b"\x1f\x8b\x08",
                b"  \n",
            )
            target.write_bytes(patient.random.choice((*kinds, patient.random.randbytes(300))))


def damage_events(patient: Patient) -> None:
    """A TensorBoard file with flipped bytes, or a length that no file has."""
    path = patient.pick([path for path in patient.paths() if ".tfevents." in path])
    if path is None:
        flip(patient)
        return
    with patient.knife(path, "damage the events of") as target:
        data = bytearray(target.read_bytes())
        place = patient.random.randrange(max(1, len(data)))
        if patient.random.random() < 0.5:
            data[place : place + 8] = b"\xff" * 8
        else:
            data[place : place + 1] = patient.random.randbytes(patient.random.randint(0, 9))
        target.write_bytes(data)


def damage_epochs(patient: Patient) -> None:
    """A curve as tuitune records it, with one line of another form."""
    trial = patient.pick_trial()
    if trial is None:
        return
    path = f"{trial}/epochs.jsonl"
    if os.path.lexists(patient.root / path) and not patient.is_plain(path):
        return
    with patient.knife(path, "odd lines in") as target:
        lines = [
            json.dumps({"execution": 0, "epoch": epoch, "time": 1.0, "logs": {"loss": 0.5, "val_accuracy": 0.25}})
            for epoch in range(3)
        ]
        line = json.loads(lines[1])
        lines.insert(patient.random.randint(0, 3), retyped(line, patient.random))
        target.write_text("\n".join(lines) + patient.random.choice(("", "\n")), errors="surrogatepass")


# -------------------------------------------------------------------------------------------------------- JSON

_HOLE = "\ue000 hole \ue000"


def put(content: Json, place: Sequence[Any], value: str) -> str:
    """`content` as JSON, with `value` (JSON of any kind, also what no library writes) at `place`.

    Raises LookupError or TypeError where there is no such place.
    """
    part = content
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = _HOLE
    return json.dumps(content).replace(json.dumps(_HOLE), value)


def strange(random: Random) -> str:
    """A JSON value that nobody expects, as text."""
    return random.choice(HUGE) if random.random() < 0.02 else random.choice(STRANGE)


def retyped(content: Json, random: Random) -> str:
    """`content` as JSON in which one value is another, or missing, or there under another name."""
    if not isinstance(content, (dict, list)) or not content or random.random() < 0.02:
        return strange(random)
    holder, key = _place(content, random)
    how = random.random()
    if how < 0.1:
        del holder[key]
    elif how < 0.2 and isinstance(holder, dict):
        entries = [(_HOLE if name == key else name, value) for name, value in holder.items()]
        holder.clear()
        holder.update(entries)
        name = random.choice([text for text in (*STRANGE, HUGE[2]) if text.startswith('"')])
        return json.dumps(content).replace(json.dumps(_HOLE), name)
    else:
        holder[key] = _HOLE
    return json.dumps(content).replace(json.dumps(_HOLE), strange(random))


def _place(content: Json, random: Random) -> tuple[Json, Any]:
    """A random place in JSON: what holds it, and the key or index there."""
    holder = content
    while True:
        key = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        child = holder[key]
        if not isinstance(child, (dict, list)) or not child or random.random() < 0.2:
            return holder, key
        holder = child


def _retype(patient: Patient, path: str | None, *inside: str) -> None:
    """Retype something in the file at `path`, below the keys `inside` where it has them."""
    if path is None or not patient.is_plain(path):
        return
    with patient.knife(path, f"retype {'.'.join(inside)} in") as target:
        for _ in range(patient.random.randint(1, 3)):
            try:
                content = json.loads(target.read_bytes())
                value = strange(patient.random)
                text = put(content, inside, value) if inside else retyped(content, patient.random)
            except (ValueError, RecursionError, LookupError, TypeError):
                return  # an earlier deed has left no JSON, or not this key
            target.write_text(text, errors="surrogatepass")
            if inside:
                return


def retype_any(patient: Patient) -> None:
    """Any value in any JSON file."""
    _retype(patient, patient.pick_json())


_TRIAL_FIELDS = (
    ("trial_id",), ("hyperparameters",), ("hyperparameters", "space"), ("hyperparameters", "values"), ("metrics",),
    ("metrics", "metrics"), ("score",), ("best_step",), ("status",), ("message",),
)  # fmt: skip
_ORACLE_FIELDS = (
    ("ongoing_trials",), ("hyperparameters",), ("hyperparameters", "space"), ("start_order",), ("end_order",),
    ("run_times",), ("retry_queue",), ("seed",), ("seed_state",), ("tried_so_far",), ("id_to_hash",), ("display",),
    ("display", "trial_start"), ("display", "search_start"), ("brackets",), ("max_epochs",), ("factor",),
    ("hyperband_iterations",), ("alpha",), ("num_initial_points",), ("initial_hps",),
)  # fmt: skip


def retype_trial(patient: Patient) -> None:
    """One of the fields of a trial.json."""
    paths = [path for path in patient.paths() if path.endswith("/trial.json")]
    _retype(patient, patient.pick(paths), *patient.random.choice(_TRIAL_FIELDS))


def retype_value(patient: Patient) -> None:
    """The value of one hyperparameter or metric in one trial: what is drawn, compared and narrowed to."""
    path = patient.pick([path for path in patient.paths() if path.endswith("/trial.json")])
    if path is None:
        return
    inside = patient.random.choice((("hyperparameters", "values"), ("metrics", "metrics")))
    with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError):
        held = json.loads((patient.root / path).read_bytes())[inside[0]][inside[1]]
        _retype(patient, path, *inside, patient.random.choice(list(held)))


def retype_oracle(patient: Patient) -> None:
    """One of the fields of oracle.json."""
    if patient.is_plain("oracle.json"):
        _retype(patient, "oracle.json", *patient.random.choice(_ORACLE_FIELDS))


def retype_hyperparameter(patient: Patient) -> None:
    """A field of one hyperparameter of the space."""
    if not patient.is_plain("oracle.json"):
        return
    with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError):
        space = json.loads((patient.root / "oracle.json").read_bytes())["hyperparameters"]["space"]
        number = patient.random.randrange(len(space))
        with patient.knife("oracle.json", f"retype hyperparameter {number} in") as target:
            content = json.loads(target.read_bytes())
            text = retyped(content["hyperparameters"]["space"][number], patient.random)
            target.write_text(put(content, ("hyperparameters", "space", number), text), errors="surrogatepass")


def confuse_order(patient: Patient) -> None:
    """The oracle names trials that are not there, twice, or elsewhere."""
    if not patient.is_plain("oracle.json"):
        return
    with contextlib.suppress(ValueError, TypeError, RecursionError, AttributeError):
        content = json.loads((patient.root / "oracle.json").read_bytes())
        names: list[Any] = ["../../x", "/etc", "..", "", "999999", "a\0b", "\ud83d", "x" * 300, 7, None, ["0"]]
        for field in patient.random.sample(("start_order", "end_order"), patient.random.randint(1, 2)):
            order = list(content.get(field) or [])
            for name in patient.random.sample(names, 3) + order[:2]:
                order.insert(patient.random.randint(0, len(order)), name)
            content[field] = order
        content["ongoing_trials"] = {"tuner0": patient.random.choice(names), "tuner1": "0"}
        with patient.knife("oracle.json", "confuse the order in") as target:
            target.write_text(json.dumps(content))


def damage_ours(patient: Patient) -> None:
    """What tuitune itself wrote down beside the search."""
    name = patient.random.choice(list(OURS))
    folder = patient.root / ".tuitune"
    if not os.path.lexists(folder):
        with patient.knife(".tuitune", "add"):
            folder.mkdir()
    path = f".tuitune/{name}"
    if os.path.islink(folder) or not os.path.isdir(folder):
        return
    if not os.path.lexists(patient.root / path):
        (patient.root / path).write_text(json.dumps(OURS[name]))
    fields: list[tuple[str, ...]] = [(key,) for key in OURS[name]]
    _retype(patient, path, *patient.random.choice([(), *fields]))


# ------------------------------------------------------------------------------------------------------- files


def swap(patient: Patient) -> None:
    """Two files change places."""
    paths = patient.paths()
    if len(paths) < 2:
        return
    one, other = patient.random.sample(paths, 2)
    with patient.knife(one, "swap") as first, patient.knife(other, "with") as second:
        data = first.read_bytes(), second.read_bytes()
        first.write_bytes(data[1])
        second.write_bytes(data[0])


def duplicate(patient: Patient) -> None:
    """The directory of a trial is there a second time, under another id."""
    trial = patient.pick_trial()
    if trial is None:
        return
    name = f"trial_{patient.random.choice(IDS)}"
    if not os.path.lexists(patient.root / name):
        with patient.knife(name, f"copy {trial} as") as target:
            shutil.copytree(patient.root / trial, target, symlinks=True)


def delete(patient: Patient) -> None:
    """A file or a directory is gone."""
    path = patient.pick(patient.paths(os.path.exists))
    if path is not None:
        with patient.knife(path, "delete") as target:
            _clear(target)


def replace_by_folder(patient: Patient) -> None:
    """A directory stands where a file was."""
    path = patient.pick(patient.paths())
    if path is not None:
        with patient.knife(path, "replace by a directory") as target:
            _clear(target)
            target.mkdir()


def replace_by_file(patient: Patient) -> None:
    """A file stands where a directory was."""
    path = patient.pick(patient.paths(os.path.isdir))
    if path is not None:
        with patient.knife(path, "replace by a file") as target:
            _clear(target)
            target.write_bytes(b"{}")


def replace_by_link(patient: Patient) -> None:
    """A link that leads nowhere, to itself, to its parent, or to a device."""
    path = patient.pick(patient.paths(os.path.exists))
    if path is not None:
        with patient.knife(path, "replace by a link") as target:
            _clear(target)
            target.symlink_to(patient.random.choice((target.name, "nowhere", "..", ".", "/dev/null", "/dev/zero", "/")))


def replace_by_pipe(patient: Patient) -> None:
    """A pipe into which nobody writes."""
    paths = [*patient.paths()]
    trial = patient.pick_trial()
    path = f"{trial}/epochs.jsonl" if trial and patient.random.random() < 0.2 else patient.pick(paths)
    if path is not None:
        with patient.knife(path, "replace by a pipe") as target:
            if os.path.lexists(target):
                _clear(target)
            os.mkfifo(target)


def forbid(patient: Patient) -> None:
    """Nobody may read it; root does all the same."""
    path = patient.pick(patient.paths(os.path.exists))
    if path is not None:
        with patient.knife(path, "forbid") as target:
            target.chmod(0)


def _clear(target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink()


DEEDS: dict[Callable[[Patient], None], float] = {
    cut: 3, flip: 3, garbage: 2, damage_events: 1, damage_epochs: 2,
    retype_any: 4, retype_trial: 4, retype_value: 3, retype_oracle: 4, retype_hyperparameter: 3, confuse_order: 2,
    damage_ours: 4,
    swap: 1, duplicate: 2, delete: 1, replace_by_folder: 1, replace_by_file: 1, replace_by_link: 1, replace_by_pipe: 1,
    forbid: 0.5,
}  # fmt: skip
