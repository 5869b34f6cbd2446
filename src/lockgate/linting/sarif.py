"""A report as SARIF 2.1.0, which code hosts show beside the lines:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from lockgate.linting.rules import RULES
from lockgate.nouns.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lockgate.nouns.findings import Finding, LintReport

_LEVELS: Final = {Severity.INFO: "note", Severity.WARNING: "warning", Severity.ERROR: "error"}
_PROBLEMS: Final = {Severity.INFO: "recommendation", Severity.WARNING: "warning", Severity.ERROR: "error"}
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(report: LintReport, *, version: str, root: Path, texts: Mapping[str, str]) -> dict[str, Any]:
    """The log of one run.

    Args:
        version: Lockgate's own.
        root: the repository's folder, which the files' paths are relative to.
        texts: of the migrations, by name.
    """
    rules = list(dict.fromkeys(one.rule for one in report.findings))
    seen: dict[str, int] = {}
    results = [_result(one, rules.index(one.rule), root, texts, seen) for one in report.findings]
    driver = {
        "name": "lockgate",
        "version": version,
        "rules": [_rule(next(one for one in report.findings if one.rule == rule)) for rule in rules],
    }
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    if report.notes:
        told = [{"level": "note", "message": {"text": note}} for note in report.notes]
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": told}]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(finding: Finding) -> dict[str, Any]:
    """What is said of a rule; Lockgate's own are explained in whole here, squawk's where their link leads."""
    own = RULES.get(finding.rule)
    happens, advice = (own.happens, own.advice) if own else (finding.what, finding.advice)
    severity = own.severity if own else finding.severity
    lines = [
        happens,
        f"**What to do:** {advice}",
        f"Where it is meant to be: `-- lockgate: allow {finding.rule}: reason`, or `#` in Python, beside the line.",
    ]
    told: dict[str, Any] = {
        "id": finding.rule,
        "name": "".join(word.capitalize() for word in finding.rule.split("-")),
        "shortDescription": {"text": happens},
        "fullDescription": {"text": f"{happens} {advice}"},
        "help": {"text": f"{advice} See {finding.link}.", "markdown": "\n\n".join(lines)},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"problem.severity": _PROBLEMS[severity], "tags": [finding.source]},
    }
    return told if own else {**told, "helpUri": finding.link}


def _result(
    finding: Finding, number: int, root: Path, texts: Mapping[str, str], seen: dict[str, int]
) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": uri(finding.path, root)}}
    place["region"] = {"startLine": finding.line or 1}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.what} {finding.advice}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"lockgate/v1": _fingerprint(finding, texts.get(finding.migration, ""), seen)},
    }
    if finding.allowed is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.allowed}]
    return result


def uri(path: str, root: Path) -> str:
    """A file's path as a URI, relative to the repository where it is in there."""
    whole = Path(os.path.normpath(Path(path).absolute()))  # links are left as they are: a host knows no other names
    if not whole.is_relative_to(root):
        return whole.as_uri()
    return quote(whole.relative_to(root).as_posix())


def _fingerprint(finding: Finding, text: str, seen: dict[str, int]) -> str:
    """The same as long as the line is; a line that moves keeps it, and a second one like it gets another."""
    lines: Sequence[str] = text.split("\n")
    line = lines[finding.line - 1] if finding.line and finding.line <= len(lines) else ""
    told = "\0".join((finding.rule, finding.migration, re.sub(r"\s+", " ", line.strip())))
    seen[told] = seen.get(told, 0) + 1
    return hashlib.sha256(f"{told}\0{seen[told]}".encode()).hexdigest()[:32]


def repository(start: Path) -> Path:
    """The folder that has the .git of `start`; `start` itself where there is none."""
    found = (one for one in (start, *start.parents) if (one / ".git").exists())
    return next(found, start)
