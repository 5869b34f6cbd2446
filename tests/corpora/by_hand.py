"""How other tools' folders are read by hand, without Lockgate: what each file runs in a direction, in the tool's own order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Script(NamedTuple):
    """One migration: its name, and what runs it up and down; None where it has no down."""

    name: str
    up: str
    down: str | None


def pairs(folder: Path) -> list[Script]:
    """golang-migrate's, and those that are named alike."""
    ups = sorted(folder.glob("*.up.sql"), key=lambda path: (_number(path.name), path.name))
    downs = {_number(path.name): path for path in folder.glob("*.down.sql")}
    return [Script(path.name, path.read_text(), _text(downs.get(_number(path.name)))) for path in ups]


def folders(folder: Path) -> list[Script]:
    """diesel's."""
    ups = sorted(folder.glob("[0-9]*/up.sql"), key=lambda path: path.parent.name.split("_")[0].replace("-", ""))
    return [Script(path.parent.name, path.read_text(), _text(path.with_name("down.sql"))) for path in ups]


def goose(folder: Path) -> list[Script]:
    """goose's SQL files."""
    return _marked(folder, r"--\s*\+goose Up\b.*", r"--\s*\+goose Down\b.*")


def dbmate(folder: Path) -> list[Script]:
    """dbmate's."""
    return _marked(folder, r"--\s*migrate:up.*", r"--\s*migrate:down.*")


def plain(folder: Path) -> list[Script]:
    """Files that are all up, such as sqlx's."""
    found = sorted(folder.glob("[0-9VU]*.sql"), key=lambda path: _number(path.name))
    return [Script(path.name, path.read_text(), None) for path in found]


def _marked(folder: Path, up: str, down: str) -> list[Script]:
    found = []
    for path in sorted(folder.glob("[0-9]*.sql"), key=lambda path: _number(path.name)):
        head, rest = _cut(up, path.read_text())
        above, below = _cut(down, rest or "")
        assert not re.sub(r"--.*", "", head).strip(), path
        found.append(Script(path.name, above, below))
    return found


def _cut(pattern: str, text: str) -> tuple[str, str | None]:
    match = re.search(rf"(?m)^{pattern}$", text)
    return (text[: match.start()], text[match.end() :]) if match else (text, None)


def _number(name: str) -> int:
    match = re.search(r"[0-9]+", name)
    assert match, name
    return int(match[0])


def _text(path: Path | None) -> str | None:
    return path.read_text() if path and path.exists() else None
