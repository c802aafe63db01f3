"""The steps of a turn as people can open them under a reply, each with its time. English and Chinese."""

from typing import Any

from agents.plan import Reading
from agents.replies.present import Language
from recommender.serving.request import Ranking

_CHINESE = {
    "recommend": "推荐", "refine": "调整", "more_like": "找相似的", "explain": "说明理由", "compare": "比较",
    "about_item": "了解作品", "feedback": "反馈", "chat": "闲聊",
    "liked": "喜欢", "disliked": "不喜欢", "seen": "看过", "similar_to": "类似", "unwanted": "不要", "neutral": "提到",
    "wants": "想要", "not": "不要",
}  # fmt: skip


def read_step(reading: Reading, ms: float, language: Language) -> dict[str, Any]:
    """How the message was read, in `ms` milliseconds."""
    plan = reading.plan

    def word(name: str) -> str:
        return _CHINESE[name] if language == "zh" else name.replace("_", " ")

    parts = [word(plan.intent)]
    parts += [f"{word(m.stance)}: {m.text}" for m in plan.mentions]
    parts += [f"{word('wants')} {w}" for w in plan.wanted] + [f"{word('not')} {w}" for w in plan.unwanted]
    for r in plan.ranges:
        low, high = (f"{x:g}" if x is not None else "" for x in (r.min, r.max))
        parts.append(f"{r.facet} {r.relative}" if r.relative else f"{r.facet} {low}–{high}")
    by = {"llm": "the language model", "rules": "rules"}[reading.source]
    name, detail = "Read", f"by {by}: {'; '.join(parts)}"
    if language == "zh":
        name, detail = "读懂", f"{'语言模型' if reading.source == 'llm' else '规则'}：{'；'.join(parts)}"
    return {"name": name, "detail": detail, "ms": ms}


def ranking_steps(ranking: Ranking, noun: str, language: Language) -> list[dict[str, Any]]:
    """How the items were searched and ranked. `noun`: what they are called."""
    times = ranking.timings_ms
    fit = ranking.n_eligible + ranking.n_excluded
    if language == "zh":
        searched, ranked = f"{fit}{noun}符合", f"{ranking.n_items:,}{noun}"
        names = ("搜索", "排序")
    else:
        searched = f"{fit:,} {noun} fit; by student, neighbours, meaning and popularity"
        ranked = f"{ranking.n_items:,} {noun}"
        names = ("Searched", "Ranked")
    return [
        {"name": names[0], "detail": searched, "ms": round(times["filter"] + times["recall"], 2)},
        {"name": names[1], "detail": ranked, "ms": round(times["rank"] + times["reasons"], 2)},
    ]
