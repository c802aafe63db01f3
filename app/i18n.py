"""The page's words in English and simplified Chinese.

Knows nothing of the catalogue or of what the recommender says: those texts come from the service.
"""

from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: dict[Language, str] = {"en": "English", "zh": "中文"}

_TEXTS: dict[str, tuple[str, str]] = {
    "tagline": ("Say what you feel like. Get picks you can check.", "说说想看什么，推荐有理有据。"),
    "new": ("New chat", "新对话"),
    "language": ("Language", "语言"),
    "talks": ("Your conversations", "你的对话"),
    "no_talks": ("Nothing here yet. What you ask is kept here for you.", "这里还是空的，你的对话会保存在这里。"),
    "older": ("Show more", "显示更多"),
    "sidebar": ("Show or hide your conversations", "显示或隐藏对话列表"),
    "untitled": ("Untitled", "未命名"),
    "open": ("Open “{title}”", "打开“{title}”"),
    "rename": ("Rename “{title}”", "重命名“{title}”"),
    "rename_label": ("New name", "新名称"),
    "delete": ("Delete “{title}”", "删除“{title}”"),
    "delete_sure": ("Delete?", "删除？"),
    "greeting": ("What are you in the mood for?", "今天想找点什么？"),
    "greeting_more": (
        "Name something you loved, a mood, or what to leave out. Every pick says why it is here.",
        "说一部喜欢的作品、一种心情，或者不想要的类型。每个推荐都会说明理由。",
    ),
    "starters": ("Try one of these", "试试这些"),
    "message": ("Your message", "你的消息"),
    "placeholder": ("Say what you feel like…", "说说你想要什么……"),
    "newest": ("To the newest message", "到最新的消息"),
    "send": ("Send", "发送"),
    "stop": ("Stop", "停止"),
    "editing": (
        "Editing your last message. Sending it replaces the last answer.",
        "正在修改上一条消息，发送后会替换上一次回答。",
    ),
    "cancel": ("Cancel", "取消"),
    "sending": ("Your message is on its way. This takes longer than usual.", "消息正在发送，比平时慢一些。"),
    "reading": ("Reading your message", "正在理解你的消息"),
    "elsewhere": ("Still working on this", "还在为这条消息找结果"),
    "you": ("You said: ", "你说："),
    "unfold": ("Show all", "展开全文"),
    "fold": ("Show less", "收起"),
    "cut": ("Only the first {limit} characters were read.", "只读取了前{limit}个字符。"),
    "searching": ("Searching and ranking", "正在检索和排序"),
    "steps": ("How this was found", "推荐过程"),
    "writing": ("Writing", "正在写"),
    "rules": ("Answered without the language model: {note}", "本次回答未使用语言模型：{note}"),
    "template": ("Put into words without the language model: {note}", "本次回答的措辞未使用语言模型：{note}"),
    "stopped": ("Stopped here.", "已停止。"),
    "failed": ("That did not work. Nothing was lost; please try again.", "出了点问题，内容没有丢失，请再试一次。"),
    "earlier": ("Earlier turns of this conversation are kept but not shown.", "更早的对话已保存，此处不显示。"),
    "cards": ("Suggestions", "推荐"),
    "chips": ("Ways to go on", "可以这样继续"),
    "undo": ("Undo", "撤销"),
    "retry": ("Try again", "重试"),
    "edit": ("Edit", "修改"),
    "undo_name": ("Undo the last message and its answer", "撤销上一条消息和回答"),
    "retry_name": ("Try again with the last message", "重试上一条消息"),
    "edit_name": ("Edit the last message", "修改上一条消息"),
    "like": ("Like", "喜欢"),
    "dislike": ("Not for me", "不适合我"),
    "seen": ("Seen it", "看过"),
    "save": ("Save", "收藏"),
    "more": ("More like this", "更多类似"),
    "named": ("{label}: {title}", "{label}：{title}"),
    "more_message": ("More like “{title}”", "更多类似“{title}”的"),
    "reasons": ("Why this", "推荐理由"),
    "reason_history": ("From what you liked", "来自你的喜好"),
    "reason_facet": ("Matches your request", "符合你的要求"),
    "reason_text": ("From its description", "来自作品描述"),
    "reason_popular": ("Chosen by many", "很多人选择"),
    "feedback_failed": ("That was not saved. Please try again.", "没有保存成功，请再试一次。"),
    "feedback_gone": (
        "This conversation was deleted, so nothing in it can be saved any more.",
        "这个对话已被删除，里面的内容无法再保存。",
    ),
    "gone": ("That conversation is no longer here.", "该对话已不存在。"),
}


def text(key: str, language: Language, **values: str) -> str:
    """The page's words for `key`, with `{name}` places filled from `values`. Raises KeyError for an unknown key."""
    english, chinese = _TEXTS[key]
    words = chinese if language == "zh" else english
    return words.format(**values) if values else words


def language_of(name: str) -> Language:
    """The language for a saved choice or an Accept-Language header; English unless it starts with zh."""
    return "zh" if name.strip().lower().startswith("zh") else "en"
