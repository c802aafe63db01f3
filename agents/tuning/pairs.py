"""Prompt-and-answer pairs for tuning, in the very words that the served prompts have."""

import json
from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from agents.llm.prompts import judging_prompt, telling_prompt
from agents.tuning.expand import Example
from agents.tuning.tune import Pair
from agents.tuning.voices import Told

_ROLE = {"system": "system", "human": "user", "ai": "assistant"}


def judging_pair(example: Example) -> Pair:
    """What `JudgingReader` asks about this message, and the right answer."""
    answer = {"intent": example.intent.value} | {str(n): label for n, label in enumerate(example.labels, start=1)}
    return Pair(as_chat(judging_prompt(example.message, example.spans, example.history)), json.dumps(answer))


def telling_pair(told: Told) -> Pair:
    """What the storyteller is asked about these picks, and a reply that the evidence carries."""
    return Pair(as_chat(telling_prompt(told.message, told.evidence)), told.reply)


def as_chat(messages: Sequence[BaseMessage]) -> list[dict[str, str]]:
    """Messages in the form of a chat template."""
    return [{"role": _ROLE[message.type], "content": str(message.content)} for message in messages]
