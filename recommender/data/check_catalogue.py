"""Checks the demo catalogue: its form, and its facts against MovieLens small and the Wikipedia extracts joined to it.

    python -m recommender.data.check_catalogue [--catalogue FILE] [--movielens DIR] [--json OUT]

Two kinds of finding. A structural problem is certainly a mistake and makes the exit status 1. A disagreement is
only two values that differ: the source may be wrong, cut short, or about another film of the same name, so a person
has to decide. Nothing here knows which side is right, and facts that the source does not hold (runtimes, countries,
languages, themes, Chinese texts) are not checked against anything.
"""

import argparse
import csv
import gzip
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

DEFAULT_CATALOGUE = Path("data/demo/catalogue.jsonl")
MIN_FILMS = 1000
MIN_WITHOUT_ENGLISH = 150
TOP_RATED = 1000
COVERAGE_TARGET = 850
YEARS = range(1920, 2026)
COPIED_WORDS = 8
STRUCTURE = "structure"
KINDS = (STRUCTURE, "link", "title", "year", "genres", "director", "cast", "copied")

# attribute → fewest and most values
LIST_SIZES = {
    "genres": (1, 6),
    "director": (1, 6),
    "cast": (0, 6),
    "countries": (1, 12),
    "languages": (1, 12),
    "themes": (3, 10),
    "moods": (1, 13),
    "colour": (1, 1),
}
MAY_LACK = {"content": (0, 13), "alike": (0, 8)}  # nothing need be warned of, and nothing be alike

# Genre names of MovieLens and of Wikipedia → ours. A name that is absent says nothing about our genres.
_SAME_NAME = (
    "action, adventure, animation, biography, comedy, crime, documentary, drama, family, fantasy, horror, musical, "
    "mystery, romance, science fiction, thriller, war, western"
)
_OTHER_NAME = {
    "animated": "animation",
    "children": "family",
    "dance": "musical",
    "disaster": "action, adventure, drama, thriller",
    "erotic": "drama, romance, thriller",
    "film-noir": "film-noir, crime, thriller, mystery",
    "historical": "history, drama, biography",
    "legal": "drama, crime, thriller",
    "martial arts": "action",
    "noir": "film-noir, crime, thriller, mystery",
    "political": "drama, thriller, comedy",
    "satire": "comedy",
    "sci-fi": "science fiction",
    "slasher": "horror",
    "sports": "sport",
    "spy": "action, thriller, comedy",
    "superhero": "action, science fiction, fantasy, comedy",
    "supernatural": "horror, fantasy",
    "suspense": "thriller",
    "teen": "comedy, drama, romance",
}
GENRES: dict[str, frozenset[str]] = {name: frozenset([name]) for name in _SAME_NAME.split(", ")}
GENRES |= {name: frozenset(ours.split(", ")) for name, ours in _OTHER_NAME.items()}

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*-(\d{4})")
_ARTICLES = "The|A|An|La|Le|Les|L'|Il|Lo|I|Gli|El|Los|Las|Das|Der|Die|Ein|Eine|Un|Une|Una|Den|Det|O|Os"
_MOVED_ARTICLE = re.compile(rf"^(?P<rest>.+), (?P<article>{_ARTICLES})$", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*\(([^()]*)\)")
_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")
_DIRECTED_BY = re.compile(r"\bdirected\b[\w\s,-]{0,80}?\bby\b(?P<who>.{0,60})", re.IGNORECASE | re.DOTALL)
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Lt|Sgt|Capt|Col|Gen|Prof|vs|[A-Z])\.", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)]*(?=\s|$)")
_SENTENCE_END_ZH = re.compile(r"[。！？]+|…{2,}(?=[”」』]?$)")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})

Film = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One structural problem, or one disagreement with both values."""

    kind: str
    film: str
    ours: str
    source: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What MovieLens and the extracts say, by MovieLens id."""

    titles: dict[str, str]
    genres: dict[str, list[str]]
    ratings: Counter[str]
    extracts: dict[str, Film]

    def most_rated(self, count: int) -> list[str]:
        """Ids of the `count` films with the most ratings; ties go to the smaller id."""
        return sorted(self.titles, key=lambda movie: (-self.ratings[movie], int(movie)))[:count]


