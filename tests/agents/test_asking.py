"""One question to a thin request: when, which, and that every answer means what it promises."""

import itertools
import math
from typing import Any

import numpy as np
import pytest

from agents.controller import Controller
from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from agents.plan import Intent, Mention, Range, Stance, TurnPlan
from agents.policy.asking import Answer, Asker, Question, chances, information, is_thin, short_answer
from agents.reading.readers import LLMReader
from agents.reading.rules import RuleReader
from agents.replies.present import Language, Presenter
from agents.state.taste import Profile, Taste, TasteKeeper
from recommender.catalogue import Catalogue
from recommender.models.popular import MostPopular
from recommender.serving.rank import Recommender
from recommender.serving.request import Bound, Quality, Request
from storage.records import ItemRecord
from tests.agents.talk import Talk
from tests.doubles import ScriptedModel
from tests.doubles import recommender as build_recommender

LANGUAGES: tuple[Language, Language] = ("en", "zh")


def built(catalogue: Catalogue, recommender: Recommender | None = None) -> tuple[Controller, Asker, Recommender]:
    """A controller that asks, over any catalogue; the earlier an item stands, the more popular it is."""
    facets = FacetLinker(catalogue)
    rules = RuleReader(TitleLinker(catalogue, is_quality=facets.knows), facets)
    counts = np.arange(len(catalogue), 0, -1, dtype=np.float32)
    recommender = recommender or build_recommender(
        catalogue, popular=MostPopular([item.id for item in catalogue.items], counts)
    )
    keeper, presenter = TasteKeeper(catalogue, facets), Presenter(catalogue)
    asker = Asker(recommender, rules, keeper, presenter)
    return Controller(rules, keeper, recommender, presenter, asker=asker), asker, recommender


@pytest.fixture(scope="module")
def films(demo: Catalogue, recommender: Recommender) -> tuple[Controller, Asker, Recommender]:
    return built(demo, recommender)


@pytest.fixture(scope="module")
def shop(small_catalogue: Catalogue) -> tuple[Controller, Asker, Recommender]:
    return built(small_catalogue)


class TestThin:
    """Requests that say next to nothing, and those that say something."""

    @pytest.mark.parametrize(
        "message",
        [
            "something good", "a film for tonight", "surprise me", "what should I watch?", "recommend a movie",
            "any ideas?", "something to watch", "what's good", "show me something nice", "I want a comedy",
            "something funny", "a drama", "pick one for me", "idk, anything", "movie night!", "help me choose",
            "give me a film", "can you suggest a film for the weekend", "I don't know what to watch",
            "what have you got?", "best movies", "a good movie please", "show me 3 films", "what's popular",
            "推荐一部电影", "有什么好看的", "随便来一部", "今晚看什么", "给我推荐几部", "想看电影", "来点好看的",
            "来部喜剧",
        ],
    )  # fmt: skip
    def test_says_next_to_nothing(self, rules: RuleReader, keeper: TasteKeeper, demo: Catalogue, message: str) -> None:
        plan = rules.plan(message, [])
        assert plan.intent is Intent.RECOMMEND
        assert is_thin(plan, keeper.update(Taste(), plan, message), demo)

    @pytest.mark.parametrize(
        "message",
        [
            "something scary from the 80s", "a french film", "a western", "korean horror", "funny and romantic",
            "something like Alien", "I loved Jaws, what else?", "a film under 90 minutes", "an old film from 1950",
            "nothing violent please", "a comedy without romance", "a slow film about grief and lighthouses",
            "something by Kubrick", "newer", "who directed Alien?", "hello", "thanks", "hated it",
            "compare Alien and Jaws", "a film for my grandmother who is ill", "submarines", "anime", "a heist film",
            "something entertaining for a rainy evening", "recommend me a drama from the nineties",
            "来几部恐怖片", "八十年代的电影", "推荐一部关于钓鱼的电影", "类似异形的", "不要恐怖片", "韩国电影", "你好",
        ],
    )  # fmt: skip
    def test_says_something(self, rules: RuleReader, keeper: TasteKeeper, demo: Catalogue, message: str) -> None:
        plan = rules.plan(message, [])
        assert not is_thin(plan, keeper.update(Taste(), plan, message), demo)

    @pytest.mark.parametrize(
        ("plan", "taste"),
        [
            (TurnPlan(intent=Intent.REFINE), Taste()),
            (TurnPlan(mentions=[Mention(text="Alien", stance=Stance.SEEN)]), Taste()),
            (TurnPlan(mentions=[Mention(text="A film that is not here")]), Taste()),
            (TurnPlan(ranges=[Range(facet="price", max=20)]), Taste()),  # a range that films do not have
            (TurnPlan(), Taste(liked=["alien-1979"])),
            (TurnPlan(), Taste(bounds={"year": (1980, None)})),
        ],
    )
    def test_not_with_anything_else_known(self, demo: Catalogue, plan: TurnPlan, taste: Taste) -> None:
        assert is_thin(TurnPlan(), Taste(), demo)
        assert not is_thin(plan, taste, demo)


