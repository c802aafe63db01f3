"""Replies without a language model: they say what is so, in two languages."""

import pytest

from agents.answers.item_replies import ItemReplies
from agents.plan import Intent, TurnPlan
from agents.replies.present import Language, Presenter
from agents.replies.small_talk import SmallTalk
from agents.replies.templates import Templates
from agents.state.taste import Taste
from agents.state.wishes import Wish
from recommender.catalogue import Catalogue, FacetValue
from recommender.serving.request import Bound, Pick, Quality, Ranking, Reason, Relaxation, Request
from storage.records import ItemRecord
from tests.agents.talk import Talk

ALIEN, JAWS, UP = "alien-1979", "jaws-1975", "up-2009"
SCARY = Quality("scary", (FacetValue("moods", "scary"),))
ASKED = Request(wanted=(SCARY,), unwanted=(Quality("romance", ()),), bounds=(Bound("year", 1970, 1979),))


@pytest.fixture(scope="module")
def templates(presenter: Presenter) -> Templates:
    return Templates(presenter)


@pytest.fixture(scope="module")
def small_talk(presenter: Presenter) -> SmallTalk:
    return SmallTalk(presenter)


@pytest.fixture(scope="module")
def replies(presenter: Presenter) -> ItemReplies:
    return ItemReplies(presenter)


def ranking(*ids: str, fit: int = 20, reasons: tuple[Reason, ...] = (), near: tuple[Relaxation, ...] = ()) -> Ranking:
    return Ranking(tuple(Pick(i, 1.0, {}, reasons) for i in ids), 1349, fit, near)


def test_picks_say_what_was_asked_how_many_fit_and_which_come_first(templates: Templates) -> None:
    text = templates.picks(ASKED, ranking(ALIEN, JAWS, fit=1200), TurnPlan(), "en")
    for part in ("1,200 films fit", "scary", "not romance", "from 1970-1979", "Alien", "Jaws"):
        assert part in text


@pytest.mark.parametrize(("fit", "words"), [(1, "Only 1 film fits"), (2, "Only 2 films fit")])
def test_few_are_said_to_be_few(templates: Templates, fit: int, words: str) -> None:
    assert templates.picks(ASKED, ranking(ALIEN, fit=fit), TurnPlan(), "en").startswith(words)


def test_the_nearest_by_their_descriptions_are_named_together(templates: Templates) -> None:
    picks = tuple(Pick(i, 1.0, {}, (Reason("text", i, "A ship."),)) for i in (ALIEN, "the-shining-1980"))
    told = templates.picks(Request(query="ship"), Ranking(picks, 1349, 100), TurnPlan(), "en")
    assert told == "Going by the descriptions, “Alien” and “The Shining” are nearest."


@pytest.mark.parametrize(
    ("shown", "left", "english", "chinese"),
    [
        (0, 2, "Only 2 films fit scary.", "的只有2部电影。"),
        (1, 1, "Only 2 films fit scary; this is the last of them.", "的只有2部电影，还剩1部电影。"),
        (5, 2, "7 films fit scary; these are the last of them.", "的有7部电影，还剩2部电影。"),
        (5, 3, "8 films fit scary; these come first.", "的有8部电影，先看这几部。"),
    ],
)
def test_what_was_shown_before_counts_too(
    templates: Templates, shown: int, left: int, english: str, chinese: str
) -> None:
    found = Ranking(tuple(Pick(i, 1.0, {}) for i in (ALIEN, JAWS)[:left]), 1349, left, n_excluded=shown)
    request = Request(wanted=(SCARY,))
    assert templates.picks(request, found, TurnPlan(), "en").startswith(english)
    assert chinese in templates.picks(request, found, TurnPlan(), "zh")


def test_which_to_start_with_and_why(templates: Templates) -> None:
    scary, liked = Reason("facet", "moods:scary", "scary"), Reason("history", JAWS, "Jaws")
    request = Request(wanted=(SCARY,))

    def told(*reasons: tuple[Reason, ...]) -> str:
        picks = tuple(Pick(i, 1.0, {}, r) for i, r in zip((ALIEN, "the-shining-1980"), reasons, strict=False))
        return templates.picks(request, Ranking(picks, 1349, 100), TurnPlan(), "en").split(". ", 1)[1]

    assert told((scary,)) == "I would start with “Alien” (1979, 117 min)."
    assert told((scary,), (scary,)) == "I would start with “Alien” (1979, 117 min) or “The Shining” (1980, 144 min)."
    assert told((liked,), (liked, scary)) == "I would start with “Alien” or “The Shining”, because you liked “Jaws”."
    assert told((liked,), (scary,)).startswith(
        "I would start with “Alien”, because you liked “Jaws”, or “The Shining” ("
    )


