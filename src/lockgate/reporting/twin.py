"""A report as Markdown, short enough for a comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.drawing.mermaid import mermaid
from lockgate.drawing.shortening import visible
from lockgate.nouns.findings import Severity
from lockgate.rehearsing.script import script
from lockgate.rehearsing.verdicts import circumstances, in_bytes
from lockgate.reporting.contents import Contents, duration, tally
from lockgate.reporting.elements import sign_of
from lockgate.reporting.marks import bullets, code, fenced, folded, plain, prose, table
from lockgate.reporting.points import points
from lockgate.reporting.words import (
    MASKED,
    NO_CHANGE,
    NO_SCHEMA,
    WITHOUT_ROWS,
    back,
    commands,
    said,
    split,
    took,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockgate.nouns.findings import Finding, LintReport
    from lockgate.nouns.rehearsals import Rehearsal, Rehearsed
    from lockgate.rehearsing.verdicts import Verdict

# GitHub takes no comment of more than 65,536 characters.
LONGEST: Final = 65_000
_CLOSING: Final = 1_000  # kept for the sentence that says what is missing
_LONGEST_DIAGRAM: Final = 12_000
_MOST_ROWS: Final = 100
_MOST_CHANGES: Final = 40
_NAMED: Final = 6  # of what is missing
_WORDS: Final = {Severity.ERROR: "✕ error", Severity.WARNING: "! warning", Severity.INFO: "i info"}


class _Part(NamedTuple):
    """A part that is either there as a whole or left out, but for the text of a fold, which may be cut."""

    name: str
    text: str
    summary: str = ""


def markdown(rehearsal: Rehearsal, lint: LintReport) -> str:
    """The Markdown, of at most 65,000 characters; what had to be left out or cut is said at its end.

    Args:
        lint: what was found in the rehearsal.
    """
    contents = Contents.of(rehearsal, lint)
    if not rehearsal.migrations:
        return f"### Lockgate: {plain(contents.headline)}\n"
    done, missing, left = list[str](), list[str](), LONGEST - _CLOSING
    for part in _parts(contents):
        text, is_whole = _fitting(part._replace(text=visible(part.text)), left)
        if text:
            done.append(text)
            left -= len(text) + 2
        if not is_whole:
            missing.append(part.name)
    if missing:
        names = [*missing[:_NAMED], *([f"{len(missing) - _NAMED} more"] if len(missing) > _NAMED else [])]
        done.append(
            f"**Cut**, for a comment holds no more: {', '.join(names)}. The page of `lockgate report --html` has all."
        )
    return "\n\n".join(done) + "\n"


def _fitting(part: _Part, left: int) -> tuple[str, bool]:
    whole = folded(part.summary, fenced(part.text, "sql")) if part.summary else part.text
    if len(whole) + 2 <= left:
        return whole, True
    room = left - (len(whole) - len(part.text)) - 100
    if not part.summary or room < 500:
        return "", False
    kept = part.text[:room].rpartition("\n")[0]
    return folded(f"{part.summary}, cut", fenced(f"{kept}\n-- … cut", "sql")), False


def _parts(contents: Contents) -> Iterator[_Part]:
    """The most important first, for what comes last is cut."""
    told = " · ".join(f"{one.weight.sign} **{one.asked}**: {plain(one.answer)}" for one in points(contents))
    head = [f"### Lockgate: {plain(contents.headline)}", told, plain(took(contents.rehearsal))]
    yield _Part("the headline", "\n\n".join(part for part in head if part))
    yield _Part("the table", _table(contents))
    yield _Part("what it does to others", _verdicts(contents))
    yield from _findings(contents)
    yield _Part("what changes", f"#### What changes\n\n{_changes(contents)}")
    yield from _diagram(contents)
    yield from _live(contents)
    ways = [f"{code(command)} {prose(does)}" for command, does in commands(contents)]
    lost = [f"{code(sign_of(one))} {plain(said(one))}" for one in contents.rehearsal.unrestored or ()]
    yield from _listed("Rolling back", [*map(prose, back(contents)), *lost[:_MOST_CHANGES], *ways])
    differs = [
        f"The target has, compared with what the scratch began with: {plain(said(one))}"
        for one in contents.rehearsal.differs[:_MOST_CHANGES]
    ]
    yield from _listed("Not known", [*map(prose, unknown(contents)), *differs])
    yield _Part("the SQL", script(contents.rehearsal), f"The SQL. {MASKED.replace('`', '')}")


def _live(contents: Contents) -> Iterator[_Part]:
    live = contents.rehearsal.live
    if live is None:
        return
    rows = [
        (code(one.table), one.rows, in_bytes(one.facts.bytes), one.mode.words) for one in contents.sizes[:_MOST_ROWS]
    ]
    sizes = table(("Table", "Rows, as estimated", "Size with indexes", "Strongest lock"), rows) if rows else ""
    notes = bullets(map(prose, circumstances(contents.rehearsal)))
    if sizes or notes:
        text = "\n\n".join(part for part in ("#### The database now", sizes, notes) if part)
        yield _Part("the database now", text)


def _listed(title: str, items: Iterable[str]) -> Iterator[_Part]:
    text = bullets(items)
    if text:
        yield _Part(title.lower(), f"#### {title}\n\n{text}")


def _table(contents: Contents) -> str:
    all_ = contents.rehearsal.migrations
    heads = ("Migration", "Gravest lock", "For others", "In the scratch", "Down", "Findings")
    shown = table(heads, (_row(one, contents) for one in all_[:_MOST_ROWS]))
    more = f"\n\n… and {len(all_) - _MOST_ROWS} more migrations." if len(all_) > _MOST_ROWS else ""
    ran = any(one.seconds is not None for one in all_)
    return f"{shown}{more}" + (f"\n\n<sub>{WITHOUT_ROWS}</sub>" if ran else "")


def _row(one: Rehearsed, contents: Contents) -> tuple[str, ...]:
    found = contents.gravest(one)
    words = f"{found.table}: {found.means}" if found.table else found.means
    return (
        code(one.name),
        found.lock,
        f"{found.weight.sign} {plain(words)}",
        duration(one.seconds),
        "yes" if one.reversible else "**no**",
        tally(contents.findings.get(one.name, ())),
    )


def _verdicts(contents: Contents) -> str:
    found = [(one, verdict) for one in contents.rehearsal.migrations for verdict in contents.verdicts.get(one.name, ())]
    grave = [(one, verdict) for one, verdict in found if verdict.grave]
    if not grave:
        return "Nothing is rewritten or read as a whole under a lock that keeps others out." if found else ""
    lines = [_verdict(*pair) for pair in grave[:_MOST_CHANGES]]
    more = [f"… and {len(grave) - _MOST_CHANGES} more"] if len(grave) > _MOST_CHANGES else []
    return bullets([*lines, *more])


def _verdict(migration: Rehearsed, one: Verdict) -> str:
    statement, words = split(one, migration)
    said = f"{code(statement)} {plain(words)}" if statement else plain(words)
    return f"{code(one.migration)}{_at(one.line)}: {said}"


def _at(line: int | None) -> str:
    return "" if line is None else f" line {line}"


def _findings(contents: Contents) -> Iterator[_Part]:
    for number, migration in enumerate(
        one.name for one in contents.rehearsal.migrations if one.name in contents.findings
    ):
        found = contents.findings[migration]
        minor = [one for one in found if one.allowed is None and one.severity is Severity.INFO]
        parts = [f"**{code(migration)}**", bullets(_finding(one) for one in found if one not in minor)]
        parts.append(folded(f"{len(minor)} info", bullets(map(_finding, minor))) if minor else "")
        title = "" if number else "#### Findings\n\n"
        yield _Part(f"the findings of {code(migration)}", title + "\n\n".join(part for part in parts if part))


def _finding(one: Finding) -> str:
    place = f"{code(one.rule)}{_at(one.line)}"
    if one.allowed is not None:
        return f"✓ allowed {place}: {plain(one.what)} It is allowed: {plain(one.allowed)}"
    rewrite = f" Instead: {code(one.rewrite)}" if one.rewrite else ""
    return f"**{_WORDS[one.severity]}** {place}: {prose(one.what)} {prose(one.advice)}{rewrite}"


def _changes(contents: Contents) -> str:
    if contents.rehearsal.after is None:
        return NO_SCHEMA
    found = contents.differences
    lines = [f"{code(sign_of(one))} {plain(said(one))}" for one in found[:_MOST_CHANGES]]
    more = [f"… and {len(found) - _MOST_CHANGES} more"] if len(found) > _MOST_CHANGES else []
    return bullets([*lines, *more]) or NO_CHANGE


def _diagram(contents: Contents) -> Iterator[_Part]:
    after = contents.rehearsal.after
    if after is None or not contents.changes:
        return
    drawn = mermaid(after, contents.changes)
    if len(drawn) <= _LONGEST_DIAGRAM:
        yield _Part("the diagram", fenced(drawn, "mermaid"))
    else:
        yield _Part("the diagram", "The diagram is too large for this place; the HTML has it.")
