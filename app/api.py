"""The HTTP API under /api/v1, and /healthz and /metrics. Errors are `{"error": {"code", "message", "hint"}}`."""

import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rapidfuzz import process
from rapidfuzz.fuzz import WRatio
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.bodies import MAX_BODY, NO_NUL, ChatBody, Constraints, FeedbackBody, PlanBody, RecommendBody, RenameBody
from app.identity import user_of
from app.service import ChatService, MessageError
from recommender.catalogue import Catalogue, FacetValue
from recommender.serving.request import Bound, Quality
from recommender.serving.request import Request as RankingRequest
from recommender.serving.retrieve import RetrieverError
from storage.records import NotFoundError, StorageError

log = logging.getLogger(__name__)
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_LIKE = 70  # of 100, from which a facet's value may be what was meant
PathId = Annotated[str, Path(max_length=200, pattern=NO_NUL)]


class UnknownItemError(NotFoundError):
    """The catalogue has no such item."""


class UnknownFacetError(ValueError):
    """A constraint is on something that the catalogue does not know; the text says what it knows."""


def build_router(service: ChatService) -> APIRouter:
    """All calls, over one service."""
    router = APIRouter()
    api = APIRouter(prefix="/api/v1")

    @api.post("/chat", summary="Answer a message; with Accept: text/event-stream in events")
    async def chat(body: ChatBody, request: Request) -> Response:
        user_id = user_of(request)
        if "text/event-stream" not in request.headers.get("accept", ""):
            return JSONResponse(await service.answer(user_id, body.message, body.conversation_id, body.k))
        events = service.turn(user_id, body.message, body.conversation_id, body.k)
        first = await anext(events)  # so that a wrong id is a 404 and no broken stream
        return StreamingResponse(_stream(first, events), media_type="text/event-stream",
                                 headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})  # fmt: skip

    @api.post("/plan", summary="Read a message into a plan; changes nothing")
    async def plan(body: PlanBody) -> dict[str, Any]:
        started = time.perf_counter()
        reading = await service.read(body.message, [*body.history])
        ms = round((time.perf_counter() - started) * 1000, 2)
        return {"plan": reading.plan.model_dump(mode="json"), "source": reading.source, "note": reading.note, "ms": ms}

    @api.post("/recommend", summary="Rank the catalogue for a history, a query and constraints")
    async def recommend(body: RecommendBody) -> dict[str, Any]:
        brain = service.brain
        unknown = [i for i in body.history if i not in brain.catalogue]
        ranking = await run_in_threadpool(brain.recommender.recommend, _ranking_request(body, service))
        items = [{**brain.presenter.card(pick, "en"), "parts": pick.parts} for pick in ranking.picks]
        relaxations = [{"label": r.label, "count": r.count} for r in ranking.relaxations]
        return {"items": items, "n_eligible": ranking.n_eligible, "relaxations": relaxations,
                "unknown_history": unknown, "unknown_values": _unknown_values(body.constraints, brain.catalogue),
                "timings_ms": ranking.timings_ms}  # fmt: skip

    @api.post("/feedback", status_code=201, summary="Store a reaction; durable when it returns")
    async def feedback(body: FeedbackBody, request: Request) -> dict[str, Any]:
        try:
            record = await service.react(user_of(request), body.turn_id, body.item_id, body.kind)
        except NotFoundError as error:
            if body.item_id in service.brain.catalogue:
                raise
            raise _unknown_item(body.item_id) from error
        return {"id": record.id, "turn_id": record.turn_id, "item_id": record.item_id, "kind": record.kind.value}

    @api.delete("/feedback", status_code=204, summary="Take a reaction back")
    async def undo_feedback(body: FeedbackBody, request: Request) -> Response:
        await service.unreact(user_of(request), body.turn_id, body.item_id, body.kind)
        return Response(status_code=204)

    @api.get("/items/{item_id:path}", summary="One item of the catalogue")
    async def item(item_id: Annotated[str, Path(max_length=200)]) -> dict[str, Any]:
        if item_id not in service.brain.catalogue:
            raise _unknown_item(item_id)
        found = service.brain.catalogue[item_id]
        return {"id": found.id, "title": found.title, "text": found.text, "image": found.image, "url": found.url,
                "attributes": dict(found.attributes)}  # fmt: skip

    @api.get("/conversations", summary="The caller's conversations, newest first")
    async def conversations(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> list[dict[str, Any]]:
        return await service.conversations(user_of(request), limit, offset)

    @api.get("/conversations/{conversation_id}", summary="The turns of one of the caller's conversations")
    async def conversation(conversation_id: PathId, request: Request) -> dict[str, Any]:
        return {"id": conversation_id, "turns": await service.history(user_of(request), conversation_id)}

    @api.patch("/conversations/{conversation_id}", status_code=204, summary="Rename a conversation")
    async def rename(conversation_id: PathId, body: RenameBody, request: Request) -> Response:
        await service.rename_conversation(user_of(request), conversation_id, body.title)
        return Response(status_code=204)

    @api.delete("/conversations/{conversation_id}", status_code=204, summary="Delete a conversation")
    async def delete(conversation_id: PathId, request: Request) -> Response:
        await service.delete_conversation(user_of(request), conversation_id)
        return Response(status_code=204)

    @api.get("/profile", summary="What the caller tapped: liked, disliked, seen and saved items")
    async def profile(request: Request) -> dict[str, Any]:
        return await service.profile(user_of(request))

    @api.delete("/profile", status_code=204, summary="Delete all that is stored of the caller")
    async def forget(request: Request) -> Response:
        await service.forget(user_of(request))
        return Response(status_code=204)

    @router.get("/healthz", summary="Whether each part is alive and ready")
    async def healthz() -> JSONResponse:
        parts = await run_in_threadpool(_parts, service)
        ready = all(part["ready"] for part in parts.values() if part["needed"])
        return JSONResponse({"status": "ok" if ready else "unavailable", "parts": parts}, 200 if ready else 503)

    @router.get("/metrics", summary="Prometheus text")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    router.include_router(api)

    # The page is mounted at / and would answer these in a form of its own.
    @router.api_route("/healthz", methods=_METHODS, include_in_schema=False)
    @router.api_route("/metrics", methods=_METHODS, include_in_schema=False)
    @router.api_route("/api/{rest:path}", methods=_METHODS, include_in_schema=False)
    async def nothing(request: Request) -> Response:
        allowed: set[str] = set()
        for route in (*router.routes, *api.routes):
            if isinstance(route, APIRoute) and route.matches(request.scope)[0] is Match.PARTIAL:
                allowed.update(route.methods or ())
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        raise HTTPException(404)

    return router


def error_answer(status: int, code: str, message: str, hint: str = "") -> JSONResponse:
    """The one form of an error."""
    return JSONResponse({"error": {"code": code, "message": message, "hint": hint}}, status)


async def http_error(_request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses: an unknown path, a wrong method, a body over the limit."""
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        limit = f"The body is over the limit of {MAX_BODY // 2**20} MiB."
        return error_answer(413, "too_large", limit, "Send less at once.")
    answer = error_answer(error.status_code, "http", str(error.detail), "See /docs for the calls there are.")
    answer.headers.update(error.headers or {})
    return answer


def install_errors(app: FastAPI) -> None:
    """Give every error one JSON form; what nobody foresaw is logged and answered without its inside."""

    @app.exception_handler(NotFoundError)
    async def not_found(_request: Request, error: NotFoundError) -> JSONResponse:
        hint = "Ids belong to who made them: send the palate_user cookie that the first answer set."
        return error_answer(404, "not_found", str(error), hint)

    @app.exception_handler(UnknownItemError)
    async def unknown_item(_request: Request, error: UnknownItemError) -> JSONResponse:
        return error_answer(404, "not_found", str(error), "Use ids that /api/v1/recommend or /api/v1/chat answered.")

    @app.exception_handler(UnknownFacetError)
    async def unknown_facet(_request: Request, error: UnknownFacetError) -> JSONResponse:
        return error_answer(422, "unknown_facet", str(error), "`ranges` takes numbers, the others values.")

    @app.exception_handler(MessageError)
    async def bad_message(_request: Request, error: MessageError) -> JSONResponse:
        return error_answer(422, "bad_message", str(error))

    @app.exception_handler(StorageError)
    async def storage(_request: Request, error: StorageError) -> JSONResponse:
        # Its text names the database and what the driver said, which is not for callers.
        log.error("the database failed", exc_info=error)
        hint = "Try again in a moment; the log of the server has the details."
        return error_answer(503, "storage", "The database did not answer, or did not take the change.", hint)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "body")
        return error_answer(422, "invalid", f"{place or 'body'}: {first['msg']}", "See /docs for what this call takes.")

    app.add_exception_handler(HTTPException, http_error)

    @app.exception_handler(Exception)
    async def unforeseen(_request: Request, error: Exception) -> JSONResponse:
        log.exception("unforeseen error", exc_info=error)
        return error_answer(
            500, "internal", "Something went wrong here.", "Try again; the log of the server has the details."
        )


async def _stream(first: Any, events: AsyncIterator[Any]) -> AsyncIterator[str]:
    yield _sse(first)
    try:
        async for event in events:
            yield _sse(event)
    except Exception:
        log.exception("a stream broke off")
        error = {"error": {"code": "internal", "message": "The answer broke off.", "hint": "Send the message again."}}
        yield f"event: error\ndata: {json.dumps(error)}\n\n"


def _sse(event: Any) -> str:
    return f"event: {event.kind}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n"


def _ranking_request(body: RecommendBody, service: ChatService) -> RankingRequest:
    """The request of a body.

    Raises:
        UnknownFacetError: the catalogue does not have a facet that is constrained.
    """
    catalogue, constraints = service.brain.catalogue, body.constraints
    _check_facets((*constraints.facets, *constraints.not_facets), sorted(catalogue.categorical), "values")
    _check_facets(tuple(constraints.ranges), sorted(catalogue.numeric), "numbers")

    def qualities(facets: dict[str, list[str]]) -> tuple[Quality, ...]:
        return tuple(
            Quality(", ".join(values), tuple(FacetValue(facet, value) for value in values))
            for facet, values in facets.items()
        )

    return RankingRequest(
        history=tuple(i for i in body.history if i in catalogue),
        query=body.query,
        wanted=qualities(constraints.facets),
        unwanted=qualities(constraints.not_facets),
        bounds=tuple(Bound(facet, low, high) for facet, (low, high) in constraints.ranges.items()),
        exclude=frozenset(body.exclude),
        k=body.k,
    )


def _unknown_item(item_id: str) -> UnknownItemError:
    return UnknownItemError(f"There is no item '{item_id[:80]}' in the catalogue.")


def _unknown_values(constraints: Constraints, catalogue: Catalogue) -> list[dict[str, Any]]:
    """The values of constraints that no item has, each with those most like it: a misspelt one finds nothing."""
    found = []
    for facet, values in (*constraints.facets.items(), *constraints.not_facets.items()):
        known = catalogue.categorical[facet]
        for value in values:
            if value not in known:
                near = process.extract(
                    value, known.keys(), scorer=WRatio, processor=str.casefold, limit=3, score_cutoff=70
                )
                found.append({"facet": facet, "value": value, "near": [name for name, *_ in near]})
    return found


def _check_facets(named: tuple[str, ...], known: list[str], kind: str) -> None:
    if unknown := next((facet for facet in named if facet not in known), None):
        raise UnknownFacetError(f"There is no facet '{unknown[:80]}' of {kind}. Known: {', '.join(known) or 'none'}.")


def _parts(service: ChatService) -> dict[str, dict[str, Any]]:
    brain = service.brain
    try:
        service.stores.database.check()
        database = True
    except StorageError as error:
        log.error("%s", error)
        database = False
    recall = brain.recommender.recall
    chroma = True
    try:
        recall.retriever.check()
    except RetrieverError as error:
        log.warning("%s", error)
        chroma = False
    return {
        "database": {"ready": database, "needed": True,
                     "detail": "answers" if database else "cannot be used: the log of the server says why"},
        "catalogue": {"ready": True, "needed": True, "detail": f"{len(brain.catalogue)} items"},
        "retriever": {"ready": len(recall.retriever.vectors) == len(brain.catalogue), "needed": True,
                      "detail": f"{len(recall.retriever.vectors)} vectors"},
        "chroma": {"ready": chroma, "needed": False,
                   "detail": "answers" if chroma else "does not answer: items are found by the vectors in memory"},
        "student": {"ready": recall.student is not None, "needed": False,
                    "detail": recall.student.model.name if recall.student else "not trained: app.py train"},
        "language_model": {"ready": brain.model is not None, "needed": False,
                           "detail": brain.model.name if brain.model else brain.model_note},
    }  # fmt: skip
