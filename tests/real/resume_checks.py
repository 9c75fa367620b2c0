"""Kills real model servers in the middle of a stream: the client must not notice.

Usage: resume_checks.py PATCHBAY [WEIGHTS.gguf DASLLAMA_SERVER]
Two llama.cpp servers with the same half megabyte of noise; with the further arguments also
llama.cpp and dasllama, which share no code, with the same real weights.
Ends with one line: `resume: N passed, N failed`.
"""

import http.client
import json
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from scene import Llama, events, free_port, get, router, until

# The noise model would say broken UTF-8, which is never resumed.
LETTERS = "root ::= [a-z ]+"
# dasllama rounds otherwise when it has a prompt in its cache, and says other things after most prompts.
PROMPT = "What is the capital of France?"


class Das:
    """One real dasllama server. Its model is called by the file's name."""

    def __init__(self, command, weights, port=None):
        self.port = port or free_port()
        settings = ["--host", "127.0.0.1", "-t", "1", "-s", "2", "--ctx", "2048", "--gpu", "off"]
        self.process = subprocess.Popen(
            [command, "-m", weights, "-p", str(self.port), *settings],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        until(self._answers, "dasllama's start", within=60)

    def _answers(self):
        try:
            return get(self.port, "/v1/models")[0] == 200
        except OSError:
            return False

    @property
    def url(self):
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}/v1"


def asked(port, ask, pieces=None, then=lambda: None):
    """Streams an answer, acts after so many pieces of text, and returns the text and the wire's bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/v1/chat/completions", json.dumps(ask), {"content-type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    wire, seen = b"", 0
    while seen != pieces:
        line = answer.readline()
        assert line or pieces is None, "the stream ended before it could be cut"
        if not line:
            break
        wire += line
        if line.startswith(b"data: {"):
            chunk = json.loads(line[6:])
            seen += any(choice["delta"].get("content") for choice in chunk["choices"])
    if pieces is not None:
        then()
        wire += answer.read()
    connection.close()
    return text(wire), wire


def text(wire):
    """Returns what a client reads."""
    comments = [block for block in wire.decode().split("\n\n") if block.startswith(":")]
    for comment in comments:
        wire = wire.replace(f"{comment}\n\n".encode(), b"")
    parts = events(wire)
    assert parts[-1] == "[DONE]", parts[-3:]
    assert sum(c["finish_reason"] is not None for p in parts[:-1] for c in p["choices"] if "finish_reason" in c) == 1
    assert len({part.get("id") for part in parts[:-1]}) == 1, "more than one id"
    return "".join(c["delta"].get("content") or "" for p in parts[:-1] for c in p["choices"])


def cut(binary, start, ask, continues, points):
    """Kills the first of two servers at each of these pieces, in both directions."""
    for names in (("left", "right"), ("right", "left")):
        servers = {name: start[name]() for name in names}
        try:
            backends = "".join(
                f"  {name}: {{url: {server.url}{continues.get(name, '')}}}\n"
                for name, server in servers.items()
            )
            # Who is a twin shows in the name that is sent upstream.
            routes = (
                f"backends:\n{backends}models:\n"
                f"  chat: {{to: [{', '.join(names)}], strategy: first, model: {start['model']}, resume: true}}\n"
            )
            doomed, twin = (servers[name] for name in names)
            whole, _ = asked(twin.port, {**ask, "model": start["model"]})
            for point in points:
                began = time.monotonic()
                # A router of its own: one that has seen a server die three times asks it no more.
                with router(binary, routes) as patchbay:
                    got, wire = asked(patchbay.port, {**ask, "model": "chat"}, point, doomed.process.kill)
                assert f": patchbay resumed on `{names[1]}`".encode() in wire, wire[-500:]
                assert got == whole, (point, got, whole)
                usage = [event["usage"] for event in events_with(wire, "usage")]
                print(
                    f"    {names[0]} killed after {point} pieces: {len(got)} characters as undisturbed,"
                    f" usage {usage[-1] if usage else None}, {time.monotonic() - began:.1f} s"
                )
                doomed.process.wait()
                doomed = servers[names[0]] = start[names[0]](doomed.port)
        finally:
            for server in servers.values():
                server.process.kill()
                server.process.wait()


def events_with(wire, key):
    """Returns the events that have this key."""
    lines = [line[6:] for line in wire.split(b"\n") if line.startswith(b"data: {")]
    return [event for event in map(json.loads, lines) if event.get(key)]


def main(binary, weights=None, das=None):
    """Runs all checks and prints the count."""
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="patchbay-resume-") as folder:
        folder = Path(folder)
        noise = {
            "left": lambda port=None: Llama(folder, "left", 1, port=port),
            "right": lambda port=None: Llama(folder, "right", 1, port=port),
            "model": "noise",
        }
        plain = {
            "messages": [{"role": "user", "content": PROMPT}], "temperature": 0, "stream": True,
            "stream_options": {"include_usage": True},
        }
        ask = {**plain, "max_tokens": 1500, "grammar": LETTERS, "ignore_eos": True}
        checks = [("two llama.cpp servers", (noise, ask, {}, (1, 7, 300)))]
        if weights:
            weights = Path(weights).resolve()
            real = {
                "left": lambda port=None: Llama(folder, "left", weights=weights, port=port),
                "right": lambda port=None: Das(das, weights, port=port),
                "model": weights.name,
            }
            ask = {**plain, "max_tokens": 120}
            checks.append(("llama.cpp and dasllama, repeating", (real, ask, {}, (1, 3, 20, 60, 100))))
            going_on = {"left": ", continues: last_message"}
            checks.append(("llama.cpp and dasllama, going on", (real, ask, going_on, (1, 20, 60))))
        for name, check in checks:
            began = time.monotonic()
            try:
                cut(binary, *check)
                passed, word = passed + 1, "ok"
            except Exception:
                failed, word = failed + 1, f"FAILED\n{traceback.format_exc()}"
            print(f"  {name} ... {word} ({time.monotonic() - began:.1f} s)", flush=True)
    print(f"resume: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve()), *sys.argv[2:4]))
