"""Which files of a folder were there first, as far as git knows."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lockgate.errors import SettingsError
from lockgate.sources.asking_git import ask_git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SECONDS: Final = 10.0
_MAIN: Final = "origin/HEAD"


def first_added(folder: Path, names: Sequence[str]) -> list[str]:
    """The names in the order in which git got to know them; where it does not know, they keep theirs. Blocks.

    What the main branch of `origin` has comes first, because others may have run it; what is not committed comes last.
    """
    in_main = set(_lines(folder, "ls-tree", "-z", "--name-only", _MAIN, "--", *names))
    newest_first = _lines(
        folder, "log", "-z", "--format=", "--name-only", "--no-renames", "--diff-filter=A", "--relative", "--", *names
    )
    place = {name: place for place, name in enumerate(reversed(newest_first))}
    return sorted(names, key=lambda name: (name not in in_main, place.get(name, len(place))))


def _lines(folder: Path, *command: str) -> list[str]:
    """What git prints; nothing where there is no git, or no repository, or it has no answer in time."""
    said: bytes | None = None
    with suppress(SettingsError):
        said = ask_git(folder, *command, seconds=_SECONDS)
    text = (said or b"").decode(errors="surrogateescape")
    return [line.strip("\n") for line in text.split("\0") if line.strip("\n")]