class TestInformation:
    """What an answer is expected to tell."""

    @staticmethod
    def by_hand(p: list[float], masks: list[list[bool]]) -> float:
        """By the joint table of item and answer: the share of those who answer times I(item; answer) among them."""
        joint: dict[tuple[int, int], float] = {}
        for item, chance in enumerate(p):
            met = [answer for answer, mask in enumerate(masks) if mask[item]]
            joint.update({(item, answer): chance / len(met) for answer in met})
        share = sum(joint.values())
        if not share:
            return 0.0
        items = {i: sum(v for (x, _), v in joint.items() if x == i) / share for i, _ in joint}
        answers = {a: sum(v for (_, y), v in joint.items() if y == a) / share for _, a in joint}
        among = sum(v / share * math.log2(v / share / (items[i] * answers[a])) for (i, a), v in joint.items() if v)
        return share * among

    def test_is_the_mutual_information_among_those_who_answer(self) -> None:
        random = np.random.default_rng(3)
        for _ in range(50):
            n, k = int(random.integers(1, 12)), int(random.integers(1, 5))
            p = random.dirichlet(np.ones(n))
            masks = random.random((k, n)) < 0.4
            expected = self.by_hand(p.tolist(), masks.tolist())
            assert information(p, list(masks)) == pytest.approx(expected, abs=1e-9)

    def test_of_clean_and_of_useless_answers(self) -> None:
        p = np.full(4, 0.25)
        halves = [np.array([1, 1, 0, 0], bool), np.array([0, 0, 1, 1], bool)]
        assert information(p, halves) == pytest.approx(1.0)
        assert information(p, [np.ones(4, bool), np.ones(4, bool)]) == pytest.approx(0.0)  # it does not matter
        assert information(p, [np.array([1, 0, 0, 0], bool)]) == pytest.approx(0.0)  # one answer, or none
        assert information(p, [np.zeros(4, bool)]) == 0.0
        # One in two finds no answer: half of a bit.
        quarters = [np.array([1, 0, 0, 0], bool), np.array([0, 1, 0, 0], bool)]
        assert information(p, quarters) == pytest.approx(0.5)

    def test_chances_are_of_allowed_items_only_and_follow_the_scores(self) -> None:
        scores = np.array([0.0, 1.0, 2.0, 9.0], np.float32)
        p = chances(scores, np.array([True, True, True, False]))
        assert p.sum() == pytest.approx(1.0) and p[3] == 0 and p[0] < p[1] < p[2]
        assert np.allclose(p, chances(scores * 100 + 7, np.array([True, True, True, False])))  # the scale is no matter
        assert chances(scores, np.zeros(4, bool)).sum() == 0
        assert np.allclose(chances(np.ones(2, np.float32), np.ones(2, bool)), 0.5)


def things() -> Catalogue:
    """Sixteen things; the likely ones differ in size, the unlikely ones in shape, all alike in use."""
    rows = []
    for i in range(16):
        likely = i < 8
        attributes = {
            "size": ["small", "large"][i % 2] if likely else "small",
            "shape": "round" if likely else ["round", "square"][i % 2],
            "use": "indoors",
            "price": 10.0 + i if likely else 500.0,
        }
        rows.append(ItemRecord(id=f"t{i}", title=f"Thing Number {i}", text="A thing.", attributes=attributes))
    return Catalogue(rows)


