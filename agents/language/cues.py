"""The words by which rules read a message: stances, negation, requests, questions. English and Chinese.

Word lists and patterns; which cards are meant is `agents.reading.pointing`, how all is put together `agents.reading.rules`.
"""

import re

LIKED = re.compile(
    r"\b(?:lov(?:e|ed|es|ing)|ador(?:e|ed|es)|enjoy(?:ed|s)?|liked|(?:i|we|he|she|they|really|do|also|who|both|kids?|wife|husband"
    r"|mum|dad|mom)\s+(?:all\s+|really\s+|quite\s+)?likes?|fan\s+of|favou?rites?|fave|faves|into|obsessed\s+with|good|great"
    r"|brilliant|amazing|perfect|fantastic|incredible|excellent|wonderful|awesome|superb|masterpiece|banger|best|blew\s+me"
    r"|wow|class|gem|(?:a|both\s+a|big)\s+hits?|lovely|beloved|comfort|hilarious|went\s+down\s+well|hit\s+the\s+spot|never\s+gets\s+old|got\s+me\s+good|stunning"
    r"|made\s+me\s+(?:cry|sob|laugh)|messed\s+me\s+up|dug(?!\s+(?:up|out|in|into|an?)\b)|(?:i|we|really|also|totally)\s+dig"
    r"|phenomenal|outstanding|terrific|magnificent|top[\s-]notch|10/10|(?:five|5)\s+stars|a\s+blast|blew\s+us\s+away|blown\s+away"
    r"|(?:stuck|stayed)\s+with\s+(?:me|us)|rocked|nailed\s+it|holds?\s+up|can'?t\s+fault)\b|喜欢|很?爱看?|最爱|太棒|很棒|好看(?!的)|不错|经典|神作|满分|百看不厌|精彩|绝了|(?:看|感动|让我|都|我)哭",
    re.IGNORECASE,
)
DISLIKED = re.compile(
    r"\b(?:hat(?:e|ed|es)|(?:couldn'?t|can'?t|cannot|could\s+not)\s+(?:stand|finish|get\s+through|get\s+into)"
    r"|(?:didn'?t|don'?t|doesn'?t|did\s+not|do\s+not|never)\s+(?:really\s+|much\s+)?(?:like|enjoy|care\s+for|get|rate|love)"
    r"|(?:i|we|he|she|they|kids?|wife|husband)\s+(?:not|no)\s+(?:really\s+|much\s+)?(?:like|enjoy|love)"
    r"|dislik(?:e|ed)|bored|boring|awful|terrible|trash|rubbish|bad|overrated|meh|worst|garbage|dull|lame|sucked"
    r"|disappoint(?:ed|ing)|waste|crap|not\s+(?:(?:quite|really|exactly)\s+)?(?:for\s+(?:me|us)|a\s+fan|my|our\s+(?:thing|cup|taste))|fell\s+asleep|walked\s+out|put\s+me\s+off|less\s+so"
    r"|left\s+(?:me|us)\s+cold|not\s+into|wasn'?t\s+(?:great|good|for\s+me|my)|hated"
    # words that are wishes too ("something dumb") only where they are said of a film
    r"|(?:was|were|is|are|felt|found\s+(?:it|that|this))\s+(?:(?:a\s+bit|so|really|very|pretty|kinda|kind\s+of|just|plain|such|an?|total|complete)\s+)*"
    r"(?:dumb|stupid|weak|annoying|mess|slog|snooze|chore|drag|joke|pointless|tedious|forgettable|mediocre|pretentious|cringey?|unbearable)"
    r"|horrible|horrendous|atrocious|dreadful|abysmal|unwatchable|snoozefest|sucks|underwhelm(?:ed|ing)|let\s+(?:me|us)\s+down|a\s+let-?down"
    r"|a\s+(?:(?:total|complete|hot|bit\s+of\s+a)\s+)?(?:mess|slog|snooze)|not\s+so\s+much(?=\s*(?:[.,;!?]|$|and\b|but\b))"
    r"|(?:did|does|do)\s+nothing\s+for|(?:didn'?t|doesn'?t|did\s+not)\s+(?:do\s+(?:it|much|anything)\s+for|work\s+for|click|land)"
    r"|(?:turned|switched)\s+(?:it|that|this)\s+off|gave\s+up\s+on|bailed\s+on|(?:put|sent)\s+(?:me|us)\s+to\s+sleep|regret(?:ted)?|(?:zero|0|one)\s+stars?"
    r"|(?<!not\s)(?<!nothing\s)(?<!thing\s)too\s+\w+\s+for\s+(?:me|us|my\s+(?:taste|liking))"
    r"|(?:nobody|no\s+one|none\s+of\s+us|neither\s+of\s+us)\s+(?:really\s+)?(?:liked|enjoyed|loved|got\s+into)"
    r"|(?:not|never|wasn'?t|isn'?t|weren'?t|aren'?t)\s+(?:really\s+)?(?:an?\s+)?(?:(?:big|huge|massive|great)\s+)?fans?(?:\s+of)?"
    r"|(?:not|wasn'?t|weren'?t|isn'?t)\s+(?:all\s+)?(?:that|so|very|really|particularly)\s+(?:great|good|funny))\b|讨厌|不(?:太|怎么|大|是很|是太)?(?:喜欢|爱看|好看)|不爱|难看|无聊|受不了|一般般|烂(?!漫)|睡着|太闷|没意思|没什么感觉|一般(?!\w)|看不下去|失望|不感兴趣|没看懂",
    re.IGNORECASE,
)
SEEN = re.compile(
    r"\b(?:seen|saw|watch(?:ed)|rewatched|(?:i|we)\s+(?:already\s+(?:see|watch)|(?:see|watch)\s+(?:it\s+|them\s+)?already)|already\s+know|know\s+(?:by\s+heart|all\s+(?:of\s+)?the|every)|finished|caught)\b|(?<!没)(?<!没有)(?<!没怎么)看过|看了|看完",
    re.IGNORECASE,
)
# Of whatever was in focus, which is not named: "seen it, anything else?"
SEEN_IT = re.compile(
    r"\b(?:seen|saw|watched)\s+(?:it|this|that)(?:\s+(?:one|film|movie))?\b(?!\s+(?:all|in|on|with)\b)|(?<!没)看过了?这[部个]|这[部个]看过",
    re.IGNORECASE,
)
# All of somebody spoken of before: "I've seen all of his from the fifties".
SEEN_ALL = re.compile(
    r"\b(?:seen|saw|watched|know|read|played|own)\s+(?:already\s+)?(?:all|everything|every\s+\w+|most)\s+(?:(?:of|by|from)\s+)?"
    r"(?:his|hers?|theirs?|them|him|its)\b",
    re.IGNORECASE,
)
# Said of a film nobody has an opinion of yet: it outweighs what is said of the film before.
UNSEEN = re.compile(r"[没未](?:有|怎么)?看过|[还都]没看")
UNWANTED = re.compile(
    r"\b(?:not|no|nor|neither|none\s+of|except(?:\s+for)?|besides|other\s+than|apart\s+from|anything\s+but|isn'?t|aren'?t|without|w/o|instead\s+of"
    r"|(?:don'?t|do\s+not|never)\s+(?:\w+\s+)?(?:suggest|recommend|show|give|say|include|want)|sick\s+of|tired\s+of"
    r"|skip|avoid|minus|excluding|enough\s+of)\b|不要|别再?推荐|除了|别再?给我|不想看|去掉|排除|换掉|删掉",
    re.IGNORECASE,
)
SIMILAR = re.compile(
    r"\b(?:like|similar\s+to|in\s+the\s+(?:vein|style|spirit)\s+of|along\s+the\s+lines\s+of|reminds?\s+me\s+of|akin\s+to|a\s+la"
    r"|same\s+(?:vibe|feel|mood|energy)\s+as|as\s+(?:good|funny|scary|dark|clever|weird)\s+as|close\s+to|resembl(?:es|ing)"
    r"|if\s+i\s+liked|vibes?\s+of|more\s+of)\b|类似|像|同类|相似",
    re.IGNORECASE,
)
SIMILAR_AFTER = re.compile(
    r"^[\s'’”\"-]*(?:type|style|esque|vibes?|kinda|kind\s+of|sort\s+of|-?like\b|energy|feel)|^[》」”\s]*(?:那样|这样|一样|这类|那类|那种|这种|那个(?:调调|味道|感觉|风格)|之类|同类|同款|类型|类似|相似|差不多|一个(?:味道|类型|路子|风格)|风格|同样的?(?:类型|风格|感觉))",
    re.IGNORECASE,
)
NEGATION = re.compile(
    r"\b(?:not|no|nor|non|never|nothing|none|without|w/o|isn'?t|aren'?t|wasn'?t|don'?t|doesn'?t|didn'?t|won'?t|can'?t\s+(?:stand|do|take|deal"
    r"|handle|read|face|watch|bear|stomach|cope)|cannot\s+stand|seen\s+(?:everything|all|most(?:\s+things)?|every\s+(?:film|movie|one))\s+(?:by|of|from)"
    r"|if\s+i\s+(?:have\s+to\s+)?(?:see|watch|hear|get)\s+(?:one\s+more|another|any\s+more)|hates?|hated|avoid|except|minus|less|too|anything\s+but|other\s+than|sick\s+of|tired\s+of|skip|neither"
    r"|dislikes?|zero|enough|hold\s+the|instead\s+of|rather\s+than|ain'?t|allergic\s+to|over)\b"
    r"|不要|不想看?|别太?|不喜欢|不爱|讨厌|除了|太|不是|没有|非(?!洲|常)|拒绝|少点|不含|不带|不能有|别有|不看|不(?=恐怖|血腥|暴力|悲|沉|黑|无聊|要)",
    re.IGNORECASE,
)
# Words that look like a negation and are none.
NOT_A_NEGATION = re.compile(
    r"^\W*(?:no|nope|nah|sorry)\b(?=\W*(?:wait\W+)?(?:i|we)\s+(?:meant|mean|want(?:ed)?|said|need)\b)|\b(?:(?:would(?:n'?t|\s+not)|can'?t|never)\s+say\s+no\s+to|nothing(?:'?s|\s+is)?\s+(?:better|beats|tops)(?:\s+than)?|(?:none|neither)\s+of\s+(?:these|those|them)|not\s+(?:only|just|bad|sure|fussy|bothered|picky)|nothing\s+(?:but|against)|(?:not|never|\w+n['’]t|dont|cant|wont)\b[^.,;!?]{0,30}?\banything\s+but|no\s+(?:idea|clue|matter|problem|preference|rush|worries)"
    r"|don'?t\s+(?:mind|care|know|think|worry)|can'?t\s+(?:decide|get\s+enough|wait|choose|think|sleep|remember)|doesn'?t\s+matter"
    r"|(?:do|have|is|are|can|could|wo)n'?t\s+(?:you|there)\s+(?:have|got|be|find|know|any\w*|an?|some\w*)|never\s+(?:really\s+|actually\s+)?(?:seen|watched|heard|tried)"
    r"|didn'?t\s+know|(?:me|you|it|one|this|that|him|her|them)\s+too|too\s+(?:please|thanks)|too(?=\s*(?:[.,;!?)]|$|and\b|but\b))"
    r"|not\s+too\s+fussed|why\s+(?:not|don'?t)|isn'?t\s+it|never\s+mind|nevermind|over\s+(?:and\s+over|the|a|my))"
    r"|没有?看过|有没有|不知道|不错|不限|不过|太棒|太好|不管",
    re.IGNORECASE,
)
# Said of somebody whose name goes before: "I find Tarkovsky too slow".
TOO_AFTER = re.compile(
    r"(?:'s)?(?:\s+(?:films?|movies?|stuff|work))?(?:\s+(?:is|are))?\s+(?:(?:just|way|far|a\s+bit|always|usually|rather|so)\s+)*"
    r"(?:too\s+\w+|over-?rated|boring|dull|tedious|unbearable|not\s+for\s+me|bores?\s+(?:me|us))\b",
    re.IGNORECASE,
)
# What something is for is not ruled out with it: "not gory for Halloween", but "not for Halloween".
FOR_OCCASION = re.compile(r"(?<!\bnot )(?<!\bnothing )\bfor\s+$", re.IGNORECASE)
OCCASION = re.compile(r"(?:halloween|christmas|xmas|valentine\w*|easter|thanksgiving|new\s+year\w*)\b", re.IGNORECASE)
# Asks what the assistant is and can do.
HELP = re.compile(
    r"^\W*help(?:\s+me)?\W*$|\bwho\s+are\s+you\b|\bwhat\s+(?:can|do)\s+you\s+do\b|\bhow\s+does\s+this\s+work\b"
    r"|\bare\s+you\s+(?:chatgpt|gpt|an?\s+ai|an?\s+(?:ro)?bot|human|real)\b|你是谁|你能做什么|怎么用",
    re.IGNORECASE,
)
# Said of any quality that goes before: "musicals are not my thing".
NOT_MINE_AFTER = re.compile(
    r"\s+(?:films?\s+|movies?\s+)?(?:(?:are|is)(?:n'?t|\s+not)\s+(?:really\s+|quite\s+|so\s+much\s+)?(?:(?:my|our|h(?:is|er)|their)\s+(?:thing|cup\s+of\s+tea|jam|favou?rites?|bag)|for\s+(?:me|us))"
    r"|(?:do(?:es)?n'?t|do(?:es)?\s+not)\s+(?:do\s+(?:it|much|anything)|work)\s+for\s+(?:me|us)|(?:bores?|puts?\s+off|annoys?)\s+(?:me|us)|puts?\s+(?:me|us)\s+off)\b",
    re.IGNORECASE,
)
# Up to what somebody has doubts of, and what says so behind it: "I don't think a horror film would be suitable".
DOUBTED = re.compile(
    r"\b(?:do\s?n'?t|do\s+not)\s+(?:think|believe|feel)\s+(?:that\s+)?(?:(?:an?|the|any)\s+)?$", re.IGNORECASE
)
SUITS = re.compile(r"(?:\s+(?:films?|movies?|ones?))?\s+(?:would|will|is|are)\b", re.IGNORECASE)
# A phrase of the catalogue that says no by itself ("no dialogue") is not negated by what stands before it.
OWN_NEGATION = re.compile(r"(?:no|not|non|without|w/o)\b", re.IGNORECASE)
# What joins the last of a list to the others. "80s or earlier" is no list.
LIST_OR = re.compile(
    r"\b(?:or|nor)\b(?!\s+(?:so|earlier|later|older|newer|less|more|under|over|shorter|longer|cheaper|anything|something)\b)",
    re.IGNORECASE,
)
# Where the reach of a negation or a stance ends.
CLAUSE_END = re.compile(
    r"[.;!?。；！？\n—–:：]|\s-\s|,\s*(?=(?:but|i|i'?ve|i'?m|we|she|he|they|just|more|something|so|though|maybe|keep|make|and\s+i|want)\b)"
    r"|\b(?:(?<!anything )but|although|though|however|yet|while|whereas|unless|instead(?!\s+of)|rather(?!\s+than)|just|more\s+like|i\s+do|that'?s|which)\b|但是?|不过|只要|而是",
    re.IGNORECASE,
)
# A greeting that goes on to ask for something is no small talk.
GREETED_REQUEST = re.compile(
    r"^\W*(?:hi+|hey+|hello+|hiya|yo|good\s+(?:morning|evening|afternoon)|thanks?|ok(?:ay)?|please)\b.*"
    r"\b(?:recommend|suggest|something\s+to|(?:a|any|some)\s+(?:good\s+)?(?:films?|movies?)|what\s+should\s+i)\b",
    re.IGNORECASE,
)
COMPARE = re.compile(
    r"\bcompar(?:e|ed|ing|ison)\b|\b(?:vs\.?|versus)\b|\bdifferences?\s+between\b|\bwhich\s+(?:one\s+)?(?:of\s+(?:the|these|those|them)"
    r"|is|has|would|should|do)\b|\bwhich\s+(?:one\s+)?(?:\w+\s+)?(?:better|funnier|scarier|shorter|longer)|\bbetter\s+than\b"
    r"|\bor\s+the\s+(?:second|third|fourth|fifth|other|last)|\bside\s+by\s+side\b|\bhow\s+(?:do|does)\b.*\b(?:stack\s+up|compare|differ)"
    r"|对比|比较(?=一下|第|这|前)|哪[一]?[个部](?:更|比较|好|最)|选哪|谁更|区别|差别|有什么不同|相比|比起来|比[,，]|比.{1,20}(?:怎么样|好在|如何)|pk",
    re.IGNORECASE,
)
# Leaves the choice among the cards to the assistant.
CHOOSE = re.compile(
    r"\bwhich\s+(?:one\s+|film\s+|movie\s+)?(?:should|would|shall|do\s+(?:you|u|i|we)|can\s+you|to|is\s+(?:the\s+)?(?:best|better|your)|first)\b|\bthe\s+best\b|\byou\s+(?:pick|choose|decide)\b"
    r"|\byour\s+(?:own\s+|personal\s+|top\s+)?(?:favou?rite|fave|pick|choice|tip|recommendation)\b|\b(?:do|would)\s+(?:you|u)\s+(?:prefer|go\s+for|take|favou?r)\b"
    r"|\bpick\s+(?:one|for\s+(?:me|us))\b|\b(?:the\s+)?better\s+(?:one|film|movie|choice|pick)\b"
    r"|(?:先看|选|看|推荐)哪[一]?[个部]|哪[一]?[个部](?:最好|更好|好)",
    re.IGNORECASE,
)
EXPLAIN = re.compile(
    r"^\W*(?:but\s+|and\s+|ok(?:ay)?\s+|so\s+|hm+\s+|um+\s+|wait,?\s+)*(?:why|how\s+come|how\s+so)\b(?!\s+(?:not|don'?t\s+you))|\bexplain\b|\bwhat\s+made\s+you\b"
    r"|\bwhy\s+(?:this|that|these|those|did|is|are|was|would|the|on\s+earth|would)\b|\bhow\s+(?:can|could)\s+(?:it|this|that|these|they)\s+be\b|\bhow\s+(?:did|is|does)\b.*\b(?:match|relate|fit|pick|end\s+up|get\s+on)\b"
    r"|\breason(?:s|ing)?\s+(?:for|behind)\b|\bwhat\s+(?:has|have|does)\b.*\b(?:to\s+do\s+with|got\s+to\s+do)\b|为什么|为啥|为何|凭什么|理由|怎么会?(?:推荐|想到|选|挑)|(?:根据|按|凭)什么|依据|有什么关系",
    re.IGNORECASE,
)
ABOUT = re.compile(
    r"\b(?:who(?:'?s|\s+(?:is|are|was|were|directed|plays?|stars?|made|wrote))|what(?:'?s|\s+is|\s+was|\s+year|\s+happens)|when\s+(?:was|did|is)"
    r"|how\s+(?:long|old|scary|violent|sad|gory|funny)\s+is|is\s+(?:it|that|this|the)\b|does\s+(?:it|the)|tell\s+me\s+(?:more\s+)?about"
    r"|more\s+(?:info|details?)\s+(?:on|about)|what\s+language|where\s+(?:was|is)|was\s+(?:it|that)|plot\s+of|describe|(?:are|is)\s+there\s+(?:a\s+)?(?:subtitles|sequel|any\s+(?:gore|blood|sex|nudity|animals))|(?:is|are|any|much)\b[^.]*\bin\s+it)\b"
    r"|讲(?:的是)?什么|谁(?:导演|演)|导演是谁|谁是导演|演员|多长|哪[一]?年|介绍|主演|什么语言|是谁|谁演|几分钟|多久|说说|讲讲|讲了?些?什么|什么故事|好不好看|值不值得|怎么样|结局|(?:值得|适合|恐怖|可怕|吓人|血腥|暴力|好看|好笑|搞笑|感人|难懂|悲伤|无聊|(?:[部个片》]|^)(?:里|里面)?有)[^，。,；]{0,10}[吗么嘛]\W*$",
    re.IGNORECASE,
)
CHAT = re.compile(
    r"^\W*(?:hi+|hey+|hello+|yo|hiya|howdy|good\s+(?:morning|evening|afternoon|night)|thanks?|thank\s+you|thx|ta|cheers|bye|goodbye|ok(?:ay)?|cool|great"
    r"|nice|lol|haha+|sup|wassup|what'?s\s+up|how\s+are\s+you|who\s+are\s+you|what\s+can\s+you\s+do|are\s+you|can\s+you\s+do"
    r"|sorry|please|perfect|awesome|brilliant|test|you(?:'re|\s+are)\s+(?:a|an|so|useless|great|the|very|absolutely|dumb|stupid))\b"
    r"|\b(?:ignore|disregard|forget)\s+(?:all\s+|your\s+|any\s+|the\s+|my\s+)*(?:previous|prior|earlier|above|instructions?|rules)"
    r"|system\s*:|system\s+prompt|\bjailbreak|api\s+key|drop\s+table|<script|\bpassword"
    r"|\b(?:capital\s+of|weather|homework|stock|joke|meaning\s+of\s+life|recipe|poem|president|prime\s+minister|bitcoin|python\s+script)\b"
    r"|^\W*(?:你好|您好|谢谢|多谢|嗨|再见|早上好|晚上好|哈哈|你是(?!根据|按|凭|怎么|为))(?!.*(?:推荐[几一两三四五点些个部下]|想看|换|再来|来[几点部一]|有没有|有什么|看什么|看啥))|^\W*(?:晚安|午安|拜拜|笨蛋|没用|滚|闭嘴|傻|蠢|智障|废物|垃圾推荐|你(?:真|就|这)是?个?(?:废物|垃圾|笨|蠢|傻|没用)|你(?:叫什么|能做|会做|会什么|能干|可以做))|^\W*(?:(?:嗯|哦|噢|好的?|行|可以|知道了|明白了?|了解|收到|谢谢|ok)\W{0,5}){1,8}[吧呢啊呀]?\W*$|忽略.*指令|天气|写.*(?:代码|诗)|系统提示",
    re.IGNORECASE,
)
# Nothing that films are picked by, whatever place or person is named with it.
OFF_TOPIC = re.compile(
    r"^(?!.*(?:推荐|想看|电影|影片|片子))"
    r".*(?:首都|天气|股市|股票|密码|代码|系统提示|等于(?:几|多少)|总统是|主席是|怎么做.{1,8}[？?]?$|几点了|菜谱|作业)"
)
REQUEST = re.compile(
    r"\b(?:want(?:ed)?|wanna|need|look(?:ing)?\s+for|any(?:thing|one)?|some(?:thing)?|sth|smth|recommend(?:ation)?s?|suggest(?:ion)?s?|give|gimme|show\s+me"
    r"|find|what\s+(?:should|else|next|other|can|to|do|would|about)|got|more|next|next\?|fancy|in\s+the\s+mood|feel(?:ing)?\s+like|ideas?|please|pls|plz|help|other"
    r"|what\s+have\s+you|is\s+there|are\s+there|what'?s\s+good|hit\s+me|surprise|pick\s+(?:me|something|a|one)|tonight|tonite|which|whats?\s+(?:good|like)|looking|craving|after"
    r"|where\s+do\s+i|list|top\s+\d+|find\s+me|options|movies?|films?)\b|推荐(?!得)|想看|来[一几点部两]|有没有|找|求|给我|有什么|有啥|有哪些|看什么|看啥|看着办|换|再来|要",
    re.IGNORECASE,
)
REFINE = re.compile(
    r"^\W*(?:no|nah|nope|hm+|ok(?:ay)?|yes|yeah|fine|nice|cool|great|good|not|but|and|maybe|actually|instead|or|only|more|less|same|another|other|others|make|too|can|could|any|something|keep|"
    r"also|drop|remove|forget|never\s+mind|without|with|now|still|what\s+about|how\s+about|than|don'?t|seen)\b|\b(?:instead|else|again|forget|never\s*mind|a\s+bit|bit\s+more|different|"
    r"others?|less|newer|older|shorter|longer|cheaper|lighter|darker|funnier|scarier|weirder|than\s+(?:that|those|these)|rather|than\s+this|actually|make\s+it|make\s+them|"
    r"one\s+more|few\s+more|not\s+so|without)\b"
    r"|^\W*(?:it\s+(?:should|has\s+to|must|needs\s+to)|(?:an?\s+)?ones?\s+(?:by|with|from|about|directed|starring)|at\s+(?:most|least)"
    r"|made\s+(?:in|before|after|by)|under|over|from|about|by|starring|directed\s+by|set\s+in|(?:those|these|they)(?:'re|\s+are))\b"
    r"|一点|一些|换|不要|再|别的|其他|还是|算了|更|太|只要|去掉|少点|多点|刚才|前面|有吗|但要|不对|不是|还有|加[一个上]|无所谓|不一定|呢\W*$",
    re.IGNORECASE,
)
FORGET = re.compile(
    r"\b(?:forget(?:\s+about)?|never\s*mind|nevermind|drop|scrap|ignore|remove|lose|ditch|lift|skip|cancel)\s+(?:about\s+)?"
    r"(?:the|that|my|what\s+i\s+said\s+about(?:\s+the)?|being)\s+(?P<a>[\w\s'’-]{2,40}?)(?:\s+(?:thing|bit|part|rule|limit|requirement|filter|stuff|idea|constraint|restriction)s?)?(?=[,.;!?]|$|\s+(?:and|but|just|any|it)\b)"
    r"|^\W*(?:(?:please|and|ok(?:ay)?|now)\s+)*(?:remove|drop|ditch|lose|lift)\s+(?P<i>[\w'’-]{3,20}(?:\s+[\w'’-]{3,20})?)(?:\s+please)?\W*$"
    r"|\b(?P<h>longer|shorter|older|newer|pricier|more\s+expensive)\s+(?:ones?\s+|films?\s+|movies?\s+)?(?:is|are|would\s+be|works?)\s+(?:(?:also|totally|perfectly|just)\s+)?"
    r"(?:fine|ok(?:ay)?|good|alright|all\s+right|cool|great|too)\b"
    r"|(?:^|[.;!?])\W*(?:(?:please|and|ok(?:ay)?|no|well|actually)\W+)*(?:forget(?:\s+about)?|never\s*mind|scrap)\s+"
    r"(?!(?:it|that|this|these|those|them|me|all|everything)\b)(?P<l>[\w'’-]{3,20}(?:\s+[\w'’-]{3,20}){0,2})(?=\s*[.;!?])"
    r"|\b(?:took|taken|taking|take)\s+(?:the\s+)?[\"“']?(?P<m>[\w-]{3,20}(?:\s+[\w-]{3,20})?)[\"”']?\s+(?:(?:too|so|very|rather|a\s+bit)\s+)+literally\b"
    r"|\b(?:did\s?n'?t|did\s+not|never)\s+mean(?:t)?\s+(?:it\s+as\s+)?(?:an?|the|any)\s+(?P<n>length|runtime|year|date|decade|era|price|budget)\b"
    r"|\bany\s+(?P<b>length|year|decade|era|language|price|genre|age|country)(?:\s+(?:is|will|would|works|at\s+all|goes))?"
    r"|(?P<c>length|year|decade|era|language|price|genre)\s+(?:doesn'?t|does\s+not)\s+matter"
    r"|\b(?:forget(?:\s+about)?|drop|scrap|ignore)\s+(?P<j>lengths?|runtimes?|years?|dates?|decades?|eras?|ages?|prices?|budgets?)\b"
    r"|\b(?:did\s?n'?t|did\s+not|never)\s+(?:say|said|ask(?:ed)?\s+for)\s+(?P<k>(?:from|in|by|with|before|after)\s+[\w'’-]{2,20}(?:\s+[\w'’-]{2,20})?)(?=[,.;!?]|$|\s+(?:and|but|just|i)\b)"
    r"|不限(?:制)?(?P<d>年代|年份|时长|时间|长度|片长|语言|类型|国家|地区|价格)|(?P<f>年代|年份|时长|时间|长度|片长|语言|类型|国家|地区|价格)(?:也|都|就)?(?:不限|无所谓|不重要|随便|没关系|都行|都可以)|不(?:一定|用)(?:非)?[要得是](?P<g>[\u4e00-\u9fff\d]{2,6}?)(?=[，。,！!了吧]|$)|(?:别管|不用管|忘了|去掉|取消)(?P<e>[\u4e00-\u9fff\d]{2,8}?)(?:的?(?:要求|限制|条件))?(?=[，。,!！]|了|吧|$)",
    re.IGNORECASE,
)
LIVE_ACTION, ANIMATED = re.compile(r"\blive[\s-]+action\b", re.IGNORECASE), "animated"
# Another one than what was spoken of: "what should we watch instead?".
INSTEAD = re.compile(r"\b(?:instead|else|other|another|rather|different)\b|换|别的|其他", re.IGNORECASE)
# ... than what was shown: "more by Godard".
OTHERS = re.compile(r"\b(?:others?|more|else|another|different|new)\b|还有|别的|其他|再", re.IGNORECASE)
SHRUG = re.compile(r"^\W*(?:h+m+|m+h+m*|e+h+|u+h+m*|e+r+m*)\W*$", re.IGNORECASE)
# A question for others, not about those shown: "have you got one with Barbara Stanwyck?"
ANY_WITH = re.compile(
    r"\b(?:got|have|is\s+there|are\s+there)\s+(?:\w+\s+)?(?:one|ones|some|any|any(?:thing|one)|something|nothing)\s+"
    r"(?:else\s+)?(?:with|by|from|starring|about|in)\b",
    re.IGNORECASE,
)
# Agreement and nothing else.
FINE = re.compile(
    r"\W*(?:(?:ok(?:ay)?|cool|nice|great|lol|haha+|fine|good|awesome|alright|got\s+it|bet|say\s+less|fair\s+enough|will\s+do"
    r"|sounds\s+good|deal|aight|好的?|嗯)\W*)+",
    re.IGNORECASE,
)
# In lower case: those that are left, and no title.
THE_REST = re.compile(r"\b(?:of|[Aa]ll|any|both|about|and|are)\s+the\s+others?$")
# In lower case: what is asked for, and no title.
KIND = re.compile(r"(?P<what>[a-z]+) (?:movie|film)s?")
# Not what everybody knows: "a hidden gem", "something less famous". "Lost in obscurity" is no such wish.
LESSER_KNOWN = re.compile(
    r"\b(?:less(?:er)?|not\s+(?:so|as|that|too|very))[\s-]+(?:famous|known|popular|mainstream|obvious|well[\s-]known)\b|\bhidden\s+gems?\b"
    r"|\b(?:overlooked|underseen|under-?rated|obscure|under\s+the\s+radar|off\s+the\s+beaten\s+(?:track|path))\b"
    r"|\b(?:nobody|no\s+one|few\s+people|not\s+many\s+people|hardly\s+anyone|not\s+everyone)\s+(?:else\s+)?(?:ever\s+)?(?:knows?|watche[sd]|remembers|talks?\s+about"
    r"|(?:has|have|will\s+have|'ll\s+have)\s+(?:ever\s+|probably\s+|already\s+)?(?:seen|heard\s+of))\b"
    # "something neither of us will have seen"; "neither of us has seen Heat" tells of one
    r"|\b(?:neither|none)\s+of\s+us\s+(?:(?:will|would|is\s+likely\s+to|can)\s+have\s+(?:ever\s+)?(?:seen|heard\s+of)|(?:has|have)\s+(?:ever\s+)?(?:seen|heard\s+of)(?=\W*$))"
    r"|\b(?:i|we)\s+(?:probably\s+|surely\s+)?(?:won'?t|will\s+not)\s+have\s+(?:seen|heard\s+of)\b"
    r"|\b(?:something|anything|one|films?|movies?)\s+(?:that\s+)?(?:i|we)(?:'ve|\s+have)?\s+(?:probably\s+)?never\s+heard\s+of\b"
    r"|\b(?:nothing|not|no)\s+(?:too\s+)?(?:mainstream|well[\s-]known|famous)\b|冷门|小众|不太?(?:出名|有名)|没那么(?:出名|有名|火)",
    re.IGNORECASE,
)
# Leaves it all to the assistant, or tells that nothing tempts: "surprise me", "idk, you pick", "not in the mood".
ANYTHING = re.compile(
    r"\b(?:surprise|amaze)\s+(?:me|us)\b|\bdealer'?s\s+choice\b|\b(?:you|u)\s+(?:can\s+|just\s+)?(?:pick|choose|decide)\b"
    r"|\b(?:your|ur)\s+(?:choice|pick|call)\b|\b(?:up\s+to|leave\s+it\s+to)\s+(?:you|u)\b|\bgive\s+(?:me|us)\s+anything\b"
    r"|^\W*(?:(?:idk|dunno|i\s+don'?t\s+(?:know|care)|whatever|anything|something|random|no\s+idea)(?:\s+(?:really|random|man|bro|lol|goes|is\s+fine|works))*\W*)+$"
    r"|^\W*(?:nah\W+|meh\W+|just\s+|i'?m\s+|really\s+)*not\s+(?:really\s+)?in\s+the\s+mood(?:\s+for\s+(?:(?:any\s+of\s+)?(?:these|those|them|that|this)|anything))?\W*$",
    re.IGNORECASE,
)
WELL_KNOWN = re.compile(
    r"\b(?:more\s+)?(?:famous|well[\s-]known|popular|mainstream)(?:\s+ones?)?\b|\beverybody\s+knows\b|更?(?:有名|出名|热门)",
    re.IGNORECASE,
)
IN_IT = re.compile(r"\bin\s+(?:it|this|that|them|these|those)\b", re.IGNORECASE)
FOCUS = re.compile(
    r"\b(?:it|this\s+(?:one|film|movie)|that\s+(?:one|film|movie)|this|that)\b|这[部个]|那[部个]|这片|那片|它",
    re.IGNORECASE,
)


