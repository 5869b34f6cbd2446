"""`squash`, `baseline` and `renumber`: ask, write and remove files, and say so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from lockgate.cli.asking import demand
from lockgate.cli.calling import call
from lockgate.cli.output import say, say_json
from lockgate.cli.scaffold import write_files
from lockgate.errors import SettingsError
from lockgate.gate import check_versioned
from lockgate.generating.baselining import baseline
from lockgate.generating.renumbering import renumber
from lockgate.generating.squashing import squash
from lockgate.sources.folders import own_folder
from lockgate.sources.head_file import write_head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.cli.options import Shared
    from lockgate.nouns.migrations import Source
    from lockgate.nouns.reports import RecordReport


_NOTHING: Final[dict[str, list[str]]] = {"created": [], "removed": [], "recorded": []}


def squash_folder(shared: Shared, to: str | None, *, dry_run: bool, yes: bool) -> None:
    """Replace the first files of the folder by one."""
    made = call(shared, lambda runner: squash(runner.config, to))
    replaced, config = made.replaced, shared.config()
    folder = own_folder(config.directory)
    question = (
        f"Replace {len(replaced)} migrations, {replaced[0].name} to {replaced[-1].name}, by {made.name}?"
        " Their files are removed; commit them first."
    )
    written = not dry_run and (yes or demand(question, "files"))
    removed = [path for source in replaced for path in _paths(source)]
    if written:
        write_files(folder, {made.name: made.text})
        _remove(removed)
        write_head(config)
    if dry_run or written:
        _show(shared, folder / made.name, removed, (), "" if written else made.text)
    elif shared.as_json:
        say_json(_NOTHING)


def begin_folder(shared: Shared, description: str, *, dry_run: bool, yes: bool) -> None:
    """Write the first file from the database, and record it there."""
    config, force = shared.config(), shared.flag("force")
    folder = own_folder(config.directory)
    if not dry_run:
        check_versioned(config, force=force)
    made = call(shared, lambda runner: baseline(runner.config, description))
    question = f"Write {made.name}, and record it in this database as applied, without running it?"
    written = not dry_run and (yes or demand(question, "the record"))
    if written:
        (path,) = write_files(folder, {made.name: made.text})
        write_head(config)
        _record(shared, path)
    if dry_run or written:
        _show(shared, folder / made.name, (), (made.name,), "" if written else made.text)
    elif shared.as_json:
        say_json(_NOTHING)


def renumber_folder(shared: Shared, name: str | None, *, dry_run: bool) -> None:
    """Rename the files of what moves to the end."""
    report = call(shared, lambda runner: renumber(runner.config, name, dry_run=dry_run))
    if shared.as_json:
        say_json(report.as_json())
    elif not shared.flag("quiet"):
        for old, new in report.renamed:
            say(f"{'Would rename' if dry_run else 'Renamed'} {old} to {new}")
        if not report.renamed:
            say("Nothing is to be moved.")


def _record(shared: Shared, path: Path) -> RecordReport:
    """Record the file; where that fails it is gone again, so that it is not run in a database that has it all."""
    try:
        return call(shared, lambda runner: runner.stamp(path.name, force=shared.flag("force")))
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _paths(source: Source) -> list[Path]:
    return [Path(path) for path in (source.path, source.down_path) if path]


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        try:
            path.unlink()
        except OSError as error:
            raise SettingsError(
                f"The baseline is written, but {path} cannot be removed: {error.strerror}.",
                hint="Remove by hand what the head of the baseline lists.",
            ) from error


def _show(shared: Shared, created: Path, removed: Sequence[Path], recorded: Sequence[str], text: str) -> None:
    if shared.as_json:
        files = {"created": [str(created)], "removed": [str(path) for path in removed]}
        say_json({**files, "recorded": list(recorded)})
        return
    if shared.flag("quiet"):
        return
    would = "Would have c" if text else "C"
    say(f"{would}reated {created}")
    if removed:
        say(f"{would[:-1]}{'r' if text else 'R'}emoved {len(removed)} files, {removed[0].name} to {removed[-1].name}")
    for name in recorded:
        say(f"{name}: {'would be ' if text else ''}recorded as applied")
    if text:
        say(f"\n{text}")