class TestChoice:
    """Which facet is asked about."""

    def test_a_facet_that_divides_only_what_nobody_would_be_shown_is_worth_little(self) -> None:
        catalogue = things()
        _, asker, recommender = built(catalogue)
        request = Request(k=2)
        left = recommender.eligible(request)
        p = chances(recommender.score_all(request), left)
        size = asker.about("size", request, p, left, "en")
        shape = asker.about("shape", request, p, left, "en")
        assert size is not None and size.bits > 0.8
        assert shape is None or shape.bits < 0.5 * size.bits
        assert asker.about("use", request, p, left, "en") is None  # one answer is no question

    @pytest.mark.parametrize("gone", [0, 3])
    def test_is_the_facet_of_the_largest_expected_information(self, gone: int) -> None:
        """Every facet, every way of offering its strongest values or of cutting it, by enumeration."""
        catalogue = things()
        _, asker, recommender = built(catalogue)
        shown = [f"t{i}" for i in range(gone)]
        request = Request(k=2)
        left = np.array([item.id not in shown for item in catalogue.items])
        p = chances(recommender.score_all(request), left)
        best: dict[str, float] = {}
        for facet in ("size", "shape", "use"):
            values = sorted({str(item.attributes[facet]) for item in catalogue.items})
            held = {v: [str(item.attributes[facet]) == v for item in catalogue.items] for v in values}
            likely = [v for v in values if sum(c for c, h in zip(p, held[v], strict=True) if h) >= 0.03]
            for offered in itertools.combinations(likely, 2):
                bits = TestInformation.by_hand(p.tolist(), [held[v] for v in offered])
                best[facet] = max(best.get(facet, 0.0), bits)
        question = asker.ask(request, shown, ["price"], "en")
        assert question is not None
        assert question.facet == max(best, key=lambda facet: best[facet]) == "size"
        assert question.bits == pytest.approx(best["size"])
        prices = asker.about("price", request, p, left, "en")
        assert prices is not None
        everything = asker.ask(request, shown, [], "en")
        assert everything is not None and everything.bits == max(question.bits, prices.bits)

    def test_on_the_shop_it_is_the_best_of_all_facets(self, shop: tuple[Controller, Asker, Recommender]) -> None:
        _, asker, recommender = shop
        request = Request(k=5)
        left = recommender.eligible(request)
        p = chances(recommender.score_all(request), left)
        found = [asker.about(facet, request, p, left, "en") for facet in ("category", "brand", "colours", "price")]
        bits = [
            TestInformation.by_hand(p.tolist(), [answer.mask.tolist() for answer in question.answers])
            for question in found
            if question
        ]
        asked = asker.ask(request, [], [], "en")
        assert asked is not None and asked.bits == pytest.approx(max(bits))

    def test_a_facet_is_not_asked_about_twice(self, shop: tuple[Controller, Asker, Recommender]) -> None:
        _, asker, _ = shop
        asked: list[str] = []
        while (question := asker.ask(Request(k=5), [], asked, "en")) is not None:
            assert question.facet not in asked
            assert 2 <= len(question.answers) <= 4
            asked.append(question.facet)
        assert len(asked) >= 2

    def test_nothing_is_asked_of_what_fits_on_one_screen(self, shop: tuple[Controller, Asker, Recommender]) -> None:
        _, asker, recommender = shop
        everything = [item.id for item in recommender.catalogue.items]
        assert asker.ask(Request(k=5), everything[:-5], [], "en") is None
        assert asker.ask(Request(k=5, exclude=frozenset(everything)), [], [], "en") is None

    @pytest.mark.parametrize("n", [0, 1, 7])
    def test_a_catalogue_with_nothing_to_ask_about(self, n: int) -> None:
        items = [ItemRecord(id=f"x{i}", title=f"Plain Thing {i}", text="", attributes={}) for i in range(n)]
        _, asker, _ = built(Catalogue(items))
        assert asker.ask(Request(k=3), [], [], "en") is None


def questions(asker: Asker, recommender: Recommender, request: Request, language: Language) -> list[Question]:
    """Everything that could be asked of this request."""
    left = recommender.eligible(request)
    p = chances(recommender.score_all(request), left)
    facets = (*recommender.catalogue.telling, *recommender.catalogue.numeric)
    return [q for facet in facets if (q := asker.about(facet, request, p, left, language)) is not None]


class TestRoundTrip:
    """Every answer that could be offered is read back as exactly what it stands for."""

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("place", ["films", "shop"])
    def test_every_answer(self, request: pytest.FixtureRequest, place: str, language: Language) -> None:
        controller, asker, recommender = request.getfixturevalue(place)
        rules: Any = controller.reader
        keeper = TasteKeeper(recommender.catalogue, FacetLinker(recommender.catalogue))
        wishes = [Request(k=5), Request(k=5, exclude=frozenset(i.id for i in recommender.catalogue.items[:20]))]
        found = [q for wish in wishes for q in questions(asker, recommender, wish, language)]
        assert len({q.facet for q in found}) >= 3
        for question in found:
            for answer in question.answers:
                self.is_read_back(rules, keeper, recommender, answer)
                if language == "zh":
                    assert not answer.message.isascii() or answer.message.startswith(("不超过", "只要"))

    @staticmethod
    def is_read_back(rules: RuleReader, keeper: TasteKeeper, recommender: Recommender, answer: Answer) -> None:
        before = Taste()
        plan = rules.plan(answer.message, [])
        after = keeper.update(before, plan, answer.message).request(Profile(), 5)
        if isinstance(answer.constraint, Bound):
            assert after.bounds == (answer.constraint,) and not after.wanted
        else:
            assert isinstance(answer.constraint, Quality)
            assert [set(q.values) for q in after.wanted] == [set(answer.constraint.values)] and not after.bounds
        assert not after.unwanted and not after.similar_to and not after.history
        assert (recommender.eligible(after) == answer.mask).all()


