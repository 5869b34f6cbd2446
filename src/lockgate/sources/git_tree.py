"""A folder of migrations as git has it in a commit, read without a checkout."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import SettingsError
from lockgate.planning.names import normal_text
from lockgate.sources.asking_git import ask_git
from lockgate.sources.directory import Folder, decode, source_of
from lockgate.sources.layouts.reader import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.layouts import Layout
    from lockgate.nouns.migrations import Source
    from lockgate.sources.layouts.reader import Found

_git: Final = partial(ask_git, seconds=60.0)


class Commits(NamedTuple):
    """The commit that a reference names, and the one where the work at hand left its history."""

    tip: str
    left: str


def commits_of(reference: str, folder: Path) -> Commits:
    """Ask git for them. Blocks.

    Raises:
        SettingsError: there is no git, the folder is in no repository, or git knows no such reference.
    """
    tip = _said(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if tip is None:
        within = _said(folder, "rev-parse", "--is-inside-work-tree")
        raise SettingsError(
            f"git knows no {reference} here." if within else f"{folder} is in no repository of git.",
            hint="A checkout in CI often has one commit only: fetch the branch first, or the whole history."
            if within
            else "",
        )
    left = _said(folder, "merge-base", tip, "HEAD")
    if left is None:
        raise SettingsError(
            f"git knows no commit that HEAD and {reference} have in common.",
            hint="A checkout in CI often has a part of the history only: fetch all of it (`fetch-depth: 0`).",
        )
    return Commits(tip, left)


class GitFolder(Folder):
    """What a commit has where a folder of the disk is; nothing where it has no such folder."""

    def __init__(
        self, directory: Path, commit: str, layout: Layout | None, flavour: Callable[[], Flavour | None]
    ) -> None:
        super().__init__(directory, layout, flavour)
        self._files = _contents(directory, commit)
        self._folder = f"{commit[:12]}:{directory}/"

    def is_there(self) -> bool:
        """See `Folder`."""
        return bool(self._files)

    def source(self, found: Found) -> Source:
        """See `Disk`."""
        down = self._folder + found.down if found.down else None
        return source_of(found, normal_text(self._files[found.entry]), self.path(found.entry), down)

    def text(self, entry: str) -> str:
        """See `Disk`."""
        return decode(normal_text(self._files[entry]), self.path(entry))

    def below(self, folder: str) -> Sequence[str]:
        """See `Disk`."""
        listing = self.inside(folder)
        return [*listing.files, *listing.folders]

    def inside(self, folder: str) -> Listing:
        """See `Disk`."""
        begin = f"{folder}/" if folder else ""
        rest = [name.removeprefix(begin) for name in self._files if name.startswith(begin)]
        folders = dict.fromkeys(name.partition("/")[0] for name in rest if "/" in name)
        return Listing([name for name in rest if "/" not in name], list(folders))


def _contents(directory: Path, commit: str) -> dict[str, bytes]:
    """The bytes of each file below a folder in a commit, by its path from there."""
    listed = _git(directory, "ls-tree", "-r", "-z", commit)
    if listed is None:
        return {}
    entries = [line.split("\t", 1) for line in listed.decode(errors="surrogateescape").split("\0") if line]
    blobs = {name: said.split()[2] for said, name in entries if said.startswith("100")}  # no links, no submodules
    output = _git(directory, "cat-file", "--batch", given="".join(f"{blob}\n" for blob in blobs.values())) or b""
    found, at = dict[str, bytes](), 0
    for name in blobs:
        end = output.index(b"\n", at)
        size = int(output[at:end].split()[2])
        found[name], at = output[end + 1 : end + 1 + size], end + size + 2
    return found


def _said(folder: Path, *arguments: str) -> str | None:
    output = _git(folder, *arguments)
    return None if output is None else output.decode().strip()
