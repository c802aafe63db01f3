"""What to ask when a request says next to nothing: one question, the one whose answer tells most.

Every facet of the catalogue could be asked about. The best is the one with the largest expected information about the
item the person would end up with, under the current scores: a question that divides only items nobody would be shown
is worth nothing. Answers are messages that the rules read back as exactly the constraint they stand for; a value that
cannot be said so is not offered. Nothing here is about films, and nothing is stored: what was asked is in the taste.
"""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from agents.linking.searching import says_nothing
from agents.plan import Intent, Message, Reading, TurnPlan
from agents.reading.rules import RuleReader
from agents.replies.present import Language, Presenter
from agents.state.taste import Taste, TasteKeeper
from agents.text import has_cjk, phrase_key
from recommender.catalogue import Catalogue, FacetValue, Mask
from recommender.serving.rank import Recommender
from recommender.serving.request import Bound, Quality, Request

Probabilities = npt.NDArray[np.float64]

_BROAD = 0.2  # a quality that so much of the catalogue has narrows nothing down
_SHARPNESS = 2.0  # of the softmax over standardised scores: two deviations above the mean count e^4 times the mean
_MAX_ANSWERS = 4
_MIN_SHARE = 0.03  # of the probability, below which an answer is not offered
_MIN_COVERED = 0.25  # of the probability that a facet's answers must cover for it to be asked about
_MIN_BITS = 0.4
_MAX_TRIED = 8  # values of a facet that are tried for a way to say them
_STEPS = 3  # round steps, at least, between the quartiles of a number: where cuts may lie
_EARLIER = [Message(role="user", text="something good")]  # answers come after a turn, never first

_OCCASIONS = ("gift", "present")  # narrow nothing down, though they may stand in an item's text
_EMPTY_CHINESE = re.compile(
    r"推荐|给我|帮我|随便|随意|今晚|今天|晚上|周末|现在|有没有|有什么|什么|好看|好玩|不错|值得|电影|影片|片子|东西|商品"
    r"|看看|一下|一点|一[部个些件款]|[两三几]?[部个些件款]|无聊|不知道|大家|热门|最近|你好|您好|可以|能不能|请|谢谢"
    r"|[我你来想看要找有点选挑买的吗呢吧啊呀了么都好就该能去个片]|\W"
)


@dataclass(frozen=True)
class Answer:
    """One answer to tap.

    Attributes:
        label: the answer in words. message: what tapping it says.
        constraint: what the message is read as. mask: (n_items,) the items that meet it.
        count: of the items left for the next turn, how many meet it.
    """

    label: str
    message: str
    constraint: Quality | Bound
    mask: Mask
    count: int


@dataclass(frozen=True)
class Question:
    """A facet to ask about, with two to four answers, and the bits that an answer is expected to tell."""

    facet: str
    answers: tuple[Answer, ...]
    bits: float


_ANSWERS = (
    (re.compile(r"(?:something\s+)?(?:new|newer|recent|modern|latest|新的?|新一点的?)", re.IGNORECASE), "newer"),
    (re.compile(r"(?:something\s+)?(?:old|older|classics?|老的?|老一点的?)", re.IGNORECASE), "older"),
    (re.compile(r"(?:something\s+)?(?:short|shorter|quick)", re.IGNORECASE), "shorter"),
    (re.compile(r"(?:something\s+)?(?:long|longer)", re.IGNORECASE), "longer"),
    (
        re.compile(
            r"either(?:\s+(?:one|is\s+fine))?|any(?:thing|\s+of\s+them)?|both|yes|yeah|yep|sure|no|nope|whatever|all|(?:i\s+)?do(?:n'?t|\s+not)\s+(?:care|mind|know)|dunno|idk"
            r"|(?:it\s+)?does(?:n'?t|\s+not)\s+matter|no\s+preference|not\s+(?:sure|fussed|bothered)|you\s+(?:choose|decide|pick)|up\s+to\s+you|surprise\s+me"
            r"|都行|都可以|随便|无所谓|不知道",
            re.IGNORECASE,
        ),
        "",
    ),
)  # fmt: skip


