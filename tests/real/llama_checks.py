"""Checks the real binary in front of real llama.cpp servers, with plain HTTP and the OpenAI SDK.

Usage: llama_checks.py PATCHBAY        (tests/real/run.sh makes the Python that it needs)
Ends with one line: `real: N passed, N failed, N skipped`.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

from scene import Client, Llama, events, get, router, until

try:
    import openai
except ImportError:
    openai = None

CHECKS = []


def check(promise):
    """Takes a function as a check."""
    CHECKS.append(promise)
    return promise


class Skip(Exception):
    """What a check needs can't be had here."""


def one_model(llama):
    """A table with one model."""
    return f"models:\n  chat: {llama.url}\n"


@check
def three_hundred_requests_on_a_server_that_hangs_up_lose_none(binary, left, _right):
    """llama.cpp closes a connection after 100 requests and does not say so in time."""
    with router(binary, one_model(left)) as patchbay:
        client = Client(patchbay.port)
        for turn in range(300):
            status, _, body = client.chat("chat", tokens=2)
            assert status == 200, (turn, status, body)
            assert json.loads(body)["usage"]["completion_tokens"] == 2, body
        client.close()


@check
def streams_one_after_another_lose_none(binary, left, _right):
    """llama.cpp closes a connection after two streams."""
    with router(binary, one_model(left)) as patchbay:
        client = Client(patchbay.port)
        for turn in range(60):
            status, _, body = client.chat("chat", tokens=4, stream=True)
            assert status == 200, (turn, status, body)
            assert events(body)[-1] == "[DONE]", (turn, body)
        client.close()


@check
def a_pause_longer_than_the_servers_patience_loses_none(binary, left, _right):
    """llama.cpp closes a connection that idled for 5 s; around that moment is the worst one."""
    with router(binary, one_model(left)) as patchbay:
        for pause in (4.9, 5.0, 5.1):
            clients = [Client(patchbay.port) for _ in range(8)]
            for client in clients:
                client.begin("chat", tokens=2)
            assert all(client.end()[0] == 200 for client in clients)
            time.sleep(pause)
            for client in clients:
                client.begin("chat", tokens=2)
            answers = [client.end() for client in clients]
            assert all(status == 200 for status, _, _ in answers), (pause, answers)


@check
def answers_are_those_of_the_server(binary, left, _right):
    """Events pass as they are, the noise of a random model included."""

    def essence(body):
        """What must be equal: all but ids and clocks."""
        kept = []
        for event in events(body):
            if event != "[DONE]":
                event = {k: v for k, v in event.items() if k not in ("id", "created", "timings")}
            kept.append(event)
        return kept

    with router(binary, one_model(left)) as patchbay:
        for prompt in ("Say hi", "数据库里有几张表？", "x" * 300):
            ask = {"tokens": 64, "stream": True, "prompt": prompt, "stream_options": {"include_usage": True}}
            _, direct_headers, direct = Client(left.port).chat("left", cache_prompt=False, **ask)
            _, headers, routed = Client(patchbay.port).chat("chat", cache_prompt=False, **ask)
            assert essence(direct) == essence(routed), (direct, routed)
            assert headers["content-type"] == direct_headers["content-type"]
            assert headers["x-patchbay-generation"] == "1", headers.items()
            assert headers["x-patchbay-attempts"] == "1", headers.items()


@check
def a_client_that_leaves_frees_the_slot(binary, left, _right):
    """Waiting or reading: the generation ends soon after the client has gone."""
    with router(binary, one_model(left)) as patchbay:
        for chunks_read in (0, 3):
            client = Client(patchbay.port)
            client.begin("chat", tokens=15000, stream=True)
            until(left.busy, "the server at work")
            if chunks_read:
                answer = client.connection.getresponse()
                for _ in range(chunks_read):
                    answer.readline()
                answer.close()
            client.close()
            left_at = time.monotonic()
            until(lambda: left.busy() == 0, "a free slot", within=1.5)
            print(f"    slot free after {1000 * (time.monotonic() - left_at):.0f} ms")


