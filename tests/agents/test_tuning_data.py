"""Seeds, and the examples that are made of them."""

import json
import random
import re
from pathlib import Path

import pytest

from agents.checking.checker import ReplyChecker, TitleTest, split_sentences
from agents.llm.prompts import NO_NAME
from agents.plan import Intent, Range, Stance
from agents.tuning.evidence import MESSAGES
from agents.tuning.expand import World, example, expand, filled, shop_catalogue, worlds
from agents.tuning.labelled import drawn
from agents.tuning.pairs import judging_pair, telling_pair
from agents.tuning.seeds import SLOT, STANCE_OF, Seed, SeedError, held_out, load_seeds
from agents.tuning.voices import Voice, load_voices, tell_examples
from recommender.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
READING = ROOT / "data" / "reading"
VOICES = ROOT / "data" / "telling" / "voices.jsonl"


@pytest.fixture(scope="module")
def seeds() -> list[Seed]:
    return load_seeds(READING)


@pytest.fixture(scope="module")
def made(demo: Catalogue) -> dict[str, World]:
    return worlds(demo, READING)


def test_there_are_enough_seeds_of_every_intent_stance_and_kind_of_shop(seeds: list[Seed]) -> None:
    assert len(seeds) >= 1_500
    for intent in Intent:
        assert sum(seed.intent is intent for seed in seeds) >= 90, intent
    for domain in ("film", "beauty", "games"):
        assert sum(seed.domain == domain for seed in seeds) >= 150, domain
    slots = [STANCE_OF[slot] for seed in seeds for slot in SLOT.findall(seed.message) if slot in STANCE_OF]
    for stance in Stance:
        assert slots.count(stance) >= 60, stance


def test_what_is_held_out_is_never_learnt_and_stays_the_same(seeds: list[Seed]) -> None:
    learn, measure = held_out(seeds)
    assert not {seed.key for seed in learn} & {seed.key for seed in measure}
    assert len(learn) + len(measure) == len(seeds)
    assert 0.1 < len(measure) / len(seeds) < 0.2
    assert held_out(reversed(seeds))[1][::-1] == measure


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2"),
        ('{"message": "x", "intent": "sell", "domain": "film"}', "sell"),
        ('{"message": "x {adored}", "intent": "recommend", "domain": "film"}', "adored"),
        ('{"message": " ", "intent": "recommend", "domain": "film"}', "empty"),
        ('{"message": "x", "domain": "film"}', "intent"),
        ("[]", "line 2"),
        ('{"message": "x", "intent": "chat", "domain": "film", "ranges": [{"min": 1980}]}', "facet"),
    ],
)
def test_a_bad_seed_is_named_by_file_and_line(line: str, complaint: str, tmp_path: Path) -> None:
    good = json.dumps({"message": "something {genre}", "intent": "recommend", "domain": "film"})
    (tmp_path / "a.jsonl").write_text(f"{good}\n{line}\n", encoding="utf-8")
    with pytest.raises(SeedError, match=complaint):
        load_seeds(tmp_path)


def test_the_ranges_of_a_seed_are_known_only_where_it_has_them(seeds: list[Seed]) -> None:
    known = {seed.message: seed.ranges for seed in seeds if seed.ranges is not None}
    assert len(known) >= 150
    assert known["at least two hours long"] == (Range(facet="runtime", min=120),)
    assert Seed("hi", Intent.CHAT, "film").ranges is None


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="no seeds"):
        load_seeds(tmp_path)


def test_names_stand_where_their_slots_were(made: dict[str, World]) -> None:
    seed = Seed("loved {liked}, then {disliked} bored me", Intent.FEEDBACK, "film")
    for number in range(50):
        message, history, names = filled(seed, made["film"], random.Random(number))
        assert not history and "{" not in message
        assert [stance for *_, stance in names] == ["liked", "disliked"]
        (first, first_end, _), (second, second_end, _) = names
        around = message[:first], message[first_end:second], message[second_end:]
        typed = (
            r'l\w{3,4} "?',
            r'"?(?: \(\d{4}\)"?)?, t\w{2,3} "?',
            r'"?(?: \(\d{4}\)"?)? b\w{3,4} me',
        )  # some in haste
        assert all(re.fullmatch(p, part, re.IGNORECASE) for p, part in zip(typed, around, strict=True))
        assert message[first:first_end] != message[second:second_end]


