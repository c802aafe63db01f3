"""The words by which a reply is judged: which of them claim nothing, and which claim so much that they must be known.

Lists only; how they are used is said in `agents.checking.grounding`. Words are compared by `root`, a crude one on
purpose.
"""

import re

from agents.text import stem

# Forms and words that everyday speech puts for one another; the first of a group stands for all.
_ALIKE = """
    child children kid kids youngster; mother mom mum mama; father dad daddy; grandmother grandma; grandfather
    grandpa; wife wives bride; husband groom; marry married marriage wedding; killer murderer; murder murdered;
    detective sleuth investigator; policeman cop cops; lawyer attorney; doctor physician; king kings monarch; film
    films; thief thieves robber; soldier soldiers troops; big large huge vast giant enormous gigantic; small little
    tiny; old elderly aged; fast quick quickly; rich wealthy; lonely alone; house home homes houses; town village;
    job jobs jobless unemployed; shop store; ship boat vessel; plane airplane aeroplane jet aircraft; car cars
    automobile; train trains; road roads highway; sea ocean seas; forest woods; money cash; jail prison; kitchen
    kitchens; scary scare scared scariness frightening frightens terrifying creepy; funny laugh laughs humor humour
    humorous hilarious joke jokes comic comical; sad sadness sorrowful; happy happiness happily; weird strange odd;
    dark darkness; quiet silent silence; dead death die died dies dying; comedy comedies comedic; animation animated
    animations anime cartoon cartoons; gray grey; romance romantic romances; mystery mysterious; history historical;
    satire satirical; fantasy fantastical; horror horrors horrific; biography biopic biographical; parody spoof
    spoofs parodies; crime criminal crimes; war wars wartime; alien aliens extraterrestrial; ghost ghosts; robot
    robots robotic; space spaceship spacecraft; dream dreams dreamt dreaming; past memory memories remember
    remembers; follow followed pursue pursues; escape escapes flee flees fled fleeing; hunt hunts chase chases
    chased; learn learns learned learnt discover discovers discovered; start begin begins began begun; end ends
    ending; return returns back; steal steals stole stolen theft; fight fights fought battle battles; hide hid
    hidden hides; save saves saved rescue rescues rescued; shelter shelters; think thinks thought; write writes
    wrote written; catch catches caught; fall falls fell fallen; lose loses lost losing loss; leave leaves left
    leaving; find finds found; buy buys bought; sell sells sold; meet meets met; wake wakes woke woken; break breaks
    broke broken; fly flies flew flown; drive drives drove driven; speak speaks spoke spoken talk talks; teach
    teaches taught; choose chooses chose chosen; grow grows grew grown; ride rides rode ridden; sing sings sang
    sung; swim swims swam; drink drinks drank drunk; eat eats ate eaten; build builds built; bring brings brought;
    hold holds held; shoot shoots shot; send sends sent; win wins won winning; know knows knew known; feel feels
    felt; sleep sleeps slept; fear fears feared afraid; sick ill illness; american america americans; british
    britain; french france; german germany; italian italy; japanese japan; chinese china; russian russia; spanish
    spain; korean korea; swedish sweden; slow slowly; violent violence; clever smart; cook cooks cooking; teenager
    teen teens teenage teenagers; friend friends friendship; musical musicals
"""
_STANDS_FOR = {word: group.split()[0] for group in _ALIKE.split(";") for word in group.split()}
_ENDINGS = (
    "ians", "ian", "ia", "ingly", "edly", "ations", "ation", "ically", "ical", "ings", "ing", "ions", "ion", "ness",
    "ers", "ied", "ies", "ed", "er", "or", "al", "ic", "ly", "es", "ie", "s", "y", "e",
)  # fmt: skip
_SHORT_ENDINGS = ("ed", "ing", "e", "ie", "s", "y")  # leave three letters or more, the others four


