"""How an item is, and which of several is more so: answered in a sentence, by what the items say of themselves."""

import pytest

from agents.answers.feeling import Feeling
from agents.linking.facets import FacetLinker
from agents.plan import Intent
from agents.replies.present import Presenter
from recommender.catalogue import Catalogue
from storage.records import ItemRecord
from tests.agents.talk import Talk


@pytest.fixture(scope="module")
def feeling(presenter: Presenter, facets: FacetLinker) -> Feeling:
    return Feeling(presenter, facets)


def items(demo: Catalogue, *names: str) -> list[ItemRecord]:
    by_title = {item.title: item for item in demo.items}
    return [by_title[title] for title in names]


OF_ONE = [
    ("Moonlight", "how sad is it", "Quite sad, I would say: “Moonlight” is sad, melancholic and bittersweet."),
    ("Moonlight", "is it a happy film?", "Not really, I think: “Moonlight” is melancholic, sad and bittersweet."),
    ("Perfect Blue", "is it scary", "Yes: “Perfect Blue” is a horror film, scary"),
    ("Lady Bird", "is it funny or sad", "More funny than sad, I would say: “Lady Bird” is funny, though it also is"),
    (
        "Rocky",
        "Is it more about boxing or about love?",
        "Both, I would say: “Rocky” has boxing in it, and",
    ),
    ("Alien", "is it funny or sad?", "Sad rather than funny, I would say: “Alien” is bleak."),
    ("The Favourite", "is it more funny or more cruel?", "More funny than cruel, I would say: "),
    ("Paddington 2", "Is it only for children?", "Not only, I think: “Paddington 2” is heart-warming"),
    ("Gosford Park", "whether it is difficult to follow", "A little, perhaps: “Gosford Park” is a mystery film."),
    ("Playtime", "is it slow or fast?", "Somewhat slow, I would say: “Playtime” is slow-burn"),
    ("Amour", "is it in English or in Italian?", "No, “Amour” is in French."),
    ("Titanic", "any sex scenes in it?", "Yes, “Titanic” has sex scenes in it."),
    ("Toy Story", "any sex scenes in it?", "Not that I know of; “Toy Story” is funny"),
    ("Amour", "Is it in English?", "No, “Amour” is in French."),
    ("Fargo", "is it a comedy?", "I would not say so: “Fargo” is a crime and drama film."),
    ("Free Willy", "does the whale die?", "As far as I know no such death is noted for “Free Willy”"),
    ("The NeverEnding Story", "does the horse die", "I am afraid an animal dies in “The NeverEnding Story”"),
    ("Paddington 2", "does it end well?", "I do not know the end itself, but “Paddington 2” is"),
    ("The Apartment", "does it have a good ending", "I do not know the end itself; “The Apartment” is sad and"),
    ("Collateral", "Does it have a good ending?", "I do not know how “Collateral” ends; it is tense"),
    ("Heat", "who directed it?", ""),
    ("Heat", "what is the sad one about?", ""),
    ("Heat", "is Al Pacino in it?", ""),
]


@pytest.mark.parametrize(("title", "question", "start"), OF_ONE)
def test_how_an_item_is(feeling: Feeling, demo: Catalogue, title: str, question: str, start: str) -> None:
    told = feeling.told(items(demo, title)[0], question)
    assert told.startswith(start) if start else told == ""
    assert "tagged" not in told


OF_SEVERAL = [
    (("Amour", "Caché"), "How bleak is it compared with it", "“Amour”, I would say: it is bleak", 2),
    (("Shrek", "Alien"), "Which is less scary?", "“Shrek”, I would say: it is ", 2),
    (("Shrek", "Ice Age"), "Which is less scary?", "Neither is scary as far as I know.", 0),
    (("Sabrina", "The Apartment"), "which one has the better ending?", "I do not know how they end; by what", 2),
    (("Toy Story", "Up", "Shrek"), "which one is saddest", "“Up”, I would say: it is sad", 1),
    (("Toy Story", "Coraline", "Up"), "which is the most messed up", "“Coraline”, I would say: it is dist", 1),
]


