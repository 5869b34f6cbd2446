"""How long a folder of files takes to be found, read and hashed, beside doing that by hand."""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Section, Table, Target, add_target
from benchmarks.samples import interleaved
from lockgate.sources.directory import Folder

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_MANY, _MOST = 1000, 10_000
_UP = "CREATE TABLE t{0} (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\nCREATE INDEX i{0} ON t{0} (name);\n"
_LAYOUTS = {
    "lockgate": ("{0:05}_t.sql", f"-- migrate:up\n{_UP}-- migrate:down\nDROP TABLE t{{0}};\n"),
    "goose": ("{0:05}_t.sql", f"-- +goose Up\n{_UP}-- +goose Down\nDROP TABLE t{{0}};\n"),
    "flyway": ("V{0}_1__t.sql", _UP),
    "diesel": ("{0:05}_t/up.sql", _UP),
}


def measure(bench: Bench) -> Section:
    """Folders of 1,000 and 10,000 files, of Lockgate's own layout and others', in turns with hashlib over each file."""
    sizes = (_MANY,) if bench.quick else (_MANY, _MOST)
    with tempfile.TemporaryDirectory() as place:
        folders = {f"{layout} {size}": _written(Path(place), layout, size) for layout in _LAYOUTS for size in sizes}

        def once(contestant: str) -> dict[str, float]:
            how, _, which = contestant.partition(": ")
            started = time.perf_counter()
            found = (
                _by_hand(folders[which]) if how == "by hand" else [one.hash for one in Folder(folders[which]).read()]
            )
            spent = time.perf_counter() - started
            assert len(found) == int(which.split()[1])
            return {"read": spent}

        contestants = [f"{how}: {which}" for which in folders for how in ("by hand", "Lockgate")]
        rounds = bench.rounds(9, 3)
        found, failed = interleaved(contestants, rounds, once, bench.say)
    targets: list[Target] = []
    for which in folders:
        words = f"finding, reading and hashing {which} to doing it by hand"
        add_target(targets, found["read"], words, 1.5, (f"Lockgate: {which}", f"by hand: {which}"))
    table = Table("Discovery", found["read"], {name: name for name in contestants}, failed=failed)
    return Section("Discovery", f"In process, no database. Rounds: {rounds}.", [table], targets)


def _written(place: Path, layout: str, size: int) -> Path:
    folder = place / f"{layout}_{size}"
    name, text = _LAYOUTS[layout]
    for number in range(1, size + 1):
        path = folder / name.format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(number))
    return folder


def _by_hand(folder: Path) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("**/*.sql"))]
