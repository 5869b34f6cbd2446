"""Writes what a project starts with, and the next migration; never over a file that is there."""

from __future__ import annotations

import json
import keyword
import re
import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from lockgate.errors import SettingsError
from lockgate.planning.names import parse_file_name

_TIMESTAMP_DIGITS = 14


def initialise(directory: str | None) -> tuple[list[Path], list[Path]]:
    """Make the migrations folder, `.env.example`, and `[tool.lockgate]` in `pyproject.toml`.

    Gives the paths that are new, and those that were added to. Without a directory, it is the one that
    `[tool.lockgate]` names already, else `migrations`.

    Raises:
        SettingsError: a file or folder cannot be written; or `pyproject.toml` cannot be read, and nothing was made.
    """
    project = Path("pyproject.toml")
    try:
        text = project.read_bytes() if project.exists() else b""
        table = _own_table(project, text)
        folder = directory or (table or {}).get("directory") or "migrations"
        created = [path for path in (_folder(Path(folder)), _env_example()) if path]
        if table is not None:
            return created, []
        existed = project.exists()
        project.write_bytes(_with_table(text, folder))
    except OSError as error:
        raise _cannot_write(error) from error
    return (created, [project]) if existed else ([*created, project], [])


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


def _own_table(path: Path, text: bytes) -> dict[str, Any] | None:
    """`[tool.lockgate]` as it stands, however it is written; None where there is none."""
    try:
        table = tomllib.loads(text.decode("utf-8-sig")).get("tool", {}).get("lockgate")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read, and nothing was made: {error}.") from error
    return table if isinstance(table, dict) else None


def _with_table(text: bytes, directory: str) -> bytes:
    """The text, byte for byte, and our table after it, in the text's own kind of lines."""
    # A basic string of TOML is one of JSON.
    table = f"[tool.lockgate]\ndirectory = {json.dumps(directory, ensure_ascii=False)}\n"
    apart = "" if not text else "\n" if text.endswith(b"\n") else "\n\n"
    added = (apart + table).encode()
    return text + (added.replace(b"\n", b"\r\n") if b"\r\n" in text else added)


def write_migration(directory: Path, description: str, *, sql: bool) -> Path:
    """Write the next numbered migration from its template.

    Raises:
        SettingsError: the description has no letter or digit, or the file cannot be written.
    """
    slug = re.sub(r"[\W_]+", "_", description.lower()).strip("_")
    if not slug:
        raise SettingsError("A description needs a letter or a digit: it becomes the file's name.")
    path = directory / f"{_next_number(directory)}_{slug}.{'sql' if sql else 'py'}"
    text = _template("migration.sql.txt" if sql else "migration.py.txt").replace("{class}", _class(slug))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text.replace("{sentence}", _sentence(description, sql=sql)))
    except OSError as error:
        raise _cannot_write(error) from error
    return path


def _sentence(description: str, *, sql: bool) -> str:
    """The description on one line, as a comment of SQL or a docstring can hold it."""
    words = " ".join(description.split()).rstrip(".")
    words = words[:1].upper() + words[1:]
    return words if sql else words.replace("\\", "\\\\").replace('"""', "'''")


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
    """A name for the class: what of the slug may stand in an identifier, and neither a keyword nor the base's name."""
    words = "".join(word[:1].upper() + word[1:] for word in slug.split("_"))
    name = "".join(character for character in words if f"a{character}".isidentifier())
    taken = keyword.iskeyword(name) or name == "Migration"
    return name if name.isidentifier() and not taken else f"Migration{name}"


def _cannot_write(error: OSError) -> SettingsError:
    return SettingsError(f"{error.filename} cannot be written: {error.strerror}.")


def _template(name: str) -> str:
    return files("lockgate.cli").joinpath("templates", name).read_text(encoding="utf-8")