class TestConversation:
    """Asking, in turns."""

    @pytest.mark.parametrize("message", ["something good", "something funny", "有什么好看的"])
    async def test_cards_come_with_one_question_and_each_answer_keeps_its_promise(
        self, films: tuple[Controller, Asker, Recommender], message: str
    ) -> None:
        controller, _, recommender = films
        talk = Talk(controller)
        turn = await talk.say(message)
        assert len(turn.ids) == 5
        assert turn.words.count("?") + turn.words.count("？") >= 1 and turn.words.endswith(("?", "？"))
        *answers, skip = turn.shown.chips
        assert 2 <= len(answers) <= 4 and skip["message"] in ("something else", "换一批别的")
        for chip in answers:
            again = Talk(controller)
            await again.say(message)
            before = again.taste
            after = await again.say(chip["message"])
            assert after.intent is Intent.REFINE and after.ids
            promised = int("".join(c for c in chip["label"].replace("（", "(").split("(")[-1] if c.isdigit()))
            request = again.taste.request(Profile(), 5)
            left = recommender.eligible(request)
            for item_id in before.shown:
                left[recommender.catalogue.position[item_id]] = False
            assert int(left.sum()) == promised
            assert again.taste.asking == "" and again.taste.asked == before.asked  # an answer is not asked back

    async def test_never_two_in_a_row_nor_the_same_twice(self, films: tuple[Controller, Asker, Recommender]) -> None:
        talk = Talk(films[0])
        asked = []
        for _ in range(12):
            await talk.say("can you recommend me a film")
            asked.append(talk.taste.asking)
        assert asked[0] and not any(a and b for a, b in itertools.pairwise(asked))
        facets = [facet for facet in asked if facet]
        assert len(facets) >= 3 and len(set(facets)) == len(facets) and talk.taste.asked == facets

    async def test_what_is_clear_is_not_asked_about(self, films: tuple[Controller, Asker, Recommender]) -> None:
        for message in ("something scary from the 80s", "I loved Alien", "who directed Alien?", "hello", "a western"):
            talk = Talk(films[0])
            turn = await talk.say(message)
            assert talk.taste.asking == "" and not turn.words.endswith("?")

    async def test_without_an_asker_nothing_is_asked(
        self, rules: RuleReader, keeper: TasteKeeper, recommender: Recommender, presenter: Presenter
    ) -> None:
        talk = Talk(Controller(rules, keeper, recommender, presenter))
        turn = await talk.say("something good")
        assert talk.taste.asking == "" and not turn.words.endswith("?")

    async def test_a_tapped_answer_is_not_left_to_the_model(
        self, films: tuple[Controller, Asker, Recommender], keeper: TasteKeeper, presenter: Presenter
    ) -> None:
        controller, asker, recommender = films
        rules: Any = controller.reader
        model = ScriptedModel(plan={"intent": "recommend"})
        reader = LLMReader(model, TitleLinker(recommender.catalogue), rules)
        talk = Talk(Controller(reader, keeper, recommender, presenter, asker=asker))
        first = await talk.say("something good")
        calls = len(model.prompts)
        turn = await talk.say(first.shown.chips[0]["message"])
        assert len(model.prompts) == calls and turn.shown.reading.source == "rules" and not turn.shown.reading.note
        assert talk.taste.bounds or talk.taste.wanted
        # Said again later it is a message like any other.
        await talk.say(first.shown.chips[0]["message"])
        assert len(model.prompts) == calls + 1

    async def test_filler_is_not_searched_by(self, films: tuple[Controller, Asker, Recommender]) -> None:
        english, chinese = Talk(films[0]), Talk(films[0])
        ids = (await english.say("a film for tonight")).ids
        assert (await chinese.say("今晚看什么")).ids == ids  # the best there is, whatever the words
        assert english.taste.query == chinese.taste.query == []


def test_a_state_stored_before_there_were_questions_still_loads() -> None:
    old = Taste(liked=["a"], shown=["b"]).model_dump(mode="json")
    for name in ("asked", "asking", "offered"):
        del old[name]
    taste = Taste.model_validate(old)
    assert taste.liked == ["a"] and (taste.asked, taste.asking, taste.offered) == ([], "", [])


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("new", "newer"), ("something old", "older"), ("shorter", "shorter"), ("either", ""), ("doesn't matter", ""),
        ("yes", ""), ("随便", ""), ("newer than Alien", None), ("a new comedy", None), ("no horror", None),
    ],
)  # fmt: skip
def test_a_word_or_two_answer_a_question(message: str, answer: str | None) -> None:
    assert short_answer(message) == answer


async def test_no_preference_is_no_verdict_and_no_search(films: tuple[Controller, Asker, Recommender]) -> None:
    talk = Talk(films[0])
    asked = await talk.say("something funny")
    assert talk.taste.asking
    turn = await talk.say("yes")
    assert turn.ids and not set(turn.ids) & set(asked.ids)
    assert talk.taste.liked == talk.taste.query == []
