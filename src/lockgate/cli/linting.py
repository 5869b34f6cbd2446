"""`lint`: shows what is risky, and writes what is safe."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING

from lockgate.cli.calling import call
from lockgate.cli.output import say, say_json
from lockgate.errors import SettingsError
from lockgate.judging.looking import Wanted, linted
from lockgate.linting import fixed, repository, sarif
from lockgate.nouns.findings import LintReport, Severity

if TYPE_CHECKING:
    from lockgate.cli.options import Shared
    from lockgate.nouns.rehearsals import Rehearsal


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


def _level(word: str) -> Severity:
    try:
        return Severity.of(word)
    except ValueError:
        raise SettingsError(f"--severity takes info, warning or error, not {word!r}.") from None


def _write(rehearsal: Rehearsal, report: LintReport) -> tuple[str, ...]:
    """Write the safe way into the files of what is pending; what is applied is not among these."""
    paths = list[str]()
    for migration in rehearsal.migrations:
        text = fixed(migration, [one for one in report.findings if one.migration == migration.name])
        path = Path(migration.path)
        if text is not None and path.is_file():
            path.write_bytes(_as_before(path.read_bytes(), text))
            paths.append(migration.path)
    return tuple(paths)


def _as_before(before: bytes, text: str) -> bytes:
    """A text with the mark at its beginning, and the ends of its lines, that the file has."""
    ends = "\r\n" if b"\r\n" in before else "\n"
    mark = BOM_UTF8 if before.startswith(BOM_UTF8) else b""
    return mark + text.replace("\n", ends).encode()


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
            say(f"{one.place}: allowed: {one.rule}: {one.allowed}")
            continue
        say(one.words)
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