def words(text: str) -> list[str]:
    """Lower-case words without accents and punctuation; an apostrophe does not split a word."""
    lowered = unicodedata.normalize("NFKD", text.casefold().replace("&", " and ").translate(_LETTERS))
    letters = "".join(c for c in lowered if not unicodedata.combining(c) and c not in "'’ʻʼ")
    return re.findall(r"[^\W_]+", letters)


def key(text: str) -> str:
    """The words run together: "F. W. Murnau" and "F.W. Murnau" have one key."""
    return "".join(words(text))


def movielens_names(title: str) -> tuple[list[str], int | None]:
    """Every name in a MovieLens title, articles back in front, and its year.

    "City of Lost Children, The (Cité des enfants perdus, La) (1995)" is The City of Lost Children, La Cité des enfants
    perdus, and the whole as it stands: in "(500) Days of Summer (2009)" the brackets belong to the name.
    """
    year = _YEAR.search(title)
    whole = _YEAR.sub("", title).strip()
    aliases = [re.sub(r"^a\.?k\.?a\.?:? ", "", found.strip()) for found in _BRACKETS.findall(whole)]
    names = []
    for name in (_BRACKETS.sub("", whole).strip(), *aliases, whole):
        moved = _MOVED_ARTICLE.match(name)
        space = "" if moved and moved["article"].endswith("'") else " "
        names.append(f"{moved['article']}{space}{moved['rest']}" if moved else name)
    return list(dict.fromkeys(names)), int(year[1]) if year else None


def sentences(text: str) -> int:
    """How many English sentences; one that lacks its full stop counts."""
    text = _ABBREVIATION.sub("abbreviation", text.strip())
    return sum(bool(part.strip()) for part in _SENTENCE_END.split(text))


def sentences_zh(text: str) -> int:
    """How many Chinese sentences."""
    return sum(bool(part.strip(" ”」』")) for part in _SENTENCE_END_ZH.split(text))


def read_films(path: Path) -> list[Film]:
    """Every line of the catalogue.

    Raises:
        ValueError: a line that is not a JSON object, with its number.
    """
    films: list[Film] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                film = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error
            if not isinstance(film, dict) or not isinstance(film.get("attributes"), dict):
                raise ValueError(f"{path}, line {number}: no object with attributes")
            films.append(film)
    return films


