"""Chooses who reads: the language model under a schema, or the rules; and the rules whenever the model cannot."""

import json
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage

from agents.linking.titles import TitleLinker
from agents.llm.clients import LanguageModel, ask_json
from agents.llm.prompts import plan_schema, reading_prompt
from agents.plan import Message, Reading, TurnPlan
from agents.reading.rules import RuleReader
from agents.text import has_cjk

_MAX_TOKENS = 400


class LLMReader:
    """Reads with one schema-bound call, and lets the rules read whenever that fails.

    Args:
        timeout_s: after which the rules' reading is used.
    """

    def __init__(self, model: LanguageModel, titles: TitleLinker, rules: RuleReader, timeout_s: float = 2.0) -> None:
        self._model = model
        self._titles = titles
        self._rules = rules
        self._timeout_s = timeout_s
        self._schema = plan_schema()

    async def read(self, message: str, history: list[Message], shown: Sequence[str] = ()) -> Reading:
        prompt = reading_prompt(message, history)
        reading, note = await ask_json(
            self._model, prompt, self._schema, _MAX_TOKENS, self._timeout_s,
            lambda answer: Reading(
                plan=self._checked(answer, message, history), source="llm", asked=[*prompt, _answered(answer)]
            ),
            "plan",
        )  # fmt: skip
        return reading or (await self._rules.read(message, history, shown)).model_copy(update={"note": note})

    def _checked(self, answer: Any, message: str, history: list[Message]) -> TurnPlan:
        """Validate, keep only mentions that are words of the message, and link them."""
        if not isinstance(answer, dict):
            raise ValueError("the plan is no JSON object")
        plan = TurnPlan.model_validate({**answer, "query": ""})
        folded = message.casefold()
        plan.mentions = [m for m in plan.mentions if m.text.strip() and _stands_in(m.text.casefold(), folded)]
        for mention in plan.mentions:
            mention.id = self._titles.lookup(mention.text)
        for phrases in (plan.wanted, plan.unwanted):
            phrases[:] = [
                p for p in phrases if set(p.casefold().split()) & set(folded.split()) or p.casefold() in folded
            ]
        plan.query = self._rules.plan(message, history).query
        return plan


def _answered(answer: Any) -> AIMessage:
    """A plan as the model wrote it, near enough for a prefix cache."""
    return AIMessage(json.dumps(answer, separators=(",", ":"), ensure_ascii=False))


def _stands_in(name: str, message: str) -> bool:
    """Whether a name is words of the message: "up" is none of "cupboard". Chinese has no blanks between words."""
    if has_cjk(name):
        return name in message
    return bool(re.search(rf"(?<!\w){re.escape(name.strip())}(?!\w)", message))
