"""Writes what a project starts with, and the next migration; never over a file that is there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from lockgate.errors import SettingsError
from lockgate.names import parse_file_name

_TIMESTAMP_DIGITS = 14


def initialise(directory: str) -> list[Path]:
    """Make the migrations folder, `.env.example`, and `[tool.lockgate]` in `pyproject.toml`; gives what was made.

    Raises:
        SettingsError: a file or folder cannot be written.
    """
    try:
        return [path for path in (_folder(Path(directory)), _env_example(), _pyproject(directory)) if path]
    except OSError as error:
        raise SettingsError(f"{error.filename} cannot be written: {error.strerror}") from error


def _folder(directory: Path) -> Path | None:
    if directory.is_dir():
        return None
    directory.mkdir(parents=True)
    return directory


def _env_example() -> Path | None:
    path = Path(".env.example")
    if path.exists():
        return None
    path.write_text(_template("env.example"), encoding="utf-8")
    return path


def _pyproject(directory: str) -> Path | None:
    path = Path("pyproject.toml")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if re.search(r"^\s*\[tool\.lockgate\b", text, re.MULTILINE):
        return None
    table = f'[tool.lockgate]\ndirectory = "{directory}"\n'
    path.write_text(f"{text.rstrip()}\n\n{table}" if text.strip() else table, encoding="utf-8")
    return path


def write_migration(directory: Path, description: str, *, sql: bool) -> Path:
    """Write the next numbered migration from its template.

    Raises:
        SettingsError: the description has no letter or digit, or the file cannot be written.
    """
    slug = re.sub(r"[^\w]+", "_", description.strip().lower()).strip("_")
    if not slug:
        raise SettingsError("A description needs a letter or a digit: it becomes the file's name.")
    path = directory / f"{_next_number(directory)}_{slug}.{'sql' if sql else 'py'}"
    text = _template("migration.sql.txt" if sql else "migration.py.txt")
    sentence = description.strip().rstrip(".")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text.replace("{sentence}", sentence[:1].upper() + sentence[1:]).replace("{class}", _class(slug)))
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error
    return path


def _next_number(directory: Path) -> str:
    """One more than the highest, as wide as it; a folder of timestamps gets another timestamp."""
    names = [entry.name for entry in directory.iterdir()] if directory.is_dir() else []
    parsed = [name for name in map(parse_file_name, names) if name]
    if not parsed:
        return "001"
    last = max(parsed, key=lambda name: name.number)
    digits = re.match(r"[0-9]+", last.stem)
    width = len(digits[0]) if digits else 3
    if width == _TIMESTAMP_DIGITS:
        return max(f"{datetime.now(UTC):%Y%m%d%H%M%S}", str(last.number + 1))
    return str(last.number + 1).zfill(width)


def _class(slug: str) -> str:
    name = "".join(word[:1].upper() + word[1:] for word in slug.split("_"))
    return name if name[:1].isidentifier() else f"Migration{name}"


def _template(name: str) -> str:
    return files("lockgate.cli").joinpath("templates", name).read_text(encoding="utf-8")
