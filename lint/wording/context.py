"""Context: what makes a matched phrase lawful — it is denied, warned of, or quoted to be forbidden."""

from __future__ import annotations

import re
from functools import cache

from ...flow.sentences import FULL_STOP

# Patterns are kept as texts: a clean file never compiles them.
_END = rf"[。！？!?；;\n]|{FULL_STOP}(?=\s|$)"
# A comma ends the reach of a negation, unless what follows only continues a list.
_CLAUSE_ZH = r"[，,：:—](?!或|或者|及|以及|也|亦|并|并且|和|与|不|更不)"

_STRONG_ZH = (
    r"(?:(?<![你您])不会(?!放过|罢休|善罢|手软|客气|轻饶|让[你您]|就此|留情|有好|等[你您]|真以为|算了|跟[你您]客气|惯着|再[给跟等])|不得(?!不)|不应|不准|不许|不宜|绝不|决不|从不|从未|从来不|并非|并不|并未|不是|不属于|不代表|不构成|不涉及|不存在"
    r"|无需|无须|毋须|毋需|不必|不需要?|不用(?!说|我|等)|请勿|切勿|勿|禁止|严禁|杜绝|严防|谨防|慎防|提防|避免|抵制|制止|拒绝|不予|不收取|不接受任何|不要求|不向|不因|不以|唔会(?!放过|就咁|客气|手软)|唔好(?!以为|当|逼|等|扮|搞|玩|怪|话|再)|唔得|唔可以|唔应该?|唔准|唔系(?!人|好|想|吓|玩)|唔使(?!扮|指意|旨意|谂|问)|唔需要|唔涉及|冇权|冇需要|毋庸|并冇|从来冇|绝对唔|不可(?!避免|挽回)|不能(?!再|够再|继续|不)|不允许|没有权|无权|不会因|未曾|不支持|不提供|不对|不使用"
    r"|[你您]不会(?![^。！？!?]*[吧吗呢？?])|不要(?!逼|以为|等|让|妄想|指望|再|挑战|考验|试|装|抱|存|拖|躲|想|脸|给脸|因小|自|怪|命|惹|心存|侥幸|敬酒))[^。！？!?]{0,24}$"
)
_WEAK_ZH = r"(?:(?:没有?|未|并没)(?!还|钱|处理|接|到账|付|结清|按|能|见|看|收)|无(?!故|视|奈|论)|非(?!常|但|要|得)|尚未|绝不|从不|并不|也不|均不|概不)[^，,。！？!?]{0,1}$"
_WE_NOT_ZH = r"(?:我们|我行|我司|本行|本公司|本机构|银行|员工|坐席|催收员|工作人员|任何人|外访人员|客服|专员|机构|我哋|同事|职员|收数公司|财务公司|代理人|债权人)[^，,。！？!?]{0,12}(?:没有|未|无|不|唔|冇|毋)(?!再忍|会放过|会罢休)[^，,。！？!?]{0,16}$"
_WARN_ZH = (
    r"谨防|慎防|提防|警惕|防范|防骗|小心受骗|以防|如遇|若遇|如有人|若有人|如果有人|要是有人|有人(?:自称|冒充|以|声称|打着)|凡(?:是|自称|以|要求)|任何(?:人|自称|要求|声称|以)|自称|冒充|假冒|假借|冒用|伪造的?|名义(?:要求|索|诱|诈|行骗)"
    r"|(?:切勿|请勿|不要|勿|别)(?:轻信|相信|理会|信)|勿信|如?收到(?:此类|类似|要求|任何|声称|自称|含|索)|如?接到(?:此类|类似|自称|任何|声称|陌生)|骗子(?:会|常|冒|可能|以|惯)|诈骗分子|不法分子|诈骗电话|诈骗短信|电信诈骗|网络诈骗|虚假(?:短信|信息|链接|电话)|均(?:为|系|属)诈骗|都是(?:诈骗|骗局|骗子)|声称"
)
_AFTER_ZH = (
    r"(?:均|都|即|一律|皆)?(?:为|是|属于?|系)(?:诈骗|骗局|骗子|虚假|假冒|违规|违法|不当|谣言|错误|禁)|请(?:您)?(?:立即|及时|马上|直接)?(?:报警|举报|挂断|拨打110|拨打12378|向我们反映|向我行反映|致电我们核实|核实)|(?:不得|禁止|严禁|不可|不能|不应|切勿)(?:使用|出现|说|写|对|向)|不被允许|违者|停岗|扣分"
    r"|(?:请勿|不要|切勿)(?:相信|理会|点击|轻信)|(?:并非|不是)我|将被(?:处罚|问责|辞退)|等(?:用语|词语|词汇|字眼|称呼|言论|表述|措辞|话术|字样|说法|语句|词)|(?:可|有权)(?:向|拨打)[^。]{0,20}(?:投诉|举报)|(?:可以|应当?|请)(?:投诉|举报|报警)|已被(?:禁用|停用)|列为禁语|属禁"
)
_FORBID_ZH = r"禁止|严禁|不得|不应|不可|不要|避免|勿|不当|违规|禁用|禁语|红线|负面|替换|改为|改成|而非|而不是|不能说|不许|不准|唔可以|唔好|纠正|整改|删除|处分|停岗|辞退|培训"
_QUOTED = r"[“「『\"‘《][^”」』\"’》]*$"

