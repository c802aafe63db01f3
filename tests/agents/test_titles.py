"""Which films of the demo a message names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.linking.facets import FacetLinker
from agents.linking.titles import TitleLinker
from recommender.catalogue import Catalogue
from storage.records import ItemRecord

NAMED = {
    # as written, folded, in part
    "The Godfather Part II": ["the-godfather-part-ii-1974"],
    "12 angry men": ["12-angry-men-1957"],
    "matrix": ["the-matrix-1999"],
    "Amelie": ["amelie-2001"],
    "AMÉLIE": ["amelie-2001"],
    "leon the professional": ["leon-the-professional-1994"],
    "star wars": ["star-wars-episode-iv-a-new-hope-1977"],
    "totoro": ["my-neighbor-totoro-1988"],
    "shawshank": ["the-shawshank-redemption-1994"],
    "2001: A Space Odyssey": ["2001-a-space-odyssey-1968"],
    "once upon a time in the west": ["once-upon-a-time-in-the-west-1968"],
    "M (1931)": ["m-1931"],
    "la confidential": ["l-a-confidential-1997"],
    "I liked godfather part 2": ["the-godfather-part-ii-1974"],
    "kill bill was great": ["kill-bill-vol-1-2003"],
    # misspelt
    "loved gremlns as a kid": ["gremlins-1984"],
    "the shawshank redemtion": ["the-shawshank-redemption-1994"],
    "pulp ficton": ["pulp-fiction-1994"],
    "inceptoin": ["inception-2010"],
    "interstelar": ["interstellar-2014"],
    # in short, and as people chat
    "we've seen Grand Budapest and Moonrise Kingdom": ["the-grand-budapest-hotel-2014", "moonrise-kingdom-2012"],
    "seen akira n mononoke": ["akira-1988", "princess-mononoke-1997"],
    "romy n michele looks fun": ["romy-and-micheles-high-school-reunion-1997"],
    "fast n furious": ["the-fast-and-the-furious-2001"],
    "10 things is a classic but shes seen it": ["10-things-i-hate-about-you-1999"],
    "eternal sunshine was peak": ["eternal-sunshine-of-the-spotless-mind-2004"],
    # told of behind the name
    "dark knight is peak": ["the-dark-knight-2008"],
    "wild robot looks cute is it sad": ["the-wild-robot-2024"],
    "Master and Commander I have seen already": ["master-and-commander-the-far-side-of-the-world-2003"],
    "2001 left me quite cold, I must confess.": ["2001-a-space-odyssey-1968"],
    # words that are films too, marked as films
    "I loved Heat and Up": ["heat-1995", "up-2009"],
    "Up, Heat, It and Her": ["up-2009", "heat-1995", "it-2017", "her-2013"],
    "I watched It last night and it scared me": ["it-2017"],
    "Drive (2011) was stylish": ["drive-2011"],
    "something like Drive": ["drive-2011"],
    '"Her" was lovely': ["her-2013"],
    "LOVED HEAT": ["heat-1995"],
    "I saw Saw": ["saw-2004"],
    "anything by Kurosawa I havent seen? seen rashomon and seven samurai": ["rashomon-1950", "seven-samurai-1954"],
    # several
    "spirited away and princess mononoke": ["spirited-away-2001", "princess-mononoke-1997"],
    "Alien and Aliens": ["alien-1979", "aliens-1986"],
    # Chinese
    "我喜欢《千与千寻》": ["spirited-away-2001"],
    "看过肖申克的救赎": ["the-shawshank-redemption-1994"],
    "像盗梦空间那样的": ["inception-2010"],
    "喜欢异形": ["alien-1979"],
    "喜欢异形和盗梦空间": ["alien-1979", "inception-2010"],
    "我喜欢 Inception 和《异形》": ["inception-2010", "alien-1979"],
}
PLAIN_SPEECH = [
    "",
    "loved it",
    "it was great, give it to her",
    "heat up the oven and let it cool",
    "the drive home was long",
    "I need something to cheer me up",
    "a big laugh",
    "a rocky road",
    "frozen pizza and a film",
    "a war film set in 1917",
    "the thing is I'm tired",
    "give me seven films",
    "my cats are great",
    "something for halloween",
    "wake me up when it is over",
    "2001 was a brilliant year for films",
    "give me 10 things to watch",
    "american history",
    "you've seen it all",
    "once upon a time we loved thrillers",
    "来点好看的",
    "我想看外星人的电影",
]


@pytest.mark.parametrize(("message", "ids"), NAMED.items(), ids=list(NAMED))
def test_named(titles: TitleLinker, message: str, ids: list[str]) -> None:
    assert [span.item_id for span in titles.find(message)] == ids


@pytest.mark.parametrize("message", PLAIN_SPEECH)
def test_plain_speech_names_nothing(titles: TitleLinker, message: str) -> None:
    assert titles.find(message) == []


def test_the_longest_title_is_meant() -> None:
    films = [
        ItemRecord("alien", "Alien"),
        ItemRecord("resurrection", "Alien Resurrection"),
        ItemRecord("nation", "Nation"),
    ]
    found = TitleLinker(Catalogue(films)).find("I loved Alien Resurrection")
    assert [(span.text, span.item_id) for span in found] == [("Alien Resurrection", "resurrection")]


def test_a_sequel_is_not_called_by_the_name_without_its_number() -> None:
    films = [
        ItemRecord("2", "Zorbling 2"),
        ItemRecord("p", "Grimblat: Part II"),
        ItemRecord("g", "Gnarlyboots"),
        ItemRecord("w", "Iron Falcon 2"),
    ]
    titles = TitleLinker(Catalogue(films))
    assert [span.item_id for span in titles.find("we've seen Zorbling, Grimblat and Iron Falcon")] == []
    assert titles.lookup("Zorbling") is titles.lookup("Zorbling 3") is titles.lookup("Grimblat Part III") is None
    assert [span.item_id for span in titles.find("we've seen Zorbling 2 and Gnarlyboots")] == ["2", "g"]
    assert titles.lookup("Zorblng 2") == titles.lookup("Zorbling II") == "2"
    assert titles.find("I loved Gnarlyboots part III") == []


def test_a_near_spelling_does_not_cut_a_long_word(titles: TitleLinker) -> None:
    assert titles.lookup("Eraserhead") is None
    assert titles.find("a film like Eraserhead") == []


def test_of_two_with_one_title_the_year_decides_then_the_better_known() -> None:
    films = Catalogue(
        [
            ItemRecord("old", "Solaris", attributes={"year": 1972}),
            ItemRecord("new", "Solaris", attributes={"year": 2002}),
        ]
    )
    titles = TitleLinker(films, popularity={"old": 1.0, "new": 9.0})
    assert [span.item_id for span in titles.find("I loved Solaris")] == ["new"]
    assert [span.item_id for span in titles.find("I loved Solaris (1972)")] == ["old"]
    assert [span.item_id for span in titles.find("I loved Solaris 1972")] == ["old"]
    assert titles.lookup("solaris") == "new"


def test_a_title_that_is_a_quality_too_needs_more_to_be_meant() -> None:
    films = Catalogue([ItemRecord("western", "Western", attributes={"genres": ["drama"]})])
    as_word = TitleLinker(films, is_quality=lambda phrase: phrase == "western")
    assert as_word.find("a western please") == []
    assert [span.item_id for span in as_word.find('I loved "Western"')] == ["western"]


@pytest.mark.parametrize(
    ("name", "item_id"),
    [
        ("Heat", "heat-1995"),
        ("heat", "heat-1995"),
        ("it", "it-2017"),
        ("the matrix", "the-matrix-1999"),
        ("Matrix, The (1999)", "the-matrix-1999"),
        ("Pulp Ficton", "pulp-fiction-1994"),
        ("千与千寻", "spirited-away-2001"),
        ("The Teapot Conspiracy", None),
        ("", None),
        ("   ", None),
        ("???", None),
        ("不存在的电影", None),
    ],
)
def test_look_up_of_a_name_by_itself(titles: TitleLinker, name: str, item_id: str | None) -> None:
    assert titles.lookup(name) == item_id


def test_every_title_of_the_demo_is_found_by_itself(demo: Catalogue, titles: TitleLinker) -> None:
    lost = [item.title for item in demo.items if demo[titles.lookup(item.title) or item.id].title != item.title]
    assert lost == []
    assert all(titles.lookup(item.title) for item in demo.items)


def test_an_empty_catalogue_names_nothing() -> None:
    empty = TitleLinker(Catalogue([]))
    assert empty.find("I loved Heat 和《异形》") == []
    assert empty.lookup("Heat") is None


def test_titles_of_any_writing_can_be_indexed_and_found() -> None:
    odd = ["", "???", "¿Qué?", "…And Justice for All", "8½", "$9.99", "千と千尋", "기생충", "a" * 500, "The", "The A"]
    items = Catalogue([ItemRecord(str(number), title) for number, title in enumerate(odd)])
    titles = TitleLinker(items)
    assert titles.lookup("8 1/2") == "4"
    assert titles.lookup("千と千尋") == "6"
    assert titles.lookup("and justice for all") == "3"


PIECES = st.sampled_from(
    ["Heat", "it", "Up", "and", ",", "loved", "(1995)", "the", "异形", "《", "》", "\n", "pulp ficton", "🎬"]
)


@given(st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES).map("".join)))
def test_mentions_are_words_of_the_message_that_do_not_overlap(
    titles: TitleLinker, facets: FacetLinker, text: str
) -> None:
    end = 0
    for span in titles.find(text):
        assert span.start >= end and text[span.start : span.end] == span.text
        end = span.end


@pytest.mark.parametrize(
    ("message", "title"),
    [("catch me if u can", "Catch Me If You Can"), ("have you seen dumb n dumber", "Dumb and Dumber")],
)
def test_titles_in_the_spelling_of_chats(titles: TitleLinker, demo: Catalogue, message: str, title: str) -> None:
    assert [demo[span.item_id].title for span in titles.find(message)] == [title]


@pytest.mark.parametrize("message", ["The novels of E. M. Forster", "Glory? I said Paths of Glory, Kubrick"])
def test_part_of_a_name_is_no_title(titles: TitleLinker, message: str) -> None:
    assert [span.text for span in titles.find(message) if span.start] == []


@pytest.mark.parametrize("message", ["Fans of Heat here", "I want something in the vein of Heat", "the style of Heat"])
def test_what_something_is_of_may_be_one(titles: TitleLinker, message: str) -> None:
    assert [span.text for span in titles.find(message)] == ["Heat"]
