"""`new --auto`: asks what was renamed, writes the draft, and offers to record it where the database has it already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.cli.asking import agreed, can_ask
from lockgate.cli.calling import call
from lockgate.cli.output import say, say_json, warn
from lockgate.cli.scaffold import write_files
from lockgate.generating.drafting import Draft, Wish, draft
from lockgate.generating.renames import Rename
from lockgate.sources.folders import own_folder
from lockgate.sources.head_file import kept_head

if TYPE_CHECKING:
    from pathlib import Path

    from lockgate.cli.options import Shared


def write_draft(shared: Shared, description: str, *, sql: bool, from_database: bool) -> None:
    """Draft the migration, and write its files."""
    config = shared.config()
    folder = own_folder(config.directory)
    wish = Wish(description, sql, from_database)
    made, asked = _drafted(shared, wish), set[Rename]()
    # Once a table has its new name, its columns may turn out to have new ones as well.
    while renamed := _renamed(made, shared, asked):
        wish = wish._replace(renamed=wish.renamed + renamed)
        made = _drafted(shared, wish)
    with kept_head(config):
        paths = write_files(folder, made.files)
    _show(made, paths, shared)
    if made.is_applied and paths:
        _offer_stamp(paths[-1].name, shared)


def _drafted(shared: Shared, wish: Wish) -> Draft:
    return call(shared, lambda runner: draft(runner.config, wish))


def _renamed(made: Draft, shared: Shared, asked: set[Rename]) -> tuple[Rename, ...]:
    """What the user says has a new name, of what was not `asked` yet."""
    if shared.as_json or not can_ask():
        return ()
    new = [one for one in made.probable if one not in asked]
    asked.update(new)
    return tuple(one for one in new if agreed(_question(one), otherwise=""))


def _question(rename: Rename) -> str:
    if rename.column:
        return f"Is {rename.owner.name}.{rename.column} to be renamed to {rename.new}, and to keep its values?"
    return f"Is the table {rename.old} to be renamed to {rename.new}, and to keep its rows?"


def _show(made: Draft, paths: list[Path], shared: Shared) -> None:
    if shared.as_json:
        say_json(
            {
                "created": [str(path) for path in paths],
                "changed": [],
                "differences": [one.as_json() for one in made.differences],
                "probable_renames": [one.as_json(made.default) for one in made.probable],
                "is_applied": made.is_applied,
            }
        )
    elif not shared.flag("quiet"):
        for path in paths:
            say(f"Created {path}")
        if not paths:
            say("Nothing to write: the files give what the models ask for.")


def _offer_stamp(name: str, shared: Shared) -> None:
    """Auto mode has often made in the database already what the file says."""
    already = f"The database is already as {name} makes it"
    if shared.as_json or not can_ask():
        warn(f"{already}: `lockgate stamp {name}` records it as applied.")
    elif agreed(f"{already}. Record it as applied?", otherwise=f"`lockgate stamp {name}` does so later."):
        call(shared, lambda runner: runner.stamp(name, force=shared.flag("force")))
