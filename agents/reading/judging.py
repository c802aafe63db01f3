"""Reads with a small tuned model where the rules and what is learnt beside them are in doubt.

A model of 135M parameters copies titles badly and knows no catalogue, but tuned it tells well whether "Yes" is a film
here and whether a film was liked. One short call, bound to a schema, some twenty tokens; of a hundred messages a few.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from agents.linking.titles import TitleLinker, TitleSpan
from agents.llm.clients import LanguageModel, ask_json
from agents.llm.prompts import NO_NAME, judging_prompt, judging_schema
from agents.plan import Intent, Message, Reading, Stance, TurnPlan
from agents.reading.rules import Judgement, RuleReader
from agents.text import has_cjk, plain

MAX_NAMES = 8  # marked in one message; further ones are the rules' to judge
# Log-odds from which a reading stands without the model: asked about all, it changes no more (docs/decisions.md).
SURE = 1.0


class JudgingReader:
    """Reads by the rules and, where they are in doubt and the message is not Chinese, with one short call to a model.

    Args:
        timeout_s: after which the rules' reading is used.
        sure: log-odds of the rules' reading from which the model is not asked.
    """

    def __init__(
        self, model: LanguageModel, titles: TitleLinker, rules: RuleReader, timeout_s: float = 1.2, sure: float = SURE
    ) -> None:
        self._model = model
        self._titles = titles
        self._rules = rules
        self._timeout_s = timeout_s
        self._sure = sure

    async def read(self, message: str, history: list[Message], shown: Sequence[str] = ()) -> Reading:
        text = plain(message)
        found = self._rules.cards.add(text, await asyncio.to_thread(self._titles.find, text), shown)
        by_rules, margin = await asyncio.to_thread(self._rules.weighed, message, history, found)
        if margin >= self._sure or has_cjk(text) or not text.strip():
            return Reading(plan=by_rules, source="rules")
        spans = markable(found)
        judged, note = await ask_json(
            self._model, judging_prompt(text, spans, history), judging_schema(len(spans)), 12 + 8 * len(spans),
            self._timeout_s, lambda answer: _settled(answer, spans, found, by_rules, _has_capitals(text)), "judgement",
        )  # fmt: skip
        if judged is None:
            return Reading(plan=by_rules, source="rules", note=note)
        return Reading(plan=self._rules.plan(message, history, found, judged), source="llm")


def markable(found: Sequence[TitleSpan]) -> list[TitleSpan]:
    """Of the stretches found in a message those to put before the model, in reading order; sure ones first.

    In tuning doubtful ones are among them. In reading the model let through as many wrong ones as it found right ones.
    """
    kept = sorted(found, key=lambda span: (not span.sure, span.start))[:MAX_NAMES]
    return sorted(kept, key=lambda span: span.start)


def _has_capitals(text: str) -> bool:
    """Whether somebody writes capitals, and not nothing else."""
    return any(c.isupper() for c in text) and any(c.islower() for c in text)


def _settled(
    answer: Any, spans: list[TitleSpan], found: Sequence[TitleSpan], by_rules: TurnPlan, capitals: bool
) -> Judgement:
    """The model's answer, except where what is a name was found to be known better without it (docs/decisions.md).

    Args:
        spans: what the model was asked about. found: those and further ones, which the rules judge alone.

    Raises:
        KeyError, ValueError, TypeError: the answer does not judge every span.
    """
    known = {mention.id for mention in by_rules.mentions}
    titles: list[tuple[TitleSpan, Stance | None]] = []
    for number, span in enumerate(spans, start=1):
        label = answer[str(number)]
        one_word = " " not in span.text.strip()
        if label != NO_NAME:
            titles.append((span, Stance(label)))
        elif span.item_id in known and not (capitals and one_word):
            titles.append((span, None))  # the model's doubt counts for words like "Yes", which begin a sentence
    titles += [(span, None) for span in found if span not in spans]
    titles.sort(key=lambda pair: pair[0].start)
    return Judgement(Intent(answer["intent"]), tuple(titles))
