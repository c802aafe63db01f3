"""What of a conversation is shown to a language model: all of it while it is short, then a choice within a budget.

A short conversation is told whole, message after message, so that a prefix cache holds all but the newest. Of a long
one the last exchange is always there, cut if it must be; beside it stands the earlier exchange that has most to do with
the message, and what holds from everything before in one line. Knows nothing of prompts; the budget is an estimate.
"""

import math
import re
from collections.abc import Sequence

from agents.language import cues
from agents.plan import Message
from agents.text import has_cjk, tokens

HISTORY_TOKENS = 900
_CHARS_PER_TOKEN = 3.5  # of English; fewer than most tokenizers need, so the estimate is high
_LOOK_BACK = 100  # messages among which a relevant one is looked for
_LINE_SHARE = 0.25  # of the budget, for the line on what holds
_EARLIER_SHARE = 0.35  # of the budget, for the earlier exchange


def token_count(text: str) -> int:
    """An estimate of the tokens of a text, on the high side; each Chinese character counts as one."""
    wide = sum(map(has_cjk, text)) if has_cjk(text) else 0
    return wide + math.ceil((len(text) - wide) / _CHARS_PER_TOKEN)


def cut(text: str, budget: int) -> str:
    """The beginning of a text that fits a number of tokens."""
    if token_count(text) <= budget:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if token_count(text[:middle]) <= budget else (low, middle - 1)
    return text[:low].rstrip()


def selected(history: Sequence[Message], message: str, holds: str, budget: int = HISTORY_TOKENS) -> list[Message]:
    """Earlier messages for a prompt, oldest first, within `budget` tokens: all, or else at most two exchanges.

    Args:
        history: all earlier messages, oldest first.
        holds: the constraints so far in one line, or "": it stands in for the exchanges that are left out.
        budget: tokens by `token_count`.
    """
    exchanges = _exchanges(history[-_LOOK_BACK:])
    if not exchanges:
        return []
    if len(history) <= _LOOK_BACK and sum(token_count(m.text) for m in history) <= budget:
        return list(history)
    last = exchanges[-1]
    if len(exchanges) == 1:
        return _fitted(last, budget)
    line = f"(So far: {cut(holds, int(budget * _LINE_SHARE))}.) " if holds else ""
    words = _words(message)
    # Of equally relevant ones the newest: the exchange before the last where nothing is shared.
    best = max(range(len(exchanges) - 1), key=lambda i: (len(words & _words(exchanges[i][0].text)), i))
    earlier = _fitted(exchanges[best], int(budget * _EARLIER_SHARE))
    # The line goes into the earlier message: roles must take turns, and the newest one stays as it was said.
    earlier[0] = earlier[0].model_copy(update={"text": line + earlier[0].text})
    return [*earlier, *_fitted(last, budget - sum(token_count(m.text) for m in earlier))]


def _exchanges(history: Sequence[Message]) -> list[list[Message]]:
    """A message and the answer to it, where there was one."""
    found: list[list[Message]] = []
    for message in history:
        if message.role == "user" or not found:
            found.append([message])
        elif len(found[-1]) == 1:
            found[-1].append(message)
    return found


def _fitted(exchange: Sequence[Message], budget: int) -> list[Message]:
    """An exchange within a budget; what the person said is kept before what was answered."""
    fitted = []
    for message in exchange:
        text = cut(message.text, budget)
        budget -= token_count(text)
        fitted.append(message.model_copy(update={"text": text}))
    return [message for message in fitted if message.text]


def _words(text: str) -> set[str]:
    """The words of a text that say something; of Chinese, its pairs of characters."""
    text = text[:1_000]
    pairs = re.findall(r"(?=([\u4e00-\u9fff]{2}))", text)
    return {*pairs, *(t.key for t in tokens(text) if t.key not in cues.STOP_WORDS and not has_cjk(t.key))}