# Between two titles of one list.
LIST_GAP = re.compile(r"[\s,、/&+\"'》《]*(?:and|or|nor|plus|和|跟|与|还有|,\s*and)?[\s\"'《]*", re.IGNORECASE)
ALTERNATIVE_GAP = re.compile(r"[\s,\"']*\b(?:or|nor)\b[\s\"']*", re.IGNORECASE)
RIGHT_BEFORE_UNWANTED = re.compile(
    r"(?:^|[\s,(])(?:not|no|nor|neither|isn't|isnt|except|but not|minus|anything but|除了|不要)\s+(?:the\s+)?[\"'《]?$",
    re.IGNORECASE,
)
RIGHT_AFTER_UNWANTED = re.compile(
    r"[》」”]?(?:什么的|之类的?)?[，,]?(?:就|都|也)*(?:除外|不要|不用|别来|别推荐|算了|免了|不算)|\s+(?:doesn't|does not|don't)\s+count",
    re.IGNORECASE,
)
NEGATED_LIKING = re.compile(r"\b(?:not|don't|didn't|never|wasn't|isn't)\b(?:\s+\w+){0,2}\s*$", re.IGNORECASE)
UNLIKE = re.compile(r"\b(?:not|nothing|isn't|unlike)\b[^,]*\blike\s*$", re.IGNORECASE)
# Goes on with what the message before ruled out: "no horror", then "or war".
GOES_ON = re.compile(r"(?:or|nor)(?=\s+\w)", re.IGNORECASE)
# Whose: "my in-laws are coming" tells of the speaker's life, not of the wish.
OF_SPEAKER = re.compile(r"\b(?:my|our|his|her|their)\s+$", re.IGNORECASE)
DOES = re.compile(
    r"\s+(?:is|are|was|were|isn'?t|aren'?t|has|have|had|just|died|left|came|comes?|wants?|wanted|says?|said|picks?|picked|nearly)\b",
    re.IGNORECASE,
)
ZH_PAUSES = "，,。.！!？?；;\n"
# What is said of something up to the next pause, in Chinese.
ZH_COMMENT = re.compile(r"(?=[^，,。.！!？?；;\n\x00]*[\u4e00-\u9fff])[^，,。.！!？?；;\n\x00]+[？?]?")
ZH_ASKS = re.compile(r"[吗么？?]$|怎么样|如何|好不好")
# Here the speaker turns from what they say of a film to what they ask for.
ZH_REQUEST_STARTS = re.compile(
    r"推荐(?!得)|[再就想]?来[一二两三四五六几点部些个]|想看|有没有|还有|[，。,！？\s](?:我|我们)?(?:再)?(?:求|找|要|给|换)"
)
REQUEST_STARTS = re.compile(r"\b(?:want|need|something|anything|looking|more|any|give|recommend)\b", re.IGNORECASE)
# A message that begins with a title and goes on like this asks for the like of it: "Pulp Fiction but no violence".
BUT_AFTER = re.compile(
    r"^[\"'”’]?,?\s+(?:without|minus|but\s+(?!(?:i|it|it's|its|we|they|that|this|the|was|is|not\s+(?:that|this|it))\b))\b",
    re.IGNORECASE,
)
LIKE_SHOWN = re.compile(
    r"\b(?:like|similar|kind|sort|along|vibe|more\s+of)\b|像|类似|那样|这样|这种|那种|这类|那类|一样|相似|同类|差不多",
    re.IGNORECASE,
)
# More like whatever was in focus, which is not named: 再来几部类似的.
LIKE_FOCUS = re.compile(
    r"(?<!不要)(?<!别)(?<!不看)(?:类似|相似|同类型?|差不多|这种|这样|这类)的(?!不|别|就算)|[像和跟](?:刚才)?(?:这|那)[部个].{0,4}(?:一样|类似|差不多|那样|这样)"
)
WANTS_LIST = re.compile(
    r"\b(?:something|anything|recommend|suggest|(?:films?|movies?)\s+(?:like|about|with)|similar)\b|推荐|类似|有没有",
    re.IGNORECASE,
)
# Narrower than REQUEST: these words ask for something, whatever else is said.
ASKING = re.compile(
    r"\b(?:want|need|looking|any(?:thing|one)?|something|sth|smth|recommend\w*|suggest\w*|give|gimme|find|what|which|got|more|next|another|else|other|fancy|show|help|please|pls|similar|ideas)\b|\?|？|(?<!谢谢)(?<!感谢)推荐(?!得)|想看|来[一几点]|有没有|有什么|有啥|有哪些|看什么|看啥|看着办|还有(?:没有|吗|什么|哪|别的|其他|类似|相似)|求|换|找",
    re.IGNORECASE,
)
FRESH_START = re.compile(
    r"\b(?:i'm looking for|new search|start over|different question|now i want|recommend me)\b|重新"
    r"|^\W*(?:an?|some)\s+(?!bit|little|few|couple|lot|more|other|less|tad)\w",
    re.IGNORECASE,
)
# "Older than those": than each of them.
THAN_THOSE = re.compile(
    r"\bthan\s+(?:all\s+|any\s+|both\s+)?(?:of\s+)?(?:these|those|them|the(?:se|m)?\s+(?:two|ones|films|movies))\b",
    re.IGNORECASE,
)
# What was understood before was wrong, or is not wanted any more.
CORRECTION = re.compile(
    r"^\W*(?:no|nope|nah|actually|sorry)\b|\bi\s+meant?\b|\binstead\b|^\W*(?:不是|不对)|我是说", re.IGNORECASE
)
# A new quality in such a message takes the place of the old one; beside such words it is added all the same.
REPLACES = re.compile(
    r"\binstead\b(?!\s+of\b(?!\s+(?:that|this|those|these|it|them)\b))|\b(?:i'?d|would|we'?d)\s+rather\b|\bi\s+meant?\b"
    r"|\bchanged?\s+(?:my|our)\s+minds?\b|\bscrap\s+that\b|^\W*(?:no|nope|nah)\s*,\s*(?:just\s+)?\w+(?:\s+\w+)?\W*$"
    r"|^\W*(?:no|nope|nah|actually|sorry)\b(?!.*(?:\bmore\b|\bless\b|\b\w{2,12}ier\b|\bdarker\b|\blighter\b))\W*(?:(?:i|we|my\s+\w+)\s+(?:want|need|prefer|fancy|fancies)s?\b(?!\s+(?:it|them|that|to)\b)|let'?s\b"
    r"|(?:make\s+(?:it|that)\s+)?an?\s+(?!bit|little|lot|tad|few|couple))"
    r"|换成|改成|改看|换[个部点]|我是说",
    re.IGNORECASE,
)
# What limits an answer, by the name for all of it: "drop the restrictions".
RESTRICTIONS = re.compile(
    r"(?:all\s+)?(?:of\s+)?(?:(?:the|my|those|these|our)\s+)?(?:other\s+)?(?:limits?|restrictions?|rules|conditions|filters?|constraints)",
    re.IGNORECASE,
)
# What was asked for until now no longer counts, and another wish follows: "never mind, something funny".
STARTS_ANEW = re.compile(
    r"^\W*(?:(?:no|ok(?:ay)?|actually|hm+|well|please|let'?s|let\s+us|shall\s+we|can\s+we)\W+)*(?:never\s*mind|(?:forget|scratch|scrap|drop)\s+(?:that|it|this|all\s+that|everything)"
    rf"|(?:drop|lift|forget|ignore|scrap|remove)\s+{RESTRICTIONS.pattern}"
    r"|(?:a\s+)?(?:new|fresh|different|another)\s+(?:search|request|question|start|topic)|(?P<over>start(?:ing)?\s+(?:over|again|afresh)|from\s+scratch)"
    r"|no\s+(?:more\s+|other\s+)?(?:limits?|restrictions?|rules|conditions|filters?|constraints)(?:\s+(?:then|now|at\s+all|any\s?more))?)"
    r"(?:\s*[,.;:!–—-]+\s*|\s+(?=(?:just|show|give|i|let|something|some|an?)\b))(?=\w)",
    re.IGNORECASE,
)
# Turns against what was named before it: "my ex loved romcoms, so anything but that".
BUT_THAT = re.compile(
    r"[^.;!?]*\b(?:anything|everything)\s+(?:but|except|besides)\s+(?:that|those|these|them|it)"
    r"(?=\s*(?:$|[.,;!?]|please\b|pls\b|tonight\b|again\b))",
    re.IGNORECASE,
)
# Changes the running wish: "a bit more of a comedy".
MORE_OF = re.compile(
    r"^\W*(?:but|maybe|rather|ok(?:ay)?|hm+|no|yes)?\W*(?:a\s+(?:bit|little)\s+|much\s+)?(?:more|less)\s+of\s+an?\b",
    re.IGNORECASE,
)
_ALONE = re.compile(r"just|only|alone", re.IGNORECASE)
ADDS = re.compile(r"\b(?:also|as\s+well)\b|\btoo\W*$|也", re.IGNORECASE)
# What was said before it in the same message is put right: "a comedy. Actually no, a thriller".
PUT_RIGHT = re.compile(
    r"\b(?:actually,?\s+no|no,?\s+actually|no,?\s+wait|wait,?\s+no|scratch\s+that|strike\s+that|i\s+mean(?:t)?|make\s+that|or\s+rather"
    r"|on\s+second\s+thoughts?)\b",
    re.IGNORECASE,
)
PERHAPS = re.compile(r"\b(?:maybe|perhaps|possibly)\b", re.IGNORECASE)
# With films shown already, a short Chinese message is about those, unless it asks afresh.
ZH_FRESH_START = re.compile(r"推荐|想看|来[几点部一]|求|找|给我")
SPEAKS_OF_SELF = re.compile(r"\W*(?:i|i've|we|we've|just|finally|already|我)\b|我", re.IGNORECASE)
# "seen Alien and hated Twilight": what follows the verb is what was hated, not the title before it.
OTHER_OBJECT = re.compile(
    r"(?:lov(?:e|ed)|hat(?:e|ed)|lik(?:e|ed)|enjoy(?:ed)?|ador(?:e|ed)|seen|saw|watched)\s+(?!it\b|them\b|that\b|this\b|both\b|all\b|every|the\s+(?:film|movie)|so\b|too\b|when|and\b|but\b|as\b|more\b)[\w\x00]",
    re.IGNORECASE,
)
LONGEST_QUESTION = 400  # characters of a message that may be a question
CLAUSE_CHARS = 200  # characters before a word in which its clause is looked for
# Words that say nothing of what is searched for.
STOP_WORDS = frozenset(
    "a an the i me my we us our you your he she it its they them is are was were be been am do does did have has had of in on at to for with and or but "
    "so if as by from that this these those there here what which who when where how why can could would should will just really very please pls some "
    "any anything something somethin film films movie movies watch watching want wanna need looking look find give show recommend suggest suggestion "
    "suggestions tonight like liked love loved good great nice maybe also too not no more most than then up out about into get got one ones sort kind "
    "first second third fourth fifth last one forget nevermind newer older shorter longer cheaper similar else another other already long short new old recent "
    "nothing neither nor non hated hate friends friend know said thought feel feeling fancy mood recommended kind "
    "either instead rather actually without only meant wants "
    "directed director number didnt doesnt isnt arent im ive id dont lets let hey hi hello thanks thank ok okay yes yeah well time see seen saw thing things stuff lol dug nobody regret havent make under least minute minutes hour hours "
    "surprise whatever idk choose pick decide nah nope bit two three four five six seven eight nine ten".split()
)
# Chinese is not cut into words: a stretch of nothing but such words says nothing of what is searched for either.
ZH_STOP_WORDS = re.compile(
    r"(?:我们?|你|很|超|也|都|还|再|就|改成|有没有|没有|有|类似|相似|同类|差不多|的|吗|呢|吧|了|啊|喜欢|爱看|看过|想看|看|请|推荐|给|来|找|换|一下|一些|一点|[一两三几]部|电影|影片|片子)+"
)


def alone(text: str, phrase: str) -> bool:
    """Whether a phrase is asked for by itself: "just Pacino", "Pacino only"; "not only Pacino" asks for more."""
    if not _ALONE.search(text):  # a pattern for each phrase takes a millisecond to make
        return False
    said = rf"(?<!\w){re.escape(phrase)}(?!\w)"
    with_only = (
        rf"(?<!\bnot )(?<!n't )\b(?:just|only)\s+(?:(?:the|ones?|with|by|from|in|starring)\s+)*(?:\w{{2}}\s+)?{said}"
    )
    return bool(re.search(rf"{with_only}|{said}(?:\s+\w+)?\s+(?:only|alone)\b", text, re.IGNORECASE))


def said_in(text: str, phrase: str) -> bool:
    """Whether it is to be in a language or a place, and not there as well: "in English"; not "or in English"."""
    if ADDS.search(text):
        return False
    return bool(re.search(rf"(?<!\bor )(?<!\band )\bin\s+{re.escape(phrase)}(?!\w)", text, re.IGNORECASE))
