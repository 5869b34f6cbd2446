"""The parts of the page that are about the migrations, one by one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from lockgate.nouns.findings import Severity
from lockgate.rehearsing.verdicts import named
from lockgate.reporting.contents import counted, duration, tally
from lockgate.reporting.elements import code, folded, listed, mode_chip, paragraph, section, sql, table
from lockgate.reporting.spans import numbered, time_line
from lockgate.reporting.time_line import drawn_time_line
from lockgate.reporting.words import WITHOUT_ROWS, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.findings import Finding
    from lockgate.nouns.rehearsals import Rehearsed, Touch
    from lockgate.rehearsing.verdicts import Verdict
    from lockgate.reporting.contents import Contents
    from lockgate.reporting.gravest import Gravest
    from lockgate.reporting.spans import Ran

_INDEXES: Final = frozenset("iI")  # what happens to one happens to its table
_LONGEST: Final = 4000
_SIGNS: Final = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.INFO: "i"}


def glance(contents: Contents) -> str:
    """All migrations in a table."""
    rows = [_row(number, one, contents) for number, one in enumerate(contents.rehearsal.migrations, 1)]
    heads = ("Migration", "Gravest lock", "For others", "In the scratch", "Findings")
    return section("At a glance", "glance", table("The migrations, in their order", heads, rows, (3,), told=(3, 4)))


def _row(number: int, one: Rehearsed, contents: Contents) -> tuple[str, ...]:
    found = contents.gravest(one)
    lock = mode_chip(found.mode) if found.mode else f'<span class="quiet">{found.lock}</span>'
    return (
        f'<a href="#migration-{number}">{code(one.name)}</a>',
        lock,
        _weighed(found),
        escape(duration(one.seconds)),
        _tallied(contents.findings.get(one.name, ())),
    )


def _tallied(findings: Sequence[Finding]) -> str:
    return ", ".join(f'<span class="whole">{escape(part)}</span>' for part in tally(findings).split(", "))


def _weighed(found: Gravest) -> str:
    words = found.means if not found.table else f"{found.table}: {found.means}"
    return (
        f'<span class="weight {found.weight.word}"><b aria-hidden="true">{found.weight.sign}</b> {escape(words)}</span>'
    )


def migrations(contents: Contents) -> str:
    """Each migration: what it does to others, when, and what is risky about it."""
    all_ = contents.rehearsal.migrations
    ran = any(one.seconds is not None for one in all_)
    parts = [_migration(number, one, contents) for number, one in enumerate(all_, 1)]
    return section("The migrations", "migrations", *([paragraph(WITHOUT_ROWS, "note")] if ran else []), *parts)


def _migration(number: int, one: Rehearsed, contents: Contents) -> str:
    parts = [
        f'<article id="migration-{number}" aria-labelledby="name-{number}">',
        f'<h3 id="name-{number}">{code(one.name)}</h3>',
        _facts(one),
        _verdicts(one, contents),
        _drawn(one),
        _findings(contents.findings.get(one.name, [])),
        _statements(one),
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _facts(one: Rehearsed) -> str:
    facts = [
        "one transaction" if one.transactional else "step by step, each in a transaction of its own or in none",
        f"{duration(one.seconds)} in the scratch" if one.seconds is not None else "not run in a scratch",
        "has a down" if one.reversible else "has no down",
    ]
    return paragraph(" · ".join(facts), "note")


def _verdicts(one: Rehearsed, contents: Contents) -> str:
    found = contents.verdicts.get(one.name, [])
    if not found:
        return f'<p class="verdict">{_weighed(contents.gravest(one))}</p>'
    return listed((_verdict(verdict, one) for verdict in found), "verdicts")


def _verdict(one: Verdict, migration: Rehearsed) -> str:
    kind, sign = ("lasting", "✕") if one.grave else ("brief", "•")
    statement, words = split(one, migration)
    said = f"{code(statement)}{escape(words)}" if statement else escape(words)
    return f'<b class="{kind}" aria-hidden="true">{sign}</b> {_at(one.line)}{said}'


def _at(line: int | None) -> str:
    return "" if line is None else f'<span class="quiet whole">line {line}</span> '


def _drawn(one: Rehearsed) -> str:
    line = time_line(one)
    return "" if line is None else drawn_time_line(line, one.name)


def _statements(one: Rehearsed) -> str:
    if one.unknown:
        return paragraph(f"What it sends is not known, because {one.unknown}.")
    all_ = [_statement(ran) for ran in numbered(one)]
    if not all_:
        return paragraph("It sends no statement of its own.")
    so, its = ("as it is sent", "its") if len(all_) == 1 else ("as they are sent", "their")
    locks = f", with {its} locks" if any(sent.touches for sent in one.sent) else ""
    items = f'<ol class="statements" role="list">{"".join(all_)}</ol>'
    return folded(f"{counted(len(all_), 'statement')}, {so}{locks}", items)


def _statement(ran: Ran) -> str:
    sent = ran.sent
    facts = [f"line {sent.line}"] if sent.line is not None else []
    facts += [duration(sent.seconds)] if sent.seconds is not None else []
    facts += [] if sent.in_transaction else ["in no transaction"]
    text = sent.text if len(sent.text) <= _LONGEST else f"{sent.text[:_LONGEST]}\n… the rest is in the script"
    touches = listed((_touch(one) for one in sent.touches if one.kind not in _INDEXES), "touches")
    return f'<li><p class="note"><b class="no">{ran.number}</b> {" · ".join(facts)}</p>{sql(text)}{touches}</li>'


def _touch(one: Touch) -> str:
    did = [word for word, is_so in (("rewritten", one.rewritten), ("read as a whole", one.scanned)) if is_so]
    told = f", {' and '.join(did)}" if did else ""
    return f"{mode_chip(one.held)}{'' if one.mode else ' held already'} on {code(named(one.relation))}{told}"


def _findings(findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    minor = [one for one in findings if one.allowed is None and one.severity is Severity.INFO]
    others = [one for one in findings if one not in minor]
    folds = folded(f"{len(minor)} info", _listed(minor)) if minor else ""
    return f"<h4>Findings: {escape(tally(findings))}</h4>\n{_listed(others) if others else ''}{folds}"


def _listed(findings: Sequence[Finding]) -> str:
    return f'<ul class="findings" role="list">\n{"".join(map(_finding, findings))}\n</ul>'


def _finding(one: Finding) -> str:
    kind = "allowed" if one.allowed is not None else one.severity.word
    sign = "✓" if one.allowed is not None else _SIGNS[one.severity]
    source = f' <span class="quiet">by {escape(one.source)}</span>' if one.source != "lockgate" else ""
    head = f"<b>{sign} {kind}</b> {_rule(one)} {_at(one.line)}{source}"
    if one.allowed is not None:
        rest = paragraph(f"It is allowed: {one.allowed}")
    else:
        rest = paragraph(one.advice) + (sql(one.rewrite) if one.rewrite else "")
    return f'<li class="{kind}"><p>{head}</p>{paragraph(one.what)}{rest}</li>'


def _rule(one: Finding) -> str:
    """Its name, which leads to where it is explained, where that is on the web."""
    if not one.link.startswith("https://"):
        return code(one.rule)
    return f'<a href="{escape(one.link)}" rel="noreferrer">{code(one.rule)}</a>'