# What a customer says in a call script: inside quotation marks, so that a salutation ("Dear customer: …") is none.
_CUSTOMER = (
    r"(?:客户|客人|客戶|借款人|顾客|用户|来电者|欠款人)(?:[（(][^（()）]{0,8}[)）])?(?:可能)?(?:会)?(?:说|問|问|讲|称|回答|反问|表示|情绪激动时说)?\s*[:：]\s*[“「『\"'‘][^”」』\"’]*$"
    r"|(?:客户|客人|客戶|借款人)(?:可能)?(?:会)?(?:说|讲|问)\s*[“「『\"'‘][^”」』\"’]*$"
    r"|\b(?:customer|client|borrower|caller|cliente|deudor)\b(?: ?\([^()]{1,20}\))?(?: (?:may|might|will) say| says?| said| asks| dice)?\s*[:,]\s*[\"'“‘«](?:(?!['’\"”»]\s+[a-z]+ ?:)[^\"”»])*$"
)
_BANNED = (
    r"(?:禁用词|禁用語|禁用语|禁語|禁语|红线词|紅線詞|敏感词|违禁词|违规用语|负面清单|关键词)(?:表|清单|库|列表)?(?:[（(][^（()）]{0,16}[)）])?\s*(?:包括|含|为|有|[:：])"
    r"|\b(?:banned|forbidden|prohibited|blocked|red-flag)(?: (?:words?|phrases?|terms?|in every [a-z]+|lines?|list))+\s*(?:include|are|:)"
    r"|\bno profanity\b"
)
_APOLOGY = r"\b(?:sorry|apologi[sz]e\w*|apolog(?:y|ies)|regret)\b[^.!?;]{0,50}\b(?:called|told|said|threatened|swore|shouted|used)\b[^.!?;]{0,40}$"

