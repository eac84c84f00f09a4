"""The engine: from paths to findings. What cannot be read, resolved or proven is a finding or an error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..flow.analyses import condition
from ..flow.catalogue import (
    LOCALES,
    Kind,
    Repository,
    audience,
    bad_locale,
    classify,
    home_of,
    read_text,
    repository_root,
    template_files,
)
from ..flow.files import looked_once
from ..flow.link import Linked, Linker
from ..flow.nodes import Span
from ..flow.record import record, replaced
from ..flow.schema import Schema, SchemaError, load_schema
from ..flow.source import Source, TemplateError, line_column, parse_fragment, parse_source
from ..flow.strict_yaml import YamlError
from .config import Config, ConfigError, load_config, schema_path
from .finding import Finding, Place, place_of
from .packs.loading import BY_LOCALE, Law, law_of
from .program import Program
from .registry import CHECKS, RULES, load_rules
from .tally import Tally
from .wording.lexicon import FOLDER, Lexicon, load_lexicon

if TYPE_CHECKING:
    from .script import Call
    from .suppress import Lifted

BLOCKING = frozenset({"error"})
_WORTH_SHARING, _CHUNK = 64, 32
"""So many files are shared among processes, in portions of so many."""
_OBJECTS_BETWEEN = 50_000
"""So many objects are made between two looks for circles of them, in a process that judges many files."""
HEADERS = ("subject", "preheader")
_DATA_FOLDERS = frozenset({"brands", "profiles", "ladders", "providers"})


@record()
class Problem:
    """Why the job could not be done for a path: exit code 2."""

    code: str
    path: str
    message: str
    line: int = 0


@record(key=())
class Report:
    """All that one run found."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    files: int
    texts: Mapping[str, str]
    seconds: float
    lifted: tuple[Lifted, ...] = ()
    """Findings that a comment, a waiver or the baseline lifts: told in reports, not counted."""
    tally: Tally = Tally()
    homes: AbstractSet[Path] = frozenset()
    """The folders that the texts stand in."""

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings at or above the gate, 2 the job could not be done; 2 wins over 1."""
        if self.problems:
            return 2
        return 1 if any(finding.severity in BLOCKING for finding in self.findings) else 0


@record(key=())
class Options:
    """What the caller asked for on top of the configuration."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    language: str = "en"
    packs: tuple[str, ...] = ()
    baseline: Path | None = None


def lint(
    paths: Sequence[Path],
    options: Options,
    on_file: Callable[[int, int], None] | None = None,
    unsaved: Mapping[Path, str] | None = None,
    jobs: int | None = None,
    seen: list[Program | Call] | None = None,
) -> Report:
    """Lint files and folders. Never raises for bad input: it becomes a problem of the report.

    `unsaved` holds texts that stand for files, as an editor has them. Many files are shared among `jobs` processes,
    as many as there are processors unless it is said. What the rules saw is added to `seen`, in one process only.
    """
    unsaved = unsaved or {}
    started = time.perf_counter()
    load_rules()
    problems: list[Problem] = []
    findings: list[Finding] = []
    texts: dict[str, str] = {}
    found: list[Path] = []
    for path in paths:
        if path in unsaved:
            found.append(path)
        elif not path.exists():
            problems.append(Problem("X101", str(path), _say(options, "does not exist", "不存在")))
        elif path.is_dir():
            try:
                inside = list(template_files(path))
            except TemplateError as error:
                problems.append(Problem("X101", error.path, error.message))
                continue
            if not inside:
                problems.append(
                    Problem(
                        "X103",
                        str(path),
                        _say(options, "no template found in this folder", "该文件夹中没有模板"),
                    )
                )
            found.extend(inside)
        else:
            found.append(path)
    count = 0
    wanted = list(dict.fromkeys(found))
    tally = Tally()
    for index, (made, read, counted) in enumerate(_all_judged(wanted, options, unsaved, jobs, seen)):
        if on_file is not None:
            on_file(index, len(wanted))
        texts.update(read)
        tally.add(counted)
        if isinstance(made, Problem):
            if made.code != "X104" or made not in problems:
                problems.append(made)
        elif made is not None:
            count += 1
            findings.extend(made)
    if count == 0 and not problems:
        problems.append(
            Problem(
                "X103", ", ".join(map(str, paths)) or ".", _say(options, "no template found", "没有找到模板")
            )
        )
    if not any(path.is_absolute() for path in paths):
        # Shared files are found by their whole path; a report names them as the caller does.
        texts, findings = _as_asked(texts, findings)
    unique = {(f.code, f.place.path, f.place.line, f.place.column, f.message): f for f in findings}
    lifted: list[Lifted] = []
    kept: Sequence[Finding] = list(unique.values())
    with looked_once():
        homes = frozenset(map(home_of, texts))
    try:
        kept, lifted = _lift(kept, texts, homes, options)
    except (YamlError, OSError) as error:
        problems.append(Problem("X104", getattr(error, "path", ""), str(getattr(error, "message", error))))
    ordered = sorted(kept, key=lambda f: (f.place.path, f.place.line, f.place.column, f.code))
    return Report(
        tuple(ordered),
        tuple(problems),
        count,
        texts,
        time.perf_counter() - started,
        tuple(lifted),
        tally,
        homes,
    )


