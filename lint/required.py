"""Required content: proven for every world, or shown with the borrower who would not read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..flow.analyses import ask, branches, space_of
from ..flow.nodes import Choice, Flow, Hole, Opaque, Repeat, Seq, Span, Text
from ..flow.sentences import Sentence
from ..flow.worlds import Space, TooManyWorldsError
from .finding import Finding
from .program import Program

Words = tuple[str, str]


def required(
    program: Program, code: str, match: Callable[[object], bool], missing: Words, some: Words
) -> Iterator[Finding]:
    """Findings for an item that one leaf prints."""
    if program.kind.part != "message":
        return
    try:
        answer = ask(program.flow, match, program.schema)
    except TooManyWorldsError:
        yield _unproven(program, code, some, program.whole(), too_many=True)
        return
    program.tally.worlds += answer.space.size
    if not answer.failing:
        return
    printed = [leaf for leaf in program.leaves if isinstance(leaf, (Text, Hole)) and match(leaf)]
    places = [leaf.span for leaf in printed]
    spot = _lacking(program.flow, lambda flow: isinstance(flow, (Text, Hole)) and match(flow))
    yield _judged(program, code, answer.space, answer.failing, match, places, spot, missing, some)


def required_sentence(
    program: Program, code: str, match: Callable[[Sentence], bool], missing: Words, some: Words
) -> Iterator[Finding]:
    """Findings for an item that one whole sentence says."""
    if program.kind.part != "message":
        return
    saying = [sentence for sentence in program.sentences if match(sentence)]
    conds = [sentence.cond for sentence in saying]
    try:
        space = space_of(conds, program.schema)
    except TooManyWorldsError:
        yield _unproven(program, code, some, program.whole(), too_many=True)
        return
    program.tally.worlds += space.size
    must = 0
    for cond in conds:
        must |= space.where(cond)
    failing = space.possible & ~must
    if not failing:
        return
    inside = {id(leaf) for sentence in saying for leaf in sentence.leaves if not isinstance(leaf, Opaque)}
    spans = {leaf.span for sentence in saying for leaf in sentence.leaves}
    places = list(
        dict.fromkeys(leaf.span for sentence in saying for leaf in sentence.leaves if isinstance(leaf, Hole))
    )
    spot = _lacking(
        program.flow, lambda flow: id(flow) in inside or (isinstance(flow, Hole) and flow.span in spans)
    )
    yield _judged(program, code, space, failing, match, places, spot, missing, some)


def _judged(
    program: Program,
    code: str,
    space: Space,
    failing: int,
    match: Callable[..., bool],
    places: list[Span],
    spot: Span | None,
    missing: Words,
    some: Words,
) -> Finding:
    # Rendering is only needed once something fails.
    from .witness import find_witness

    trial = find_witness(program, space, failing, match)
    words = some if places else missing
    span = spot or program.whole()
    related = tuple((place, program.say("printed here", "此处有写")) for place in places[:5] if place != span)
    if trial.witness is not None:
        facts = program.say(
            " — for example when {facts}", "，例如：{facts}", facts=", ".join(trial.witness.branches)
        )
        message = program.say(*words) + (facts if places and trial.witness.branches else "")
        return program.finding(
            code,
            span,
            message,
            verdict="witness",
            related=related,
            witness=trial.witness,
            hint=program.how(code),
        )
    return _unproven(program, code, words, span, too_many=False)


def _unproven(program: Program, code: str, words: Words, span: Span, too_many: bool) -> Finding:
    why = (
        program.say("too many combinations of facts to check them all", "需要检查的情况组合过多")
        if too_many
        else program.say("it could not be shown either way", "无法判定")
    )
    message = program.say(
        "unproven: {words} ({code}); {why}",
        "未能证明：{words}（{code}）；{why}",
        words=program.say(*words),
        code=code,
        why=why,
    )
    return program.finding(
        "J190",
        span,
        message,
        verdict="unproven",
        hint=program.say(
            "write it outside conditions, or simplify the tests", "把它写在条件之外，或简化条件"
        ),
    )


def _lacking(flow: Flow, wanted: Callable[[Flow], bool]) -> Span | None:
    """The outermost choice that prints the item on some branches only: where to mend."""
    if isinstance(flow, Seq):
        return next((found for part in flow.parts if (found := _lacking(part, wanted)) is not None), None)
    if isinstance(flow, Repeat):
        return _lacking(flow.body, wanted)
    if isinstance(flow, Choice):
        having = [_has(part, wanted) for _, part in branches(flow)]
        if any(having):
            if not all(having):
                return flow.span
            return next(
                (found for _, part in flow.branches if (found := _lacking(part, wanted)) is not None), None
            )
    return None


def _has(flow: Flow, wanted: Callable[[Flow], bool]) -> bool:
    if isinstance(flow, Seq):
        return any(_has(part, wanted) for part in flow.parts)
    if isinstance(flow, Repeat):
        return _has(flow.body, wanted)
    if isinstance(flow, Choice):
        return any(_has(part, wanted) for _, part in flow.branches)
    return wanted(flow)
