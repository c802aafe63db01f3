"""What a ranking is asked for and what it answers. Plain frozen data."""

from dataclasses import dataclass, field

from recommender.catalogue import FacetValue


@dataclass(frozen=True, slots=True)
class Quality:
    """One wanted or unwanted quality: any of the values satisfies it. `label` is what the person called it.

    Attributes:
        word: looked for in what the items say of themselves, where no facet knows the quality; "" for none.
        items: ids of items that have it by name, as the films of a series do.
        parts: where the person named alternatives, the values of each.
        unless: values by which an item has it not, whatever else it has.
    """

    label: str
    values: tuple[FacetValue, ...]
    word: str = ""
    parts: tuple[tuple[FacetValue, ...], ...] = ()
    items: tuple[str, ...] = ()
    unless: tuple[FacetValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """A numeric facet between two inclusive bounds; None leaves a side open."""

    facet: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Request:
    """A person's taste and wish at this moment.

    Attributes:
        history: liked item ids, oldest first: what the student reads.
        similar_to: items to resemble.
        disliked: items to stay away from.
        exclude: items never to show.
        wanted: every one must hold. unwanted: none may hold. bounds: every one must hold.
        unfit: none may hold, for the sake of who watches too; never let go.
        preferred: better if it holds, and shown without it too.
        query: free text for semantic search: what no constraint says already.
        order: the numeric facet by which the items are put in order, and 1 for the highest first, -1 for the lowest;
            items without a number are left out.
        lesser_known: whether what many people chose counts less for it, not more.
    """

    history: tuple[str, ...] = ()
    similar_to: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    exclude: frozenset[str] = frozenset()
    wanted: tuple[Quality, ...] = ()
    preferred: tuple[Quality, ...] = ()
    unwanted: tuple[Quality, ...] = ()
    unfit: tuple[Quality, ...] = ()
    bounds: tuple[Bound, ...] = ()
    query: str = ""
    k: int = 5
    lesser_known: bool = False
    order: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is shown, tied to what can be checked.

    kind and ref: "history" an item id; "similar" an item id; "facet" `facet:value`; "text" the item's own id, with the
    sentence in `text`; "popular" the number of people.
    """

    kind: str
    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Pick:
    """One ranked item; `parts` says how much each source gave to the score."""

    item_id: str
    score: float
    parts: dict[str, float]
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Relaxation:
    """What could be let go, one constraint or a few at once, and how many items would then match."""

    kind: str  # "wanted", "unwanted" or "bound"
    label: str
    count: int
    dropped: tuple[Quality | Bound, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer: picks best first, what could be relaxed, and milliseconds per part.

    Attributes:
        n_eligible: items that meet every constraint and may be shown.
        n_excluded: items that meet every constraint and may not: shown, seen, named or disliked before.
    """

    picks: tuple[Pick, ...]
    n_items: int
    n_eligible: int
    relaxations: tuple[Relaxation, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
    n_excluded: int = 0