def root(key: str) -> str:
    """A folded word without its ending, so that "dancing" meets "dance" and "zombies" "zombie"; numbers stay."""
    if key[:1].isdigit():
        return key
    key = _STANDS_FOR.get(key) or stem(key)
    if key in _STANDS_FOR:
        return _STANDS_FOR[key]
    for ending in _ENDINGS:
        if key.endswith(ending) and len(key) - len(ending) >= (3 if ending in _SHORT_ENDINGS else 4):
            key = key[: -len(ending)]
            break
    if known := _STANDS_FOR.get(key) or _STANDS_FOR.get(f"{key}e"):
        return known
    return key[:-1] if len(key) > 3 and key[-1] == key[-2] and key[-1] not in "lsz" else key


def _roots(text: str) -> frozenset[str]:
    return frozenset(map(root, text.split()))


# Words of talking about picks, which claim nothing of them.
TALK = _roots("""
    film movie picture item pick choice option story tale plot scene match fit suit wish ask want watch see tell
    told follow say have has give get got go come take make made put turn bring keep let become start begin set show
    find meet man woman girl boy hero person people someone somebody everyone anybody guy viewer one both either
    neither each other another pair together too also else same kind sort type way thing lot bit here there where
    when while because since why how well enough even still just only very much many more less than rather evening
    tonight night time again after before about around over under between into onto through along across behind in
    on at by for from with to of off up down out back as and or but so if then that this these those it its is are
    was were be been being you your yours he she they them their his her him i we us our an a the do does did will
    would can could may might should must combine deal share feature include add offer hold contain reach run long
    mean lasts call name close similar near like love enjoy liking really right away already actually pretty almost
    probably maybe perhaps sure yeah quite several various few good fine choose chosen decide answer point reason
    word moment feel place try happen work ready mind half clear clearly exactly simply certainly completely
    especially particularly mostly mainly finally instead otherwise despite though although unless whether within
    toward towards upon below above beyond himself herself themselves itself myself yourself whose which what who
    whom able quick welcome glad treat bet idea sound seem appear prefer suggest recommend recommendation title
    spend sit mix blend balance tick box spot lead side came went gone done said saw seen ran felt thought early
    late mid direct director star starring cast actor actress role expensive price cheap minute hour year dollar
    decade pay cost need use look send list whenever own far brought gave took kept part among against during soon
    now yet once ever
""")
# Common, and claims all the same.
ORDER = frozenset(("first", "second", "third", "last", "new"))
# Words that say what kind of thing an item is, or how it looks: each must stand in the item's own evidence.
KINDS = _roots("""
    action adventure animation biography biopic cartoon comedy crime disaster documentary drama epic fantasy fiction
    heist history horror musical mystery noir parody romance satire slapstick sport spoof superhero thriller tragedy
    war western whodunit zombie silent french german italian japanese korean chinese spanish british american
    russian swedish indian danish red blue green yellow black white brown gray pink purple orange silver gold golden
    leather wooden wool cotton steel plastic glass ceramic
""")
# Praise, prizes and success are nobody's to give who has only the evidence.
_VERDICTS = """
    award awarded oscar prize trophy medal palme globe emmy bafta cannes canne festival nominated nomination winner
    win won winning honour honor honoured honored acclaimed acclaim critic critical best greatest popular rated
    rating famous classic masterpiece cult iconic icon legendary beloved hit blockbuster bestseller bestselling top
    finest perfect unmatched unrivalled unforgettable grossed gross voted sequel prequel remake
"""
VERDICTS = frozenset(_VERDICTS.split())
# Words that only look like superlatives.
_PLAIN_ENDINGS = """
    forest west rest guest test interest honest quest chest nest request contest protest modest arrest invest suggest
    harvest digest pest vest zest breast priest conquest behest northwest southwest everest budapest
"""
_NO_SUPERLATIVES = frozenset(_PLAIN_ENDINGS.split())
_SUPERLATIVE = re.compile(r"[a-z]{2,}(?:[^aeiou]|i)est")


def is_superlative(key: str) -> bool:
    """Whether a folded word is one like "funniest"."""
    return bool(_SUPERLATIVE.fullmatch(key)) and key not in _NO_SUPERLATIVES
