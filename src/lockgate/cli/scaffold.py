"""Writes what a project starts with, and the next migration; never over a file that is there."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from lockgate.errors import SettingsError
from lockgate.settings.directories import directory as parsed
from lockgate.sources.folders import own_folder
from lockgate.sources.naming import class_of, next_number, sentence_of, slug_of


def initialise(directory: str | None) -> tuple[list[Path], list[Path]]:
    """Make the migrations folder, `.env.example`, and `[tool.lockgate]` in `pyproject.toml`.

    Gives the paths that are new, and those that were added to. Without a directory, it is the one that
    `[tool.lockgate]` names already, else `migrations`.

    Raises:
        SettingsError: a file or folder cannot be written, or would be in a package that is not there or not on the disk;
            or `pyproject.toml` cannot be read, and nothing was made.
    """
    project = Path("pyproject.toml")
    try:
        text = project.read_bytes() if project.exists() else b""
        table = _own_table(project, text)
        folder = directory or (table or {}).get("directory") or "migrations"
        created = [path for path in (_folder(_own_folder(folder)), _env_example()) if path]
        if table is not None:
            return created, []
        existed = project.exists()
        project.write_bytes(_with_table(text, folder))
    except OSError as error:
        raise _cannot_write(error) from error
    return (created, [project]) if existed else ([*created, project], [])


def _own_folder(said: object) -> Path:
    try:
        return own_folder(parsed(said))
    except ValueError as error:
        raise SettingsError(f"directory: {error}; nothing was made.") from None


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
    slug = slug_of(description)
    path = directory / f"{next_number(directory)}_{slug}.{'sql' if sql else 'py'}"
    text = _template("migration.sql.txt" if sql else "migration.py.txt").replace("{class}", class_of(slug))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text.replace("{sentence}", sentence_of(description, sql=sql)))
    except OSError as error:
        raise _cannot_write(error) from error
    return path


def write_files(directory: Path, texts: dict[str, str]) -> list[Path]:
    """Write migrations that have their texts already.

    Raises:
        SettingsError: one cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with (directory / name).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise _cannot_write(error) from error
    return [directory / name for name in texts]


def _cannot_write(error: OSError) -> SettingsError:
    return SettingsError(f"{error.filename} cannot be written: {error.strerror}.")


def _template(name: str) -> str:
    return files("lockgate.cli").joinpath("templates", name).read_text(encoding="utf-8")
