"""`lint`, and what `up` asks of it before it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio.to_thread

from lockgate.cli.calling import call
from lockgate.cli.output import say, say_json
from lockgate.errors import LintRefused, SettingsError
from lockgate.linting import fixed, lint, repository, sarif
from lockgate.nouns.findings import Finding, LintReport, Severity
from lockgate.nouns.plans import Selection
from lockgate.nouns.schema import Name
from lockgate.rehearsing import Asked, rehearse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.cli.options import Shared
    from lockgate.nouns.rehearsals import Rehearsal
    from lockgate.settings.conclusions import Conclusions

_SHOWN = 5


class Wanted(NamedTuple):
    """What is to be looked at."""

    chosen: Mapping[str, Any]
    offline: bool = False
    after: str | None = None
    squawk: bool | None = None


def run_lint(shared: Shared, wanted: Wanted, *, severity: str | None, sarif_to: str | None, fix: bool) -> int:
    """Look, show, and give the exit status."""
    level = _level(severity or shared.config().lint or "error")
    rehearsal, report = call(shared, lambda runner: linted(runner.config, wanted))
    if fix:
        paths = _write(rehearsal, report)
        if paths:
            rehearsal, report = call(shared, lambda runner: linted(runner.config, wanted))
            report = LintReport(report.findings, report.notes, paths)
    if sarif_to is not None:
        _write_sarif(rehearsal, report, sarif_to)
    if shared.as_json:
        say_json(report.as_json())
    elif sarif_to != "-":
        _show(report, quiet=shared.flag("quiet"))
    return 6 if report.at_least(level) else 0


def refuse_risky(shared: Shared, **chosen: Any) -> None:
    """What LOCKGATE_LINT asks for before a run outside development and test.

    Raises:
        LintRefused: something weighs that much or more, and no comment allows it; nothing was run.
    """
    config = shared.config()
    if config.lint is None or config.is_open:
        return
    level = _level(config.lint)
    _, report = call(shared, lambda runner: linted(runner.config, Wanted(chosen)))
    found = report.at_least(level)
    if found:
        lines = [_line(one) for one in found[:_SHOWN]] + [f"and {len(found) - _SHOWN} more"] * (len(found) > _SHOWN)
        raise LintRefused(
            f"LOCKGATE_LINT={config.lint} refuses what is pending. Nothing was run.\n" + "\n".join(lines),
            findings=found,
            hint="`lockgate lint` says what to do instead, and how to allow one with a reason.",
        )


def _level(word: str) -> Severity:
    try:
        return Severity.of(word)
    except ValueError:
        raise SettingsError(f"--severity takes info, warning or error, not {word!r}.") from None


async def linted(config: Conclusions, wanted: Wanted) -> tuple[Rehearsal, LintReport]:
    """What is pending, as it was rehearsed, and what is risky about it."""
    asked = Asked(
        selection=Selection(**wanted.chosen),
        offline=wanted.offline,
        after=wanted.after,
        restores=not wanted.offline,
        facts=not wanted.offline,
    )
    rehearsal = await rehearse(config, asked)
    used = await anyio.to_thread.run_sync(_used, config) if config.models is not None else {}
    return rehearsal, await lint(rehearsal, used=used, squawk=wanted.squawk)


def _used(config: Conclusions) -> dict[Name, frozenset[str]]:
    """The columns that the models use."""
    from lockgate.models.metadata import load_models  # noqa: PLC0415 - they bring SQLAlchemy

    tables = load_models(config.models).tables
    return {Name(one.schema or "", one.name): frozenset(column.name for column in one.columns) for one in tables}


def _write(rehearsal: Rehearsal, report: LintReport) -> tuple[str, ...]:
    """Write the safe way into the files of what is pending; what is applied is not among these."""
    paths = list[str]()
    for migration in rehearsal.migrations:
        text = fixed(migration, [one for one in report.findings if one.migration == migration.name])
        path = Path(migration.path)
        if text is not None and path.is_file():
            path.write_text(text, encoding="utf-8", newline="\n")
            paths.append(migration.path)
    return tuple(paths)


def _write_sarif(rehearsal: Rehearsal, report: LintReport, to: str) -> None:
    from lockgate import __version__  # noqa: PLC0415 - the package is there by now

    texts = {one.name: one.text for one in rehearsal.migrations}
    log = sarif(report, version=__version__, root=repository(Path.cwd()), texts=texts)
    if to == "-":
        say_json(log)
    else:
        Path(to).write_text(json.dumps(log, indent=2) + "\n", encoding="utf-8")


def _show(report: LintReport, *, quiet: bool) -> None:
    for one in report.findings:
        if one.allowed is not None:
            say(f"{_place(one)}: allowed: {one.rule}: {one.allowed}")
            continue
        say(_line(one))
        say(f"    {one.advice} ({one.link})")
        for line in one.rewrite.splitlines():
            say(f"    > {line}")
    for path in report.fixed:
        say(f"Rewritten: {path}", err=True)
    for note in report.notes:
        say(f"Note: {note}", err=True)
    if not report.findings and not quiet:
        say("Nothing was found.", err=True)
    elif any(one.fixable and one.allowed is None for one in report.findings):
        say("`lockgate lint --fix` writes the safe way for what is marked [fixable].", err=True)


def _place(finding: Finding) -> str:
    return f"{finding.path}:{finding.line}" if finding.line else finding.path


def _line(finding: Finding) -> str:
    mark = " [fixable]" if finding.fixable else ""
    return f"{_place(finding)}: {finding.severity.word}: {finding.rule}: {finding.what}{mark}"
