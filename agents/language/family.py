"""Children in a message: they watch too and the item must suit them, or they are asleep or away and are no wish."""

import re

from agents.language.complaints import called
from agents.text import either

FOR_CHILDREN = "kids"  # the quality that children who watch too ask for

_KIDS = (
    r"(?:(?:my|our|the|both|all|of|his|her|their|your|two|three|little|small)\s+){0,3}"
    r"(?:kids?|child(?:ren)?|little\s+ones?|toddlers?|bab(?:y|ies)|boys?|girls?|sons?|daughters?|twins|grand(?:kids|children|son|daughter))"
)
_SOON = r"(?:(?:finally|all|now|already|both|sound|fast|still|safely|just|out|off|away|fully|long)\s+){0,3}"
_KIN = r"(?:gran\w*|grand\w+|nan\w*|nans?|mum|mom|mother|dad|father|parents?|in-laws|aunt\w*|uncle\w*|cousins?|friends?|ex|sitter|neighbou?rs?)"
_PLACE = (
    r"(?:school|camp|day\s?care|nursery|kindergarten|(?:a\s+)?sleepover|(?:a\s+)?party|college|university|uni|work)"
)
_ELSEWHERE = (
    r"(?:asleep|sleeping|sleep|napping|tucked\s+(?:in|up)|in\s+bed|to\s+(?:bed|sleep)|gone|away|out(?!\s+of\b)|elsewhere"
    r"|abroad|grown(?:\s+up)?(?!\s+up)|moved\s+out|left(?:\s+home)?|born|off(?:\s+to\s+\w+)?"
    r"|not\s+(?:here|home|at\s+home|around|with\s+us|watching|in)|down(?:\s+for\s+the\s+night)?"
    rf"|(?:staying|visiting|travelling|spending\s+\w+(?:\s+\w+)?)(?:\s+(?:at|with))?(?:\s+(?:their|the|my|our|his|her))?(?:\s+{_KIN}(?:['’]s?)?)?"
    rf"|(?:at|with|to)\s+(?:(?:their|the|my|our|his|her|a)\s+)?(?:{_KIN}(?:['’]s?)?(?:\s+(?:place|house|home))?|{_PLACE}))"
)
_NOW = r"(?:tonight|tonite|today|this\s+\w+|around|here|with\s+us|at\s+home|in\s+the\s+(?:house|room)|watching|any\s?more|nearby)"
# What is told of children who do not watch.
_CIRCUMSTANCES = re.compile(
    rf"\b{_KIDS}\s*(?:['’](?:re|s|ve|ll)|\s(?:is|are|was|were|will|have|has|had|been|being|be|go|goes|went|gone|fell|fall))?"
    rf"\s+(?:(?:be|been|have|gone|go|fallen)\s+)?{_SOON}{_ELSEWHERE}(?!\s+with\s+us)\b['’]?"
    rf"|\b(?:put|puts|putting|got|get|getting|tuck\w*|send\w*|sent|drop\w*|brought)\s+{_KIDS}\s+(?:off\s+|down\s+)?(?:to\s+\w+|in|off|at\s+\w+(?:\s+\w+)?|asleep|down)\b"
    rf"|\b{_KIN}\s+(?:(?:has|have|had|is|are|will)\s+)?(?:got|has|have|had|takes?|took|taking|having|watch(?:es|ing)?|minds?|minding|look(?:s|ing)?\s+after)?\s+{_KIDS}(?=\s*(?:$|[.,;!?]|{_NOW}|for\b|so\b|and\b|until\b))"
    rf"|\b(?:babysitter|sitter|nanny)\s+(?:has|have|is|takes?|will)\b[^.,;!?]{{0,12}}{_KIDS}"
    rf"|\bno\s+{_KIDS}\s+{_NOW}|\bwithout\s+(?:the|our|my)\s+{_KIDS}(?:\s+{_NOW})?|\b(?:free|rid|away)\s+(?:of|from)\s+(?:the|our|my)\s+{_KIDS}"
    rf"|\b(?:before|since)\s+(?:we\s+|i\s+)?(?:had\s+)?{_KIDS}(?:\s+(?:came|arrived|were\s+born))?(?=\s*(?:$|[.,;!?]|\bi\b|\bwe\b|\bcame\b|\barrived\b))",
    re.IGNORECASE,
)
_WITH_THEM = re.compile(
    rf"\b(?:with|for)\s+(?:them|{_KIDS})\b(?!\s+(?:away|asleep|gone|out|in\s+bed|at\b))", re.IGNORECASE
)
_FOR_THEM = re.compile(rf"\b(?:with|for)\s+{_KIDS}\b|适合(?:小孩|孩子|儿童)", re.IGNORECASE)
# The evening is for grown-ups: a children's film asked for before is none for it.
_GROWN_UPS = re.compile(
    r"\b(?:for|just|only)\s+(?:us\s+)?(?:(?:the|two|my\s+\w+\s+and)\s+)?(?:parents|adults|grown[\s-]?ups|m[uo]m\s+and\s+dad)\b"
    r"|\b(?:just|only)\s+(?:the\s+two\s+of\s+us|us(?:\s+two)?\b|(?:me|i)\s+and\s+my\s+(?:wife|husband|partner)|my\s+(?:wife|husband|partner)\s+and\s+(?:me|i))"
    r"|\b(?:adults?|grown[\s-]?ups?)\s+only\b|\bafter\s+they\s+(?:go|are|have\s+gone)\s+(?:to\s+(?:bed|sleep)|asleep|in\s+bed)",
    re.IGNORECASE,
)
_MADE_FOR_GROWN_UPS = re.compile(
    r"\b(?:something|anything|films?|movies?|dramas?|comed(?:y|ies)|stor(?:y|ies)|ones?|stuff)\s+(?:(?:made|meant|only|strictly|just)\s+)*for\s+"
    r"(?:(?:us|the)\s+)?(?:adults?|grown[\s-]?ups?)\b|\bbut\s+(?:made\s+)?for\s+(?:adults?|grown[\s-]?ups?)\b|\b(?:more\s+)?(?P<adult>adult|grown[\s-]?up)\s+(?:films?|movies?|dramas?|comed(?:y|ies)|stor(?:y|ies))\b",
    re.IGNORECASE,
)
_YOUNG = r"(?:[2-9]|1[0-2]|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
# Children who watch too, and whom a film must suit: "my 4 year old". Of a teenager nothing follows.
_WATCH_TOO = re.compile(
    rf"\b{_YOUNG}[\s-]*(?:(?:years?|yrs?|y)[\s-]*olds?|y/?o'?s?)\b"
    r"|\btoddlers?\b|\bpre-?schoolers?\b|\blittle\s+ones\b|\bkids?\s+(?:are|is|aged?)\s+\d\b|\b(?:kids?|children)\W+[2-9]\s*(?:and|&)\s*\d\b|[2-9]岁"
    r"|\b(?:son|daughter|boy|girl|nephew|niece|grandson|granddaughter|grandchild|child|kid|bro(?:ther)?|sis(?:ter)?|cousin)(?:,?\s+who)?(?:['’]?s|\s+(?:is|aged?|turns|turning|just\s+turned)){1,2}"
    rf"\s+(?:only\s+|just\s+|about\s+)?{_YOUNG}\b(?!\s*(?:months|minutes|hours))"
    # "hes 8", of whoever was told of; "they are two great actors" is no age
    rf"|\b(?:he|she|who|they|both)(?:['’]?s|['’]?re|\s+is|\s+are)\s+(?:only\s+|just\s+|like\s+|about\s+|now\s+){{0,2}}{_YOUNG}"
    rf"(?:\s+(?:and|or|&)\s+{_YOUNG})?(?=\s*(?:$|[.,;!?)]|(?:so|but|and|now|lol)\b))"
    rf"|\bage[sd]?\s+{_YOUNG}\b|\b(?:my|our|w|with|for)\s+(?:(?:my|our)\s+)?(?:lil|little|younger|baby)\s+(?:bro(?:ther)?s?|sis(?:ter)?s?|cousins?)\b",
    re.IGNORECASE,
)
# ... told in fewer words: by their age, as those who are "ours", or by what they are to get.
_ONE = either(
    "sons? daughters? boys? girls? nieces? nephews? child(?:ren)? kids? grand(?:sons?|daughters?|child|children|kids?)"
    " bro(?:ther)? sis(?:ter)? (?:small|little)_ones? youngest smallest"
)
_SOME = either("kids? child(?:ren)? grand(?:kids|children) little_(?:ones?|girls?|boys?) toddlers?")
_OUR = either("my our both the two three four small little young dear")
_AGES = rf"{_YOUNG}(?:\s*(?:,|and|&|or)\s*{_YOUNG})*\b(?!\s*(?:months|min|hours?|days|weeks|times|stars|films|movies|of\b|%))"
_STARTS = r"(?:(?<=[.,;!?:]\s)|(?<![^.,;!?:]))"  # a clause
_WHICH = either("my our for with an? and the two three four \\d little small big old(?:er|est)? young(?:er|est)? dear")
_IS = r"(?:\s*[,(-])?(?:\s+(?:who|is|are|of|aged?|from|only))*\s*"
_AGED = rf"(?:{_STARTS}|{_WHICH}\s+){_ONE}{_IS}{_AGES}"
_PARTY = rf"{_YOUNG}(?:th|rd|nd)?[\s-]+(?:(?:years?|yrs?)[\s-]+)?(?:old\s+)?birthday\b"
_BY_AGE = rf"the\s+{_YOUNG}(?:[\s-]years?)?\s+{either('can could may might will would must should')}\b"
_NO_KIND = r"(?!['’]?s?\s+(?:films?|movies?|stuff|cartoons?|shows?|stories|books?|actors?|in|at\s+heart)\b|['’]s\b)"
_NOT_GROWN = r"(?!\s+(?:are|is)\s+(?:grown|adults?|1[3-9]|[2-9]\d))"
_OURS = rf"(?:my|our)\s+(?:{_OUR}\s+)*{_SOME}\b{_NO_KIND}{_NOT_GROWN}"
# "A film with kids" is about them.
_WITH_US = (
    rf"(?:for|with\s+(?=my|our|the)|watch\w*\s+(?:\w+\s+)?with)\s*(?:(?:{_OUR}\s+)*\w+\s+and\s+)?(?:(?:{_OUR}|all|some|\d)\s+)*"
    rf"{_SOME}\b{_NO_KIND}"
)
_GET = either(
    "must should can could will would want loved? liked? enjoy\\w* get need watch may have_to do don'?t cannot"
    " (?:are|r)_(?:\\d|with|here|bored|awake|watching|also|too|small|young|little|afraid|scared)"
)
_THEY_GET = rf"(?:{_STARTS}|(?:and|but|so|because|also)\s+)(?:the\s+)?(?:kids|children|little\s+ones)\s+{_GET}"
_PRESENT = re.compile(rf"\b(?:{'|'.join((_AGED, _PARTY, _BY_AGE, _OURS, _WITH_US, _THEY_GET))})", re.IGNORECASE)
_IN_A_STORY = re.compile(r"\b(?:about|where|in\s+which|whose|story\s+of|called)\b[^.,;!?]*$", re.IGNORECASE)
_NOT_FOR = re.compile(r"(?:\b(?:not|no|only|just)|n['’]?t)(?:\s+(?:just|only|really))?\s*$", re.IGNORECASE)
_FOR_SOME = re.compile(r"for\s+(?:the\s+)?\w+", re.IGNORECASE)
# What is for older people than a child is: not said of the year that a film is from.
TOO_OLD_FOR = re.compile(
    r"\btoo\s+(?:old|grown[\s-]?up|adult|mature)\s+for\s+(?:him|her|them|(?:my|our|the)\s+(?:\w+\s+)?"
    r"(?:kids?|children|son|daughter|boy|girl|nephew|niece|grand\w+|little\s+\w+|child|class))\b",
    re.IGNORECASE,
)


