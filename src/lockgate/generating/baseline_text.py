"""The whole text of a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def baseline_text(head: str, statements: Iterable[str]) -> str:
    """The head, a comment of whole lines, and the statements, apart from each other where one has several lines."""
    said, after = [head], ""
    for statement in statements:
        apart = "\n" if "\n" in statement or "\n" in after or not after else ""
        said.append(f"{apart}{statement};\n")
        after = statement
    return "".join(said)