@check
def a_switch_under_load_loses_nothing(binary, left, right):
    """sed -i while eight clients ask, streaming and not: no failure, nothing mixed, no way back."""
    routes = (
        f"backends:\n  left: {left.url}\n  right: {right.url}\nmodels:\n  chat: left\n"
    )
    stop, seen, faults = threading.Event(), [], []

    def ask(port, stream):
        client = Client(port)
        while not stop.is_set():
            began = time.monotonic()
            try:
                status, headers, body = client.chat("chat", tokens=24, stream=stream)
                parts = events(body)[:-1] if stream else [json.loads(body)]
                names = {part["model"] for part in parts}
                assert status == 200 and len(names) == 1, (status, names)
                assert not stream or body.endswith(b"data: [DONE]\n\n"), body[-100:]
                name = names.pop()
                assert name == headers["x-patchbay-backend"], (name, headers.items())
                seen.append((began, time.monotonic(), int(headers["x-patchbay-generation"]), name))
            except Exception as fault:  # every fault counts, whatever it is
                faults.append(repr(fault))
                client = Client(port)

    with router(binary, routes) as patchbay:
        askers = [
            threading.Thread(target=ask, args=(patchbay.port, i % 2 == 0), daemon=True) for i in range(8)
        ]
        for asker in askers:
            asker.start()
        wanted = 1
        for target in ("right", "left", "right", "left", "right"):
            until(lambda: sum(s[2] == wanted for s in seen) > 20, "answers of this generation", within=30)
            patchbay.sed(f"s/chat: .*/chat: {target}/")
            wanted += 1
            until(lambda: any(s[2] == wanted for s in seen), "the next generation", within=5)
        stop.set()
        for asker in askers:
            asker.join()
        assert not faults, faults[:3]
        for _, _, generation, name in seen:
            assert name == ("left", "right")[1 - generation % 2], (generation, name)
        for generation in range(2, wanted + 1):
            first_end = min(end for _, end, g, _ in seen if g == generation)
            late = [s for s in seen if s[0] > first_end and s[2] < generation]
            assert not late, f"answered by an old table after generation {generation}: {late[:3]}"
        print(f"    {len(seen)} answers over {wanted} generations")


def streamed(client, ask):
    """Returns the text and the usage of a streamed answer."""
    text, usage = "", None
    for part in client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}):
        usage = part.usage or usage
        text += "".join(choice.delta.content or "" for choice in part.choices)
    return text, usage


@check
def the_openai_sdk_is_content(binary, left, _right):
    """List, chat, stream, usage and typed errors with OpenAI's own client, without its retries."""
    if openai is None:
        raise Skip("no package openai")
    with router(binary, one_model(left)) as patchbay:
        client = openai.OpenAI(base_url=patchbay.url, api_key="sk-any", max_retries=0, timeout=60)
        ask = {"model": "chat", "messages": [{"role": "user", "content": "Say hi"}], "max_tokens": 6}
        ask |= {"temperature": 0, "extra_body": {"ignore_eos": True, "cache_prompt": False}}

        assert [m.id for m in client.models.list().data] == ["chat"]
        assert client.models.retrieve("chat").id == "chat"
        whole = client.chat.completions.create(**ask)
        assert whole.usage.completion_tokens == 6, whole
        text, usage = streamed(client, ask)
        assert usage.total_tokens == whole.usage.total_tokens, usage
        direct = openai.OpenAI(base_url=left.url, api_key="sk-any", max_retries=0, timeout=60)
        # The server shows broken UTF-8 otherwise when it streams, so like is compared with like.
        assert whole.choices == direct.chat.completions.create(**ask).choices
        assert text == streamed(direct, ask)[0], text

        try:
            client.chat.completions.create(**{**ask, "model": "chatt"})
            raise AssertionError("an unknown model was answered")
        except openai.NotFoundError as error:
            assert error.code == "model_not_found" and "chat" in error.message, error
        try:
            client.chat.completions.create(**{**ask, "messages": "not a list"})
            raise AssertionError("a bad request was answered")
        except openai.BadRequestError as error:
            assert error.body["type"] == "invalid_request_error", error.body
        raw = client.chat.completions.with_raw_response.create(**ask, extra_headers={"x-request-id": "mine"})
        assert raw.headers["x-request-id"] == "mine", raw.headers


@check
def a_server_that_dies_gives_way_to_the_fallback(binary, _left, right):
    """Before the first byte the next backend answers; after it the cut is seen."""
    with tempfile.TemporaryDirectory() as folder:
        doomed = Llama(Path(folder), "doomed", 3)
        routes = (
            f"backends:\n  doomed: {doomed.url}\n  right: {right.url}\n"
            "models:\n  chat: {to: doomed, fallback: right}\n"
        )
        with router(binary, routes) as patchbay:
            client = Client(patchbay.port)
            client.begin("chat", tokens=15000, stream=True)
            answer = client.connection.getresponse()
            answer.readline()
            doomed.process.kill()
            cut = b""
            try:
                cut = answer.read()
                clean = True
            except Exception as error:
                cut = getattr(error, "partial", b"")
                clean = False
            assert not clean, "a cut answer ended as if it were whole"
            assert b"[DONE]" not in cut and b'"error"' in cut, cut[-300:]
            status, headers, body = Client(patchbay.port).chat("chat")
            assert status == 200 and json.loads(body)["model"] == "right", (status, body)
            assert headers["x-patchbay-attempts"] != "1", headers.items()
        doomed.stop()


