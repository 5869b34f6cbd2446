"""A folder of migration files becomes sources: every file is read and hashed, none is executed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lockgate.errors import MigrationFileError, SettingsError
from lockgate.nouns.migrations import Source
from lockgate.planning.names import FileKind, FileName, normal_text, parse_file_name, refuse_twins, text_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def read_directory(directory: Path) -> tuple[Source, ...]:
    """Every migration of a folder, sorted by number. Blocks on the disk: call it in a worker thread.

    Raises:
        SettingsError: the folder is missing or cannot be read.
        MigrationFileError: a file has no number, shares one, is a down without its up, or is not UTF-8 text.
    """
    names = [name for entry in _entries(directory) if (name := parse_file_name(entry))]
    downs = {name.stem: name for name in names if name.kind is FileKind.DOWN}
    ups = [name for name in names if name.kind is not FileKind.DOWN]
    _refuse_lone_downs(directory, downs, ups)
    folder = str(directory / "_")[:-1]
    sources = sorted((_read(folder, name, downs) for name in ups), key=lambda source: source.order)
    refuse_twins(sources)
    return tuple(sources)


def _entries(directory: Path) -> Sequence[str]:
    try:
        with os.scandir(directory) as entries:
            return [entry.name for entry in entries if not entry.is_dir()]
    except FileNotFoundError:
        raise SettingsError(
            f"There is no migrations folder at {directory}.",
            hint="`lockgate init` makes one; LOCKGATE_DIRECTORY or --directory names another.",
        ) from None
    except OSError as error:
        raise SettingsError(f"The migrations folder {directory} cannot be read: {error.strerror}") from error


def _refuse_lone_downs(directory: Path, downs: dict[str, FileName], ups: Iterable[FileName]) -> None:
    lone = downs.keys() - {name.stem for name in ups if name.kind is FileKind.UP}
    for stem in sorted(lone):
        name = downs[stem].name
        raise MigrationFileError(f"{name} has no {stem}.up.sql beside it.", path=str(directory / name))


def _read(folder: str, name: FileName, downs: dict[str, FileName]) -> Source:
    path = folder + name.entry
    data = normal_text(read_bytes(path))
    down = downs.get(name.stem) if name.kind is FileKind.UP else None
    return Source(
        name=name.name,
        number=name.number,
        hash=text_hash(data),
        text=decode(data, path),
        path=path,
        down_path=folder + down.entry if down else None,
    )


def read_bytes(path: str) -> bytes:
    """A file's bytes.

    Raises:
        MigrationFileError: it cannot be read.
    """
    try:
        # Half the time of Path.read_bytes, which a check of a thousand files would notice.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            data = os.read(descriptor, 8192)
            while more := os.read(descriptor, len(data) or 1):  # as much again, until there is no more
                data += more
        finally:
            os.close(descriptor)
    except OSError as error:
        raise MigrationFileError(f"{path} cannot be read: {error.strerror}", path=path) from error
    return data


def decode(data: bytes, path: str) -> str:
    """A migration's text; a NUL is refused because drivers take it for the end of the text.

    Raises:
        MigrationFileError: it is not UTF-8, or holds a NUL.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MigrationFileError(f"{path}:{line} is not UTF-8 text.", path=path, line=line) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise MigrationFileError(f"{path}:{line} holds a NUL character.", path=path, line=line)
    return text
