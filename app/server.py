"""The web server: FastAPI with the HTTP API, and the Gradio page mounted at /."""

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import __version__
from app.api import build_router, error_answer, http_error, install_errors
from app.bodies import MAX_BODY
from app.identity import Identity, IdentityMiddleware
from app.page import build_page, mount_page
from app.service import ChatService


class BodyMiddleware:
    """Refuses files, which Gradio would store for anybody, and stops reading a body at `MAX_BODY`.

    Starlette's own `max_body_size` answers in plain text where the API's errors are JSON.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "multipart" in Headers(scope=scope).get("content-type", "").lower():
            refusal = error_answer(415, "no_files", "Palate takes no files.", "Send JSON.")
            await refusal(scope, receive, send)
            return
        size = 0

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY:
                raise HTTPException(413)
            return message

        await self._app(scope, limited if scope["type"] == "http" else receive, send)


def build_app(service: ChatService, secret: str, page: bool = True) -> FastAPI:
    """The ASGI application over one service."""
    app = FastAPI(title="Palate", description="A conversational recommender.", version=__version__)
    install_errors(app)
    app.include_router(build_router(service))
    app.add_middleware(IdentityMiddleware, identity=Identity(secret))
    app.add_middleware(BodyMiddleware)
    if not page:
        return app
    mounted = mount_page(app, build_page(service))
    # What nobody serves ends in the page's own application, which has another form of error.
    for route in mounted.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            for status in (404, 405):
                route.app.add_exception_handler(status, http_error)
    return mounted