def short_answer(message: str) -> str | None:
    """What a word or two answer to a question asked back: "newer", "older", ...; "" for no preference, else None."""
    said = message.replace("’", "'").strip(" .,!?。，！？")
    return next((answer for pattern, answer in _ANSWERS if pattern.fullmatch(said)), None)


def is_thin(plan: TurnPlan, taste: Taste, catalogue: Catalogue) -> bool:
    """Whether a request says next to nothing: no items, no ranges, no quality or one broad one, no other content.

    Args:
        taste: the taste after this plan.
    """
    said = plan.mentions or plan.ranges or plan.unwanted or plan.forget
    known = taste.liked or taste.similar_to or taste.bounds or taste.unwanted or taste.order or taste.lesser_known
    if plan.intent is not Intent.RECOMMEND or said or known or len(taste.wanted) > 1:
        return False
    if any(wish.each for wish in taste.wanted):
        return False
    for wish in taste.wanted:
        if np.any([catalogue.mask(v) for v in wish.quality().values], axis=0).mean() < _BROAD:
            return False
    rest = " ".join(taste.query).casefold()
    for wish in taste.wanted:
        rest = rest.replace(wish.label.casefold(), " ")
    if has_cjk(rest):
        return not _EMPTY_CHINESE.sub("", rest)
    heard = {word for wish in taste.wanted for word in phrase_key(wish.label).split()}
    return all(
        says_nothing(word) or word in _OCCASIONS or phrase_key(word) in heard for word in re.findall(r"[^\W_]+", rest)
    )


def chances(scores: npt.NDArray[np.float32], allowed: Mask) -> Probabilities:
    """(n_items,) how likely each item is the one: a softmax over the scores of the allowed items, 0 elsewhere."""
    out = np.zeros(len(scores))
    if not allowed.any():
        return out
    found = scores[allowed].astype(np.float64)
    spread = float(found.std())
    standard = (found - found.max()) / spread if spread > 1e-9 else np.zeros_like(found)
    weights = np.exp(_SHARPNESS * standard)
    out[allowed] = weights / weights.sum()
    return out


def information(p: Probabilities, masks: Sequence[Mask]) -> float:
    """Bits that an answer is expected to tell about the item, for a person who would end up with item x by p.

    They tap one of the answers that x meets, each as likely as the other; when x meets none they tap nothing, and
    nothing is learnt. So: the entropy of the answer among those who answer, less what is chance in it, times the share
    of those who answer.
    """
    met = np.array(masks, dtype=np.float64)
    ways = met.sum(axis=0)
    answering = ways > 0
    share = float(p[answering].sum())
    if share <= 0:
        return 0.0
    tapped = (met[:, answering] * (p[answering] / ways[answering])).sum(axis=1)
    tapped = tapped[tapped > 0]
    return float(-(tapped * np.log2(tapped / share)).sum() - (p[answering] * np.log2(ways[answering])).sum())


