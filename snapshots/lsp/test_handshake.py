"""What pytest-lsp, which plays the clients of several editors, asks of the server."""

import asyncio
import os
import pathlib

import pytest
import pytest_lsp
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

HERE = pathlib.Path.cwd()
DOCUMENT = types.TextDocumentIdentifier(uri=(HERE / "Dockerfile").as_uri())
OPTIONS = types.FormattingOptions(tab_size=4, insert_spaces=True)


@pytest_lsp.fixture(
    params=["neovim", "visual_studio_code", "emacs"],
    config=ClientServerConfig(server_command=[os.environ["DOCKEROPT"], "lsp"]),
)
async def client(request, lsp_client: LanguageClient):
    # These editors do so; the client that plays them does not by itself.
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(_: types.RegistrationParams):
        return None

    capabilities = client_capabilities(request.param)
    result = await lsp_client.initialize_session(
        types.InitializeParams(capabilities=capabilities, root_uri=HERE.as_uri())
    )
    assert result.server_info.name == "dockeropt"
    yield lsp_client
    await lsp_client.shutdown_session()


def open_document(client, text):
    item = types.TextDocumentItem(uri=DOCUMENT.uri, language_id="dockerfile", version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))


@pytest.mark.asyncio
async def test_a_document_is_looked_at_and_formatted(client: LanguageClient):
    open_document(client, (HERE / "Dockerfile").read_text())
    if client.capabilities.text_document.diagnostic is None:
        await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        diagnostics = client.diagnostics[DOCUMENT.uri]
    else:
        asked = types.DocumentDiagnosticParams(text_document=DOCUMENT)
        diagnostics = (await client.text_document_diagnostic_async(asked)).items
    assert "env-equals" in {diagnostic.code for diagnostic in diagnostics}
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(text_document=DOCUMENT, options=OPTIONS)
    )
    assert any(edit.new_text == "=" for edit in edits)


@pytest.mark.asyncio
async def test_what_is_cancelled_is_answered_as_cancelled(client: LanguageClient):
    lines = "".join(f"RUN apt-get install -y a{number}\n" for number in range(2000))
    open_document(client, "FROM debian\n" + lines)
    end = types.Position(line=2000, character=0)
    everything = types.CodeActionParams(
        text_document=DOCUMENT,
        range=types.Range(start=types.Position(line=0, character=0), end=end),
        context=types.CodeActionContext(diagnostics=[]),
    )
    request = client.protocol.send_request_async(types.TEXT_DOCUMENT_CODE_ACTION, everything, msg_id="wanted-no-more")
    task = asyncio.ensure_future(request)
    await asyncio.sleep(0.01)
    client.cancel_request(types.CancelParams(id="wanted-no-more"))
    with pytest.raises((JsonRpcException, asyncio.CancelledError)) as raised:
        await task
    if isinstance(raised.value, JsonRpcException):
        assert raised.value.code == -32800
    client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=DOCUMENT))
