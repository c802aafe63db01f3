"""Reads with a small tuned model: rules find what may be a name, the model judges it and the intent, rules do the rest.

A model of 135M parameters copies titles badly and knows no catalogue, but tuned it tells well whether "it" is a film
here and whether it was liked. One short call, bound to a schema, some twenty tokens: fast enough for a laptop.
"""

import asyncio
import logging
from typing import Any

from agents.llm import LanguageModel
from agents.plan import Intent, Message, Reading, Stance
from agents.prompts import NO_NAME, judging_prompt, judging_schema
from agents.rules import Judgement, RuleReader, plain
from agents.text import has_cjk
from agents.titles import TitleLinker, TitleSpan

log = logging.getLogger(__name__)
DOUBTFUL = 0.3  # evidence from which a stretch that equals a title is put before the model
MAX_NAMES = 8  # marked in one message; further ones are the rules' to judge


class JudgingReader:
    """Reads with one short call to a tuned model, and by the rules whenever that fails or the message is Chinese.

    Args:
        timeout_s: after which the rules' reading is used.
    """

    def __init__(self, model: LanguageModel, titles: TitleLinker, rules: RuleReader, timeout_s: float = 1.5) -> None:
        self._model = model
        self._titles = titles
        self._rules = rules
        self._timeout_s = timeout_s

    async def read(self, message: str, history: list[Message]) -> Reading:
        text = plain(message)
        if has_cjk(text) or not text.strip():
            return Reading(plan=self._rules.plan(message, history), source="rules")
        spans = markable(self._titles, text)
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._model.complete_json(
                    judging_prompt(text, spans, history), judging_schema(len(spans)), 12 + 8 * len(spans)
                )
            judged = _judgement(answer, spans)
            return Reading(plan=self._rules.plan(message, history, judged), source="llm")
        except TimeoutError:
            note = "the language model was too slow"
        except (ValueError, TypeError, KeyError):
            note = "the language model's judgement could not be used"
        except Exception as error:
            log.info("judging call failed: %s", type(error).__name__)
            note = "the language model did not answer"
        return Reading(plan=self._rules.plan(message, history), source="rules", note=note)


def markable(titles: TitleLinker, text: str, doubtful: float = DOUBTFUL) -> list[TitleSpan]:
    """The stretches of a message to put before the model, in reading order: sure ones before doubtful ones."""
    found = titles.find(text, doubtful)
    kept = sorted(found, key=lambda span: (not span.sure, span.start))[:MAX_NAMES]
    return sorted(kept, key=lambda span: span.start)


def _judgement(answer: Any, spans: list[TitleSpan]) -> Judgement:
    """Raises KeyError, ValueError or TypeError for an answer that does not judge every span."""
    stances = [(span, answer[str(number)]) for number, span in enumerate(spans, start=1)]
    titles = tuple((span, Stance(stance)) for span, stance in stances if stance != NO_NAME)
    return Judgement(Intent(answer["intent"]), titles)
