"""Which item a whole message takes, and nothing else is said in it: "ok, Ring it is", "Sold. The Lunchbox. Good night!".

Who has chosen wants a kind word and no other list, in whatever words of agreement, thanks and farewell it is said.
"""

from collections.abc import Collection, Sequence

from agents.plan import Intent, Mention, Stance, TurnPlan
from agents.text import ARTICLES, phrase_key, plain, tokens
from storage.records import ItemRecord

_LONGEST = 30  # words of a message that takes something
# What thanks, takes leave or says that something is taken.
_TAKES = frozenset(
    "thank thanks thankyou thx thnx ty tysm cheers ta bye goodbye goodnight night sold chosen choose chose decided settled settle settling"
    " picked pick picking take taking tonight will shall gonna going lets let's ill i'll we'll imma ima".split()
)
# Behind the name of a card a nod will do: "ok, Heat then".
_NODS = frozenset(
    "ok okay k kk alright right well yes yeah yep yup sure bet deal done then please pls plz course definitely deffo".split()
)
# A nod too, unless it is said of the film: "Heat is great", "great film, Heat".
_PRAISE = frozenset(
    "great perfect lovely wonderful brilliant excellent nice cool good fine awesome sweet amazing splendid".split()
)
_OF_A_FILM = frozenset("is are film movie one".split())
# Beside them stands nothing but such words.
_BESIDE = frozenset(
    "oh ah hm hmm lol haha so just only now first i we it he she they you is it's its that that's this one for of on to up with be"
    " have has had i've we've i'm we're am are a an the go watch watching try trying see do doing put get getting our my your us me"
    " meant mean say says said agree agrees agreed all let day evening nicely much very lot many help helpful kind later soon again"
    " choice mind made film movie wife husband mum dad kids everyone by".split()
)


def choice(
    message: str, cards: Sequence[ItemRecord], mentions: Sequence[Mention], shown: Collection[str]
) -> TurnPlan | None:
    """The plan of a message that takes one item, and None for any other message.

    Args:
        cards: the newest ones and what was spoken of, which may be named by a word or two of their titles.
        mentions: the items that the message names. shown: ids of all that was shown.
    """
    text = plain(message)
    if "?" in text or not cards or len({mention.id for mention in mentions}) > 1:
        return None
    if mentions and mentions[0].id:
        name, item_id = mentions[0].text, mentions[0].id
    else:
        words = [token for token in tokens(text) if _word(token.text) not in _TAKES | _NODS | _PRAISE | _BESIDE]
        name = text[words[0].start : words[-1].end] if words else ""
        said = set(phrase_key(name).split()).difference(ARTICLES)
        found = {item.id for item in cards if said and said <= set(phrase_key(item.title).split())}
        if len(found) != 1:
            return None
        (item_id,) = found
    if not takes(text, name, on_a_card=item_id in shown or any(item.id == item_id for item in cards)):
        return None
    return TurnPlan(intent=Intent.FEEDBACK, mentions=[Mention(text=name[:200], id=item_id, stance=Stance.LIKED)])


def takes(text: str, name: str, on_a_card: bool = True) -> bool:
    """Whether a text says of a name in it that it is taken, and nothing else."""
    text = plain(text)
    words = [_word(token.text) for token in tokens(text.replace(name, " ", 1))]
    if not words or len(words) > _LONGEST or not _TAKES.union(_NODS, _PRAISE, _BESIDE).issuperset(words):
        return False
    it_is = "it is" in text.partition(name)[2].lower()  # "it is Heat" only says what was looked for
    praised = bool(_PRAISE.intersection(words))
    nods = not (praised and _OF_A_FILM.intersection(words)) and (praised or bool(_NODS.intersection(words)))
    return bool(_TAKES.intersection(words)) or it_is or (on_a_card and nods)


def _word(text: str) -> str:
    return text.lower().replace("’", "'")