class Asker:
    """Chooses questions for one catalogue."""

    def __init__(self, recommender: Recommender, rules: RuleReader, keeper: TasteKeeper, presenter: Presenter) -> None:
        self._recommender = recommender
        self._catalogue = recommender.catalogue
        self._rules = rules.without_encoder()  # answers are phrased here, some forty are tried for a question
        self._keeper = keeper
        self._present = presenter
        self._read = lru_cache(maxsize=2_000)(self._reading)
        self._numeric = {
            facet: kind
            for kind in ("year", "runtime", "price")
            if (facet := keeper.facets.numeric_facet(kind)) and facet != "pages"
        }

    def ask(
        self, request: Request, shown: Iterable[str], asked: Collection[str], language: Language
    ) -> Question | None:
        """The question for a thin request; None when no facet tells enough.

        Args:
            shown: ids of the cards of this turn: they are not among what is left.
            asked: facets asked about before in this conversation.
        """
        gone = {*shown, *request.exclude, *request.history, *request.similar_to, *request.disliked}
        left = self._recommender.eligible(request)
        left[[self._catalogue.position[i] for i in gone if i in self._catalogue]] = False
        if int(left.sum()) <= request.k:
            return None
        p = chances(self._recommender.score_all(request), left)
        questions = [
            question
            for facet in (*self._catalogue.telling, *self._numeric)
            if facet not in asked and (question := self.about(facet, request, p, left, language))
        ]
        best = max(questions, key=lambda question: question.bits, default=None)
        return best if best and best.bits >= _MIN_BITS else None

    def read(self, message: str) -> Reading:
        """A tapped answer, by the rules: they read it as what it promised, at once, whoever reads the rest."""
        return Reading(plan=self._rules.plan(message, _EARLIER), source="rules")

    def kind(self, facet: str) -> str:
        """What a question about a facet is about: "year", "runtime", "price", or "value" for a categorical one."""
        return self._numeric.get(facet, "value")

    def about(self, facet: str, request: Request, p: Probabilities, left: Mask, language: Language) -> Question | None:
        """The best question about one facet; None when it has no two answers that can be said.

        Args:
            p: (n_items,) see `chances`. left: (n_items,) the items that an answer would leave to choose from.
        """
        if facet in self._numeric:
            options = [self._ranges(facet, cut, left, language) for cut in self._cuts(facet, p)]
        else:
            values = self._values(facet, request, p, left, language)
            options = [values[:n] for n in range(2, len(values) + 1)]
        questions = [
            Question(facet, tuple(answers), information(p, [answer.mask for answer in answers]))
            for answers in options
            if len(answers) >= 2
        ]
        return max(questions, key=lambda question: question.bits, default=None)

    def _values(self, facet: str, request: Request, p: Probabilities, left: Mask, language: Language) -> list[Answer]:
        """The strongest values of a facet that can be said, at most four, most likely first."""
        held = {value for quality in request.wanted for value in quality.values}
        weights = {v: float(p[places].sum()) for v, places in self._catalogue.categorical[facet].items()}
        strong = sorted((v for v, w in weights.items() if w >= _MIN_SHARE), key=lambda v: -weights[v])
        answers: list[Answer] = []
        for value in strong[:_MAX_TRIED]:
            constraint = Quality(value, (FacetValue(facet, value),))
            mask = self._catalogue.mask(constraint.values[0])
            count = int((mask & left).sum())
            if constraint.values[0] in held or not count:
                continue
            name = self._present.value(value, language)
            if message := self._said(_value_forms(value, name, language), constraint):
                answers.append(Answer(name, message, constraint, mask, count))
            if len(answers) == _MAX_ANSWERS:
                break
        covered = np.any([answer.mask for answer in answers], axis=0) if answers else np.zeros(len(p), dtype=bool)
        return answers if float(p[covered].sum()) >= _MIN_COVERED else []

    def _cuts(self, facet: str, p: Probabilities) -> list[list[float]]:
        """Where a numeric facet may be cut: at round numbers near its median, or near its thirds."""
        column = self._catalogue.numeric[facet]
        known = (p > 0) & ~np.isnan(column)
        if not known.any():
            return []
        order = np.argsort(column[known])
        values = column[known][order].astype(np.float64)
        reached = np.cumsum(p[known][order])
        reached /= reached[-1]

        def at(share: float) -> float:
            return float(values[min(int(np.searchsorted(reached, share)), len(values) - 1)])

        step = _round_step((at(0.75) - at(0.25)) / _STEPS, whole=self._numeric[facet] != "price")
        cuts = [
            sorted({round(step * round(at(share) / step), 2) for share in shares})
            for shares in ((1 / 2,), (1 / 3, 2 / 3))
        ]
        return [cut for cut in cuts if min(cut) > 0]

    def _ranges(self, facet: str, cuts: list[float], left: Mask, language: Language) -> list[Answer]:
        """The answers between cuts, lowest first; none where one of them cannot be said or leaves nothing."""
        kind = self._numeric[facet]
        # Years are counted one by one; a length or a price that lies on a cut answers to both sides.
        below = 1.0 if kind == "year" else 0.0
        edges: list[float | None] = [None, *cuts, None]
        answers = []
        for low, high in pairwise(edges):
            bound = Bound(facet, low, None if high is None else high - below)
            mask = self._catalogue.range_mask(facet, bound.low, bound.high)
            count = int((mask & left).sum())
            message = self._said(_range_forms(kind, bound, language), bound) if count else ""
            if not message:
                return []
            answers.append(Answer(_range_label(kind, bound, language), message, bound, mask, count))
        return answers

    def _said(self, forms: Iterable[str], constraint: Quality | Bound) -> str:
        """The first of these messages that is read as this constraint and nothing else, or ""."""
        wanted = frozenset(constraint.values) if isinstance(constraint, Quality) else constraint
        return next((form for form in forms if self._read(form) == wanted), "")

    def _reading(self, message: str) -> frozenset[FacetValue] | Bound | None:
        """What the rules and the keeper make of an answer; None when it is more or less than one constraint."""
        plan = self._rules.plan(message, _EARLIER)
        other = plan.mentions or plan.unwanted or plan.forget or plan.refers_to or plan.count
        if plan.intent is not Intent.REFINE or other:
            return None
        taste = self._keeper.update(Taste(), plan, message)
        if len(taste.wanted) + len(taste.bounds) != 1:
            return None
        if taste.wanted:
            return frozenset(taste.wanted[0].quality().values)
        ((facet, (low, high)),) = taste.bounds.items()
        return Bound(facet, low, high)


