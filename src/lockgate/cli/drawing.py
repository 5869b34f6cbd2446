"""`diagram`: reads the schema, draws it, and writes it where it is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lockgate.cli.calling import call
from lockgate.cli.output import say, say_json, warn
from lockgate.drawing.mermaid import mermaid
from lockgate.drawing.reading import Origin, schema_of
from lockgate.drawing.svg import svg
from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from lockgate.cli.options import Shared


def draw(shared: Shared, origin: str, form: str, output: str | None, only: tuple[str, ...]) -> None:
    """Draw it into a file or on stdout.

    Raises:
        SettingsError: the file cannot be written.
        LockgateError: as `schema_of`.
    """
    schema = call(shared, lambda runner: schema_of(runner.config, Origin(origin), only))
    text = svg(schema) if form == "svg" else mermaid(schema)
    if output:
        _write(Path(output), text)
    if only and not schema.tables:
        warn("No table has such a name.")
    if shared.as_json:
        said = {"from": origin, "format": form, "tables": len(schema.tables)}
        say_json({**said, "output": output, "text": None if output else text})
    elif not output:
        say(text.rstrip("\n"))
    elif not shared.flag("quiet"):
        say(f"Drew {len(schema.tables)} table{'s' * (len(schema.tables) != 1)}: {output}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error
