"""Applications run by real servers: uvicorn, hypercorn and granian, with one worker process or several."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any, Self
from urllib.error import URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PATIENCE = 60.0
COMMANDS: dict[str, Callable[[int, int], list[str]]] = {
    "uvicorn": lambda port, workers: ["--port", str(port), "--workers", str(workers)],
    "hypercorn": lambda port, workers: ["--bind", f"127.0.0.1:{port}", "--workers", str(workers)],
    "granian": lambda port, workers: ["--interface", "asgi", "--port", str(port), "--workers", str(workers)],
}


class Serving:
    """A server process and its workers, in a process group of its own that is gone after the block."""

    def __init__(
        self, server: str, folder: Path, env: Mapping[str, str], *options: str, workers: int = 1, app: str = "app:app"
    ) -> None:
        self.port = _free_port()
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it is read until the end of the block
        self.process = subprocess.Popen(
            [sys.executable, "-m", server, *COMMANDS[server](self.port, workers), *options, app],
            cwd=folder, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(folder), **env},
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for _ in range(2):  # once more for a worker that was being made
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                break
        self.process.wait()
        self._log.close()

    @property
    def log(self) -> str:
        """What it has written."""
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    def get(self, path: str = "/") -> Any:
        """The JSON at a path; None where nobody answers yet."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
                return json.load(answer)
        except (URLError, ConnectionError):
            return None

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so; the server must not end before."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def until_workers_answer(self, count: int) -> list[Any]:
        """Ask until so many workers have answered; gives an answer of each."""
        answers: dict[int, Any] = {}

        def all_seen() -> bool:
            answer = self.get()
            if answer is not None:
                answers[answer["worker"]] = answer
            return len(answers) >= count

        self.until(all_seen)
        return list(answers.values())

    def until_it_says(self, words: str) -> None:
        """Wait until it has written something."""
        self.until(lambda: words in self.log)

    def stop(self) -> int:
        """Send SIGTERM; gives its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self, within: float = PATIENCE) -> int:
        """Its exit status, once it has ended by itself."""
        return self.process.wait(within)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
