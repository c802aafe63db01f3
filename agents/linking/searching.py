"""The words of a message to search by: what is left of it without names, bounds and the words of asking.

A message says what it is about in few of its words: in "hmm, my wife picked the last one, so something with submarines
please" it is one. The others, searched by meaning, lead away from it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agents.language import cues
from agents.language.amounts import AGE_TOLD
from agents.language.negation import negated
from agents.linking.titles import TitleSpan
from agents.text import Token, frequency, has_cjk, tokens

_EVERYDAY = 6.3  # Zipf frequency from which a word is about nothing
_MISSPELT = 3.0  # below it a word may be a plain one with a letter wrong; words shorter than this are too like others
_SHORTEST_MISSPELT = 5
_LONGEST = 1_000  # characters

# Words in which people ask, judge, excuse themselves and tell of their evening. Their plurals and verb forms count too.
_ASKING = """
    yo hubby missus gf bf hmm hm oh ooh ah aw wow ugh meh eh yep yup haha ha hush omg wtf tbh ngl imo lmao bro dude
    mate pal dear sir ur ya yall gonna gotta gimme lemme kinda sorta dunno cos cuz cause tho thru abt smth sth sthg
    sumthing wat wont cant couldnt wouldnt shouldnt aint youve theyre weve hasnt hadnt plz pleas sorry excuse pardon
    cheer ta regards thankyou next never big little tons bunch pile everything anyone everybody week weekend weekday
    month today tomorrow yesterday tonite monday tuesday wednesday thursday friday saturday sunday afternoon morning
    nite day later lately till until ago eventually forever always usually sometimes often rarely hardly barely
    rewatch stream netflix dvd tv television screen cinema sofa couch disc shelf rent bore tired sleepy asleep awake
    yawn knackered hungover leave stay skip swap drop avoid ditch bin tried stick settle continue carry switch
    change replace remove exclude except besides apart aside minus adore loathe despise dislike detest appreciate
    stand fond fave favorite favourite obsessed hooked keen dig awful terrible horrible rubbish dreadful dire worst
    worse bad decent alright superb brilliant amazing awesome fantastic fab lovely wonderful excellent marvellous
    perfect solid stellar outstanding overrated underrated trash garbage crap slog snooze snoozefest letdown
    disappoint suck stinks waste dull drag masterpiece banger slap flop hype guess believe suppose imagine reckon
    wonder remember forgot hear mention expect hope beg talk reply question honest literally basically obviously
    frankly seriously definitely absolutely totally utterly possibly preferably ideally specifically generally
    properly anyway whichever whoever however wherever somehow somewhere anywhere elsewhere help advise advice rec
    propose search seek browse check selection candidate alternative replacement vibe vein style line ish esque such
    alike equivalent comparable closest resemble stuck stumped clue inspiration whim random best top greatest whole
    entire super extra fairly somewhat slightly possible impossible available proper actual none couple former rest
    remaining finish end stop exist known understand agree disagree deliberate count depend per via wrong true
    correct wait hang abandoned folk lads crowd fill luck round twice doing shame worth deserve fan taste opinion
    problem trouble plan cool fun okayish swear promise forgive mistake fault popular entertain enjoyable
    interesting watchable worthwhile buy item product quite think max picture choice option fit suit wish ask tell
    told follow say go come take made put turn keep become start begin people someone somebody everyone guy viewer
    both each together same type way lot enough even still much many less night again after before around over
    between onto through along across right pretty almost probably perhaps sure several various few fine chosen
    answer reason moment happen ready half clearly exactly simply certainly completely especially particularly
    mostly mainly finally otherwise despite though although unless whether within toward upon himself herself
    themselves itself myself yourself whose whom able welcome glad idea sound seem appear prefer title mix came went
    gone done felt early late mid expensive use list whenever own far brought gave took among against during soon
    now yet once ever must shall since while because enjoy off down back left worn gets goes year sooner watched
    decided kindly beyond recommendation others might liking pick choose recommend suggest watch honestly trust hit
    sumthin somethin anythin try wept weep beautiful beautifully hbu wbu nvm bruh fr rn ong ikr lowkey smh istg idc ffs
    lil hes shes whos bro sis tn tmr tmrw watchin yr yrs
    look set above fondly flick work different hate thats whats theres heres ex him her his hers theirs himself darling
"""
# Who is with them, where a word like "my" stands before: "a film with my dad" is about none, "about a dad" is.
_COMPANY = """
    wife husband partner girlfriend boyfriend flatmate housemate roommate colleague neighbour
    doctor nurse carer therapist
    mother father grandmother grandfather mom mommy daddy
    guest mum mummy dad parent grandma gran grandad grandpa nephew niece uncle aunt cousin sister brother son
    daughter kid folk mate crew team class boss teacher twin toddler baby teenager boy girl
