"""Drives DB-GPT's own client classes through the router, at real llama.cpp servers. Run by hand.

    python3 -m venv llama && llama/bin/pip install xllamacpp gguf numpy
    python3 -m venv new && new/bin/pip install dbgpt==0.8.2 openai aiohttp requests cloudpickle numpy
    python3 -m venv old && old/bin/pip install dbgpt==0.6.3 openai==1.59.6 httpx requests cloudpickle numpy
    export PATCHBAY_LLAMA_PYTHON=llama/bin/python
    new/bin/python tests/real/dbgpt_client.py target/release/patchbay
    old/bin/python tests/real/dbgpt_client.py target/release/patchbay

Ends with one line: `dbgpt: N passed, N failed, N skipped`.
"""

import asyncio
import importlib.metadata
import logging
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

# Both read the environment when they are imported or called; DB-GPT's trap, not ours.
for name in ("OPENAI_API_BASE", "OPENAI_API_KEY", "OPENAI_API_TYPE", "HTTP_PROXY", "HTTPS_PROXY"):
    os.environ.pop(name, None)
    os.environ.pop(name.lower(), None)

from dbgpt.core import ModelMessage, ModelRequest
from dbgpt.model.proxy.llms.chatgpt import OpenAILLMClient
from dbgpt.rag.embedding import OpenAPIEmbeddings
from dbgpt.rag.embedding import rerank as rerankers

from scene import Llama, router
from standin import StandIn

logging.disable(logging.CRITICAL)
VERSION = importlib.metadata.version("dbgpt")
ENV_ERA = VERSION < "0.7"
SAME_TEXT = {"seed": 1, "extra_body": {"ignore_eos": True, "cache_prompt": False, "temperature": 0}}
CHECKS = []


def check(promise):
    """Takes a coroutine as a check."""
    CHECKS.append(promise)
    return promise


def client_for(patchbay, model="gpt-4o", url=None):
    """Returns DB-GPT's client as its server would make it from .env or TOML."""
    place = {"api_base": f"{patchbay.url}"}
    if ENV_ERA:
        place = {"full_url": url or f"{patchbay.url}/chat/completions"}
    return OpenAILLMClient(api_key="sk-any", model=model, openai_kwargs=dict(SAME_TEXT), **place)


def request(model="gpt-4o", tokens=12):
    """Returns a request as DB-GPT makes it."""
    message = ModelMessage(role="human", content="Say hi")
    return ModelRequest(model=model, messages=[message], max_new_tokens=tokens)


def table(left, right, standin):
    """Returns a routes.yaml with every kind of server behind one address."""
    return f"""
backends:
  left: {left.url}
  right: {right.url}
  cut: {standin.root}/v1
  vectors: {{url: "{standin.root}/v1", key: sk-vectors, model: bge-m3}}
  ranks: {{url: "{standin.root}/v1", key: sk-ranks, model: bge-reranker}}
models:
  gpt-4o: left
  half: cut
  text2vec: vectors
  bge: ranks
default: bge
"""


@check
async def an_answer_has_text_and_usage(patchbay, _left, _standin):
    """DB-GPT fails on an answer without usage."""
    output = await client_for(patchbay).generate(request())
    assert output.error_code == 0, output.text
    assert output.usage["completion_tokens"] == 12, output.usage


@check
async def a_stream_ends_in_the_same_text(patchbay, _left, _standin):
    """What the chat window shows last is what the plain answer says."""
    whole = await client_for(patchbay).generate(request())
    outputs = [output async for output in client_for(patchbay).generate_stream(request())]
    assert len(outputs) > 1 and all(output.error_code == 0 for output in outputs), outputs
    # The server holds back an unfinished character at the end of a stream.
    assert whole.text.startswith(outputs[-1].text.rstrip("\ufffd")), (outputs[-1].text, whole.text)
    assert outputs[-1].text.startswith(outputs[0].text), outputs


@check
async def a_client_made_before_the_switch_is_answered_by_the_new_server(patchbay, _left, _standin):
    """DB-GPT reads its settings at start only; the router is what makes a switch live."""
    client = client_for(patchbay)
    before = (await client.generate(request())).text
    patchbay.sed("s/gpt-4o: left/gpt-4o: right/")
    began = time.monotonic()
    while (after := (await client.generate(request())).text) == before:
        assert time.monotonic() - began < 5, "the switch never came"
    patchbay.sed("s/gpt-4o: right/gpt-4o: left/")
    while (await client.generate(request())).text == after:
        assert time.monotonic() - began < 10, "the switch back never came"


@check
async def an_unknown_model_is_named_to_the_user(patchbay, _left, _standin):
    """The message is all that the chat window shows."""
    with_no_default = "models:\n  gpt-4o: http://127.0.0.1:9\n"
    with router(sys.argv[1], with_no_default) as other:
        output = await client_for(other, "gpt-4").generate(request("gpt-4"))
        assert output.error_code == 1 and "gpt-4" in output.text and "gpt-4o" in output.text, output.text


@check
async def a_dead_server_is_named_to_the_user(patchbay, _left, _standin):
    """Model and backend are in the message, no address is."""
    with router(sys.argv[1], "models:\n  gpt-4o: http://127.0.0.1:9/v1\n") as other:
        output = await client_for(other).generate(request())
        assert output.error_code == 1 and "gpt-4o" in output.text, output.text
        assert "127.0.0.1:9/" not in output.text, output.text


