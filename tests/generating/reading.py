"""Looks at what was drafted, and at what it did."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from convergence.witness import Testimony

WIDTH = 88


def overlong(text: str) -> list[str]:
    """The lines of a Python migration that are too long, and could have been broken."""
    if text.startswith("--"):
        return []
    code = "".join(text.split('"""')[::2])
    return [line for line in code.splitlines() if len(line) > WIDTH and " " in line.strip().removeprefix("# ")]


def assert_formatted(folder: Path) -> None:
    """See that `ruff format` would change nothing, where there is a ruff."""
    if find_spec("ruff") is None:
        return
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--diff", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def as_before(then: Testimony, before: Testimony) -> Testimony:
    """What was found afterwards, without the labels of enum types that PostgreSQL does not take back."""
    labels = {row[:2]: _labels(row) for row in before.get("types", ())}
    types = [_only(row, labels.get(row[:2], [])) for row in then.get("types", ())]
    return {**then, **({"types": sorted(types, key=repr)} if "types" in then else {})}


def _labels(row: tuple[Any, ...]) -> list[str]:
    return str(row[4]).strip("{}").split(",")


def _only(row: tuple[Any, ...], labels: list[str]) -> tuple[Any, ...]:
    if row[2] != "e":
        return row
    return (*row[:4], f"{{{','.join(one for one in _labels(row) if one in labels)}}}", *row[5:])