def test_marked_stretches_carry_the_stance_of_their_slot_and_plain_words_none(made: dict[str, World]) -> None:
    seed = Seed("i saw it and hated {disliked}", Intent.FEEDBACK, "film")
    seen: set[str] = set()
    for number in range(60):
        one = example(seed, made["film"], random.Random(number))
        for span, label in zip(one.spans, one.labels, strict=True):
            assert label == (NO_NAME if span.text.lower() == "it" else label)
            seen.add(label)
            if span.start > one.message.lower().index("and") + 4:
                assert label in ("disliked", NO_NAME)
    assert seen == {"disliked", NO_NAME}


def test_what_was_said_before_and_shown_is_in_the_history(made: dict[str, World]) -> None:
    shown = Seed("newer", Intent.REFINE, "film", earlier="a {genre} film", shown=True)
    history = example(shown, made["film"], random.Random(1)).history
    assert [m.role for m in history] == ["user", "assistant"] and "{" not in history[0].text
    assert not example(Seed("hi", Intent.CHAT, "film"), made["film"], random.Random(1)).history


def test_expanding_is_repeatable_and_uses_every_seed(seeds: list[Seed], made: dict[str, World]) -> None:
    few = seeds[:40]
    first, again = (list(expand(few, made, 100, seed=3)) for _ in range(2))
    assert first == again and len(first) == 100
    assert first != list(expand(few, made, 100, seed=4))
    assert {one.intent for one in first} == {seed.intent for seed in few}


def test_of_the_messages_that_weights_are_learnt_from_thirty_thousand_differ(made: dict[str, World]) -> None:
    assert len({text for _, (text, *_) in drawn(MESSAGES, 0, made)}) >= 30_000


def test_the_pair_is_the_served_prompt_and_the_answer_its_schema_allows(made: dict[str, World]) -> None:
    one = example(Seed("i hated {disliked}", Intent.FEEDBACK, "film"), made["film"], random.Random(2))
    pair = judging_pair(one)
    assert [message["role"] for message in pair.messages] == ["system", "user"]
    answer = json.loads(pair.answer)
    assert answer == {"intent": "feedback"} | {str(n): label for n, label in enumerate(one.labels, 1)}


@pytest.mark.parametrize(("domain", "n"), [("film", 200), ("shop", 100)])
def test_every_sentence_learnt_would_be_shown(demo: Catalogue, domain: str, n: int) -> None:
    """The served checker passes each; replies have two sentences, and many voices take part."""
    voices = load_voices(VOICES)
    catalogue = demo if domain == "film" else shop_catalogue(READING)
    titles = TitleTest(item.title for item in catalogue.items)
    told = list(tell_examples(voices, catalogue, domain, n, seed=5))
    assert len(told) == n
    for one in told:
        assert all(line in telling_pair(one).messages[1]["content"] for line in one.evidence)
        checker = ReplyChecker([one.message], dict(zip(one.titles, one.evidence, strict=True)), titles)
        sentences, _ = split_sentences(one.reply, final=True)
        assert len(sentences) == 2, one
        assert all(map(checker.passes, sentences)), one
        assert "{" not in one.reply and "he The " not in one.reply, one
    forms = [re.sub(r"\\{p\d\\\.[a-z]+\\}", ".+", re.escape(voice.text)) for voice in voices]
    assert sum(any(re.fullmatch(form, one.reply) for one in told) for form in forms) >= n // 2
    assert told == list(tell_examples(voices, catalogue, domain, n, seed=5))


def test_there_are_voices_of_many_kinds_and_each_has_two_sentences() -> None:
    rows = [json.loads(line) for line in VOICES.read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 200 and len({row["text"] for row in rows}) == len(rows)
    assert len({row["voice"] for row in rows}) == 8
    # A description is a sentence of its own, or ends the one it stands in.
    ended = [re.sub(r"\{p\d\.blurb\}", "so.", row["text"]) for row in rows]
    assert [text for text in ended if len(split_sentences(text, final=True)[0]) != 2] == []


def test_a_voice_that_the_checker_never_passes_is_left_out(demo: Catalogue) -> None:
    said = "{p1.title} fits {p1.matched}. It is from {p1.year}."
    boast = Voice("{p1.title} is the best film of all time. It is from {p1.year}.", 1, "film")
    short = Voice("{p1.title} fits {p1.matched}.", 1, "film")
    told = list(tell_examples([boast, short, Voice(said, 1, "film")], demo, "film", 2))
    assert len(told) == 2 and all(" fits " in one.reply and " from " in one.reply for one in told)
    assert list(tell_examples([boast, short], demo, "film", 1)) == []


def test_a_voice_that_asks_for_a_pick_it_has_not_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "voices.jsonl"
    path.write_text('{"text": "{p2.title}", "picks": 1, "domain": "film"}\n', encoding="utf-8")
    with pytest.raises(SeedError, match="line 1"):
        load_voices(path)
