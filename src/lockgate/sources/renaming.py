"""Gives files of a folder other names: all of them, or none."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def rename_files(directory: Path, files: Iterable[tuple[str, str]]) -> None:
    """Rename each from its first name to its second. Blocks on the disk.

    Raises:
        SettingsError: one cannot be renamed, or its new name is taken; those before it have their old names again.
    """
    done = list[tuple[str, str]]()
    try:
        for old, new in files:
            if (directory / new).exists():
                raise FileExistsError(17, "there is one already", str(directory / new))
            (directory / old).rename(directory / new)
            done.append((old, new))
    except OSError as error:
        for old, new in reversed(done):
            with suppress(OSError):
                (directory / new).rename(directory / old)
        raise SettingsError(
            f"{error.filename} cannot be renamed, and nothing was changed: {error.strerror}."
        ) from error
