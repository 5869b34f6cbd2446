"""Takes the code out of the documentation, with what the comments before a block say of it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"((?:<!-- \w+: [^>]* -->\n)*)```(\w+)\n(.*?)```", re.DOTALL)
_SAID = re.compile(r"<!-- (\w+): (.*?) -->")


@dataclass(frozen=True)
class Snippet:
    """A block of code: its language, its text, and what is said of it (`file`, `engine`, `command`, `module`, `config`)."""

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
    place = page.relative_to(ROOT).as_posix().removeprefix("docs/")
    return [
        Snippet(place, text.count("\n", 0, found.start(2)) + 1, found[2], found[3], dict(_SAID.findall(found[1])))
        for found in _BLOCK.finditer(text)
    ]


def config_of(what: str) -> str:
    """The block that configures another program, by what it says it is."""
    return next(one.text for one in ALL if one.said.get("config") == what)


def imported(snippet: Snippet, path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of a block of Python that was run as a module, which it stays for the time of the test."""
    module = ModuleType(path.stem)
    monkeypatch.setitem(sys.modules, module.__name__, module)  # Litestar looks a handler's module up
    exec(compile(snippet.text, str(path), "exec"), vars(module))
    return vars(module)


ALL = [snippet for page in PAGES for snippet in snippets(page)]
