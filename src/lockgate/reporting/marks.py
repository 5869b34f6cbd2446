"""The few parts that the Markdown is made of; what comes from a database or a file can neither format, mention nor refer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FORMATS: Final = re.compile(r"[\\`*_\[\]|~]")
_REFERS: Final = re.compile(r"(?<!&)([@#])(?=\w)")
_TICKED: Final = re.compile(r"`([^`\n]+)`")
_BAR: Final = re.compile(r"(?<!\\)\|")
_ENTITIES: Final = {38: "&amp;", 60: "&lt;", 62: "&gt;"}


def plain(text: str) -> str:
    """A text on one line that stays as it is; a person or an issue that it names is not called."""
    line = " ".join(text.split()).translate(_ENTITIES)
    return _REFERS.sub("\\1\u200b", _FORMATS.sub(r"\\\g<0>", line))


def prose(text: str) -> str:
    """A sentence; what stands in backticks is code."""
    parts = _TICKED.split(text)
    return "".join(code(part) if number % 2 else _within(part) for number, part in enumerate(parts))


def _within(text: str) -> str:
    """As `plain`, with the blanks at both ends."""
    said = plain(text)
    return f"{' ' * text[:1].isspace()}{said}{' ' * text[-1:].isspace()}" if said else " " * bool(text)


def code(text: str) -> str:
    """A name, or a piece of a statement."""
    line = " ".join(text.split())
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fenced(text: str, language: str) -> str:
    """A block of code."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of markup. A bar ends a cell there, within code as well."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_within_a_cell, cells))} |" for cells in lines)


def _within_a_cell(markup: str) -> str:
    return _BAR.sub(r"\|", markup)


def bullets(items: Iterable[str]) -> str:
    """A list of markup."""
    return "\n".join(f"- {item}" for item in items)


def folded(summary: str, markup: str) -> str:
    """What is seen when it is asked for."""
    said = summary.translate(_ENTITIES)
    return f"<details>\n<summary>{said}</summary>\n\n{markup}\n\n</details>"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
