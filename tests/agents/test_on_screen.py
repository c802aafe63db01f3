"""Cards that are called by name, in short or in lower case: what is asked is asked of them."""

import pytest

from agents.linking.facets import FacetLinker
from agents.linking.on_screen import CardNames
from agents.linking.titles import TitleLinker
from agents.plan import Intent, Message
from agents.reading.rules import RuleReader
from tests.agents.talk import Talk

DRIVE, OTHERS, GRINCH = "drive-2011", "the-others-2001", "how-the-grinch-stole-christmas-2000"
STORY, OZ, KIKI = "a-christmas-story-1983", "the-wizard-of-oz-1939", "kikis-delivery-service-1989"
BEFORE = [Message(role="user", text="a good film"), Message(role="assistant", text="Here are some.")]


@pytest.mark.parametrize(
    ("message", "shown", "named"),
    [
        ("k drive. is it violent", [DRIVE], [DRIVE]),
        ("the others whats that about", [OTHERS], [OTHERS]),
        ("The one with the Grinch, is it scary?", [STORY, GRINCH], [GRINCH]),
        ("christmas story, how long", [GRINCH, STORY], [STORY]),
        ("i want a drive through nature", [DRIVE], []),
        ("which is better, gone in 60?", ["gone-in-60-seconds-2000"], ["gone-in-60-seconds-2000"]),
        ("what about the others?", [DRIVE], []),
        ("something for christmas", [GRINCH, STORY], []),
        ("dune part two was fun", ["dune-2021"], ["dune-part-two-2024"]),
    ],
)  # fmt: skip
def test_what_is_called_by_name(
    titles: TitleLinker, facets: FacetLinker, message: str, shown: list[str], named: list[str]
) -> None:
    found = CardNames(titles, facets).add(message, titles.find(message), shown)
    assert [span.item_id for span in found if span.item_id in {*shown, *named}] == named


def test_a_plain_word_of_another_item_is_no_title(titles: TitleLinker, facets: FacetLinker) -> None:
    text = "Wizard of Oz my mother loves. The witch, is she scary for 6?"
    found = CardNames(titles, facets).add(text, titles.find(text), [OZ])
    assert [span.item_id for span in found] == [OZ]


@pytest.mark.parametrize(
    ("message", "shown", "asked"),
    [
        ("k drive. is it violent", DRIVE, DRIVE),
        ("no i said drive not the notebook", DRIVE, DRIVE),
        ("DRIVE", DRIVE, DRIVE),
        ("no i mean the movie called the others", OTHERS, OTHERS),
        ("I asked about Grinch not this one", GRINCH, GRINCH),
        ("ok and Kiki, for girl 11, good?", OZ, KIKI),
        ("dune part 2 the one u just showed", DRIVE, "dune-part-two-2024"),
        ("and Hook?", DRIVE, "hook-1991"),
    ],
)
async def test_it_is_asked_about(rules: RuleReader, message: str, shown: str, asked: str) -> None:
    plan = (await rules.read(message, BEFORE, [shown])).plan
    assert plan.intent is Intent.ABOUT_ITEM and plan.refers_to == []
    assert [mention.id for mention in plan.mentions] == [asked]


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("something like Drive?", Intent.MORE_LIKE),
        ("more like Drive please", Intent.MORE_LIKE),
        ("I loved Drive", Intent.FEEDBACK),
        ("I have seen Drive", Intent.FEEDBACK),
        ("I loved Drive, anything newer?", Intent.REFINE),
        ("I said Drive was a joke, I did not like it", Intent.FEEDBACK),
        ("I don't like Drive. Do you have any Melville?", Intent.REFINE),
    ],
)
async def test_what_asks_nothing_of_it(rules: RuleReader, message: str, intent: Intent) -> None:
    assert (await rules.read(message, BEFORE, [DRIVE])).plan.intent is intent


async def test_in_a_conversation(talk: Talk) -> None:
    await talk.say("something with ryan gosling")
    turn = await talk.say("k drive. is it violent")
    assert turn.ids == [DRIVE] and turn.words == "Yes: “Drive” is violent, with gore and murder."
    turn = await talk.say("and Hook?")
    assert turn.ids == ["hook-1991"] and "I don't know" not in turn.words
