"""`lockgate.status_app`: a small ASGI application to mount."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from lockgate.asgi.status.accepting import prefers_html
from lockgate.asgi.status.looking import Looking
from lockgate.asgi.status.page import Page

if TYPE_CHECKING:
    from lockgate.asgi.middleware import App, Message, Receive, Send
    from lockgate.runner import Runner


class _Answer(NamedTuple):
    status: int
    kind: str
    text: str


def status_app(runner: Runner) -> App:
    """Make an ASGI application that says how files and history stand: `app.mount("/lockgate", lockgate.status_app(runner))`.

    It answers GET and HEAD, at every path below its own: with 200 where the state is current or ahead, else with 503, also
    where the database, the tracking table or a file cannot be read. A probe gets the document of `status --json` with `ready`
    beside it; a browser gets a page. A lock that another process holds counts where something is pending only, as at a start.

    It changes nothing and takes no lock. It looks at most once a second, by a connection of its own, which it closes again;
    what the runner is doing meanwhile is its own affair. What it tells (the names of migrations, the database's host and user)
    is for those who run the application: mount it where only they come.

    Args:
        runner: names the database, the migrations and the settings. Nothing is connected until the first request.
    """
    looking, page = Looking(runner), Page()

    async def answer(scope: Message) -> _Answer:
        if scope["method"] not in {"GET", "HEAD"}:
            return _Answer(405, "text/plain; charset=utf-8", "This page can be read only.\n")
        look = await looking.last()
        status = 200 if look.ready else 503
        if prefers_html(_accept(scope)):
            return _Answer(status, "text/html; charset=utf-8", page.show(look))
        return _Answer(status, "application/json", json.dumps(look.document, indent=2) + "\n")

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _send(await answer(scope), scope["method"], page.policy, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        else:
            await send({"type": "websocket.close"})

    return app


async def _live(receive: Receive, send: Send) -> None:
    """Pass a lifespan, of which a dispatcher tells every application that it has."""
    for what in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{what}.complete"})


def _accept(scope: Message) -> str:
    return ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept")


async def _send(answer: _Answer, method: str, policy: str, send: Send) -> None:
    body = answer.text.encode()
    headers = {
        "content-type": answer.kind,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "vary": "accept",
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        **({"allow": "GET, HEAD"} if answer.status == 405 else {}),
    }
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