@pytest.mark.parametrize(
    ("taste", "english", "chinese"),
    [
        (Taste(), "", ""),
        (
            Taste(replaced=[Wish(label="a or b", values=[]), Wish(label="c", values=[])]),
            "I let go of “a or b” and “c”. ",
            "不再要求“a或b”、“c”。",
        ),
        (
            Taste(clashed=[Wish(label="恐怖", values=[("genres", "horror")])]),
            "Nothing fits all of that, so I let go of “horror”. ",
            "没有全都符合的，所以不再要求“恐怖”。",
        ),
        (Taste(unsure={"x": 0}), "I have nothing to go by for “x”. ", "这里没法按“x”筛选。"),
        (
            Taste(unsure={"x": 1}),
            "I have nothing to go by for “x”; I only left out the 1 film that mentions it. ",
            "这里没法按“x”筛选，只去掉了提到它的1部电影。",
        ),
    ],
)
def test_what_a_turn_did_unasked_is_said(templates: Templates, taste: Taste, english: str, chinese: str) -> None:
    assert templates.note(taste, "en") == english
    assert templates.note(taste, "zh") == chinese


def test_a_word_of_the_items_is_not_sold_as_a_quality(templates: Templates) -> None:
    request = Request(wanted=(SCARY,), unwanted=(Quality("disney", (), word="disney"),))
    assert templates.constraints(request, "en") == "scary and not mentioning disney"
    assert templates.constraints(request, "zh") == "scary、不提disney"


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        (Bound("year", 1990, None), "from 1990 on"),
        (Bound("year", None, 1949), "from 1949 or earlier"),
        (Bound("year", 1994, 1994), "from 1994"),
        (Bound("runtime", None, 90), "up to 90 minutes"),
        (Bound("runtime", 180, None), "at least 180 minutes"),
        (Bound("runtime", 80, 100), "80-100 minutes"),
    ],
)
def test_bounds_in_words(templates: Templates, bound: Bound, words: str) -> None:
    text = templates.picks(Request(bounds=(bound,)), ranking(ALIEN), TurnPlan(), "en")
    assert f"fit {words};" in text


def test_the_description_on_the_card_is_not_said_again(templates: Templates, demo: Catalogue) -> None:
    sentence = demo[ALIEN].text.split(". ")[0] + "."
    languages: tuple[Language, ...] = ("en", "zh")
    for reasons in ((), (Reason("text", ALIEN, sentence),), (Reason("facet", "moods:scary", "scary"),)):
        for language in languages:
            text = templates.picks(Request(), ranking(ALIEN, reasons=reasons), TurnPlan(), language)
            assert text and sentence not in text and str(demo[ALIEN].attributes["text_zh"])[:8] not in text
    both = templates.picks(Request(), ranking(ALIEN, JAWS, reasons=(Reason("popular", "9", "9"),)), TurnPlan(), "en")
    assert both == "Many people chose “Alien” and “Jaws”."


def test_why_says_a_wish_and_the_facet_behind_it_once(replies: ItemReplies, demo: Catalogue) -> None:
    text = replies.why(demo[ALIEN], [Reason("facet", "moods:scary", "Scary")], True, "en", met=["scary"])
    assert text == "“Alien” is here because it fits scary."


def test_a_verdict_is_noted_first(templates: Templates) -> None:
    text = templates.picks(ASKED, ranking(ALIEN), TurnPlan(intent=Intent.FEEDBACK), "en")
    assert text.startswith("Noted.")


