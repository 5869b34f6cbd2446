"""Chromium without a window, spoken to by its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/)."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
import socket
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PATIENCE: Final = 60.0
# It reads from descriptor 3 and writes to 4.
_BY_PIPE: Final = (
    "import os, sys; [os.dup2(int(sys.argv[1]), to) for to in (3, 4)]; os.execv(sys.argv[2], sys.argv[2:])"
)
_COMPLAINTS: Final = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Audits.issueAdded"}


class Page:
    """A tab. `complaints` are all messages of its console, violations of a page's policy, and what it took offence at.

    That it says of a page itself that its status was 503 is none.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self._heard: list[str] = []
        self._url = ""
        self.complaints: list[dict[str, Any]] = []

    async def attach(self) -> None:
        """Make the tab."""
        target = (await self._call("Target.createTarget", url="about:blank"))["targetId"]
        self._session = (await self._call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Audits"):
            await self._call(f"{domain}.enable")

    async def open(self, url: str, *, width: int, dark: bool) -> None:
        """Open a page at a width in CSS pixels, on a machine that is set to dark or light."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self._call("Emulation.setDeviceMetricsOverride", **metrics)
        await self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._url = url
        self._heard.clear()
        await self._call("Page.navigate", url=url)
        while "Page.loadEventFired" not in self._heard:
            await self._receive()

    async def without_scripts(self) -> None:
        """Run no script of a page from now on."""
        await self._call("Emulation.setScriptExecutionDisabled", value=True)

    async def print(self) -> None:
        """Lay the page out as it is printed."""
        await self._call("Emulation.setEmulatedMedia", media="print", features=[])

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression in JavaScript; the page's policy does not bind it."""
        return (await self._call("Runtime.evaluate", expression=expression, returnByValue=True))["result"]["value"]

    async def picture(self) -> bytes:
        """The whole page as PNG."""
        answer = await self._call("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    async def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        call: dict[str, Any] = {"id": next(self._numbers), "method": method, "params": parameters}
        if self._session:
            call["sessionId"] = self._session
        self._writer.write(json.dumps(call).encode() + b"\0")
        while (answer := await self._receive()).get("id") != call["id"]:
            pass
        assert "result" in answer, answer
        return dict(answer["result"])

    async def _receive(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            message: dict[str, Any] = json.loads((await self._reader.readuntil(b"\0"))[:-1])
        self._heard.append(message.get("method", ""))
        if message.get("method") in _COMPLAINTS and not self._is_status(message):
            self.complaints.append(message)
        return message

    def _is_status(self, message: dict[str, Any]) -> bool:
        entry = message["params"].get("entry", {})
        return entry.get("source") == "network" and entry.get("url") == self._url


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Page]:
    """A browser that keeps what it keeps in a folder, and ends with the block."""
    program = _demanded()
    ours, its = socket.socketpair()
    options = ("--headless", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BY_PIPE, str(its.fileno()), program, *options, f"--user-data-dir={folder}",
        pass_fds=[its.fileno()], stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    its.close()
    reader, writer = await asyncio.open_connection(sock=ours, limit=2**26)
    try:
        page = Page(reader, writer)
        await page.attach()
        yield page
    finally:
        writer.close()  # it ends when nobody speaks to it any more
        await asyncio.wait_for(process.wait(), PATIENCE)


def _demanded() -> str:
    """The program; where it is missing CI fails, and anybody else is told what to install."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return found
    missing = "no Chromium: install the package chromium (apt-get install chromium)"
    if os.environ.get("CI", "").lower() not in {"", "0", "false"}:
        pytest.fail(missing)
    pytest.skip(missing)
