"""Who is asking: an anonymous person by a signed cookie (or the same token as a bearer, for programs).

The id is random and says nothing about the person; signing keeps anyone from writing another's id.
"""

import secrets
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "palate_user"
_ATTRIBUTES = f"; Path=/; Max-Age={365 * 24 * 3600}; HttpOnly; SameSite=Lax"


class Identity:
    """Makes and reads tokens."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="palate-user")

    def token(self, user_id: str) -> str:
        """The signed form of an id."""
        return str(self._serializer.dumps(user_id))

    def read(self, token: str | None) -> str | None:
        """The id in a token, or None when it is missing or not ours."""
        if not token:
            return None
        try:
            user_id = self._serializer.loads(token)
        except BadSignature:
            return None
        return user_id if isinstance(user_id, str) else None


class IdentityMiddleware:
    """Puts the person's id into `request.state.user_id` and gives newcomers a cookie."""

    def __init__(self, app: ASGIApp, identity: Identity) -> None:
        self._app = app
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
        # A bearer token that is not ours is meant for somebody else, a proxy say: the cookie stands.
        known = self._identity.read(bearer if scheme.lower() == "bearer" else None)
        known = known or self._identity.read(connection.cookies.get(COOKIE))
        user_id = known or secrets.token_urlsafe(16)
        scope.setdefault("state", {})["user_id"] = user_id

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and known is None:
                headers = MutableHeaders(scope=message)
                # Behind a proxy, uvicorn takes the scheme from X-Forwarded-Proto if FORWARDED_ALLOW_IPS trusts it.
                secure = "; Secure" if scope["scheme"] in ("https", "wss") else ""
                headers.append("set-cookie", f"{COOKIE}={self._identity.token(user_id)}{_ATTRIBUTES}{secure}")
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def user_of(request: Any) -> str:
    """The id that the middleware found for a Starlette request, or for the one inside a Gradio request."""
    inner = getattr(request, "request", None) or request
    return str(inner.state.user_id)
