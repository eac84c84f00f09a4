"""The language server, spoken to by a real client over standard input and output."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

BAD = (
    "𠮷【{{ creditor.sms_signature }}】您{{ debt.due_date }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}\n"
    "再不还钱就打断你的腿。\n"
)


class Client(LanguageClient):
    """Keeps the last findings of each file."""

    def __init__(self) -> None:
        super().__init__("test", "1")
        self.found: dict[str, list[lsp.Diagnostic]] = {}
        self.told = asyncio.Event()

    async def after(self, uri: str) -> dict[str, lsp.Diagnostic]:
        await asyncio.wait_for(self.told.wait(), 30)
        self.told.clear()
        return {str(one.code): one for one in self.found[uri]}


async def session(folder: Path) -> None:
    path = folder / "late.sms.zh-CN.txt"
    uri = path.as_uri()
    client = Client()

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: lsp.PublishDiagnosticsParams) -> None:
        client.found[params.uri] = list(params.diagnostics)
        client.told.set()

    await client.start_io(sys.executable, "-m", "fairnotice.cli", "lsp", "--lang", "en")
    started = await client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities()))
    assert started.capabilities.hover_provider and started.capabilities.code_action_provider
    client.initialized(lsp.InitializedParams())

    client.text_document_did_open(lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "jinja", 1, BAD)))
    found = await client.after(uri)
    assert {"T101", "J103"} <= found.keys()
    assert found["T101"].range.start.line == 1
    # The rare character before it takes two UTF-16 units.
    line = BAD.split("\n")[0]
    assert found["J103"].range.start.character == line.index("{{ debt.due_date }}") + 1

    document = lsp.TextDocumentIdentifier(uri)
    hover = await client.text_document_hover_async(lsp.HoverParams(document, found["T101"].range.start))
    assert hover is not None and "T101" in hover.contents.value
    elsewhere = await client.text_document_hover_async(lsp.HoverParams(document, lsp.Position(2, 0)))
    assert elsewhere is None

    context = lsp.CodeActionContext([found["J103"]])
    actions = await client.text_document_code_action_async(
        lsp.CodeActionParams(document, found["J103"].range, context)
    )
    assert actions is not None
    (action,) = actions
    (edit,) = action.edit.changes[uri]
    assert "{{ debt.due_date|day }}" in edit.new_text

    fixed = edit.new_text.split("\n")[0].removeprefix("𠮷") + "\n"
    client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            lsp.VersionedTextDocumentIdentifier(2, uri), [lsp.TextDocumentContentChangeWholeDocument(fixed)]
        )
    )
    assert await client.after(uri) == {}

    other = (folder / "late.sms.xx-XX.txt").as_uri()
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(other, "jinja", 1, "x")))
    assert "X102" in await client.after(other)

    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()


def test_an_editor_gets_findings_rules_and_fixes(tmp_path: Path) -> None:
    asyncio.run(session(tmp_path))
