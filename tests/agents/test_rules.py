"""How rules read a message: qualities and their negation, stances, and that any text has a reading in time."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.linking.facets import FacetLinker
from agents.plan import MOST_SHOWN, Intent, Message, Stance, TurnPlan
from agents.reading.rules import RuleReader

EARLIER = [Message(role="user", text="a horror film"), Message(role="assistant", text="Here are five.")]

# message → what is wanted and what is not
QUALITIES = {
    "horror": ({"horror"}, set()),
    "funny and dark": ({"funny", "dark"}, set()),
    "something scary but not gory": ({"scary"}, {"gory"}),
    "no horror please": (set(), {"horror"}),
    "not horror, comedy": ({"comedy"}, {"horror"}),
    "anything but horror": (set(), {"horror"}),
    "a western, anything but horror": ({"western"}, {"horror"}),
    "no romance, horror or musicals": (set(), {"romance", "horror", "musicals"}),
    "neither horror nor romance": (set(), {"horror", "romance"}),
    "a comedy without romance, in French": ({"comedy", "in french"}, {"romance"}),
    "a thriller that isn't violent": ({"thriller"}, {"violent"}),
    "I don't want violence": (set(), {"violence"}),
    "hates musicals but loves westerns": ({"westerns"}, {"musicals"}),
    "nothing too sad": (set(), {"sad"}),
    "less violent": (set(), {"violent"}),
    "if I see one more superhero I will scream": (set(), {"superhero"}),
    "I've seen everything by Kurosawa": (set(), {"kurosawa"}),
    "I find Tarkovsky too slow": (set(), {"tarkovsky"}),
    "too dark": (set(), {"dark"}),
    "NO HORROR. COMEDY.": ({"comedy"}, {"horror"}),
    # the list behind "nor" or "or" is closed at its comma
    "neither horror nor comedy, japanese, 80s or earlier": ({"japanese"}, {"horror", "comedy"}),
    "no horror or comedy, japanese": ({"japanese"}, {"horror", "comedy"}),
    "no horror, comedy or romance, japanese or korean": ({"japanese", "korean"}, {"horror", "comedy", "romance"}),
    "not horror, japanese, 80s or earlier": ({"japanese"}, {"horror"}),
    # a bound is no negation, and what is one already is not negated again
    "no more than 2 hours and not in english": (set(), {"english"}),
    "no more than 2 hours and japanese": ({"japanese"}, set()),
    "non-english": (set(), {"english"}),
    "a non-violent western": ({"western"}, {"violent"}),
    "no horror and without dialogue": ({"without dialogue"}, {"horror"}),
    # sounds like a negation and is none
    "not only funny but dark": ({"funny", "dark"}, set()),
    "I wouldn't say no to a western": ({"western"}, set()),
    "nothing beats a good western": ({"western"}, set()),
    "none of these are funny": ({"funny"}, set()),
    # put up with: neither wanted nor ruled out
    "I don't mind horror": (set(), set()),
    "I don't dislike musicals, by the way": (set(), set()),
    "can't get enough horror": ({"horror"}, set()),
    "why not a western": ({"western"}, set()),
    # Chinese
    "想看喜剧，不要恐怖片": ({"喜剧"}, {"恐怖片"}),
    "不要太悲伤": (set(), {"悲伤"}),
    "别太恐怖": (set(), {"恐怖"}),
    "不恐怖的科幻片": ({"科幻"}, {"恐怖"}),
    "没有暴力的动作片": ({"动作"}, {"暴力"}),
    "非美国的犯罪片": ({"犯罪"}, {"美国"}),
}
STANCES = {
    "I loved Alien": Stance.LIKED,
    "my wife loves Alien": Stance.LIKED,
    "our kids all loved Alien": Stance.LIKED,
    "my wife loves Alien but i don't": Stance.DISLIKED,
    "big fan of Alien": Stance.LIKED,
    "also dug Alien": Stance.LIKED,
    "Alien was phenomenal": Stance.LIKED,
    "I hated Alien": Stance.DISLIKED,
    "didn't like Alien": Stance.DISLIKED,
    "couldn't finish Alien": Stance.DISLIKED,
    "Alien was boring": Stance.DISLIKED,
    "Alien? hated it": Stance.DISLIKED,
    "Alien was horrible": Stance.DISLIKED,
    "Alien was dumb": Stance.DISLIKED,
    "Alien was a bit weak": Stance.DISLIKED,
    "Alien is such a mess": Stance.DISLIKED,
    "Alien? not so much": Stance.DISLIKED,
    "Alien did nothing for me": Stance.DISLIKED,
    "Alien? turned it off": Stance.DISLIKED,
    "Alien was too gross for us": Stance.DISLIKED,
    "nobody liked Alien": Stance.DISLIKED,
    "regret watching Alien": Stance.DISLIKED,
    "Alien: zero stars": Stance.DISLIKED,
    "Alien put me to sleep": Stance.DISLIKED,
    "wasn't a big fan of Alien": Stance.DISLIKED,
    "not a big fan of Alien": Stance.DISLIKED,
    "Alien wasn't all that great": Stance.DISLIKED,
    "something dumb, I liked Alien": Stance.LIKED,
    "seen Alien": Stance.SEEN,
    "I already watched Alien": Stance.SEEN,
    "something like Alien": Stance.SIMILAR_TO,
    "in the vein of Alien": Stance.SIMILAR_TO,
    "a film like Alien but funnier": Stance.SIMILAR_TO,
    "more like Alien": Stance.SIMILAR_TO,
    "《异形》没意思": Stance.DISLIKED,
    "不太喜欢《异形》": Stance.DISLIKED,
    "《异形》我给满分": Stance.LIKED,
    "没看过《异形》，但是看过别的": Stance.NEUTRAL,
    "看过《异形》，来点经典的": Stance.SEEN,
    "跟《异形》一个类型的": Stance.SIMILAR_TO,
    "《异形》就不用了": Stance.UNWANTED,
    "去掉《异形》": Stance.UNWANTED,
    "not Alien": Stance.UNWANTED,
    "anything but Alien": Stance.UNWANTED,
    "don't suggest Alien": Stance.UNWANTED,
    "nothing like Alien": Stance.UNWANTED,
    "neither Alien": Stance.UNWANTED,
    "what is Alien about?": Stance.NEUTRAL,
    "喜欢《异形》": Stance.LIKED,
    "讨厌《异形》": Stance.DISLIKED,
    "看过《异形》": Stance.SEEN,
    "类似《异形》的": Stance.SIMILAR_TO,
    "除了《异形》": Stance.UNWANTED,
}
UNKNOWN = {
    "something with scarlett johansson but not marvel": ["marvel"],
    "no not a Disney film": ["disney"],
    "I don't want disney or pixar, please": ["disney", "pixar"],
    "a comedy without clowns and smoking": ["clowns", "smoking"],
    "a western without john wayne": ["john wayne"],
    "no thanks": [],
    "not interested": [],
    "not sure, no idea": [],
    "not bad, not great": [],
    "the violence is not overdone": [],
    "a film in which nothing happens": [],
    "not Alien": [],
}
TWO_STANCES = {
    "loved Alien but hated Jaws": (Stance.LIKED, Stance.DISLIKED),
    "Alien, Jaws were great": (Stance.LIKED, Stance.LIKED),
    "I've seen Alien and Jaws, what else": (Stance.SEEN, Stance.SEEN),
    "something like Alien, I have seen Jaws": (Stance.SIMILAR_TO, Stance.SEEN),
    "not Alien or Jaws": (Stance.UNWANTED, Stance.UNWANTED),
    "neither Alien nor Jaws": (Stance.UNWANTED, Stance.UNWANTED),
    "nothing like Alien or Jaws": (Stance.UNWANTED, Stance.UNWANTED),
    "compare Alien and Jaws": (Stance.NEUTRAL, Stance.NEUTRAL),
    "喜欢《异形》，讨厌《大白鲨》": (Stance.LIKED, Stance.DISLIKED),
}


def lowered(phrases: list[str]) -> set[str]:
    return {phrase.lower() for phrase in phrases}


@pytest.mark.parametrize(("message", "expected"), QUALITIES.items(), ids=list(QUALITIES))
def test_how_far_a_negation_reaches(rules: RuleReader, message: str, expected: tuple[set[str], set[str]]) -> None:
    plan = rules.plan(message, [])
    assert (lowered(plan.wanted), lowered(plan.unwanted)) == expected


@pytest.mark.parametrize(("message", "ruled_out"), UNKNOWN.items(), ids=list(UNKNOWN))
def test_a_word_that_is_ruled_out_is_heard_though_no_facet_knows_it(
    rules: RuleReader, facets: FacetLinker, message: str, ruled_out: list[str]
) -> None:
    assert [phrase for phrase in rules.plan(message, EARLIER).unwanted if not facets.knows(phrase)] == ruled_out


@pytest.mark.parametrize(
    ("message", "unwanted"),
    [
        ("french instead of korean", ["korean"]),
        ("scary rather than sad", ["sad"]),
        ("my ex loved horror, so anything BUT that", ["horror"]),
        ("I want horror, anything but that Alien again", []),
    ],
)
def test_in_the_place_of_is_a_negation(rules: RuleReader, message: str, unwanted: list[str]) -> None:
    assert rules.plan(message, EARLIER).unwanted == unwanted


@pytest.mark.parametrize(
    ("message", "stances"),
    [
        ("pulp fiction but no violence", {Stance.SIMILAR_TO}),
        ("Pulp Fiction and Alien without the gore", {Stance.SIMILAR_TO}),
        ("pulp fiction but I hated it", {Stance.DISLIKED}),
    ],
)
def test_a_title_but_asks_for_the_like_of_it(rules: RuleReader, message: str, stances: set[Stance]) -> None:
    assert {mention.stance for mention in rules.plan(message, []).mentions} == stances


@pytest.mark.parametrize(("message", "stance"), STANCES.items(), ids=list(STANCES))
def test_stance(rules: RuleReader, message: str, stance: Stance) -> None:
    (mention,) = rules.plan(message, EARLIER).mentions
    assert (mention.id, mention.stance) == ("alien-1979", stance)


@pytest.mark.parametrize(("message", "stances"), TWO_STANCES.items(), ids=list(TWO_STANCES))
def test_stances_of_two_films(rules: RuleReader, message: str, stances: tuple[Stance, Stance]) -> None:
    mentions = rules.plan(message, []).mentions
    assert [mention.id for mention in mentions] == ["alien-1979", "jaws-1975"]
    assert tuple(mention.stance for mention in mentions) == stances


def test_cue_words_inside_a_title_are_part_of_the_title(rules: RuleReader) -> None:
    plan = rules.plan("seen Love Actually and Good Will Hunting", [])
    assert {mention.stance for mention in plan.mentions} == {Stance.SEEN}
    assert plan.wanted == plan.unwanted == []


def test_a_title_is_no_quality_range_or_count(rules: RuleReader) -> None:
    for message in ("I loved 12 Angry Men", "I loved 2001: A Space Odyssey", "I loved Seven Samurai"):
        plan = rules.plan(message, [])
        assert len(plan.mentions) == 1
        assert (plan.ranges, plan.count, plan.wanted) == ([], None, [])


def test_a_film_named_twice_is_one_mention(rules: RuleReader) -> None:
    plan = rules.plan("I loved Alien. Something like Alien again?", [])
    assert [mention.id for mention in plan.mentions] == ["alien-1979"]


@pytest.mark.parametrize(
    ("message", "refers_to"),
    [
        ("I loved it", [0]),
        ("I liked it a lot", [0]),
        ("I HATED THE ENDING", [0]),
        ("we've seen Blorptown", []),
        ("I hated zzyzx", []),
    ],
)
def test_a_verdict_on_an_unknown_film_is_none_on_the_one_shown(
    rules: RuleReader, message: str, refers_to: list[int]
) -> None:
    plan = rules.plan(message, EARLIER)
    assert (plan.refers_to, plan.mentions) == (refers_to, [])


@pytest.mark.parametrize("message", ["what about the third", "and how about the second one?"])
def test_a_question_about_a_card_is_no_verdict_on_it(rules: RuleReader, message: str) -> None:
    assert rules.plan(message, EARLIER).intent is Intent.ABOUT_ITEM


@pytest.mark.parametrize(
    "message", ["already seen all of those", "we've seen these", "all seen", "didn't like any of them"]
)
def test_all_of_them_are_all_that_are_shown(rules: RuleReader, message: str) -> None:
    plan = rules.plan(message, EARLIER)
    assert (plan.intent, plan.refers_to) == (Intent.FEEDBACK, list(range(1, MOST_SHOWN + 1)))


@pytest.mark.parametrize("message", ["hmm", "none of these appeal", "neither of those", "omg no"])
def test_a_shrug_at_the_cards_tells_nothing_of_any_of_them(rules: RuleReader, message: str) -> None:
    assert rules.plan(message, EARLIER).intent is Intent.REFINE


def test_with_nothing_shown_there_is_no_verdict(rules: RuleReader) -> None:
    assert rules.plan("the purple seven sings on tuesdays", []).intent is Intent.RECOMMEND


@pytest.mark.parametrize(
    ("message", "refers_to"),
    [
        ("like the second but darker", [2]),
        ("who's the lead in number two?", [2]),
        ("number 12 sounds good", [12]),
        ("the seventh one please", [7]),
        ("more like the third one, less like the first", [3]),
    ],
)
def test_places_of_cards(rules: RuleReader, message: str, refers_to: list[int]) -> None:
    assert rules.plan(message, EARLIER).refers_to == refers_to


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("films with Emma Thompson", ["emma thompson"]),
        ("jonny dep comedy", ["jonny dep", "comedy"]),
        ("with Leonardo Di Caprio", ["leonardo di caprio"]),
    ],
)
def test_a_person_is_known_by_a_name_near_theirs_and_no_title_in_it(
    rules: RuleReader, message: str, wanted: list[str]
) -> None:
    plan = rules.plan(message, [])
    assert (plan.wanted, plan.mentions) == (wanted, [])


def test_what_is_said_of_an_items_own_is_said_of_the_item(rules: RuleReader) -> None:
    (mention,) = rules.plan("I loved Blade Runner's look", []).mentions
    assert (mention.id, mention.stance) == ("blade-runner-1982", Stance.LIKED)


@pytest.mark.parametrize("message", ["who is Toshiro Mifune?", "how many films by Hitchcock do you have?"])
def test_somebody_asked_about_is_answered_by_their_films(rules: RuleReader, message: str) -> None:
    plan = rules.plan(message, EARLIER)
    assert plan.intent is Intent.RECOMMEND and plan.wanted


def test_who_is_in_a_card_is_asked_of_the_card(rules: RuleReader) -> None:
    assert rules.plan("is Tom Hanks in it?", EARLIER).intent is Intent.ABOUT_ITEM


@pytest.mark.parametrize(
    "message", ["something my 4 year old can watch", "the kids are 4 and 8", "with a toddler around"]
)
def test_children_who_watch_too_are_a_wish(rules: RuleReader, message: str) -> None:
    assert "kids" in rules.plan(message, []).wanted


def test_a_grown_up_of_a_certain_age_is_none(rules: RuleReader) -> None:
    assert "kids" not in rules.plan("my 30 year old brother wants a thriller", []).wanted


def test_a_limit_is_no_verdict(rules: RuleReader) -> None:
    assert rules.plan("that's 90 minutes tops", EARLIER).intent is Intent.REFINE


def test_a_title_and_nothing_else_asks_for_the_like_of_it(rules: RuleReader) -> None:
    plan = rules.plan("The Dark Knight", [])
    assert plan.intent is Intent.MORE_LIKE
    assert [(m.id, m.stance) for m in plan.mentions] == [("the-dark-knight-2008", Stance.SIMILAR_TO)]


@pytest.mark.parametrize(
    ("message", "wanted", "unwanted"),
    [
        ("musicals are not my thing", [], ["musicals"]),
        ("not too scary western", ["western"], ["scary"]),
        ("don't give me horror unless it's funny", ["funny"], ["horror"]),
        ("too much violence", [], ["violence"]),
    ],
)
def test_what_a_negation_is_said_of(rules: RuleReader, message: str, wanted: list[str], unwanted: list[str]) -> None:
    plan = rules.plan(message, EARLIER)
    assert (plan.wanted, plan.unwanted) == (wanted, unwanted)


def test_a_kind_in_plain_words_is_no_title(rules: RuleReader) -> None:
    plan = rules.plan("I want to watch a scary movie", [])
    assert (plan.mentions, plan.wanted) == ([], ["scary"])
    assert [m.text for m in rules.plan("I loved Scary Movie", []).mentions] == ["Scary Movie"]


@pytest.mark.parametrize("message", ["help", "what can you do?", "are you a bot?"])
def test_what_the_assistant_is_asked_of_itself(rules: RuleReader, message: str) -> None:
    assert rules.plan(message, []).intent is Intent.CHAT


def test_the_card_asked_for_is_chosen(rules: RuleReader) -> None:
    plan = rules.plan("the last one please", EARLIER)
    assert (plan.intent, plan.refers_to) == (Intent.FEEDBACK, [-1])


def test_longer_is_fine_takes_a_limit_back(rules: RuleReader) -> None:
    plan = rules.plan("no, longer is fine", EARLIER)
    assert (plan.intent, plan.forget, plan.ranges) == (Intent.REFINE, ["longer"], [])


def test_the_query_is_the_rest_of_the_message(rules: RuleReader) -> None:
    plan = rules.plan("I loved Alien, want lighthouse keepers from the 80s, no horror", [])
    assert "lighthouse keepers" in plan.query
    for gone in ("Alien", "80s", "horror", "loved", "want"):
        assert gone not in plan.query


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("the saddest film you have", ["saddest"]),
        ("my in-laws are coming on sunday", []),
        ("something about in-laws", ["in-laws"]),
        ("my kids are 4 and 9", ["kids"]),
    ],
)
def test_degrees_are_wishes_and_the_life_of_the_speaker_is_none(
    rules: RuleReader, message: str, wanted: list[str]
) -> None:
    assert rules.clues(message, []).plan.wanted == wanted


@pytest.mark.parametrize(
    ("message", "stances"),
    [
        ("阿凡达我不喜欢", ["disliked"]),
        ("泰坦尼克号我喜欢，阿凡达我不喜欢", ["liked", "disliked"]),
        ("泰坦尼克号不错，阿凡达一般", ["liked", "disliked"]),
        ("阿凡达好看吗", ["neutral"]),
        ("阿凡达一般人都喜欢", ["liked"]),
    ],
)
def test_chinese_says_first_what_it_speaks_of(rules: RuleReader, message: str, stances: list[str]) -> None:
    assert [mention.stance for mention in rules.plan(message, []).mentions] == stances


def test_bounds_that_exclude_each_other_are_left_to_the_search(rules: RuleReader) -> None:
    plan = rules.plan("lighthouse films before 1980 or after 1990", [])
    assert (plan.ranges, plan.wanted) == ([], [])
    assert plan.query == "lighthouse"


def test_a_verdict_and_a_wish_for_more_in_chinese_leave_nothing_to_search_for(rules: RuleReader) -> None:
    plan = rules.plan("我看过盗梦空间，很喜欢，还有类似的吗", [])
    assert [(m.id, m.stance) for m in plan.mentions] == [("inception-2010", Stance.LIKED)]
    assert plan.intent is not Intent.FEEDBACK  # something is asked for
    assert plan.query == ""


async def test_its_reading_says_it_is_by_rules(rules: RuleReader) -> None:
    reading = await rules.read("a scary film from the 80s", [])
    assert (reading.source, reading.note) == ("rules", "")
    assert reading.plan == rules.plan("a scary film from the 80s", [])


def test_curly_apostrophes_are_read_like_straight_ones(rules: RuleReader) -> None:
    assert rules.plan("I didn’t like Alien", []) == rules.plan("I didn't like Alien", [])


LONG = {
    "spaces": " " * 5000,
    "line ends": "\n" * 5000,
    "hyphens": "- " * 2500,
    "digits": "9" * 5000,
    "one word": "x" * 5000,
    "one negation after the other": "not horror or " * 400,
    "one constraint taken back after the other": "forget the year. " * 300,
    "one film after the other": "Heat, " * 900,
    "one place after the other": "#1 #2 #3 #4 #5 #6 #7 #8 #9, the first two, the last five, the third one, " * 50,
    "one opinion after the other": "I loved Alien but hated Jaws, seen Heat. " * 100,
    "nothing but misspelt words": " ".join(f"qw{a}rt{b}zx{a}{b}" for a in "aeiouy" for b in "bcdfghjklmnpqrstvwxz" * 2),
    "Chinese without end": "喜欢看电影" * 800,
    "Chinese numbers": "一百二十" * 800,
    "emoji": "🎬" * 3000,
    "a paragraph": "On a rainy Sunday my sister and I want a slow, quiet film, not too sad, perhaps French. " * 40,
}
PIECES = st.sampled_from(
    [
        "not",
        "no",
        "horror",
        "comedy",
        ",",
        ".",
        ";",
        "but",
        "or",
        "Alien",
        "Heat",
        "It",
        "loved",
        "hated",
        "seen",
        "like",
        "something",
        "forget",
        "the",
        "80s",
        "year",
        "newer",
        "#2",
        "first",
        "two",
        "last",
        "one",
        "3",
        "films",
        "?",
        "why",
        "who",
        "compare",
        "and",
        "不要",
        "恐怖",
        "的",
        "喜剧",
        "《异形》",
        "第二部",
        "类似",
        "看过",
        "推荐",
        "\n",
        "'",
        '"',
        "(",
        ")",
        "é",
        "İ",
        "ﬁ",
        "\x00",
        "\u202e",
        "🎬",
    ]
)


@pytest.mark.parametrize("kind", ["comedy", "thriller", "western"])
def test_more_of_a_kind_is_said_of_the_cards(rules: RuleReader, kind: str) -> None:
    assert rules.plan(f"more of a {kind} film", EARLIER).intent is Intent.REFINE


def timed(rules: RuleReader, text: str, history: list[Message]) -> TurnPlan:
    """The plan, in less than two seconds of this thread's own time, three times what the longest takes when idle.

    Waiting for a core does not count, but caches that others fill do.
    """
    started = time.thread_time()
    plan = rules.plan(text, history)
    assert time.thread_time() - started < 2.0
    return plan


@pytest.mark.parametrize("text", LONG.values(), ids=list(LONG))
def test_long_messages_are_read_in_time(rules: RuleReader, text: str) -> None:
    for history in ([], EARLIER):
        timed(rules, text, history)


@settings(max_examples=150)
@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(PIECES, max_size=60).map(" ".join),
        st.lists(PIECES, max_size=60).map("".join),
        st.text(min_size=2000, max_size=2500),
    ),
    st.booleans(),
)
@example("forget the horror " * 30, True)
@example("Pulp" + " " * 500 + "Fiction", False)
def test_any_text_has_a_reading(rules: RuleReader, text: str, later: bool) -> None:
    plan = timed(rules, text, EARLIER if later else [])
    assert TurnPlan.model_validate_json(plan.model_dump_json()) == plan
    if plan.intent is Intent.CHAT:
        assert not (plan.mentions or plan.wanted or plan.ranges or plan.query)


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("A comedy. Actually no, a thriller.", ["thriller"], []),
        ("something with Tom Hanks, no wait, Tom Cruise", ["tom cruise"], []),
        ("I don't want horror, I mean a comedy please", ["comedy"], ["horror"]),
        ("a comedy with Tom Hanks, no wait, Tom Cruise", ["comedy", "tom cruise"], []),
        ("a comedy, i mean, from the 80s", ["comedy"], []),
    ],
)
def test_what_is_put_right_in_the_same_message(
    rules: RuleReader, text: str, wanted: list[str], unwanted: list[str]
) -> None:
    plan = rules.plan(text, [])
    assert (plan.wanted, plan.unwanted) == (wanted, unwanted)
