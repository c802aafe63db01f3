"""Which sentences of a language model may be shown, and where one sentence ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.checking.checker import ReplyChecker, TitleTest, split_sentences
from agents.checking.claims import decade_of
from agents.checking.wording import root
from recommender.catalogue import Catalogue

EVIDENCE = [
    "Gremlins (1984, 106 min, comedy · horror). fits: scary, funny. Because you liked Jaws. A boy gets a small furry "
    "creature for Christmas and breaks the three rules that keep it harmless. Directed by Joe Dante.",
    "Beetlejuice (1988, 92 min). Two ghosts hire a rude spirit to scare a family out of their old house.",
]
MESSAGE = "something scary but funny from the 80s, I liked Jaws"

TRUE = [
    "Gremlins is scary and funny.",
    "Gremlins fits because you liked Jaws.",
    "Both Gremlins and Beetlejuice are from the 80s.",
    "Beetlejuice, from 1988, runs 92 min and has ghosts who scare a family.",
    "A boy breaks the three rules for his furry creature at Christmas.",
    "Joe Dante directed Gremlins.",
    "You may like these two films.",
]
FALSE = {
    "a film that is not shown": "If you like Gremlins, see Poltergeist next.",
    "a film of several common words that is not shown": "It is as funny as The Thing About the House.",
    "another film of the catalogue": "Gremlins is as funny and scary as Toy Story.",
    "a film of the catalogue at the start": "Pulp Fiction is scary and funny.",
    "an invented name": "Gremlins stars Zach Galligan.",
    "another director": "Gremlins was directed by Steven Spielberg.",
    "an invented name at the start": "Spielberg made this scary comedy about a furry creature.",
    "an invented year": "Gremlins is from 1985.",
    "an invented number": "Gremlins has 12 scary scenes.",
    "a link": "Watch Gremlins at https://example.com now.",
    "a link without its beginning": "Watch Gremlins at www.example.com now.",
    "markup": "Gremlins is <b>scary</b> and funny.",
    "a link in markdown": "Gremlins is [scary](x) and funny.",
    "code": "Gremlins is scary ```and funny```.",
    "a verdict": "Gremlins is the best scary comedy.",
    "an award": "Gremlins won an award for its creature.",
    "a rating": "Gremlins is highly rated and funny.",
    "other content": "Gremlins explores bereavement, colonialism and orchestral melancholy.",
    "another language": "Gremlins 很好看，适合你。",
    "Chinese": "这部很好看。",
    "nothing": "",
    "blanks": "   ",
    "two words": "Very funny.",
    "noise": '}{"]]\\u00 <|im_end|> 0x7f',
    "a sentence without end": "Gremlins is scary and funny " * 20,
}


@pytest.fixture(scope="module")
def checker(demo: Catalogue) -> ReplyChecker:
    is_title = TitleTest([*(item.title for item in demo.items), "The Thing About the House"])
    return ReplyChecker([MESSAGE], dict(zip(("Gremlins", "Beetlejuice"), EVIDENCE, strict=True)), is_title)


@pytest.mark.parametrize("sentence", TRUE)
def test_what_the_evidence_carries_may_be_shown(checker: ReplyChecker, sentence: str) -> None:
    assert checker.passes(sentence)


@pytest.mark.parametrize("sentence", FALSE.values(), ids=list(FALSE))
def test_what_it_does_not_carry_is_refused(checker: ReplyChecker, sentence: str) -> None:
    assert not checker.passes(sentence)


def test_a_verdict_that_the_evidence_holds_may_be_repeated(demo: Catalogue) -> None:
    checker = ReplyChecker([], {"Gremlins": "A famous comedy about a creature."}, TitleTest(["Gremlins"]))
    assert checker.passes("Gremlins is a famous comedy.")


def test_without_evidence_no_claim_passes() -> None:
    checker = ReplyChecker([], {}, TitleTest([]))
    assert not checker.passes("Gremlins is scary.")
    assert not checker.passes("It features haunted lighthouses.")


def test_titles_are_seen_as_names_only() -> None:
    test = TitleTest(["Toy Story", "The Last House on the Left", "Heat", "Amélie", ""])
    assert test.titles_in("It is like Toy Story or “Toy Story”, said Amelie.") == ["toy story", "toy story", "amelie"]
    assert test.titles_in("a toy story for kids") == []
    assert test.titles_in("Heat is a plain word too.") == []
    assert test.titles_in("See The Last House on the Left.") == ["the last house on the left"]
    assert TitleTest([]).titles_in("See Toy Story.") == []


@given(st.text(max_size=500))
def test_any_sentence_has_an_answer(checker: ReplyChecker, sentence: str) -> None:
    assert checker.passes(sentence) in (True, False)


@pytest.mark.parametrize(
    ("text", "sentences", "rest"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?"], "Four"),
        ("Dr. Strangelove by J. T. Walsh. Next", ["Dr. Strangelove by J. T. Walsh."], "Next"),
        ("It runs 1.5 hours. Then", ["It runs 1.5 hours."], "Then"),
        ('He said "stop." Then', ['He said "stop."'], "Then"),
        ("Not over yet.", [], "Not over yet."),
        ("A line\nanother", ["A line"], "another"),
        ("", [], ""),
        ("  \n ", [], ""),
    ],
)
def test_sentences_are_cut_where_they_end(text: str, sentences: list[str], rest: str) -> None:
    found, left = split_sentences(text)
    assert found == sentences
    assert left.strip() == rest


def test_at_the_end_the_rest_is_a_sentence_too() -> None:
    assert split_sentences("One. Two", final=True) == (["One.", "Two"], "")


PIECES = st.sampled_from(["One", " ", ". ", "! ", "Dr. ", "J. ", "\n", '." ', "。", "1.5", "...", "’", "什么", "?"])


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join)))
def test_cutting_loses_nothing_but_blanks(text: str) -> None:
    found, rest = split_sentences(text)
    assert "".join("".join([*found, rest]).split()) == "".join(text.split())
    final, nothing = split_sentences(text, final=True)
    assert nothing.strip() == "" and "".join("".join(final).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() != "" for sentence in (*found, *final))


@given(st.lists(PIECES, max_size=30), st.integers(min_value=1, max_value=7))
def test_a_stream_loses_nothing_however_it_is_cut(pieces: list[str], size: int) -> None:
    text = "".join(pieces)
    told, buffer = [], ""
    for start in range(0, len(text), size):
        sentences, buffer = split_sentences(buffer + text[start : start + size])
        told += sentences
    assert "".join("".join([*told, buffer]).split()) == "".join(text.split())


def test_what_is_true_of_one_item_is_not_told_of_another() -> None:
    by_title = {
        "Gremlins": "Gremlins (1984, comedy, horror). A cuddly present breeds vandals.",
        "Braveheart": "Braveheart (1995, drama, war). A rebel defies the king.",
    }
    checker = ReplyChecker(["something scary"], by_title, TitleTest(by_title))
    assert checker.passes("Gremlins is a horror comedy with a cuddly present.")
    assert not checker.passes("Gremlins from 1995 follows a rebel against the king.")
    assert checker.passes("Gremlins breeds vandals, and in Braveheart a rebel defies the king.")


PICKS = {
    "The Bright Canal": "The Bright Canal (1984, 92 min, comedy · romance). fits: funny, boats. Because you liked "
    "Amber Street. A shy lock-keeper falls for a singer who cannot swim. Eleven neighbours bet on it; no dog is harmed",
    "Iron Winter": "Iron Winter (1997, 141 min, war · drama). fits: snow, Ada Brandt. "
    "In 1916 two brothers guard a frozen railway bridge and share one coat",
}
WISH = "something funny with boats, or a film by Ada Brandt"
CARRIED = [
    "The Bright Canal is from 1984 and Iron Winter from 1997.",
    "Iron Winter is the longer one, at 141 minutes.",
    "The Bright Canal came thirteen years before Iron Winter.",
    "The Bright Canal is an eighties comedy.",
    "The Bright Canal takes about an hour and a half.",
    "The Bright Canal is under 100 minutes long.",
    "Because you liked Amber Street, The Bright Canal comes to mind.",
    "In Iron Winter, two brothers guard a bridge in 1916.",
    "Ada Brandt directed Iron Winter.",
    "The singer can't swim, and a shy lock-keeper falls for her.",
    "You asked for boats, and The Bright Canal has them.",
    "Iron Winter runs two hours and 21 minutes.",
]
NOT_CARRIED = {
    "the year of another": "The Bright Canal is from 1997, a funny film with boats.",
    "a year of the story as that of the film": "Iron Winter was made in 1916.",
    "the length of another": "Iron Winter takes 92 minutes.",
    "too few hours": "Iron Winter takes about an hour and a half.",
    "a bound that does not hold": "Iron Winter is under 100 minutes long.",
    "another decade": "The Bright Canal is a comedy from the nineties.",
    "a comparison the wrong way round": "The Bright Canal is longer than Iron Winter.",
    "a superlative the wrong way round": "Iron Winter is the oldest of the two.",
    "a difference that is none": "The Bright Canal came four years before Iron Winter.",
    "a kind of another": "Iron Winter is a romance on a railway bridge.",
    "a kind that only one of both has": "Both are comedies.",
    "the plot of another": "In Iron Winter a lock-keeper falls for a singer.",
    "the role not told": "Ada Brandt stars in Iron Winter.",
    "a taste that speaks for another": "Iron Winter follows because you liked Amber Street.",
    "a taste nobody has": "You loved the railway, so Iron Winter is here.",
    "a fact denied": "The Bright Canal is not a comedy.",
    "a denial dropped": "A dog is harmed in The Bright Canal.",
    "a superlative": "Iron Winter is the saddest drama about a frozen bridge.",
    "only one of its kind": "There is no funnier film about boats.",
    "a number spelt": "Twelve neighbours bet on it in The Bright Canal.",
    "an invented end": "The brothers in Iron Winter burn the bridge and emigrate.",
    "what was liked as a pick": "Amber Street is a funny film with boats.",
}


@pytest.fixture(scope="module")
def of_two() -> ReplyChecker:
    return ReplyChecker([WISH], PICKS, TitleTest([*PICKS, "Amber Street"]))


@pytest.mark.parametrize("sentence", CARRIED)
def test_facts_of_the_right_item_may_be_told(of_two: ReplyChecker, sentence: str) -> None:
    assert of_two.passes(sentence)


@pytest.mark.parametrize("sentence", NOT_CARRIED.values(), ids=list(NOT_CARRIED))
def test_facts_are_bound_to_their_item(of_two: ReplyChecker, sentence: str) -> None:
    assert not of_two.passes(sentence)


def test_the_evidence_in_its_own_words_always_passes(demo: Catalogue) -> None:
    films = demo.items[::40]
    checker = ReplyChecker(
        ["a film"], {film.title: film.text for film in films}, TitleTest(i.title for i in demo.items)
    )
    sentences = [s for film in films for s in split_sentences(film.text, final=True)[0] if len(s.split()) > 3]
    assert len(sentences) > 40
    assert [sentence for sentence in sentences if not checker.passes(sentence)] == []


def test_words_meet_in_their_other_forms() -> None:
    pairs = (
        "zombies zombie, dancing dance, spies spy, fled escaped, kids children, satirical satire, animated animation"
    )
    for pair in pairs.split(", "):
        first, second = pair.split()
        assert root(first) == root(second)
    assert root("brother") != root("mother") and root("1984") != root("1985")


@pytest.mark.parametrize(
    ("word", "year"),
    [("1980s", 1980), ("80s", 1980), ("eighties", 1980), ("00s", 2000), ("1984", None), ("days", None)],
)
def test_decades_are_known(word: str, year: int | None) -> None:
    assert decade_of(word) == year