@check
def a_server_killed_under_load_loses_nothing_and_is_used_again(binary, _left, right):
    """SIGKILL under load: the peer answers for all; once it listens again it is used within 5 s."""
    stop, faults, by = threading.Event(), [], []

    def ask(port):
        client = Client(port)
        while not stop.is_set():
            try:
                status, headers, body = client.chat("chat", tokens=8)
                assert status == 200, (status, body)
                by.append((time.monotonic(), headers["x-patchbay-backend"], headers["x-patchbay-attempts"]))
            except Exception as fault:  # every fault counts, whatever it is
                faults.append(repr(fault))
                client = Client(port)

    def answered_since(moment, name):
        return [at for at, backend, _ in by if backend == name and at > moment]

    with tempfile.TemporaryDirectory() as folder:
        doomed = Llama(Path(folder), "doomed", 3)
        routes = (
            f"backends:\n  doomed: {doomed.url}\n  right: {right.url}\n"
            "models:\n  chat: [doomed, right]\n"
        )
        with router(binary, routes) as patchbay:
            askers = [threading.Thread(target=ask, args=(patchbay.port,), daemon=True) for _ in range(4)]
            for asker in askers:
                asker.start()
            until(lambda: len(answered_since(0, "doomed")) > 20, "answers of both", within=30)
            killed = time.monotonic()
            doomed.process.kill()
            doomed.process.wait(10)
            until(lambda: len(answered_since(killed, "right")) > 100, "answers of the peer", within=60)
            tries = sum(int(attempts) - 1 for at, _, attempts in by if at > killed)
            doomed = Llama(Path(folder), "doomed", 3, port=doomed.port)
            back = time.monotonic()
            until(lambda: answered_since(back, "doomed"), "its return", within=5)
            took = answered_since(back, "doomed")[0] - back
            stop.set()
            for asker in askers:
                asker.join()
            assert not faults, faults[:3]
            print(f"    {len(by)} answers, {tries} tries in vain, used {1000 * took:.0f} ms after its return")
        doomed.stop()


@check
def the_server_itself_says_how_busy_it_is(binary, left, _right):
    """`load: llama.cpp` sees what others ask of the server, which no count of ours could."""
    table = f"backends:\n  card: {{url: {left.url}, load: llama.cpp}}\nmodels:\n  chat: card\n"
    with router(binary, table) as patchbay:

        def engine():
            """What the router knows of the server."""
            status = json.loads(get(patchbay.admin, "/admin/v1/status")[2])
            return next(b["engine_in_flight"] for b in status["backends"] if b["name"] == "card")

        until(lambda: engine() == 0, "an idle server")
        other = Client(left.port)
        other.begin("chat", tokens=15000, stream=True)
        until(lambda: engine() == 1, "a server that somebody else keeps busy")
        other.close()
        until(lambda: engine() == 0, "a server that is idle again")


@check
def models_and_info_come_from_the_table(binary, left, _right):
    """Both lists name what can be asked for."""
    routes = f"models:\n  chat: {{to: '{left.url}', alias: [gpt-4o]}}\n"
    with router(binary, routes) as patchbay:
        _, _, body = get(patchbay.port, "/v1/models")
        assert [m["id"] for m in json.loads(body)["data"]] == ["chat", "gpt-4o"], body
        status, _, body = Client(patchbay.port).chat("gpt-4o", tokens=2)
        assert status == 200, body
        assert get(patchbay.port, "/v1/model/info")[0] == 200


@check
def the_contract_test_finds_what_llama_cpp_does(binary, left, _right):
    """Every point is judged by a real server's behaviour; a dead one is told apart."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "routes.yaml"
        table.write_text(one_model(left))
        run = subprocess.run([binary, "check", table, "--probe", "--json"], capture_output=True, text=True)
        assert run.returncode == 0, (run.stdout, run.stderr)
        contract = json.loads(run.stdout)["contracts"][0]
        assert contract["server"] == "llama.cpp", contract
        found = {finding["point"]: finding for finding in contract["findings"]}
        # The model is noise: its answer may end before anybody can leave.
        assert found.pop("cancel")["verdict"] in ("ok", "unknown"), contract
        assert all(finding["verdict"] == "ok" for finding in found.values()), contract
        assert "16384 tokens" in found["context"]["found"], contract
        assert "5s" in found["keep_alive"]["found"], contract
        assert found["unknown_model"]["found"] == "answered all the same", contract
        table.write_text("models:\n  chat: http://127.0.0.1:9\n")
        assert subprocess.run([binary, "check", table, "--probe"], capture_output=True).returncode == 1


def main(binary):
    """Runs all checks on two servers and prints the count."""
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="patchbay-llama-") as folder:
        left, right = Llama(Path(folder), "left", 1), Llama(Path(folder), "right", 2)
        for promise in CHECKS:
            began = time.monotonic()
            try:
                promise(binary, left, right)
                passed, word = passed + 1, "ok"
            except Skip as reason:
                skipped, word = skipped + 1, f"SKIPPED: {reason}"
            except Exception:
                failed, word = failed + 1, f"FAILED\n{traceback.format_exc()}"
            print(f"  {promise.__name__} ... {word} ({time.monotonic() - began:.1f} s)", flush=True)
        left.stop()
        right.stop()
    print(f"real: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
