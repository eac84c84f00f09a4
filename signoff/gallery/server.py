"""The gallery while templates are written: on this machine alone, rebuilt and reloaded as files change. Needs `fairnotice[serve]`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from watchfiles import awatch

from ..previews import Known
from . import build

HOSTS = ["127.0.0.1", "localhost"]
"""A page of another name may not read the gallery, even if that name leads to this machine (DNS rebinding)."""
_BEAT = 15.0
"""Seconds after which a silent stream is written to, so that a closed page is noticed."""


def application(root: Path, messages: Sequence[str], language: str, folder: Path) -> Starlette:
    """The server's application over a gallery in `folder`, which it builds and keeps up to date."""
    known: Known = {}
    waiting: set[asyncio.Event] = set()

    def built() -> None:
        try:
            build(root, folder, language, messages=messages, live=True, known=known)
        except Exception as error:
            # A file that is being written is often broken for a moment; the last whole gallery stays.
            print(f"not rebuilt: {type(error).__name__}: {error}", file=sys.stderr)

    async def follow() -> None:
        async for _ in awatch(root, step=100):
            await asyncio.to_thread(built)
            for event in waiting:
                event.set()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(follow())
        yield
        following.cancel()

    async def changes(_: Request) -> StreamingResponse:
        async def stream() -> AsyncIterator[str]:
            event = asyncio.Event()
            waiting.add(event)
            try:
                yield ": here\n\n"
                while True:
                    try:
                        await asyncio.wait_for(event.wait(), _BEAT)
                    except TimeoutError:
                        yield ": still here\n\n"
                        continue
                    event.clear()
                    yield "data: changed\n\n"
            finally:
                waiting.discard(event)

        return StreamingResponse(
            stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    build(root, folder, language, messages=messages, live=True, known=known)
    return Starlette(
        routes=[Route("/changes", changes), Mount("/", StaticFiles(directory=folder, html=True))],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False)],
        lifespan=lifespan,
    )


def serve(root: Path, messages: Sequence[str], language: str, port: int) -> None:
    """Serve until interrupted; other machines cannot reach it."""
    with tempfile.TemporaryDirectory(prefix="fairnotice-") as folder:
        made = application(root, messages, language, Path(folder))
        uvicorn.run(made, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)
