"""A little project whose tests are run by pytest as its user would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.bench import Files

if TYPE_CHECKING:
    from pathlib import Path

_INI = """
[pytest]
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
filterwarnings = error
markers = anyio
"""


@dataclass(frozen=True)
class Outcome:
    """What a run said: the exit status, how each test ended, by its name, and all words."""

    status: int
    tests: dict[str, str]
    words: str


class Project:
    """Its files, and the URL in its environment."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self._url = folder, url
        self.files = Files(folder / "migrations")
        (folder / "pytest.ini").write_text(_INI)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    @property
    def path(self) -> str:
        """Where its own modules are found, and what the environment says."""
        return os.pathsep.join(filter(None, (str(self.folder), os.environ.get("PYTHONPATH"))))

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        environment.pop("ENV", None)
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--tb=short", *arguments],
            cwd=self.folder,
            env=environment | {"DATABASE_URL": self._url} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> Outcome:
        words, _ = process.communicate(timeout=120)
        found = re.findall(
            r"^(PASSED|FAILED|ERROR|SKIPPED) (?:\[\d+\] )?\S*?(?:::)?([\w\[\]-]+)(?: - .*)?$", words, re.MULTILINE
        )
        return Outcome(process.returncode, {name: how.lower() for how, name in found}, words)

    def run(self, *arguments: str, **variables: str) -> Outcome:
        return self.finish(self.start(*arguments, **variables))
