"""What a check is made of: real model servers, the real binary in front, plain HTTP. Stdlib only."""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent
ANSWERS_WITHIN = 60


def free_port():
    """Returns a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what, within=10.0):
    """Polls a condition and returns its first true value; fails loudly when it never comes."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"{what}: not within {within} s")


class Llama:
    """One real llama.cpp server."""

    def __init__(self, folder, name, seed=None, weights=None, port=None):
        self.name = name
        self.port = port or free_port()
        model = weights or folder / f"{name}.gguf"
        python = os.environ.get("PATCHBAY_LLAMA_PYTHON", sys.executable)
        if weights is None:
            subprocess.run([python, HERE / "tiny_model.py", model, name, str(seed)], check=True)
        self.log = open(folder / f"{name}.log", "ab")
        context = ["2048"] if weights else []  # what the model was trained with
        command = [python, HERE / "llama_server.py", model, str(self.port), name, *context]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        # llama.cpp talks on standard output too
        while "ready" not in (line := self.process.stdout.readline()):
            assert line, f"llama.cpp did not start: {(folder / f'{name}.log').read_text()[-2000:]}"
        self.drain = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.drain.start()

    @property
    def url(self):
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    def busy(self):
        """Returns how many of its slots are at work."""
        _, _, body = get(self.port, "/slots")
        return sum(slot["is_processing"] for slot in json.loads(body))

    def stop(self):
        """Ends it."""
        self.process.stdin.close()
        self.process.wait(10)
        self.log.close()


class Patchbay:
    """The real binary in a folder with its own routes.yaml or .env, on ports that the system picks."""

    def __init__(self, binary, routes, dotenv=None, arguments=(), files=None, under=(), **environment):
        self.binary = os.path.abspath(binary)
        self.folder = tempfile.TemporaryDirectory(prefix="patchbay-real-")
        self.routes, self.log = self.path("routes.yaml"), self.path("router.log")
        for name, text in {"routes.yaml": routes, ".env": dotenv, **(files or {})}.items():
            if text is not None:
                self.path(name).write_text(text)
        command = [*under, self.binary, "run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", *arguments]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder.name, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **environment},
            )
        try:
            self.port = until(lambda: self._find(r"API +http://127\.0\.0\.1:(\d+)"), "the router's start", 60)
        except BaseException:
            self.kill()
            raise
        self.admin = self._find(r"(?:page|status) +http://127\.0\.0\.1:(\d+)")

    def _find(self, pattern):
        talk = self.talk()
        assert self.process.poll() is None, talk
        found = re.search(pattern, talk)
        return found and int(found.group(1))

    def path(self, name):
        """Returns where a file of its folder is."""
        return Path(self.folder.name) / name

    def talk(self):
        """Returns what it has printed."""
        return self.log.read_text(errors="replace")

    @property
    def url(self):
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    def save(self, text, name="routes.yaml"):
        """Replaces a file, routes.yaml mostly, as careful editors do."""
        draft = self.path(f"{name}.new")
        draft.write_text(text)
        draft.replace(self.path(name))

    def sed(self, expression):
        """Edits routes.yaml as an operator would."""
        subprocess.run(["sed", "-i", expression, self.routes], check=True)

    def stop(self, within=15):
        """Ends it politely and returns what it printed."""
        self.process.terminate()
        code = self.process.wait(within)
        talk = self.talk()
        self.folder.cleanup()
        assert code == 0, f"exit {code}:\n{talk[-3000:]}"
        return talk

    def kill(self):
        """Ends it whatever it does."""
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


@contextlib.contextmanager
def router(binary, routes, dotenv=None, arguments=(), under=(), **environment):
    """Runs a router for the length of a block; `under` is a command that runs the command behind it."""
    patchbay = Patchbay(binary, routes, dotenv, arguments, under=under, **environment)
    try:
        yield patchbay
    except BaseException:
        print(patchbay.talk()[-3000:], file=sys.stderr)
        patchbay.kill()
        raise
    patchbay.stop(60)


def get(port, path):
    """Asks once; returns status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERS_WITHIN)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


class Client:
    """A keep-alive client that never tries twice."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERS_WITHIN)

    def chat(self, model, tokens=8, stream=False, prompt="Say hi", **more):
        """Asks and returns (status, headers, body)."""
        self.begin(model, tokens, stream, prompt, **more)
        return self.end()

    def begin(self, model, tokens=8, stream=False, prompt="Say hi", **more):
        """Sends a request without waiting for its answer."""
        body = {
            "model": model, "messages": [{"role": "user", "content": prompt}], "max_tokens": tokens,
            "temperature": 0, "ignore_eos": True, "stream": stream, **more,
        }
        text = json.dumps(body)
        self.connection.request("POST", "/v1/chat/completions", text, {"content-type": "application/json"})

    def end(self):
        """Reads the answer to its end."""
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def close(self):
        """Hangs up."""
        self.connection.close()


def events(body):
    """Returns the events of a stream as values; the end mark as text."""
    blocks = [block for block in body.decode().split("\n\n") if block]
    assert all(block.startswith("data: ") for block in blocks), blocks
    texts = [block.removeprefix("data: ") for block in blocks]
    return [text if text == "[DONE]" else json.loads(text) for text in texts]
