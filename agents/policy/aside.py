"""What is said to the assistant itself and is no wish: undo, start over, "delete my data", someone in distress, and
what is asked about it: who made it, how it chooses, what it has noted.

Only a whole message counts, so that "a film about starting over" stays a wish. Carrying it out is the service's.
"""

import re
from enum import StrEnum

from agents.replies.present import Language


class Aside(StrEnum):
    """What a message is, when it is neither a wish nor a question about the items."""

    UNDO = "undo"
    START_OVER = "start_over"
    DELETE_DATA = "delete_data"
    DISTRESS = "distress"
    NOTED = "noted"
    MAKER = "maker"
    METHOD = "method"
    JOKE = "joke"
    PRAISE = "praise"


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
_YOU = r"(?:you|u|ya)"
_SO = rf"(?:(?:{_LEAD}|so|and|but|(?:tell|show|remind) me),? )*"
_NOTED = (
    rf"(?:what (?:have|did|do) i (?:already )?(?:told|tell|said|say|asked|ask)(?: to)?(?: {_YOU})?"
    r"(?: (?:about|for) .+)?"
    rf"|what (?:(?:do|did|have) )?{_YOU}(?:'ve)? (?:noted?|remember(?:ed)?|learn(?:ed|t)?|stored?|taken down)"
    r"(?: (?:about|of|from) (?:me|us|my .+))?"
    rf"|what (?:(?:do|have) )?{_YOU}(?:'ve)? (?:know|got|have) (?:about|of|on) (?:me|us|my .+)"
    rf"|(?:have|did) i (?:already |ever )*(?:told|tell|said|say|mention(?:ed)?)(?: to)?(?: {_YOU})?"
    r" (?:already )?(?:that|how|about|i) .+)(?: (?:so far|until now|up to now|yet|already))?"
)
_MAKER = (
    rf"(?:who(?:'s| has| is)? (?:made|built|created|wrote|programmed|owns?|runs?|behind) (?:{_YOU}|this(?: \w+)?)"
    rf"|who(?:'s| is| are) your (?:maker|creator|developer)s?|where (?:do|did) {_YOU} come from|what are {_YOU})"
)
_METHOD = (
    rf"how (?:do|did|does|are|can) (?:{_YOU}|this|it|these|they|the (?:films|movies|picks|cards))"
    r" (?:choose|pick|decide|select|recommend|rank|chosen|picked|selected|ranked|come up with|know what i like)"
    r"(?: \w+){0,4}"
)
_JOKE = (
    rf"(?:(?:tell|give) (?:me|us) |(?:do|have) {_YOU} (?:know|have|got) |(?:know|got) )(?:a|any|some|another|your best)"
    r" (?:(?:good|funny|short) )?jokes?(?: then| instead)?"
)
_PRAISE = (
    r"(?:(?:ty|tysm|thanks?|thank you|thx|haha+|lol|omg|aw+|wow|cheers|and|but|well),? )*"
    rf"(?:(?:{_YOU}(?:'re|r| are|'ve been)?|ur) (?:(?:so|very|really|the|a|an|actually|pretty|too) )*"
    r"(?:best|great|good|helpful|sweet|kind|nice|smart|clever|lovely|amazing|awesome|brilliant|star|legend|genius|goat|fun)"
    rf"(?: help)?|(?:i )?(?:love|like) {_YOU}|good (?:bot|job|work)|well done|nice (?:one|work|job))"
    r"(?:,? (?:thanks?|ty|lol|haha+|mate|bro))*"
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
    Aside.NOTED: re.compile(
        rf"{_SO}{_NOTED}(?:,? {_TAIL})*|你?(?:都|已经)?(?:记(?:住|下|得)?了?|知道)(?:我的?)?(?:哪些|些?什么|多少)",
        re.IGNORECASE,
    ),
    Aside.MAKER: re.compile(rf"{_SO}{_MAKER}|谁(?:做|开发|创造|写)了?的?你|你是谁做的", re.IGNORECASE),
    Aside.METHOD: re.compile(rf"{_SO}{_METHOD}|你是?(?:怎么|如何)(?:选|挑|推荐)的?", re.IGNORECASE),
    Aside.JOKE: re.compile(rf"{_SO}{_JOKE}(?:,? {_TAIL})*|(?:讲|说)个?笑话", re.IGNORECASE),
    Aside.PRAISE: re.compile(_PRAISE, re.IGNORECASE),
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
    Aside.MAKER: (
        "I am Palate, a program: rules and models that read what you write and know only what is in this catalogue.",
        "我是Palate，一个程序：用规则和模型读懂你写的话，只懂这里的目录。",
    ),
    Aside.METHOD: (
        "What you rule out or limit is left out. The rest is put in order by what people with your likes chose, by how "
        "close it is to what you name and describe, and by how many chose it. Ask “why the first one?” of any card.",
        "先去掉你不要的和超出限制的，其余按口味相近的人的选择、与你说的有多接近、以及多少人选过来排序。"
        "可以问我“为什么推荐第一部？”。",
    ),
    Aside.JOKE: (
        "I know no jokes, only what is in this catalogue. Say “something funny” and I will look.",
        "我不会讲笑话，只懂这里的目录。说“来点搞笑的”，我就去找。",
    ),
    Aside.PRAISE: ("Thank you! Tell me whenever you want something else.", "谢谢！想换别的随时告诉我。"),
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
    """What is answered; `undone` is the message that was taken back, or "" when there was none.

    Not of what was noted: `remembered` tells it.
    """
    zh = language == "zh"
    if aside is Aside.UNDO and not undone:
        return _NOTHING_TO_UNDO[zh]
    quoted = undone if len(undone) <= _QUOTED else undone[:_QUOTED] + "…"
    return _REPLIES[aside][zh].format(undone=quoted)
