"""What is said where nothing is picked: small talk, what cannot be done or was not understood, and questions."""

import re
from collections.abc import Sequence

from agents.language import cues
from agents.replies.present import Language, Presenter
from agents.text import listed

# What a question about a number asks, in English and Chinese.
_ASKS = {
    "year": ("Are you after something newer or older?", "想要新一点的还是老一点的？"),
    "runtime": ("How long may it be?", "想要多长的？"),
    "price": ("What would you like to spend?", "预算大概是多少？"),
}
_THANKS = re.compile(r"\b(?:thanks?|thank you|th(?:n?x|nks)|tysm|ty|cheers|ta)\b|谢", re.I)
_BYE = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|thanks?|thx|thank\s+you|alright|cool|great|well|right|so|then|lol)\W+){0,3}(?:(?:good)?\s?bye|bye\s?bye|(?:i'?ll\s+)?see\s+(?:you|ya|u)"
    r"|good\s?night|c\s?ya|cu|later|laters|cheerio|ciao|so\s+long|take\s+care|gotta\s+go|i'?m\s+off)\b|再见|拜拜|晚安",
    re.I,
)
_UPSET = re.compile(
    r"\b(?:useless|hopeless|stupid|dumb|idiot|(?:i\s+)?give\s+up|waste\s+of\s+time|(?:not|never)\s+listening)\b", re.I
)
_HELLO = re.compile(r"^\W*(?:hi+|hey+|hello+|yo|hiya|good\s+\w+|what'?s up|sup)\b|你好|您好|嗨", re.I)


class SmallTalk:
    """Says it for one catalogue, in English or Chinese."""

    def __init__(self, presenter: Presenter) -> None:
        self._present = presenter

    def chat(self, message: str, language: Language) -> str:
        """Small talk and what is off topic, answered briefly and led back."""
        zh = language == "zh"
        noun = self._present.noun(language)
        if _THANKS.search(message):
            return "不客气，慢慢看。" if zh else "You're welcome. Enjoy!"
        if _BYE.search(message):
            return "再见，下次再来！" if zh else "Goodbye, and enjoy!"
        if cues.HELP.search(message):
            if zh:
                return f"我帮你在这里的{noun.lstrip('部件')}里挑：说说心情、类型、年代、人名，或者喜欢什么、不要什么。"
            return (
                f"I find {noun} in this catalogue by what you feel like and what you love. Try “something light for "
                f"tonight”, or name {noun} that you love or hate. On a card, tell me whether you like it."
            )
        if cues.FINE.fullmatch(message):
            return "好的。想换一换就告诉我。" if zh else "Good. Tell me if you want something else."
        if _HELLO.search(message):
            return (
                f"你好！想看点什么？说说心情、类型，或一{noun}你喜欢的。"
                if zh
                else (f"Hello! Tell me what you feel like: a mood, a kind, a decade, or {noun} you loved.")
            )
        if not zh and _UPSET.search(message):
            return f"I am sorry. Name one of the {noun} that you love, and I will start again from there."
        if not (cues.CHAT.search(message) or cues.OFF_TOPIC.search(message)):
            return (
                "我没看懂。换个说法试试：心情、类型、人名、年代，或者喜欢过的一部。"
                if zh
                else f"I did not understand that. Tell me a mood, a kind, a person, a decade, or {noun} you loved."
            )
        return (
            f"我只懂这里的{noun.lstrip('部件')}。想要什么样的？"
            if zh
            else (f"I only know the {noun} in this catalogue. Tell me what you feel like and I will look.")
        )

    def nothing_shown(self, language: Language) -> str:
        """The question is about what is on the screen, and nothing is."""
        if language == "zh":
            return "上一次搜索没有结果，现在没有可以比较的。放宽一个条件，或者换一种说法试试。"
        return (
            "There is nothing on the screen: the last search found nothing. Let one wish go, or ask for something else."
        )

    def not_here(self, names: Sequence[str], language: Language) -> str:
        """Names that the catalogue does not have."""
        quoted = [f"“{name}”" for name in names]
        if language == "zh":
            return f"这里没有{'、'.join(quoted)}。"
        return f"{listed(quoted)} {'is' if len(names) == 1 else 'are'} not in this catalogue. "

    def describe_it(self, language: Language) -> str:
        """What to do about a name that is not here."""
        return (
            "说说你喜欢它的什么，或者换一个名字。"
            if language == "zh"
            else "Tell me what you like about it, and I will look for that; or name another one."
        )

    def cannot(self, topics: Sequence[str], language: Language) -> str:
        """What was asked for and is not known of any item."""
        if language == "zh":
            return f"这里没有记录{'、'.join(topics)}，没法按它筛选。"
        return f"This catalogue does not record {listed(topics, 'or')}, so I cannot filter by that. "

    def again(self, language: Language) -> str:
        """All that fits has been shown, and is shown once more."""
        return (
            "符合的都推荐过了，再列一次。" if language == "zh" else "You have had all that fits, so here it is again. "
        )

    def unclear(self, language: Language, shown: bool = True) -> str:
        """The plan points at an item that is not there. `shown`: whether there are cards to point at."""
        noun = self._present.noun(language)
        if not shown:
            if language == "zh":
                return "我不确定你说的是哪一个，现在还没有推荐过什么。写出名字，或者说说想要什么样的。"
            return (
                f"I am not sure which one you mean: I have shown you no {noun} yet. Name it, or say what you feel like."
            )
        if language == "zh":
            return "我不确定你说的是哪一个。请写出名字，或者说“第二部”。"
        return 'I am not sure which one you mean. Name it, or say which place it has, such as "the second one".'

    def opening(self, language: Language, unread: bool) -> str:
        """What is said before a question. `unread`: whether no wish was found in the message."""
        if unread:
            many = "I found no wish in that that I know, so these are simply what many people chose."
            return many if language == "en" else "没看懂想要什么，先列出很多人选过的。"
        return "A few to start with." if language == "en" else "先看看这几个。"

    def question(self, kind: str, answers: Sequence[str], language: Language) -> str:
        """The question whose answers can be tapped.

        Args:
            kind: what it is about: "year", "runtime", "price", or "value" with the values as `answers`.
        """
        zh = language == "zh"
        if kind in _ASKS:
            return _ASKS[kind][zh]
        if zh:
            return f"更想要哪一种：{'、'.join(answers[:-1])}还是{answers[-1]}？"
        return f"Which would you rather have: {', '.join(answers[:-1])} or {answers[-1]}?"
