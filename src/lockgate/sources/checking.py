"""Every file of the migrations is looked at, and nothing else: no database, no import, nothing of the files is executed."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lockgate.errors import Irreversible, MigrationFileError, SettingsError
from lockgate.nouns.directories import Directories
from lockgate.nouns.file_checks import FileFault, FilesReport
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction
from lockgate.planning.branches import Branch, disagreements
from lockgate.planning.names import normal_text
from lockgate.planning.python_text import check_migration, check_module, check_revision
from lockgate.sources.directory import decode
from lockgate.sources.folders import Folders, files_of, folder_on_disk
from lockgate.sources.head_file import check_own_head
from lockgate.sources.loading import load
from lockgate.sql.variables import VariableUnset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.migrations import Source
    from lockgate.nouns.plans import Problem
    from lockgate.settings.conclusions import Conclusions
    from lockgate.sources.folders import Files

_CONFLICT: Final = re.compile(r"^(?:<{7} .*\n(?s:.*?)^={7}$(?s:.*?)^)>{7} ", re.MULTILINE)


def check_files(config: Conclusions, against: str | None = None) -> FilesReport:
    """Check numbers, names and texts; `against` is a reference of git whose files count as applied.

    Without a database's URL, files are right that one of the databases would read. Blocks on the disk.

    Raises:
        SettingsError: there is no such folder, or git does not know the reference.
    """
    url = config.direct_url or config.database_url
    flavours = (Flavour(url.engine),) if url else tuple(Flavour)
    reports = list[FilesReport]()
    for flavour in flavours:
        reports.append(_as_read(config, flavour, against))
        if not reports[-1].faults:
            break
    return min(reports, key=lambda report: len(report.faults))


def _as_read(config: Conclusions, flavour: Flavour, against: str | None) -> FilesReport:
    files = files_of(config.directory, config.layout, lambda: flavour)
    try:
        sources = files.read()
    except MigrationFileError as error:
        return FilesReport(0, (_fault(error),), against)
    faults = (*_of_sources(sources, config, flavour), *_of_helpers(files), *_of_head(sources, config))
    problems, notes = _compared(sources, config, flavour, against) if against else ((), ())
    return FilesReport(len(sources), faults, against, problems, (*files.notes, *notes))


def _of_sources(sources: Sequence[Source], config: Conclusions, flavour: Flavour) -> Iterator[FileFault]:
    for source in sources:
        try:
            _check(source, config, flavour)
        except MigrationFileError as error:
            yield _fault(error)


def _check(source: Source, config: Conclusions, flavour: Flavour) -> None:
    """Check one migration; what only another tool can run, a program, is let be.

    Raises:
        MigrationFileError: it is wrong.
    """
    _refuse_conflict(source.text, source.origin)
    suffix = source.origin.lower().rpartition(".")[2]
    if source.revision:
        check_revision(source.text, source.origin)
    elif suffix == "py":
        check_migration(source.text, source.origin)
    elif suffix == "sql":
        for direction in Direction:
            _check_sql(source, direction, config.variables, flavour)


def _check_sql(source: Source, direction: Direction, variables: Sequence[tuple[str, str]], flavour: Flavour) -> None:
    try:
        with suppress(Irreversible):
            load([source], direction, flavour, variables)
    except VariableUnset as unset:  # it is set where the file runs; here its own name stands for it
        _check_sql(source, direction, [*variables, (unset.name, unset.name)], flavour)


def _of_helpers(files: Files) -> Iterator[FileFault]:
    for name, data in files.helpers():
        try:
            text = decode(normal_text(data), name)
            _refuse_conflict(text, name)
            check_module(text, name)
        except MigrationFileError as error:
            yield _fault(error)


def _of_head(sources: Sequence[Source], config: Conclusions) -> Iterator[FileFault]:
    try:
        if config.head_file:
            check_own_head(config.directory, sources)
    except MigrationFileError as error:
        yield _fault(error)


def _refuse_conflict(text: str, path: str) -> None:
    if "\n>>>>>>> " in text and (found := _CONFLICT.search(text)):
        line = text.count("\n", 0, found.start()) + 1
        raise MigrationFileError(f"{path}:{line} holds a conflict of a merge.", path=path, line=line)


def _fault(error: MigrationFileError) -> FileFault:
    """An error as a fault; what is wrong with a file that holds a conflict is the conflict."""
    path = Path(error.path)
    if path.is_file():
        with suppress(OSError):
            try:
                _refuse_conflict(path.read_text(encoding="utf-8", errors="replace"), error.path)
            except MigrationFileError as conflict:
                error = conflict if path.name != "HEAD" else error
    return FileFault(error.path, error.line, error.message, error.hint)


def _compared(
    sources: Sequence[Source], config: Conclusions, flavour: Flavour, reference: str
) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    from lockgate.sources.git_tree import commits_of  # noqa: PLC0415 - most checks ask no git

    folders = _on_disk(config)
    commits = commits_of(reference, next(folder for _, folder in folders))
    try:
        tip, left = (_at(commit, folders, config, flavour) for commit in commits)
    except MigrationFileError as error:  # a branch that mends what is wrong there must not be held up by it
        return (), (f"Nothing is compared with {reference}, where the files cannot be read: {error.message}",)
    return disagreements(sources, Branch(reference, tip, left), config.order), ()


def _on_disk(config: Conclusions) -> list[tuple[str, Path]]:
    """The folders that may be in the repository, by namespace; what is installed elsewhere is no branch's to change."""
    places = config.directory.places if isinstance(config.directory, Directories) else (("", config.directory),)
    folders = [(name, folder) for name, place in places if (folder := folder_on_disk(place))]
    if not folders:
        raise SettingsError(f"{config.directory} is no folder on the disk, so git cannot be asked for it.")
    return folders


def _at(commit: str, folders: Sequence[tuple[str, Path]], config: Conclusions, flavour: Flavour) -> tuple[Source, ...]:
    from lockgate.sources.git_tree import GitFolder  # noqa: PLC0415 - as above

    layouts = {"": config.layout}
    several = [(name, GitFolder(folder, commit, layouts.get(name), lambda: flavour)) for name, folder in folders]
    return Folders(several).read_if_there()
