"""What a conversation has noted so far, said to who asks for it: "what have I told you?"."""

from agents.replies.present import Language, Presenter
from agents.replies.templates import Templates
from agents.state.taste import Profile, Taste
from agents.text import listed

_MOST_NAMED = 12  # items of one kind; of more it is told how many there are


def remembered(taste: Taste, profile: Profile, templates: Templates, presenter: Presenter, language: Language) -> str:
    """The running wish and what was said and tapped of items, from the state itself; or that there is nothing."""
    zh, catalogue = language == "zh", presenter.catalogue
    request = taste.request(Profile(), 1)
    lines = []
    for item_ids, english, chinese in (
        ([*profile.liked, *taste.liked], "You like {}.", "你喜欢{}。"),
        ([*profile.disliked, *taste.disliked], "You do not like {}.", "你不喜欢{}。"),
        ([*profile.seen, *taste.seen], "You have seen {}.", "你看过{}。"),
        (taste.similar_to, "You want something like {}.", "你想要类似{}的。"),
    ):
        names = [presenter.name(catalogue[i], language) for i in dict.fromkeys(item_ids) if i in catalogue]
        rest = len(names) - _MOST_NAMED
        names = names[-_MOST_NAMED:]  # the newest are last
        if zh and names:
            lines.append(
                chinese.format(
                    "、".join(names) + (f"等{len(names) + rest}{presenter.noun(language)}" if rest > 0 else "")
                )
            )
        elif names:
            lines.append(english.format(listed([*names, f"{rest:,} more"] if rest > 0 else names)))
    known = {word for wish in taste.wanted for word in wish.label.casefold().split()}
    loose = [words for words in taste.query if not known.issuperset(words.casefold().split())]
    wishes = [templates.constraints(request, language), *(quality.label for quality in request.preferred), *loose]
    wishes = list(dict.fromkeys(filter(None, wishes)))
    if wishes:
        lines.append(f"现在要找的：{'；'.join(wishes)}。" if zh else f"You are looking for: {'; '.join(wishes)}.")
    if taste.audience.who and taste.audience.unfit:
        lines.append(templates.spared(taste, language))
    if not lines:
        return "这个对话里还没有记下什么。" if zh else "Nothing yet: no wish and no verdict in this conversation."
    return ("目前记下的：" if zh else "This is what I noted. ") + ("" if zh else " ").join(lines)
