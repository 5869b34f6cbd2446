"""What was found, as a table in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecosystem.laws import LAWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecosystem.playing import Play


def table(plays: Sequence[Play]) -> str:
    """A row for each package and engine: the seconds of each law that holds."""
    rows = [["package", "version", "tables", "engine", *LAWS], ["---"] * (4 + len(LAWS))]
    rows += [_row(play) for play in plays]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(play: Play) -> list[str]:
    head = [play.package.name, play.package.version, "?" if play.tables is None else str(play.tables), play.engine]
    found = {one["law"]: _cell(play, one) for one in play.laws}
    if play.impossible:
        refused = "not even create_all does" if found.get("refuses") != "**broken**" else "**broken**"
        return [*head, refused, *["–"] * (len(LAWS) - 1)]
    return [*head, *(found.get(law, "") for law in LAWS)]


def _cell(play: Play, law: dict[str, Any]) -> str:
    if "broken" in law:
        return f"known: {play.limit(law['law'])}" if play.limit(law["law"]) else "**broken**"
    return f"{law['seconds']:.0f} s"
