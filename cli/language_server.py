"""The linter in an editor: diagnostics while typing, the rule behind a finding, safe fixes. Needs `fairnotice[editor]`."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from ..lint.engine import Options, lint, load_config_cached
from ..lint.finding import Finding, Place
from ..lint.fix import fixed_text
from ..lint.registry import RULES

_SEVERITY = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "review": lsp.DiagnosticSeverity.Information,
}


def build_server(language: str) -> LanguageServer:
    """A server that has not been started; `language` is that of its messages."""
    server = LanguageServer("fairnotice", version("fairnotice"))
    options = Options(language=language)
    known: dict[str, tuple[Finding, ...]] = {}

    def judge(uri: str) -> None:
        text = str(server.workspace.get_text_document(uri).source)
        path = path_of(uri)
        load_config_cached.cache_clear()
        report = lint([path], options, unsaved={path: text.removeprefix("\ufeff")})
        known[uri] = tuple(one for one in report.findings if one.place.path == str(path))
        lines = text.split("\n")
        found = [_diagnostic(one, lines) for one in known[uri]]
        start = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 1))
        found += [
            lsp.Diagnostic(start, problem.message, _SEVERITY["error"], problem.code, source="fairnotice")
            for problem in report.problems
        ]
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found))

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        judge(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        judge(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        # A notice or the schema may have been saved: what rests on it is judged anew.
        for uri in list(known):
            judge(uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        known.pop(params.text_document.uri, None)
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(params.text_document.uri, []))

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hovered(params: lsp.HoverParams) -> lsp.Hover | None:
        uri = params.text_document.uri
        lines = str(server.workspace.get_text_document(uri).source).split("\n")
        here = [one for one in known.get(uri, ()) if _covers(_range(one.place, lines), params.position)]
        if not here:
            return None
        pages = "\n\n---\n\n".join(_page(one, language) for one in here)
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, pages))

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix]),
    )
    def acted(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        text = str(server.workspace.get_text_document(uri).source)
        lines = text.split("\n")
        actions = []
        for one in known.get(uri, ()):
            where = _range(one.place, lines)
            if where.end < params.range.start or params.range.end < where.start:
                continue
            made = fixed_text(path_of(uri), text, [one], options)
            if made is None or made.refused:
                continue
            whole = lsp.Range(lsp.Position(0, 0), lsp.Position(len(lines), 0))
            edit = lsp.WorkspaceEdit(changes={uri: [lsp.TextEdit(whole, made.after)]})
            title = f"{one.code}: {one.hint or RULES[one.code].how[language]}"
            diagnostics = [_diagnostic(one, lines)]
            kind = lsp.CodeActionKind.QuickFix
            actions.append(lsp.CodeAction(title, kind, diagnostics, is_preferred=True, edit=edit))
        return actions

    return server


def path_of(uri: str) -> Path:
    """The file of a `file:` address."""
    return Path(url2pathname(unquote(urlsplit(uri).path)))


def _diagnostic(finding: Finding, lines: list[str]) -> lsp.Diagnostic:
    message = finding.message + (f"\n{finding.hint}" if finding.hint else "")
    severity = _SEVERITY.get(finding.severity, lsp.DiagnosticSeverity.Hint)
    return lsp.Diagnostic(_range(finding.place, lines), message, severity, finding.code, source="fairnotice")


def _range(place: Place, lines: list[str]) -> lsp.Range:
    """Lines and columns as editors count them: from zero, in UTF-16 units."""

    def position(line: int, column: int) -> lsp.Position:
        text = lines[line - 1] if line <= len(lines) else ""
        return lsp.Position(line - 1, len(text[: column - 1].encode("utf-16-le")) // 2)

    return lsp.Range(position(place.line, place.column), position(place.end_line, place.end_column))


def _covers(where: lsp.Range, position: lsp.Position) -> bool:
    return not (position < where.start or where.end < position)


def _page(finding: Finding, language: str) -> str:
    rule = RULES[finding.code]
    lines = [f"**{rule.code} {rule.title[language]}**", rule.why[language], rule.how[language]]
    lines += [
        f"§ {one['id']}: {one['instrument']} {one.get('clause', '')}".rstrip()
        for one in finding.citations[:3]
    ]
    return "\n\n".join(lines)
