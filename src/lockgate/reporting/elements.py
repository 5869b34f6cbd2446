"""The few parts that the page is made of; every text is escaped on its way in, but what is called markup."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockgate.nouns.rehearsals import LockMode
    from lockgate.nouns.schema_reports import Difference

_TICKED: Final = re.compile(r"`([^`\n]+)`")
_SIGNS: Final = {"models": "+", "database": "−"}


def section(title: str, place: str, *markup: str) -> str:
    """A part of the page under a heading, that a link can lead to."""
    return f'<section id="{place}">\n<h2>{escape(title)}</h2>\n{chr(10).join(markup)}\n</section>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text."""
    return f"<p{_class(kind)}>{prose(text)}</p>"


def prose(text: str) -> str:
    """A sentence; what stands in backticks is code."""
    return _TICKED.sub(r"<code>\1</code>", escape(text))


def listed(items: Iterable[str], kind: str = "") -> str:
    """A list of markup; "" where there is nothing."""
    lines = "\n".join(f"<li>{item}</li>" for item in items)
    # A list that shows no markers is none to Safari's reader, unless it is told so.
    return f'<ul{_class(kind)} role="list">\n{lines}\n</ul>' if lines else ""


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Sequence[int] = (),
    *,
    told: Sequence[int] = (),
) -> str:
    """A table of markup, of which each row becomes a block where the page is narrow; a row's first cell is its header.

    Args:
        numbers: the places of the columns that are numbers.
        told: the places of those whose head has to stand beside them in such a block.
    """
    kinds = [_class("number" if place in numbers else "") for place in range(len(heads))]
    top = "".join(f'<th scope="col"{kind}>{escape(head)}</th>' for head, kind in zip(heads, kinds, strict=True))
    labels = [f' data-head="{escape(head)}"' if place in told else "" for place, head in enumerate(heads)]
    body = "\n".join(_row(row, kinds, labels) for row in rows)
    inner = f"<caption>{escape(caption)}</caption>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>"
    return scrolling(f"<table>\n{inner}\n</table>", caption)


def _row(cells: Sequence[str], kinds: Sequence[str], labels: Sequence[str]) -> str:
    first, *rest = cells
    others = "".join(
        f"<td{kind}{label}>{cell}</td>" for cell, kind, label in zip(rest, kinds[1:], labels[1:], strict=True)
    )
    return f'<tr><th scope="row">{first}</th>{others}</tr>'


def scrolling(markup: str, label: str, kind: str = "") -> str:
    """What may be wider than the page, in a box of its own that the keyboard reaches."""
    classes = f"scroll {kind}".strip()
    return f'<div class="{classes}" tabindex="0" role="region" aria-label="{escape(label)}">{markup}</div>'


def folded(summary: str, markup: str) -> str:
    """What is seen when it is asked for, and in print."""
    return f"<details>\n<summary>{escape(summary)}</summary>\n{markup}\n</details>"


def code(text: str) -> str:
    """A name, or a piece of a statement."""
    return f"<code>{escape(text)}</code>"


def sql(text: str) -> str:
    """A statement or several, as they are written."""
    return f"<pre><code>{escape(text)}</code></pre>"


def mode_chip(mode: LockMode) -> str:
    """A lock's mode; its colour says what its name says."""
    return f'<span class="mode {strength(mode)}">{mode.words}</span>'


def strength(mode: LockMode) -> str:
    """What a lock keeps others from, as a class of style is called: nothing, changing, writing, all."""
    if mode.bars_reading:
        return "bars-all"
    if mode.bars_writing:
        return "bars-writing"
    return "bars-changing" if mode.words == "SHARE UPDATE EXCLUSIVE" else "bars-nothing"


def sign_of(one: Difference) -> str:
    """The sign that the diagram too has beside a change: added, dropped, or otherwise changed."""
    return _SIGNS.get(one.only_in, "~")


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
