"""From a dialogue between two people to a ranking request: what the controller does, without the turns of a chat."""

from collections.abc import Sequence

from agents.plan import Intent, Stance, TurnPlan
from agents.reading.rules import RuleReader
from agents.state.taste import Profile, Taste, TasteKeeper
from recommender.serving.request import Request

_RECENT_USER = 3  # messages whose words are searched by
_QUERY_CHARS = 600


def dialogue_request(
    reader: RuleReader, keeper: TasteKeeper, context: Sequence[dict[str, str]], mentioned: Sequence[str]
) -> Request:
    """The request at the end of a dialogue.

    Args:
        context: `{"role", "text"}`, oldest first; both sides talk, and both name items they like.
        mentioned: ids named so far, in order; what the seeker said against an item is read from the text.
    """
    taste = Taste()
    disliked: set[str] = set()
    texts = [m["text"] for m in context if m["role"] == "user"][-_RECENT_USER:]
    for text in texts:
        plan: TurnPlan = reader.plan(text, [])
        if plan.intent is Intent.CHAT:
            continue
        disliked |= {item_id for m in plan.mentions if m.stance is Stance.DISLIKED for item_id in m.ids}
        # Every message adds to the wish: people in a dialogue rarely take anything back.
        plan.intent = Intent.REFINE
        plan.mentions = []
        taste = keeper.update(taste, plan, text)
    request = taste.request(Profile(), 1)
    return Request(
        history=tuple(i for i in mentioned if i not in disliked),
        disliked=tuple(disliked),
        wanted=request.wanted,
        query=" ".join(texts)[-_QUERY_CHARS:],
        k=1,
    )