Judged = tuple[list[Finding] | Problem | None, dict[str, str], Tally]
"""What one file came to, the texts that were read for it, and what was done."""


def _all_judged(
    paths: Sequence[Path],
    options: Options,
    unsaved: Mapping[Path, str],
    jobs: int | None,
    seen: list[Program | Call] | None,
) -> Iterator[Judged]:
    """Every file, in order; many of them in several processes."""
    if jobs != 1 and len(paths) >= _WORTH_SHARING:
        import os

        jobs = jobs or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else [0])
    if not jobs or jobs == 1 or len(paths) < 2 or unsaved or seen is not None:
        with looked_once():
            yield from (_judged(path, options, unsaved.get(path), seen) for path in paths)
        return
    # A commit of a few files has no use for other processes.
    from concurrent.futures import ProcessPoolExecutor

    size = max(1, min(_CHUNK, len(paths) // (jobs * 2)))
    chunks = [paths[start : start + size] for start in range(0, len(paths), size)]
    with ProcessPoolExecutor(jobs, initializer=_ready) as pool:
        for many in pool.map(_some_judged, chunks, [options] * len(chunks)):
            yield from many


def _ready() -> None:
    """Before a process judges its share."""
    import gc

    load_rules()
    load_lexicon()
    # What was loaded stays, and a template leaves few circles behind: looked for as often as usual, they cost a twentieth.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN)


def _some_judged(paths: Sequence[Path], options: Options) -> list[Judged]:
    sent: set[str] = set()
    made = []
    with looked_once():
        for path in paths:
            result, texts, tally = _judged(path, options)
            # A notice that each message includes is sent once.
            made.append((result, {name: text for name, text in texts.items() if name not in sent}, tally))
            sent.update(texts)
    return made


def _judged(
    path: Path, options: Options, text: str | None = None, seen: list[Program | Call] | None = None
) -> Judged:
    """One file; whatever keeps it from being judged is a problem."""
    texts: dict[str, str] = {}
    tally = Tally()
    try:
        return lint_file(path, options, texts, text, tally, seen), texts, tally
    except ConfigError as error:
        return Problem("X104", error.path, error.message), texts, tally
    except (SchemaError, YamlError) as error:
        return Problem("X104", error.path, error.message, error.line), texts, tally
    except TemplateError as error:
        return Problem("X101", error.path, error.message), texts, tally


def _as_asked(texts: dict[str, str], findings: list[Finding]) -> tuple[dict[str, str], list[Finding]]:
    """Texts and findings with paths under the current folder written from there."""
    here = Path.cwd()

    def short(path: str) -> str:
        whole = Path(path)
        return str(whole.relative_to(here)) if whole.is_absolute() and whole.is_relative_to(here) else path

    def shorter(place: Place) -> Place:
        return replaced(place, path=short(place.path))

    if not any(Path(path).is_absolute() for path in texts):
        return texts, findings
    return {short(path): text for path, text in texts.items()}, [
        replaced(one, place=shorter(one.place), related=tuple(map(shorter, one.related))) for one in findings
    ]


def _lift(
    findings: Sequence[Finding], texts: Mapping[str, str], homes: AbstractSet[Path], options: Options
) -> tuple[Sequence[Finding], list[Lifted]]:
    """Comments, then waivers, then the baseline; raises `YamlError` for a file of them that cannot be read."""
    roots = {repository_root(folder) for folder in homes}
    commented = [path for path, text in texts.items() if "fairnotice:" in text]
    waiving = [root for root in roots if (root / "waivers.yaml").is_file()]
    if not (commented or waiving or options.baseline):
        return findings, []
    # Most runs lift nothing.
    from datetime import date

    from .suppress import baselined, inline, read_baseline, waived

    today, zh = date.today(), options.language == "zh"
    lifted: list[Lifted] = []
    for path in commented:
        mine = [one for one in findings if one.place.path == path]
        others = [one for one in findings if one.place.path != path]
        result = inline(path, texts[path], mine, today, zh)
        findings = [*others, *result.kept]
        lifted.extend(result.lifted)
    for root in waiving:
        result = waived(root, findings, texts, today, zh)
        findings = result.kept
        lifted.extend(result.lifted)
    if options.baseline is not None:
        result = baselined(read_baseline(options.baseline), findings)
        findings = result.kept
        lifted.extend(result.lifted)
    return findings, lifted


def lint_file(
    path: Path,
    options: Options,
    texts: dict[str, str],
    text: str | None = None,
    tally: Tally | None = None,
    seen: list[Program | Call] | None = None,
) -> list[Finding] | Problem | None:
    """Findings of one file; None for a file that is no template; a problem where it cannot be judged.

    Texts that are read are added to `texts`, what is done to `tally`, what the rules saw to `seen`.
    """
    tally = tally or Tally()
    folder = home_of(path)
    config = load_config_cached(folder)
    if any(fnmatch(str(path), pattern) or fnmatch(path.name, pattern) for pattern in config.exclude):
        return None
    root = repository_root(folder)
    kind = classify(path, config.files)
    schema = _schema(str(schema_path(config, root)))
    if kind is None:
        return _unclassified(path, root, schema, options)
    schema = narrowed(schema, path)
    text = read_text(path) if text is None else text
    texts[str(path)] = text
    repository = Repository(root, config.jinja)
    if kind.channel == "call" and kind.format in ("yaml", "yml"):
        from .script import read_call, script_findings

        call = read_call(path, kind, text, schema, repository, config, options, texts)
        made = [call] if isinstance(call, Finding) else script_findings(call)
        law = law_for(path, kind, root, config, options)
        if seen is not None and not isinstance(call, Finding):
            seen.append(replaced(call, program=replaced(call.program, law=law)))
        return _chosen([_with_law(finding, law) for finding in made], config, options)
    findings: list[Finding] = []
    law = law_for(path, kind, root, config, options)
    tally.packs.update(law.packs)
    tally.schemas.add(schema.digest)
    for program in _programs(path, kind, text, schema, repository, config, options, texts):
        if isinstance(program, Finding):
            findings.append(program)
            continue
        program = replaced(program, tally=tally)
        if seen is not None:
            seen.append(program)
        tally.sentences += len(program.sentences)
        # Notices, layouts and headers are judged inside a whole message; alone only wording and syntax.
        whole = program.kind.part == "message"
        for check in CHECKS:
            told = check(program)
            findings.extend(told if whole else [one for one in told if one.code[0] in "TJUXP"])
    return _chosen([_with_law(finding, law) for finding in findings], config, options)


def _with_law(finding: Finding, law: Law) -> Finding:
    citations = () if finding.citations else law.citations(finding.code)
    return replaced(finding, citations=tuple(citations)) if citations else finding


def _unclassified(path: Path, root: Path, schema: Schema, options: Options) -> list[Finding] | Problem | None:
    wrong = bad_locale(path)
    if wrong is not None:
        known = ", ".join(LOCALES)
        return Problem(
            "X102",
            str(path),
            _say(options, f"unknown locale '{wrong}'; known: {known}", f"未知语言“{wrong}”；可用：{known}"),
        )
    if path.suffix in (".yaml", ".yml"):
        from .data import data_findings

        found = data_findings(path, read_text(path), root, schema, options.language)
        if path.name == "message.yaml":
            from .parity import parity_findings

            found.extend(parity_findings(path, root, options.language))
        return found
    if (path.suffix == ".md" and path.stem.isupper()) or path.parent.name in _DATA_FOLDERS:
        return None
    return Problem(
        "X102",
        str(path),
        _say(
            options,
            "channel and locale cannot be determined; name it like late.sms.zh-CN.txt or add it to [files] in fairnotice.toml",
            "无法判断渠道和语言；请按 late.sms.zh-CN.txt 的形式命名，或在 fairnotice.toml 的 [files] 中登记",
        ),
    )


def make_linker(
    path: Path, kind: Kind, schema: Schema, repository: Repository, config: Config, texts: dict[str, str]
) -> Linker:
    """A linker that finds this repository's files and remembers their texts."""

    def load(name: str) -> Source | None:
        source = repository.read(name, path.parent)
        if source is not None:
            texts[source.path] = source.text
        return source

    locale = kind.locale if kind.locale in LOCALES else "zh-CN"
    return Linker(schema, load, lambda name: repository.notice(name, locale), config.roles, locale)


def programs_of(path: Path, options: Options, text: str | None = None) -> list[Program]:
    """The parts of one template as the rules see them; empty where it cannot be read or is no text template."""
    load_rules()
    home = home_of(path)
    config, root = load_config_cached(home), repository_root(home)
    kind = classify(path, config.files)
    if kind is None or kind.format in ("yaml", "yml"):
        return []
    schema = narrowed(_schema(str(schema_path(config, root))), path)
    repository = Repository(root, config.jinja)
    texts = {str(path): read_text(path) if text is None else text}
    made = _programs(path, kind, texts[str(path)], schema, repository, config, options, texts)
    return [program for program in made if isinstance(program, Program)]


def _programs(
    path: Path,
    kind: Kind,
    text: str,
    schema: Schema,
    repository: Repository,
    config: Config,
    options: Options,
    texts: dict[str, str],
) -> Iterator[Program | Finding]:
    """The body of a file, then each header line of its front matter that is itself a template."""
    whole = lambda: parse_source(text, str(path), config.jinja)  # noqa: E731
    body = _program(path, kind, whole, schema, repository, config, options, texts)
    yield body
    if isinstance(body, Finding) or kind.part != "message":
        return
    source = body.linked.sources[str(path)]
    for name in HEADERS:
        value = source.front.get(name)
        if not isinstance(value, str) or not value:
            continue
        line = source.front_lines.get((name,), 1)
        start = sum(len(piece) + 1 for piece in text.split("\n")[: max(line - 1, 0)])
        at = text.find(value, start, source.body_start)
        part = Kind(kind.channel, kind.locale, kind.format, name)
        header = lambda value=value, at=at: parse_fragment(  # noqa: E731
            value, text, str(path), max(at, 0), config.jinja
        )
        yield _program(path, part, header, schema, repository, config, options, texts)


def _program(
    path: Path,
    kind: Kind,
    parse: Callable[[], Source],
    schema: Schema,
    repository: Repository,
    config: Config,
    options: Options,
    texts: dict[str, str],
) -> Program | Finding:
    try:
        source = parse()
        linker = make_linker(path, kind, schema, repository, config, texts)
        flow = linker.program(source)
    except TemplateError as error:
        return syntax_finding(error, texts.get(error.path, ""), options)
    linked = Linked(flow, tuple(linker.problems), linker.sources)
    return Program(
        path,
        kind,
        linked,
        schema,
        repository,
        lexicon(repository.root),
        texts,
        config.roles,
        language=options.language,
        law=law_for(path, kind, repository.root, config, options),
    )


def syntax_finding(error: TemplateError, text: str, options: Options) -> Finding:
    """J101 at the place where Jinja gave up."""
    rule = RULES["J101"]
    place = place_of(Span(error.path, error.offset, error.offset + 1), {error.path: text})
    line = line_column(text, error.offset)[0]
    if place.line != line:
        place = Place(error.path, line, 1, line, 2)
    message = _say(options, f"syntax error: {error.message}", f"语法错误：{error.message}")
    return Finding("J101", rule.name, rule.severity, "proven-bad", message, place)


def _chosen(findings: Sequence[Finding], config: Config, options: Options) -> list[Finding]:
    """Findings kept by select and ignore; a protected rule is never dropped by a configuration."""
    select = options.select or config.select
    ignore = (*options.ignore, *config.ignore)
    kept = []
    for finding in findings:
        protected = finding.code.startswith("T") or RULES[finding.code].protected
        if select and not finding.code.startswith(tuple(select)):
            continue
        if ignore and finding.code.startswith(ignore) and not protected:
            continue
        severity = config.severity.get(finding.code)
        if severity is not None and not protected:
            finding = replaced(finding, severity=severity)
        kept.append(finding)
    return kept


@lru_cache(maxsize=64)
def load_config_cached(folder: Path) -> Config:
    """The configuration of a folder, read once."""
    return load_config(folder)


@lru_cache(maxsize=16)
def _schema(path: str) -> Schema:
    return load_schema(Path(path))


def narrowed(schema: Schema, path: Path) -> Schema:
    """The schema of the borrowers a message is for: what its description says of them holds.

    A description that cannot be read narrows nothing, so that more has to be proven, not less.
    """
    tests = audience(path)
    try:
        for test in tests:
            condition(test, schema)
    except TemplateError:
        # D101 reports it where it stands.
        return schema
    return schema.assuming(tests)


def law_for(path: Path, kind: Kind, root: Path, config: Config, options: Options) -> Law:
    """The packs of a file: asked for, configured for its path or for all, else those of its locale; raises `PackError`."""
    names: tuple[str, ...] = options.packs or config.packs
    for pattern, chosen in config.pack_paths.items():
        if fnmatch(str(path), pattern) or path.match(pattern):
            names = (*names, *chosen)
    return law_of(names or (BY_LOCALE.get(kind.locale, "base"), "first-party"), root)


@lru_cache(maxsize=16)
def lexicon(root: Path) -> Lexicon:
    """The shipped lexicon with the entries of a repository's own `lexicons/`; raises `LexiconError`."""
    own = root / "lexicons"
    if not own.is_dir() or own.resolve() == FOLDER or not any(own.glob("*.yaml")):
        return load_lexicon()
    # Compiling is only needed where a repository brings entries.
    from .wording.compiling import extended

    return extended(own)


def _say(options: Options, en: str, zh: str) -> str:
    return zh if options.language == "zh" else en
