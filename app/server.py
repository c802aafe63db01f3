"""The web server: FastAPI with the HTTP API, and the Gradio page mounted at /."""

from fastapi import FastAPI

from app import __version__
from app.api import build_router, install_errors
from app.identity import Identity, IdentityMiddleware
from app.page import build_page, mount_page
from app.service import ChatService
from app.settings import Settings


def build_app(service: ChatService, settings: Settings, secret: str, page: bool = True) -> FastAPI:
    """The ASGI application over one service."""
    app = FastAPI(title="Palate", description="A conversational recommender.", version=__version__)
    install_errors(app)
    app.include_router(build_router(service))
    app.add_middleware(IdentityMiddleware, identity=Identity(secret))
    return mount_page(app, build_page(service, settings)) if page else app
