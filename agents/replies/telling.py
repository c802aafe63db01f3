"""The words of a turn: the language model's, sentence by sentence as the checker passes them; else the template's."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

from agents.checking.checker import ReplyChecker, split_sentences
from agents.llm.clients import LanguageModel
from agents.llm.prompts import telling_prompt

log = logging.getLogger(__name__)
_MAX_TOKENS = 120
_MAX_SENTENCES = 3


@dataclass
class Told:
    """What became of one reply, filled in while it streams."""

    by_model: int = 0  # sentences of the model that were shown
    dropped: int = 0  # sentences of the model that the checker refused
    note: str = ""  # why the template spoke, or ""


async def tell(
    model: LanguageModel | None,
    checker: ReplyChecker,
    message: str,
    evidence: Sequence[str],
    template: str,
    told: Told,
    asked: Sequence[BaseMessage] = (),
    first_s: float = 2.0,
    total_s: float = 12.0,
) -> AsyncGenerator[str, None]:
    """Stream the reply in checked pieces.

    Args:
        evidence: one line a pick, for the prompt.
        template: what to say when the model says nothing that may be shown.
        told: filled in as the reply goes on.
        asked: the planning call of this turn with its answer, where the same model made the plan.
        first_s: until the first sentence has been checked; total_s: for the whole reply.
    """
    if model is None:
        yield template
        return
    sentences: asyncio.Queue[str | None] = asyncio.Queue()
    producer = asyncio.create_task(_produce(model, checker, telling_prompt(message, evidence, asked), sentences, told))
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        while told.by_model < _MAX_SENTENCES:
            limit = first_s if told.by_model == 0 else total_s
            async with asyncio.timeout(max(0.0, started + limit - loop.time())):
                sentence = await sentences.get()
            if sentence is None:
                break
            yield (" " if told.by_model else "") + sentence
            told.by_model += 1
    except TimeoutError:
        told.note = "the language model was too slow"
    finally:
        producer.cancel()
    if told.by_model == 0:
        told.note = told.note or "the language model's words could not be checked against the evidence"
        yield template
    else:
        told.note = ""  # what failed after the first sentence put no template in its place


async def _produce(
    model: LanguageModel,
    checker: ReplyChecker,
    prompt: list[BaseMessage],
    out: "asyncio.Queue[str | None]",
    told: Told,
) -> None:
    """Read the model's stream and put every sentence that passes; None ends it."""
    buffer = ""
    seen: set[str] = set()
    try:
        async for piece in model.stream(prompt, _MAX_TOKENS):
            sentences, buffer = split_sentences(buffer + piece)
            if len(buffer) > 600:  # no sentence is that long: an endless string
                break
            for sentence in sentences:
                await _offer(sentence, checker, out, told, seen)
        # A reply cut off by the token limit ends in half a sentence: only a finished one counts.
        if buffer.rstrip().endswith((".", "!", "?")):
            await _offer(buffer.strip(), checker, out, told, seen)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        log.info("reply call failed: %s", type(error).__name__)
        told.note = "the language model did not answer"
    await out.put(None)


async def _offer(
    sentence: str, checker: ReplyChecker, out: "asyncio.Queue[str | None]", told: Told, seen: set[str]
) -> None:
    if sentence not in seen and checker.passes(sentence):
        seen.add(sentence)
        await out.put(sentence)
    else:
        told.dropped += 1
