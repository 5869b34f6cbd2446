"""The Markdown: what it says, that nothing of a database formats or calls, and that it fits into a comment."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from asgi.engines import FIRST
from lockgate.nouns.findings import LintReport
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction
from lockgate.nouns.rehearsals import Rehearsal, Rehearsed, Sent
from lockgate.reporting import markdown
from lockgate.reporting.marks import code, fenced, plain, table
from reporting.scene import REASON, SECRET, busy, given, rehearsed

if TYPE_CHECKING:
    from conformance.bench import Bench

GITHUB = 65_536
_LISTS = {"ul", "li", "p", "strong", "code", "pre", "h3", "h4", "details", "summary", "sub"}
_OWN_TAGS = {*_LISTS, "table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.asyncio
@pytest.mark.parametrize("engine", [FIRST], indirect=True)
async def test_it_says_in_short_what_the_page_says(bench: Bench) -> None:
    await given(bench)
    found = await rehearsed(bench)
    text = markdown(busy(found.rehearsal), found.lint)
    headline, *_ = text.splitlines()
    assert headline.startswith(r"### Lockgate: 4 migrations are pending; the gravest, 002\_widen.sql, rewrites ")
    rows = [line for line in text.splitlines() if line.startswith("| `00")]
    assert [row.split(" | ")[:2] for row in rows] == [
        ["| `002_widen.sql`", "ACCESS EXCLUSIVE"],
        ["| `003_index.sql`", "SHARE UPDATE EXCLUSIVE"],
        ["| `004_hostile.sql`", "ACCESS EXCLUSIVE"],
        ["| `005_legacy.sql`", "ACCESS EXCLUSIVE"],
    ]
    for words in (
        "nothing can read videos meanwhile",
        "**✕ error** `rewrites-table` line 2",
        f"It is allowed: {plain(REASON)}",
        "- `~` column type videos.views from integer to bigint",
        "```mermaid\nerDiagram\n",
        '["~ videos"]',
        "| `videos` | 40,000 |",
        "nightly &lt;export&gt;",
        "✕ **Data that goes**: 1 table · ! **Rolling back**: 005\\_legacy.sql has no down",
        "`ALTER TABLE videos ALTER COLUMN views TYPE bigint` rewrites",
        "ALTER TABLE videos ALTER COLUMN views TYPE bigint;\n",
    ):
        assert words in text, words
    assert SECRET not in text
    assert len(text) < GITHUB
    _assert_is_tame(text)


def _assert_is_tame(text: str) -> None:
    """See that nothing but what the report itself is made of becomes markup, and that nobody is called."""
    shown = _Shown()
    shown.feed(MarkdownIt("commonmark").enable("table").render(text))
    assert shown.tags <= _OWN_TAGS
    assert "alert(1)" in shown.text
    assert "@team" not in shown.text
    assert any("@team" in one for one in shown.code)


class _Shown(HTMLParser):
    """What is shown: the tags, the text outside code, and the pieces of code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text, self.code = "", list[str]()
        self._in_code = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        self._in_code = tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._in_code = False

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.code.append(data)
        else:
            self.text += data


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a_b *c* `d` [e](f) | g", r"a\_b \*c\* \`d\` \[e\](f) \| g"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("of @team, see #12", "of @\u200bteam, see #\u200b12"),
        ("two\n\nlines", "two lines"),
    ],
)
def test_a_text_stays_as_it_is(text: str, wanted: str) -> None:
    assert plain(text) == wanted


def test_code_ends_where_it_is_said_to() -> None:
    assert code("a `b` | c") == "``a `b` | c``"
    assert code("`b`") == "`` `b` ``"
    assert fenced("a ```` b", "sql") == "`````sql\na ```` b\n`````"


def test_a_bar_stays_within_its_cell() -> None:
    lines = table(("A", "B"), [(code("a | b"), plain("c | d"))]).splitlines()
    assert lines[-1] == r"| `a \| b` | c \| d |"
    shown = _Shown()
    shown.feed(MarkdownIt("commonmark").enable("table").render("\n".join(lines)))
    assert (shown.code, shown.text.split()[-3:]) == (["a | b"], ["c", "|", "d"])


def _run(count: int, statement: str, statements: int = 1) -> Rehearsal:
    sent = tuple(Sent(statement) for _ in range(statements))
    migrations = tuple(
        Rehearsed(f"{number:03}_x.sql", f"{number:03}_x.sql", "", Direction.UP, sent=sent) for number in range(count)
    )
    return Rehearsal(Flavour.POSTGRESQL, Direction.UP, migrations)


@pytest.mark.parametrize("run", [_run(1, "SELECT 1", 20_000), _run(1, "x" * 100_000), _run(3_000, "SELECT 1")])
def test_what_does_not_fit_is_cut_and_that_is_said(run: Rehearsal) -> None:
    text = markdown(run, LintReport())
    assert len(text) <= 65_000
    assert "**Cut**, for a comment holds no more: the SQL." in text
    assert text.count("<details>") == text.count("</details>")
    assert len(re.findall(r"^```", text, re.MULTILINE)) % 2 == 0
    assert "Rolling back" in text


def test_what_fits_is_not_cut() -> None:
    assert "Cut" not in markdown(_run(2, "SELECT 1"), LintReport())


def test_nothing_pending_is_one_line() -> None:
    assert markdown(replace(_run(1, ""), migrations=()), LintReport()) == "### Lockgate: Nothing is pending.\n"