def test_nothing_found_names_what_could_be_let_go_with_counts(templates: Templates) -> None:
    near = (
        Relaxation("wanted", "scary", 1200, (SCARY,)),
        Relaxation("bound", "year 1970-1979", 1, (Bound("year", 1970, 1979),)),
    )
    text = templates.picks(ASKED, ranking(fit=0, near=near), TurnPlan(), "en")
    assert "I have no film that fits all of this: scary, not romance and from 1970-1979." in text
    assert "ithout scary there are 1,200" in text and "without the limit “from 1970-1979” there is 1" in text
    chinese = templates.picks(ASKED, ranking(fit=0, near=near), TurnPlan(), "zh")
    assert "年份1970-1979" in chinese and "1200" in chinese and "year" not in chinese


@pytest.mark.parametrize(
    ("bound", "english", "chinese"),
    [
        (Bound("price", 20, None), "price at least 20", "价格不低于20"),
        (Bound("price", None, 20), "price up to 20", "价格不超过20"),
        (Bound("pages", 100, 200), "pages 100-200", "pages100-200"),
        (Bound("runtime", 90, None), "at least 90 minutes", "时长不低于90"),
        (Bound("year", 1990, None), "from 1990 on", "年份不低于1990"),
        (Bound("year", None, 1990), "from 1990 or earlier", "年份不超过1990"),
        (Bound("year", 1994, 1994), "from 1994", "年份1994"),
    ],
)
def test_a_bound_says_which_side_is_open(templates: Templates, bound: Bound, english: str, chinese: str) -> None:
    request = Request(bounds=(bound,))
    assert (templates.constraints(request, "en"), templates.constraints(request, "zh")) == (english, chinese)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_catalogue_says_how_to_fill_it(language: Language) -> None:
    text = Templates(Presenter(Catalogue([]))).picks(Request(), Ranking((), 0, 0), TurnPlan(), language)
    assert "import" in text or "导入" in text


def test_nothing_left_without_constraints(templates: Templates) -> None:
    assert "nothing left" in templates.nothing(Request(), ranking(fit=0), "en")


def test_why_gives_every_reason_and_no_other(replies: ItemReplies, demo: Catalogue) -> None:
    sentence = demo[ALIEN].text.split(". ")[0] + "."
    reasons = [
        Reason("history", JAWS, "Jaws"),
        Reason("facet", "moods:scary", "scary"),
        Reason("facet", "genres:horror", "horror"),
        Reason("text", ALIEN, sentence),
    ]
    text = replies.why(demo[ALIEN], reasons, True, "en")
    for part in ("Alien", "you liked", "Jaws", "scary and horror", sentence):
        assert part in text
    assert "many people" not in text and '.".' not in text
    chinese = replies.why(demo[ALIEN], reasons, True, "zh")
    assert "《异形》" in chinese and "《大白鲨》" in chinese and "。。" not in chinese


def test_why_of_a_popular_one_says_how_popular(replies: ItemReplies, demo: Catalogue) -> None:
    text = replies.why(demo[ALIEN], [Reason("popular", "57", "57")], True, "en")
    assert "57 people" in text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("who directed it?", "Ridley Scott"),
        ("who's in it?", "Sigourney Weaver"),
        ("how long is it?", "117 minutes"),
        ("when did it come out?", "1979"),
        ("what language is it in?", "English"),
        ("导演是谁？", "Ridley Scott"),
        ("多长？", "117"),
        ("哪一年的？", "1979"),
        ("tell me about it", "117 min"),
        ("讲什么？", "1979"),
    ],
)
def test_the_fact_that_was_asked_for(replies: ItemReplies, demo: Catalogue, question: str, answer: str) -> None:
    language: Language = "en" if question.isascii() else "zh"
    assert answer in replies.about(demo[ALIEN], question, language)


def test_a_fact_the_catalogue_lacks_is_not_made_up(replies: ItemReplies, demo: Catalogue) -> None:
    text = replies.about(demo[ALIEN], "how much does it cost?", "en")
    assert "$" not in text and demo[ALIEN].text in text


def test_comparing_says_what_differs_and_what_is_shared(replies: ItemReplies, demo: Catalogue) -> None:
    text = replies.compare([demo[ALIEN], demo[JAWS]], "en")
    assert "“Alien” is the shorter one" in text and "“Jaws” is the older one" in text and "horror" in text
    three = replies.compare([demo[ALIEN], demo[JAWS], demo[UP]], "en")
    assert "“Up” is the shortest" in three and "“Jaws” is the oldest" in three
    assert replies.compare([demo[ALIEN], demo[JAWS]], "zh").startswith("《异形》")