def _value_forms(value: str, name: str, language: Language) -> list[str]:
    if language == "en":
        return [name, f"only {name}", f"something {name}"]
    if has_cjk(name):
        return [name, f"{name}片", f"要{name}", f"要{name}的"]
    return [f"只要 {value}", f"要 {value} 的"]  # with some Chinese, so that the answer to it is in Chinese too


def _range_forms(kind: str, bound: Bound, language: Language) -> list[str]:
    low, high = bound.low, bound.high
    if language == "zh":
        return _chinese_forms(kind, low, high)
    if kind == "year":
        if low is None or high is None:
            return [f"before {high + 1:g}" if high is not None else f"{low:g} or later"]
        return [f"{low:g} to {high:g}", f"only {low:g} to {high:g}"]
    before, after = ("$", "") if kind == "price" else ("", " minutes")
    if high is None:
        return [f"over {before}{low:g}{after}", f"only over {before}{low:g}{after}"]
    if low is None:
        return [f"under {before}{high:g}{after}", f"only under {before}{high:g}{after}"]
    return [f"only between {before}{low:g} and {before}{high:g}{after}"]


def _chinese_forms(kind: str, low: float | None, high: float | None) -> list[str]:
    if kind == "year":
        if low is None or high is None:
            return [f"{high + 1:g}年以前" if high is not None else f"{(low or 0.0) - 1:g}年以后"]
        return [f"{low:g}年到{high:g}年", f"只要{low:g}年到{high:g}年"]
    if kind == "runtime":
        if low is None or high is None:
            return [f"不超过{high:g}分钟" if high is not None else f"至少{low:g}分钟"]
        return [f"{low:g}到{high:g}分钟", f"只要{low:g}到{high:g}分钟"]
    if low is None or high is None:
        return [f"不超过${high:g}" if high is not None else f"只要高于${low:g}的"]
    return [f"只要${low:g}-${high:g}的"]


def _range_label(kind: str, bound: Bound, language: Language) -> str:
    low, high = (None if x is None else f"${x:g}" if kind == "price" else f"{x:g}" for x in (bound.low, bound.high))
    zh = language == "zh"
    unit = {"year": ("", "年"), "runtime": (" min", "分钟"), "price": ("", "")}[kind][zh]
    if low and high:
        return f"{low}–{high}{unit}"
    if kind == "year":
        older = f"{high}年及更早" if zh else f"{high} or earlier"
        newer = f"{low}年及以后" if zh else f"{low} or later"
        return older if high else newer
    if high:
        return f"不超过{high}{unit}" if zh else f"Up to {high}{unit}"
    return f"{low}{unit}以上" if zh else f"{low}{unit} or more"


def _round_step(step: float, whole: bool) -> float:
    """The largest of 1, 2, 5, 10, 20, 50, ... (and .1, .2, .5 for prices) that is not above a step."""
    if step <= (1.0 if whole else 0.1):
        return 1.0 if whole else 0.1
    power = 10.0 ** math.floor(math.log10(step))
    return max(power * factor for factor in (1, 2, 5) if power * factor <= step)
