"""What is said to the assistant itself and is no wish: undo, start over, "delete my data", and someone in distress.

Only a whole message counts, so that "a film about starting over" stays a wish. Carrying it out is the service's.
"""

import re
from enum import StrEnum

from agents.present import Language


class Aside(StrEnum):
    """What a message is, when it is neither a wish nor a question about the items."""

    UNDO = "undo"
    START_OVER = "start_over"
    DELETE_DATA = "delete_data"
    DISTRESS = "distress"


_LEAD = r"(?:please|ok(?:ay)?|no|oh|sorry|wait|hm+|actually|can you|could you|can we|let'?s|i want to|i'?d like to)"
_TAIL = r"(?:please|thanks|thank you|again|now)"
_UNDO = (
    r"(?:(?:undo|go back|take (?:that|it) back|back up|revert)"
    r"(?: (?:that|this|it|one|the last(?: one| step| message)?|a step|one step"
    r"|to (?:the )?(?:last|previous|before|first|earlier)(?: one| ones| list| results?)?))?"
    r"|(?:show me )?the (?:earlier|previous|first|last|old) (?:list|ones|results|cards|suggestions|films|movies)"
    r"(?: again| (?:was|were) better(?: actually)?))"
)
_START_OVER = (
    r"(?:start (?:all )?over|start (?:again|afresh|anew|from scratch)|restart"
    r"|reset(?: (?:everything|all|the chat|this))?"
    r"|begin again|new (?:chat|conversation|search)|clear (?:everything|all|the chat|this)"
    r"|forget (?:everything|all(?: of (?:it|this|that))?|it all)(?: (?:i|we)(?: have|'ve)? (?:said|told you))?)"
)
_DELETE = (
    r"(?:delete|erase|remove|wipe|clear)(?: all| everything)?(?: of)?(?: (?:my|our|the)(?: personal)?)? "
    r"(?:data|account|profile|history|information|info|likes|you (?:know|have|stored) (?:about|on|of) me)"
)
_WHOLE = {
    Aside.UNDO: re.compile(
        rf"(?:{_LEAD},? )*(?:(?:scrap|forget|drop|cancel) (?:that|this|it|the last(?: one)?),? )?{_UNDO}(?:,? {_TAIL})*"
        r"|(?:请|帮我)?(?:撤销|撤回|取消上一[条步]|回到?上一步|退回(?:上一步)?|返回上一步)(?:上一[条步]|一下|吧|刚才的)*",
        re.IGNORECASE,
    ),
    Aside.START_OVER: re.compile(
        rf"(?:{_LEAD},? )*{_START_OVER}(?:,? {_TAIL})*"
        r"|(?:请|我们)?(?:重新开始|从头再?来|从头开始|全部?(?:清空|忘掉|重来)|清空(?:对话|全部)?|新对话"
        r"|忘[掉记](?:一切|所有|全部))[吧了]?",
        re.IGNORECASE,
    ),
    Aside.DELETE_DATA: re.compile(
        rf"(?:{_LEAD},? )*(?:how (?:do|can) i )?{_DELETE}(?:,? {_TAIL})*"
        r"|(?:请|帮我|怎么|如何)*(?:删除|清除|删掉)(?:我的?)?(?:所有|全部)?的?(?:我的)?(?:个人)?"
        r"(?:数据|资料|信息|账号|记录)吧?",
        re.IGNORECASE,
    ),
}
# In the first person only: a film about someone who kills himself is a wish.
_DISTRESS = re.compile(
    r"\b(?:kill|killing|hang|hanging|hurt|hurting|harm|harming|cut|cutting) (?:myself|my self)\b"
    r"|\bend(?:ing)? (?:my (?:own )?life|it all)\b|\btak(?:e|ing) my (?:own )?life\b"
    r"|\bi(?:'?m| am| feel| have been|'?ve been)(?: \w+){0,2} suicidal\b"
    r"|\bi (?:\w+ ){0,2}(?:want|wanna|wish)(?: to)? (?:die|be dead|i (?:was|were) dead)\b(?! (?:laughing|of))"
    r"|\bi (?:do not|don'?t|dont) want to (?:live|be alive|exist|go on living)\b"
    r"|\bno reason (?:for me )?to (?:live|go on)\b"
    r"|想自杀|(?<!笑)想死(?![你他她它我])|不想活|活不下去|(?:结束|了结)(?:我|自己)?的?生命"
    r"|想要?(?:伤害|杀[了死]?)我?自己|自残",
    re.IGNORECASE,
)
_ABOUT_A_FILM = re.compile(
    r"\b(?:films?|movies?|documentar\w+|stor(?:y|ies)|something) (?:about|where|in which|with)\b"
    r"|电影|影片|片子|故事|题材",
    re.IGNORECASE,
)

_REPLIES = {
    Aside.UNDO: (
        "Taken back: “{undone}”, and all that it changed.",
        "已撤销：“{undone}”，以及它带来的改变。",
    ),
    Aside.START_OVER: (
        "A fresh start: what you asked for in this conversation no longer counts. What do you feel like?",
        "重新开始：这个对话里之前的要求都不算了。想要什么样的？",
    ),
    Aside.DELETE_DATA: (
        "Nothing has been deleted. To delete a conversation with all you tapped in it, open the list of your "
        "conversations and press the bin beside it, twice.",
        "还没有删除任何内容。要删除一个对话以及你在里面点过的一切，请打开对话列表，点它旁边的垃圾桶，再点一次确认。",
    ),
    Aside.DISTRESS: (
        "I am sorry that it is this hard right now. I only know what is in this catalogue, but you do not have to go "
        "through this alone: please talk to someone you trust, or to people who are there for exactly this. In the US "
        "and Canada call or text 988, in the UK and Ireland call 116 123; findahelpline.com lists free lines in other "
        "countries. If you are in danger now, please call your local emergency number.",
        "听到你这么难受，我很难过。我只懂这里的目录，但你不必一个人扛着：请找一个你信任的人说说，"
        "或者打给专门帮助这种时刻的人。在中国大陆可以拨打12356心理援助热线，其他地区可以在findahelpline.com找到免费热线。"
        "如果你现在有危险，请立即拨打当地的急救电话。",
    ),
}
_NOTHING_TO_UNDO = ("There is nothing to take back in this conversation.", "这个对话里没有可以撤销的内容。")
_QUOTED = 80  # characters of a message that is taken back


def aside_of(message: str) -> Aside | None:
    """What a whole message is besides a wish; None for everything else."""
    text = " ".join(message.replace("’", "'").split())
    if len(text) < 500 and _DISTRESS.search(text) and not _ABOUT_A_FILM.search(text):
        return Aside.DISTRESS
    whole = text.strip(" .,!?。，！？~…")
    return next((aside for aside, pattern in _WHOLE.items() if pattern.fullmatch(whole)), None)


def reply_to(aside: Aside, language: Language, undone: str = "") -> str:
    """What is answered; `undone` is the message that was taken back, or "" when there was none."""
    zh = language == "zh"
    if aside is Aside.UNDO and not undone:
        return _NOTHING_TO_UNDO[zh]
    quoted = undone if len(undone) <= _QUOTED else undone[:_QUOTED] + "…"
    return _REPLIES[aside][zh].format(undone=quoted)