_CLAUSE_EN = r"[;:—]|,(?=\s*(?:and |but |so |then |or |yet )?(?:we|you|i|they|your|our|he|she|it|the|this|that|someone)\b)|\b(?:but|because|otherwise|unless|until|so|then|while)\b|\band (?=we |you |i |they |our )"
_NOT_EN = (
    r"\b(?:(?:we|they|i|nobody|none of (?:us|our \w+)|agents?|staff|collectors?|callers?|advisers?|advisors?|employees?|representatives?|colleagues?|anyone|banks?|lenders?|firms?|members?|officers?|teams?|our [\w' ]{1,30}?|this|it|that|there|which|who|and|or|[\w.]+ bank|\ue010)\s+(?:[\w\ue010]+\s+){0,4}?"
    r"(?:not|never|won't|don't|doesn't|can't|cannot|isn't|aren't|wouldn't|mustn't|shouldn't|hasn't|haven't|didn't|wasn't)"
    r"|no one (?:will|can|may|should|is|from)|nobody (?:will|can|may|should|is|from)|no [\w ]{1,24}? (?:will|can|may|has|have|is|are|been)|never|nor|neither"
    r"|you (?:will not|won't|cannot|can't|do not have to|don't have to|do not need to|don't need to|need not|are not|aren't|should not|should never|must not|must never)"
    r"|(?:is|are|was|be|has|have|will|may|must|should|can|does|do|did|would|could|shall) (?:strictly )?(?:not|never)|isn't|aren't|wasn't|doesn't|didn't|won't|mustn't|shouldn't)\b"
    r"(?!\s+(?:\w+\s+)?(?:hesitate|stop|rest|only|just|merely|wait|ask (?:again|twice|you again|nicely)|let|give up|leave you|forget|go away|tolerate|be (?:fooled|ignored|liable|responsible|so|this|as|nice|polite|gentle|patient|long)|sleep|warn|take no|keep asking|much longer|make us|force us|hide|escape|run|afford|going (?:away|to (?:wait|ask|go away|let|stop|warn|be))))"
    r"[^.!?;]{0,90}$"
)
_IMPERATIVE_EN = (
    r"(?:^|[.!?;:,]\s*|\bplease\s+|\bto agents?:?\s*)(?:please\s+)?(?:do not|don't|never|avoid|stop)\s+"
    r"(?!make|force|think|expect|imagine|assume|ignore|even|bother|let|test|push|forget|try|wait|mess|play|pretend|act|give me|waste|believe for|dare|hide|run|be |pretending|lying|hiding|making|wasting|playing|acting|come crying|come|ask|answer|talk|speak|dispute|complain|call a|hire|contact a|look)"
    r"[^.!?;]{0,90}$"
)
_NEAR_EN = r"\b(?:no|not|never|without|neither|nor|instead of|rather than|free of|avoid|avoids|avoiding|prevent|against)\s+(?:(?:a|an|the|any|your|being|using|to|in|as|our|ever)\s+){0,2}$"
_WARN_EN = (
    r"\b(?:beware|scam\w*|fraudsters?|criminals (?:may|might|will|often|can)|impost[eo]rs?|phishing|anyone (?:who|claiming|asking|asks|pretending)|if (?:anyone|someone|a caller|any caller|somebody|an agent|a collector|you (?:receive|get|are (?:contacted|asked|told|called|offered|threatened|ever)|hear|suspect|think|feel|see))|(?:someone|somebody|callers?|people|texts?|messages?|emails?) (?:who |that )?(?:claim|claims|claiming|pretend|pretends|pretending)"
    r"|pretend\w* to be|claim(?:s|ing)? to be|impersonat\w+|suspicious|(?:please|simply|just) hang up|report (?:it|them|this) to|genuine|protect yourself|stay safe)\b"
)
_AFTER_EN = r"\b(?:is|are|was|were|would be|will be|constitutes?|counts? as) (?:\w+ )?(?:prohibited|forbidden|banned|unlawful|not allowed|not permitted|never acceptable|not acceptable|unacceptable|a breach|breach\w*|a violation|misconduct|against (?:the law|our|policy|the rules))|\bis not (?:us|how we|our|from us|something we|true|required|needed|necessary)|\bdoes not apply|\bnot apply to you\b|\b(?:will|would) (?:never|not) (?:be|happen|affect|appear)"
_FORBID_EN = r"\b(?:never|not|avoid|prohibit\w*|banned|forbid\w*|forbidden|don't|instead|replace\w*|unacceptable|inappropriate|off-limits|breach\w*|disciplin\w+|removed?|retire\w*|flag\w*|rather than|misconduct|nunca|prohib\w+|evit\w+|no (?:use|diga|debe\w*|puede\w*))\b"
_CLAUSE_ES = (
    r"[;:—]|,(?!\s*(?:ni|o|y no|tampoco)\b)|\b(?:pero|porque|sino|o si no|de lo contrario|hasta que)\b"
)
_NOT_ES = (
    r"(?<!si )(?<!si usted )(?<!si tu )(?<!si ud )\b(?:no|nunca|jamas|tampoco|ni|nadie)\b"
    r"(?!\s+(?:\w+\s+)?(?:dude|dud|crea|creas|piense|pienses|obligue|obligues|haga|hagas|solo|solamente|tiene (?:derecho|opcion|salida|escap|vergu|palabra|remedio)|tienes (?:derecho|opcion|salida|escap|vergu|palabra|remedio)|paga|pagas|pague|pagues|pago|hay|podra|podras|puede (?:esconder|escapar|huir|evitar|seguir|quej|disput)|puedes (?:esconder|escapar|huir|evitar|seguir|quej|disput)|pararemos|parar|descansar|dejaremos|escap|sirve|vale|insista|seas|sea|olvid|esper|juegue|juegues|se esconda|te escondas|complique|vengas|venga|moleste|te conviene|le conviene|quieras|querra|querras|quiere|quieres|tengo|tenemos|perdon|respond))"
    r"[^.!?;]{0,80}$"
)
_NEAR_ES = r"\b(?:no|nunca|sin|ni|jamas)\s+(?:(?:un|una|el|la|los|las|su|sus|de|se|le|lo|es|son)\s+){0,2}$"
_WARN_ES = r"\b(?:desconfi\w+|(?:un|algun|posible)?\s?estafadores|evite estafas|estafas? (?:telefonic|por|comun)|intento de estafa|cuidado con|si alguien|si (?:le|te) (?:piden|llaman|contactan|ofrecen|dicen|amenazan|solicitan)|si recibe\w*|quien(?:es)? (?:diga|digan|afirme|afirmen|se hag\w+|pida|pidan|asegure)|se hac(?:e|en|iendo) pasar|hacerse pasar|evite fraudes|suplant\w+|sospech\w+|cuelgue|denuncie)\b"
_LATIN = re.compile("[a-z]")
_INSIDE = r"不会|不得|请勿|绝不|从不|严禁|禁止|\b(?:will not|won't|will never|never|do not|don't|cannot|nunca|jamas)\b"


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compiled when a hit first needs it, and kept: `re` itself forgets patterns where thousands of entries are in use."""
    return re.compile(text)


def lawful(text: str, start: int, end: int, spelled: str, negation: bool = True) -> str | None:
    """Why the words `start:end` of a folded text do no harm, or None. `spelled` is what the entry itself names.

    Without `negation` the entry harms though it is denied (`你没有权利 …`); warnings and quotations still excuse it.
    """
    head, tail = _sentence(text, start, end)
    before, after = text[head:start], text[end:tail]
    han, latin = not text.isascii(), _LATIN.search(text, head, tail) is not None
    if _warned(before, text[head:tail], han, latin):
        return "warning"
    if _pattern(_QUOTED).search(before) and (
        (han and _pattern(_FORBID_ZH).search(before + after))
        or (latin and _pattern(_FORBID_EN).search(before + after))
    ):
        return "quotation"
    if before and _told_of(before, han, latin):
        return "told of another"
    if not negation:
        return None
    if before and _denied(before, han, latin):
        return "negation"
    if after and (
        (han and _pattern(_AFTER_ZH).search(after)) or (latin and _pattern(_AFTER_EN).search(after))
    ):
        return "prohibition"
    inside = _pattern(_INSIDE).search(text[start:end])
    if inside is not None and inside.group() not in spelled:
        return "negation"
    return None


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    head = 0
    for match in _pattern(_END).finditer(text, 0, start):
        head = match.end()
    found = _pattern(_END).search(text, end)
    return head, found.start() if found else len(text)


def _warned(before: str, whole: str, han: bool, latin: bool) -> bool:
    if han and before and _pattern(_WARN_ZH).search(before):
        return True
    return latin and bool(_pattern(_WARN_EN).search(whole) or _pattern(_WARN_ES).search(whole))


def _told_of(before: str, han: bool, latin: bool) -> bool:
    """Whether the words are a customer's, stand in a list of what is banned, or are apologised for."""
    if (han or latin) and (_pattern(_CUSTOMER).search(before) or _pattern(_BANNED).search(before)):
        return True
    return latin and _pattern(_APOLOGY).search(before) is not None


def _denied(before: str, han: bool, latin: bool) -> bool:
    if han:
        clause = _pattern(_CLAUSE_ZH).split(before)[-1]
        if (
            _pattern(_STRONG_ZH).search(clause)
            or _pattern(_WEAK_ZH).search(clause)
            or _pattern(_WE_NOT_ZH).search(clause)
        ):
            return True
    if not latin or not _LATIN.search(before):
        return False
    english = _pattern(_CLAUSE_EN).split(before)[-1]
    if (
        _pattern(_NOT_EN).search(english)
        or _pattern(_IMPERATIVE_EN).search(english)
        or _pattern(_NEAR_EN).search(english)
    ):
        return True
    spanish = _pattern(_CLAUSE_ES).split(before)[-1]
    return bool(_pattern(_NOT_ES).search(spanish) or _pattern(_NEAR_ES).search(spanish))
