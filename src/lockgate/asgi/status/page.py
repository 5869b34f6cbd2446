"""The page for people: what the document says, as HTML without a script."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from html import escape
from importlib.resources import files
from itertools import groupby
from string import Template
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockgate.asgi.status.looking import Look


class _Words(NamedTuple):
    tone: str
    mark: str
    title: str
    lead: str


_WORDS: Final[Mapping[str | None, _Words]] = {
    "current": _Words("good", "✓", "Current", "Every migration is applied."),
    "ahead": _Words("good", "✓", "Ahead", "The database has newer migrations than this code, as in a rolling deploy."),
    "behind": _Words("waiting", "…", "Behind", "Migrations are pending."),
    "locked": _Words("waiting", "…", "Locked", "Migrations are pending, and another process is at work."),
    "diverged": _Words("bad", "!", "Diverged", "An applied migration was edited, or its file is gone."),
    None: _Words("bad", "!", "Unknown", "The status could not be read."),
}


class Page:
    """Fills in the page.

    Attributes:
        policy: the Content-Security-Policy: nothing but the page's own style, known by its hash, and its empty icon.
    """

    def __init__(self) -> None:
        folder = files("lockgate.asgi.status")
        self._style = folder.joinpath("page.css").read_text(encoding="utf-8")
        self._template = Template(folder.joinpath("page.html").read_text(encoding="utf-8"))
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;"
            " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    def show(self, look: Look) -> str:
        """The page of a look."""
        document = look.document
        words = _WORDS[document["state"]]
        return self._template.substitute(
            words._asdict(),
            style=self._style,
            environment=escape(document["environment"] or "unset"),
            database=escape(document["database"] or "not named"),
            readiness="Ready, probes get 200" if look.ready else "Not ready, probes get 503",
            sections="\n".join((*_problems(document), *_pending(document), *_applied(document))),
            seen=_time(look.at.isoformat(timespec="seconds")),
        )


def _problems(document: Mapping[str, Any]) -> Iterator[str]:
    if document["problems"]:
        yield _section("Problems", document["problems"], _list("problems", map(_problem, document["problems"])))


def _problem(problem: Mapping[str, str]) -> str:
    return f"<strong>{escape(problem['kind'].replace('_', ' '))}</strong> {escape(problem['detail'])}"


def _pending(document: Mapping[str, Any]) -> Iterator[str]:
    if document["pending"]:
        names = (_name(one) for one in document["pending"])
        yield _section("Pending", document["pending"], _list("pending", names, "ol"))


def _applied(document: Mapping[str, Any]) -> Iterator[str]:
    rows = document["applied"]
    if rows:
        batches = groupby(reversed(rows), key=lambda row: row["batch_no"])
        timeline = _list("timeline", (_batch(number, list(batch)) for number, batch in batches), "ol")
        yield _section("Applied", rows, f'<p class="note">Newest first; times are UTC.</p>\n{timeline}')
    elif document["state"] is not None:
        yield _section("Applied", rows, '<p class="note">Nothing is applied yet.</p>')


def _batch(number: int, rows: list[Mapping[str, Any]]) -> str:
    names = _list("names", (f"{_name(row)} {_time(row['applied_at'])}" for row in rows), "ol")
    return f"<h3>Batch {number}</h3>\n{names}"


def _section(title: str, what: list[Any], body: str) -> str:
    return f"<section>\n<h2>{title} <span>{len(what)}</span></h2>\n{body}\n</section>"


def _list(kind: str, items: Iterable[str], tag: str = "ul") -> str:
    lines = "\n".join(f"<li>{item}</li>" for item in items)
    # A list that shows no markers is none to Safari's reader, unless it is told so.
    return f'<{tag} class="{kind}" role="list">\n{lines}\n</{tag}>'


def _name(row: Mapping[str, str]) -> str:
    return f"<code>{escape(row['name'])}</code>"


def _time(moment: str) -> str:
    shown = datetime.fromisoformat(moment).strftime("%Y-%m-%d %H:%M:%S")
    return f'<time datetime="{escape(moment)}">{shown}</time>'