"""
# Figures of speech, which name no quality either: "a mean trick" and "her present" are about something.
SAYINGS = re.compile(
    r"\bi\s+mean(?:t)?\b|\b(?:good\s+|oh\s+)heavens\b|\bgoodness(?:\s+(?:me|gracious))?\b|\bdear\s+me\b|\bgood\s+lord\b"
    r"|\bat\s+present\b|\bat\s+the\s+moment\b|\b(?:i\s+should|i\s+might|let\s+me|to)\s+add\b|\b(?:in|to|on|of)\s+(?:my|your|our)\s+mind\b"
    r"|\b(?:bear|keep)(?:ing)?\s+in\s+mind\b|\bin\s+mind\b|\bmind\s+you\b|\b(?:i|you)\s+bet\b|\bfor\s+heaven'?s\s+sake\b"
    r"|\bin\s+(?:(?:the|that|this|an?|much\s+the)\s+)?(?:(?:same|similar)\s+)?spirit\b(?!\s+world)|\b(?:if|unless)\s+you\s+(?:do\s?n'?t\s+)?mind\b"
    r"|\b(?:ring|phone|text)\s+(?=(?:my|our|me|us|him|her|them)\b)|\bold[\s-]fashioned\b|\bslow(?:er|ly)?\b(?!\s+motion)"
    r"|\bnever\s*mind\b|\bto\s+death\b|\bhard\s+of\s+hearing\b|\bby\s+all\s+means\b|\ball\s+the\s+same\b|\bof\s+course\b"
    r"|\bfor\s+an?\s+old\s+(?:lady|man|gentleman|woman|couple)\b"
    r"|\bfor\s+(?:an?|my|our)\s+(?:\w+\s+)?\w+\s+who\s+(?:really\s+|also\s+)?(?:likes?|loves?|enjoys?|adores?)\b|\b(?:lives?|living)\s+alone\b|\b(?:on\s+my\s+own|by\s+myself)\b"
    r"|\b(?:i'm|i\s+am|(?:he|she|my\s+\w+)(?:'s|\s+is))\s+(?:\d{2}|(?:sixty|seventy|eighty|ninety)(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?)\b",
    re.IGNORECASE,
)
_OURS = frozenset(("my", "our", "your", "his", "her", "their"))


def _forms(words: str) -> frozenset[str]:
    """Words as they are and with the endings of plurals and verbs."""
    found = set(words.split())
    for word in (word for word in words.split() if len(word) > 2):
        found |= {word + ending for ending in ("s", "d", "ed", "ing")}
        found |= {word[:-1] + "ing", word + word[-1] + "ed", word + word[-1] + "ing"}
    return frozenset(found)


_TALK = cues.STOP_WORDS | _forms(_ASKING)
_COMPANIONS = _forms(_COMPANY)
_PLAIN = tuple(sorted(word for word in _TALK if len(word) >= _SHORTEST_MISSPELT and frequency(word) >= _MISSPELT))


def words_to_search_by(text: str, spans: Sequence[TitleSpan], left_out: Sequence[tuple[int, int]]) -> str:
    """What is left of a message, its words in their order.

    Args:
        spans: the names in it, which are left out, too, and tell what a negation is of.
        left_out: stretches that say something else, such as bounds and what is unwanted.
    """
    taken = [
        *left_out,
        *(match.span() for match in (*SAYINGS.finditer(text), *AGE_TOLD.finditer(text))),
        *((span.start, span.end) for span in spans),
    ]
    words = tokens(text)
    kept = [
        _with_its_g(token.text)
        for before, token in zip((None, *words), words, strict=False)
        if _is_subject(token, before)
        and not any(token.start < end and start < token.end for start, end in taken)
        and not negated(text, token.start, spans)
    ]
    return " ".join(kept)[:_LONGEST]


def _is_subject(token: Token, before: Token | None) -> bool:
    """Whether a word may be what a message is about; `before` is the word in front of it."""
    if has_cjk(token.text):
        return not cues.ZH_STOP_WORDS.fullmatch(token.text)
    if not token.key.isalpha() or "'" in token.text or says_nothing(token.key):
        return False
    return before is None or before.key not in _OURS or token.key not in _COMPANIONS


def _with_its_g(word: str) -> str:
    """ "studyin" as it is written elsewhere."""
    left_off = word.endswith("in") and frequency(word.lower()) < _MISSPELT <= frequency(f"{word.lower()}g")
    return f"{word}g" if left_off else word


@lru_cache(maxsize=20_000)
def says_nothing(word: str) -> bool:
    """Whether a folded word only belongs to asking, as it is or with a letter wrong."""
    if len(word) < 2 or word in _TALK or _with_its_g(word) in _TALK or frequency(word) >= _EVERYDAY:
        return True
    if len(word) < _SHORTEST_MISSPELT or frequency(word) >= _MISSPELT:
        return False
    return process.extractOne(word, _PLAIN, scorer=OSA.distance, score_cutoff=1) is not None
