"""The short messages that can be tapped under a reply: ways out where little fits, ways back, ways on."""

from agents.linking.facets import FacetLinker
from agents.policy.asking import Answer
from agents.replies.present import CHINESE_FACETS, Language
from agents.replies.templates import Templates
from agents.state.taste import Taste
from agents.state.wishes import OR
from recommender.serving.request import Bound, Quality, Ranking, Relaxation

Chip = dict[str, str]  # label: what it says; message: what tapping it says
_MAX_UNDO = 2  # chips for what a turn let go


class Chips:
    """Makes the chips of one catalogue. Each message is one that the reader understands."""

    def __init__(self, templates: Templates, facets: FacetLinker) -> None:
        self._templates = templates
        self._facets = facets

    def after(self, ranking: Ranking, taste: Taste, language: Language) -> list[Chip]:
        """What may be said after a ranking."""
        ways_out = [self._let_go(relaxation, language) for relaxation in ranking.relaxations]
        return [*self._undo(taste, language), *(ways_out or self._next(ranking, language))]

    def _let_go(self, relaxation: Relaxation, language: Language) -> Chip:
        said = [word for gone in relaxation.dropped for word in self._taken_back(gone, language)]
        if language == "zh":
            return {"label": f"不限“{self._templates.let_go(relaxation, language)}”（{relaxation.count}）",
                    "message": "，".join(f"取消{word}的限制" for word in said)}  # fmt: skip
        wording = " and ".join(f"forget the {word}" for word in said)
        return {"label": f"Without {relaxation.label} ({relaxation.count:,})", "message": wording}

    def _taken_back(self, constraint: Quality | Bound, language: Language) -> list[str]:
        """What to say to take a constraint back."""
        if isinstance(constraint, Quality):
            return constraint.label.split(OR)
        if language == "zh":
            of = self._facets.numeric_facet
            return [
                next((word for name, word in CHINESE_FACETS.items() if of(name) == constraint.facet), constraint.facet)
            ]
        return [constraint.facet.replace("_", " ")]

    def _undo(self, taste: Taste, language: Language) -> list[Chip]:
        """What was let go in this turn can be had back."""
        wishes = [*taste.replaced, *taste.clashed][-_MAX_UNDO:]
        labels = [self._templates.label(wish.quality(), language) for wish in wishes]
        if language == "zh":
            return [{"label": f"还是要“{label}”", "message": f"换成{label}"} for label in labels]
        return [{"label": f"Back to {label}", "message": f"{label} instead"} for label in labels]

    def answer(self, answer: Answer, language: Language) -> Chip:
        """An answer to a question, with how many items it leaves."""
        label = f"{answer.label}（{answer.count:,}）" if language == "zh" else f"{answer.label} ({answer.count:,})"
        return {"label": label, "message": answer.message}

    def _next(self, ranking: Ranking, language: Language) -> list[Chip]:
        if not ranking.picks:
            return []
        chips = [("Something else", "something else"), ("Newer", "newer"), ("Older", "older"), ("Shorter", "shorter")]
        if language == "zh":
            chips = [("换一批", "换一批别的"), ("新一点", "新一点的"), ("老一点", "老一点的"), ("短一点", "短一点的")]
        facets = {"newer": "year", "older": "year", "shorter": "runtime"}
        english = ("something else", "newer", "older", "shorter")
        return [
            {"label": label, "message": message}
            for (label, message), key in zip(chips, english, strict=True)
            if key not in facets or facets[key] in self._facets.catalogue.numeric
        ]
