"""Takes the code out of the documentation, with what the comments before a block say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
_BLOCK = re.compile(r"((?:<!-- \w+: [^>]* -->\n)*)```(\w+)\n(.*?)```", re.DOTALL)
_SAID = re.compile(r"<!-- (\w+): (.*?) -->")


@dataclass(frozen=True)
class Snippet:
    """A block of code: its language, its text, and what is said of it (`file`, `engine`, `command`, `module`)."""

    page: str
    line: int
    language: str
    text: str
    said: dict[str, str]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def snippets(page: Path) -> list[Snippet]:
    """The blocks of one page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Snippet(page.name, text.count("\n", 0, found.start(2)) + 1, found[2], found[3], dict(_SAID.findall(found[1])))
        for found in _BLOCK.finditer(text)
    ]


ALL = [snippet for page in PAGES for snippet in snippets(page)]