@pytest.mark.parametrize(("names", "question", "start", "n"), OF_SEVERAL)
def test_which_is_more_so(
    feeling: Feeling, demo: Catalogue, names: tuple[str, ...], question: str, start: str, n: int
) -> None:
    trait = feeling.asked_of_several(question)
    assert trait is not None
    told, found = feeling.most(question, trait, items(demo, *names))
    assert told.startswith(start) and len(found) == n


def test_a_catalogue_without_moods_answers_by_what_it_has() -> None:
    shop = Catalogue(
        [ItemRecord(i, i, attributes={"genres": [genre]}) for i, genre in (("Cup", "horror"), ("Mug", "comedy"))]
    )
    feeling = Feeling(Presenter(shop), FacetLinker(shop))
    assert feeling.told(shop["Cup"], "is it horror?") == "Yes, “Cup” is a horror item."
    assert feeling.told(shop["Mug"], "is it horror?") == "I would not say so: “Mug” is a comedy item."
    assert feeling.told(shop["Mug"], "does it end well? does the dog die?") == ""


@pytest.mark.parametrize(
    ("message", "names", "said"),
    [
        ("moonlight how sad is it", ["Moonlight"], "Quite sad"),
        ("call me by your name is it sad", ["Call Me by Your Name"], "Yes: "),
        ("Collateral. Does it have a good ending?", ["Collateral"], "I do not know how “Collateral” ends"),
        ("How bleak is Amour compared with Cache?", ["Amour", "Caché"], "“Amour”, I would say: it is bleak"),
        ("which is better for a small child, Finding Nemo or Alien?", ["Finding Nemo", "Alien"], "“Finding Nemo”, I"),
        ("Gosford Park. My wife asks whether it is difficult to follow.", ["Gosford Park"], "A little, perhaps: "),
        ("Up or Alien for a small child?", ["Up", "Alien"], "“Up”, I would say: it is a family"),
        ("Up or Alien, which one ends better?", ["Up", "Alien"], "by what they are like, “Up”, I would say: it is"),
        ("is Spirited Away scary for kids?", ["Spirited Away"], "Yes: “Spirited Away” is scary and eerie"),
        ("Sabrina vs The Apartment, which one has the better ending?", ["Sabrina", "The Apartment"], "by what they"),
    ],
)
async def test_soft_questions_of_what_is_named(talk: Talk, message: str, names: list[str], said: str) -> None:
    await talk.say("a drama")
    turn = await talk.say(message)
    assert turn.intent in (Intent.ABOUT_ITEM, Intent.COMPARE)
    assert turn.titles == names and said in turn.words


async def test_what_the_sad_one_is_about_is_no_question_of_its_sadness(talk: Talk, demo: Catalogue) -> None:
    first = await talk.say("a sad drama")
    turn = await talk.say("what is the sad one about?")
    assert demo[turn.ids[0]].text in turn.words and turn.ids[0] in first.ids


async def test_whether_any_of_them_suits_is_asked_of_all(talk: Talk) -> None:
    await talk.say("a horror film")
    turn = await talk.say("is any of these suitable for a 10 year old?")
    assert turn.intent is Intent.COMPARE and turn.words.startswith("None of these 5 counts as family")


async def test_what_a_wish_stands_for_is_told_with_the_reason(talk: Talk) -> None:
    await talk.say("something quiet")
    assert "because it fits quiet (" in (await talk.say("why the first one?")).words


async def test_which_to_take_is_told_by_what_it_is_like(talk: Talk) -> None:
    turn = await talk.say("Still Walking or Shoplifters, which should I watch?")
    assert turn.words.startswith("I would take “") and "; it is tender" in turn.words and "tagged" not in turn.words


async def test_soft_questions_of_the_cards(talk: Talk) -> None:
    first = await talk.say("a funny drama")
    turn = await talk.say("which one is saddest")
    assert "I would say" in turn.words and set(turn.ids) <= set(first.ids)