def circumstances(text: str) -> list[tuple[int, int]]:
    """The stretches that only tell where the children are; none where something is for them all the same."""
    found = [match.span() for match in _CIRCUMSTANCES.finditer(text)]
    outside = text
    for start, end in found:
        outside = outside[:start] + " " * (end - start) + outside[end:]
    return [] if _WITH_THEM.search(outside) else found


def watch_too(text: str, told: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches by which children watch too. `told`: those that only tell where children are."""
    matches = [*_WATCH_TOO.finditer(text), *TOO_OLD_FOR.finditer(text)]
    matches += [
        match
        for match in _PRESENT.finditer(text)
        # "Not for kids" and "those are all for kids" are said of films.
        if not _NOT_FOR.search(text[: match.start()])
        and not (_FOR_SOME.fullmatch(match[0]) and called(text, *match.span()))
        and not in_a_story(text, match.start())
    ]
    return [match.span() for match in matches if not any(a < match.end() and match.start() < b for a, b in told)]


def in_a_story(text: str, start: int) -> bool:
    """Whether who is named at a place is in the story that is looked for: "a film about my kids"."""
    return bool(_IN_A_STORY.search(text[:start]))


def children_watch(text: str, told: list[tuple[int, int]]) -> bool:
    """Whether children watch too, by what is told of them. `told`: as for `watch_too`."""
    return bool(watch_too(text, told))


def is_for_children(text: str) -> bool:
    """Whether something is looked for that suits children, named by their age or not."""
    return children_watch(text, circumstances(text)) or bool(_FOR_THEM.search(text))


def for_grown_ups(text: str) -> list[tuple[int, int]]:
    """The stretches that ask for what is made for grown-ups: "an adult drama", "a film for grown-ups"."""
    return [match.span("adult") if match["adult"] else match.span() for match in _MADE_FOR_GROWN_UPS.finditer(text)]


def grown_ups_only(text: str) -> bool:
    """Whether only grown-ups watch."""
    return bool(_GROWN_UPS.search(text) or circumstances(text))