def test_comparing_things_that_share_nothing_or_lack_a_value(small_catalogue: Catalogue) -> None:
    replies = ItemReplies(Presenter(small_catalogue))
    text = replies.compare([small_catalogue["voucher"], small_catalogue["stove-01"]], "en")
    assert "nan" not in text and "cheap" not in text
    text = replies.compare([small_catalogue["mug-01"], small_catalogue["tent-01"]], "en")
    assert "“Tarn Camping Mug” is the cheaper one" in text and "Tarn" in text


def test_of_three_where_two_are_cheapest_none_is() -> None:
    shop = Catalogue([ItemRecord(str(n), f"Cup {n}", attributes={"price": price}) for n, price in enumerate((5, 5, 9))])
    assert "cheap" not in ItemReplies(Presenter(shop)).compare(shop.items, "en")


@pytest.mark.parametrize(
    ("message", "language", "words"),
    [
        ("thanks!", "en", "welcome"),
        ("hello", "en", "Hello"),
        ("what's the capital of France", "en", "films"),
        ("谢谢", "zh", "不客气"),
        ("你好", "zh", "你好"),
        ("今天天气怎么样", "zh", "电影"),
    ],
)
def test_small_talk(small_talk: SmallTalk, message: str, language: Language, words: str) -> None:
    assert words in small_talk.chat(message, language)


def test_when_it_is_unclear_which_one_is_meant_it_says_how_to_name_it(small_talk: SmallTalk) -> None:
    assert "second" in small_talk.unclear("en") and "第二部" in small_talk.unclear("zh")


def test_what_was_not_shown_is_not_explained(replies: ItemReplies, demo: Catalogue) -> None:
    assert "not been among the picks" in replies.why(demo[ALIEN], [], False, "en")
    assert "还没有推荐过" in replies.why(demo[ALIEN], [], False, "zh")
    assert "overall ranking" in replies.why(demo[ALIEN], [], True, "en")


@pytest.mark.parametrize(
    ("message", "start"),
    [("bye!", "Goodbye"), ("good night", "Goodbye"), ("what can you do?", "I find films"), ("ok cool", "Good."),
     ("thanks", "You're welcome"), ("bet. ty", "You're welcome"), ("hi", "Hello!"),
     ("what's the weather", "I only know the films")],
)  # fmt: skip
def test_small_talk_is_told_apart(small_talk: SmallTalk, message: str, start: str) -> None:
    assert small_talk.chat(message, "en").startswith(start)


def test_names_are_written_as_the_catalogue_writes_them(templates: Templates) -> None:
    named = Quality("bruce willis", (FacetValue("cast", "Bruce Willis"),))
    assert templates.label(named, "en") == "Bruce Willis" and templates.label(SCARY, "en") == "scary"


@pytest.mark.parametrize(
    "message", ["ok cya", "thanks, see ya", "gotta go", "alright then bye", "cool, good night", "later!"]
)
def test_goodbyes(small_talk: SmallTalk, message: str) -> None:
    assert small_talk.chat(message, "en") in ("Goodbye, and enjoy!", "You're welcome. Enjoy!")


@pytest.mark.parametrize(
    ("unwanted", "words"),
    [
        (("no David Lynch",), "These are without David Lynch."),
        (("nothing scary",), "I left out what is tagged scary."),
    ],
)
async def test_what_only_is_ruled_out_is_not_counted(talk: Talk, unwanted: tuple[str], words: str) -> None:
    turn = await talk.say(unwanted[0])
    assert words in turn.words and "fit not" not in turn.words and turn.ids


async def test_a_verdict_is_not_answered_by_what_was_had_before(talk: Talk) -> None:
    await talk.say("films by Michael Haneke")
    turn = await talk.say("Caché seen")
    assert "here it is again" not in turn.words


def test_one_limit_is_not_all_at_once(templates: Templates) -> None:
    request = Request(bounds=(Bound("year", 1917, 1917),))
    assert templates.picks(request, ranking(fit=0), TurnPlan(), "en").startswith("I have no film that fits from 1917.")


def test_who_is_angry_is_told_sorry(small_talk: SmallTalk) -> None:
    assert small_talk.chat("I give up, you are useless", "en").startswith("I am sorry.")