@check
async def a_cut_stream_raises(patchbay, _left, _standin):
    """DB-GPT takes a clean end for the whole answer, so there must be none."""
    outputs = []
    try:
        async for output in client_for(patchbay, "half").generate_stream(request("half")):
            outputs.append(output)
    except Exception as error:
        assert outputs and "three" in outputs[-1].text, outputs
        print(f"    raised {type(error).__name__}: {error}")
        return
    raise AssertionError(f"ended as if whole: {outputs[-1].text!r}")


@check
async def leaving_a_stream_frees_the_slot(patchbay, left, _standin):
    """A user who closes the chat window stops the generation.

    DB-GPT's own generator keeps its connection when it is closed, with or without a router, so this
    hangs up by the SDK's stream inside it.
    """
    sdk = client_for(patchbay).client
    ask = {"messages": [{"role": "user", "content": "Say hi"}], "max_tokens": 15000, "stream": True}
    stream = await sdk.chat.completions.create(model="gpt-4o", **ask, **SAME_TEXT)
    await anext(aiter(stream))
    assert left.busy() == 1
    await stream.close()
    began = time.monotonic()
    while left.busy():
        assert time.monotonic() - began < 1.5, "the server still works for nobody"
        await asyncio.sleep(0.01)


@check
async def every_url_form_that_the_env_file_allows_works(patchbay, _left, _standin):
    """PROXY_SERVER_URL in the six forms that people write, where this era reads it."""
    root = patchbay.url.removesuffix("/v1")
    forms = ["/v1/chat/completions", "/v1/chat/completions/", "/v1", "/v1/", "/chat/completions", ""]
    if not ENV_ERA:
        forms = ["/v1", "/v1/", "/v1/chat/completions", "", "/api/v1"]
    for form in forms:
        if ENV_ERA:
            client = client_for(patchbay, url=root + form)
        else:
            client = OpenAILLMClient(api_key="sk-any", api_base=root + form, openai_kwargs=dict(SAME_TEXT))
        output = await client.generate(request())
        assert output.error_code == 0, (form, output.text)


@check
async def embeddings_arrive_with_and_without_a_key(patchbay, _left, standin):
    """The async client without a key says `Bearer None`; the backend gets its own key."""
    place = f"{patchbay.url}/embeddings"
    with_key = OpenAPIEmbeddings(api_url=place, api_key="sk-any", model_name="text2vec")
    assert with_key.embed_documents(["a", "bb"]) == [[1, 0], [2, 1]]
    keyless = OpenAPIEmbeddings(api_url=place, model_name="text2vec")
    assert await keyless.aembed_documents(["a", "bb", "ccc"]) == [[1, 0], [2, 1], [3, 2]]
    for path, headers, body in standin.asked[-2:]:
        assert path == "/v1/embeddings" and body["model"] == "bge-m3", (path, body)
        assert headers["authorization"] == "Bearer sk-vectors", headers["authorization"]


@check
async def every_rerank_dialect_goes_by_its_path(patchbay, _left, standin):
    """Three dialects, three paths; TEI's names no model, so the default answers."""
    texts, scores = ["a", "bb", "ccc"], [0.1, 0.2, 0.3]
    dialects = [
        ("OpenAPIRerankEmbeddings", f"{patchbay.url}/beta/relevance", "/v1/beta/relevance"),
        ("SiliconFlowRerankEmbeddings", f"{patchbay.url}/rerank", "/v1/rerank"),
        ("InfiniAIRerankEmbeddings", f"{patchbay.url}/rerank", "/v1/rerank"),
        ("TeiRerankEmbeddings", patchbay.url.removesuffix("/v1") + "/rerank", "/rerank"),
    ]
    for name, url, path in dialects:
        if not hasattr(rerankers, name):
            print(f"    dbgpt {VERSION} has no {name}")
            continue
        reranker = getattr(rerankers, name)(api_url=url, api_key=None, model_name="bge")
        assert reranker.predict("q", texts) == scores, name
        assert await reranker.apredict("q", texts) == scores, name
        asked_path, headers, body = standin.asked[-1]
        assert asked_path == path, (name, asked_path)
        assert headers["authorization"] == "Bearer sk-ranks", (name, headers["authorization"])
        assert body.get("model") in (None, "bge-reranker"), body


@check
async def the_env_file_of_dbgpt_is_enough(_patchbay, left, _standin):
    """No routes.yaml: the router reads DB-GPT's own names."""
    env = f"LLM_MODEL=proxyllm\nPROXYLLM_BACKEND=gpt-4o\nPROXY_SERVER_URL={left.url}/chat/completions\nPROXY_API_KEY=\n"
    with router(sys.argv[1], None, dotenv=env) as other:
        output = await client_for(other).generate(request())
        assert output.error_code == 0 and output.usage["completion_tokens"] == 12, output.text


async def run_all(binary):
    """Runs all checks and prints the count."""
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="patchbay-dbgpt-") as folder:
        left, right, standin = Llama(Path(folder), "left", 1), Llama(Path(folder), "right", 2), StandIn()
        for promise in CHECKS:
            try:
                with router(binary, table(left, right, standin)) as patchbay:
                    await promise(patchbay, left, standin)
                passed, word = passed + 1, "ok"
            except Exception:
                failed, word = failed + 1, f"FAILED\n{traceback.format_exc()}"
            print(f"  {promise.__name__} ... {word}", flush=True)
        left.stop()
        right.stop()
        standin.stop()
    openai = importlib.metadata.version("openai")
    print(f"dbgpt {VERSION} with openai {openai}")
    print(f"dbgpt: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.argv[1] = str(Path(sys.argv[1]).resolve())
    sys.exit(asyncio.run(run_all(sys.argv[1])))