def read_reference(folder: Path) -> Reference | None:
    """The data set in `folder`, or None where it is absent."""
    files = [folder / name for name in ("movies.csv.gz", "ratings.csv.gz", "wikipedia_extracts.jsonl.gz")]
    if not all(file.is_file() for file in files):
        return None
    movies, ratings, extracts = files
    with gzip.open(movies, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with gzip.open(ratings, "rt", encoding="utf-8", newline="") as lines:
        counts = Counter(row["movieId"] for row in csv.DictReader(lines))
    with gzip.open(extracts, "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return Reference(
        titles={row["movieId"]: row["title"] for row in rows},
        genres={row["movieId"]: row["genres"].split("|") for row in rows},
        ratings=counts,
        extracts={str(extract["movieId"]): extract for extract in found},
    )


def _film_problems(film: Film) -> Iterator[str]:
    """What is wrong with the form of one film."""
    facts = film["attributes"]
    for name in ("id", "title", "text"):
        if not isinstance(film.get(name), str) or not film[name].strip():
            yield f"{name} is missing"
    for name in ("title_zh", "text_zh"):
        if not isinstance(facts.get(name), str) or not facts[name].strip():
            yield f"{name} is missing"
    year = facts.get("year")
    if not isinstance(year, int) or year not in YEARS:
        yield f"year {year!r} is not in {YEARS.start}..{YEARS.stop - 1}"
    form = _ID.fullmatch(str(film.get("id", "")))
    if not form or form[1] != str(year):
        yield "id is not slug-year"
    if not isinstance(facts.get("runtime"), int) or facts["runtime"] <= 0:
        yield f"runtime {facts.get('runtime')!r} is not a number of minutes"
    for name, (fewest, most) in (LIST_SIZES | MAY_LACK).items():
        values = facts.get(name, [] if name in MAY_LACK else None)
        if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
            yield f"{name} is not a list of names"
        elif not fewest <= len(values) <= most:
            yield f"{name} has {len(values)} values, not {fewest} to {most}"
        elif len({value.casefold() for value in values}) < len(values):
            yield f"{name} repeats a value"
    if not 1 <= (count := sentences(str(film.get("text", "")))) <= 2:
        yield f"text has {count} sentences, not 1 or 2"
    text_zh = str(facts.get("text_zh", ""))
    if not 1 <= (count := sentences_zh(text_zh)) <= 2:
        yield f"text_zh has {count} sentences, not 1 or 2"
    if text_zh and not _CHINESE.search(text_zh):
        yield "text_zh has no Chinese"


def without_english(films: Iterable[Film]) -> int:
    """How many films are not in English, silent ones among them."""
    return sum("English" not in (film["attributes"].get("languages") or []) for film in films)


def _spellings(films: Iterable[Film]) -> Iterator[Finding]:
    """Values that differ only in accents, case and punctuation: each spelling would be a facet value of its own."""
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for film in films:
        for name in (*LIST_SIZES, "content"):
            facet = "people" if name in ("director", "cast") else name
            for value in film["attributes"].get(name, []):
                seen.setdefault((facet, key(value)), {}).setdefault(value, str(film["id"]))
    for (facet, _), spellings in seen.items():
        if len(spellings) > 1:
            places = ", ".join(f"{value} ({film})" for value, film in spellings.items())
            yield Finding(STRUCTURE, facet, f"{len(spellings)} spellings: {places}", "")


def structural_problems(films: Sequence[Film]) -> list[Finding]:
    """Everything that is certainly wrong, of single films and of the whole."""
    found: list[Finding] = []
    well_formed: list[Film] = []
    for film in films:
        problems = [Finding(STRUCTURE, str(film.get("id")), text, "") for text in _film_problems(film)]
        found += problems
        if not problems:
            well_formed.append(film)
    found += _spellings(well_formed)
    ids = Counter(str(film.get("id")) for film in films)
    for film in well_formed:
        own = str(film["id"])
        strange = [other for other in film["attributes"].get("alike", []) if other == own or other not in ids]
        found += [Finding(STRUCTURE, own, f"alike names {other}, which is no other film", "") for other in strange]
    links = Counter(str(link) for film in films if (link := film["attributes"].get("movielens_id")))
    for name, used in (("id", ids), ("movielens_id", links)):
        found += [Finding(STRUCTURE, v, f"{name} is used {n} times", "") for v, n in used.items() if n > 1]
    if len(films) < MIN_FILMS:
        found.append(Finding(STRUCTURE, "catalogue", f"{len(films)} films, fewer than {MIN_FILMS}", ""))
    if (count := without_english(films)) < MIN_WITHOUT_ENGLISH:
        text = f"{count} films without English, fewer than {MIN_WITHOUT_ENGLISH}"
        found.append(Finding(STRUCTURE, "catalogue", text, ""))
    return found


def _names(film: Film) -> list[str]:
    original = film["attributes"].get("original_title")
    return [film["title"], original] if original else [film["title"]]


def _unmatched_genres(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """True when both sides name genres and, after the mapping, none is shared."""
    mapped = {genre for name in theirs for genre in GENRES.get(name.casefold(), frozenset())}
    return bool(mapped) and mapped.isdisjoint(ours)


def _against_movielens(film: Film, title: str, genres: Sequence[str]) -> Iterator[Finding]:
    facts, film_id = film["attributes"], str(film["id"])
    names, year = movielens_names(title)
    ours = _names(film)
    if {key(name) for name in ours}.isdisjoint(key(name) for name in names):
        yield Finding("title", film_id, " / ".join(ours), title)
    if year is not None and abs(year - facts["year"]) > 1:
        yield Finding("year", film_id, str(facts["year"]), f"{year} (MovieLens)")
    if _unmatched_genres(facts["genres"], genres):
        yield Finding("genres", film_id, ", ".join(facts["genres"]), f"{', '.join(genres)} (MovieLens)")


def _against_extract(film: Film, extract: Film) -> Iterator[Finding]:
    facts, film_id, text = film["attributes"], str(film["id"]), str(extract["extract"])
    searched = key(text)
    if abs(int(extract["year"]) - facts["year"]) > 1:
        yield Finding("year", film_id, str(facts["year"]), f"{extract['year']} (extract)")
    if _unmatched_genres(facts["genres"], extract["genres"]):
        yield Finding("genres", film_id, ", ".join(facts["genres"]), f"{', '.join(extract['genres'])} (extract)")
    if directed := _DIRECTED_BY.search(text):
        # All words of the name apart will do: "directed by Joel and Ethan Coen".
        found = set(words(text))
        absent = [who for who in facts["director"] if key(who) not in searched and not found.issuperset(words(who))]
        if absent:
            yield Finding("director", film_id, ", ".join(absent), directed["who"].strip())
    listed = {key(person) for person in extract["cast"]}
    absent = [who for who in facts["cast"] if key(who) not in listed and key(who) not in searched]
    if absent and listed:
        yield Finding("cast", film_id, ", ".join(absent), ", ".join(extract["cast"]))
    if run := shared_run(film["text"], text):
        yield Finding("copied", film_id, run, "in the extract")


def shared_run(ours: str, theirs: str, length: int = COPIED_WORDS) -> str:
    """The first `length` words in a row that both texts have, or nothing."""

    def runs(text: str) -> list[tuple[str, ...]]:
        found = words(text)
        return [tuple(found[start : start + length]) for start in range(len(found) - length + 1)]

    known = set(runs(theirs))
    return next((" ".join(run) for run in runs(ours) if run in known), "")


def disagreements(films: Sequence[Film], reference: Reference) -> list[Finding]:
    """Every value of ours that the source does not bear out, film by film; films with a broken form are left out."""
    linked = {str(film["attributes"].get("movielens_id")) for film in films}
    unlinked: dict[tuple[str, int], str] = {}
    for movie, title in reference.titles.items():
        names, year = movielens_names(title)
        if movie not in linked and year is not None:
            unlinked |= {(key(name), near): movie for name in names for near in (year - 1, year, year + 1)}
    found: list[Finding] = []
    for film in films:
        if any(_film_problems(film)):
            continue
        facts = film["attributes"]
        link = str(facts.get("movielens_id") or "")
        if not link:
            near = {unlinked.get((key(name), facts["year"]), "") for name in _names(film)} - {""}
            found += [Finding("link", str(film["id"]), "none", f"{m}: {reference.titles[m]}") for m in sorted(near)]
        elif link not in reference.titles:
            found.append(Finding("link", str(film["id"]), link, "no such film in MovieLens"))
        else:
            found += _against_movielens(film, reference.titles[link], reference.genres[link])
            if extract := reference.extracts.get(link):
                found += _against_extract(film, extract)
    return found


def coverage(films: Iterable[Film], reference: Reference) -> tuple[int, list[str]]:
    """How many of the most rated films we have, and the titles of those that we lack."""
    linked = {str(film["attributes"].get("movielens_id")) for film in films}
    most_rated = reference.most_rated(TOP_RATED)
    missing = [reference.titles[movie] for movie in most_rated if movie not in linked]
    return len(most_rated) - len(missing), missing


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the findings and their counts; 0 when nothing is structurally wrong, 1 when something is."""
    parser = argparse.ArgumentParser(description="Check the demo catalogue against MovieLens small.")
    parser.add_argument("--catalogue", type=Path, default=DEFAULT_CATALOGUE)
    parser.add_argument("--movielens", type=Path, help="folder of MovieLens small; without it only the form")
    parser.add_argument("--json", type=Path, help="write the findings here as well")
    options = parser.parse_args(arguments)

    films = read_films(options.catalogue)
    found = structural_problems(films)
    summary: dict[str, Any] = {"films": len(films), "without_english": without_english(films)}
    reference = read_reference(options.movielens) if options.movielens else None
    if reference:
        found += disagreements(films, reference)
        summary["coverage"], summary["missing"] = coverage(films, reference)

    for finding in sorted(found, key=lambda finding: KINDS.index(finding.kind)):
        print(f"{finding.kind}  {finding.film}  {finding.ours}" + (f"  |  {finding.source}" if finding.source else ""))
    print(f"{summary['films']} films, {summary['without_english']} without English")
    if reference:
        print(f"{summary['coverage']} of the {TOP_RATED} most rated films (target {COVERAGE_TARGET})")
        for title in summary["missing"]:
            print(f"  lacking: {title}")
    else:
        print(f"no MovieLens small in {options.movielens}: only the form was checked")
    counts = Counter(finding.kind for finding in found)
    for kind in KINDS if reference else KINDS[:1]:
        print(f"{kind}: {counts[kind]}")
    if options.json:
        summary |= {"counts": dict(counts), "findings": [asdict(finding) for finding in found]}
        options.json.write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 1 if counts[STRUCTURE] else 0


if __name__ == "__main__":
    sys.exit(main())
