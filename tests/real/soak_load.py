"""The soak's clients, and the judge of what they are answered."""

import collections
import http.client
import json
import random
import re
import socket
import threading
import time

from etcd import Http
from soak_backend import words

PATIENCE = 60
AN_ERROR = "an error"
SLACK = 0.5  # how long a kill may be felt before and after


class Tables:
    """What a router's generations allow, read from its history while it still has them."""

    def __init__(self, admin, backends):
        self.http, self.backends = Http(admin), backends
        self.lock = threading.Lock()
        self.floor = 0
        self.known = collections.OrderedDict()

    def lines(self, generation):
        """Returns what stands at each model in a generation's documents."""
        with self.lock:
            if generation not in self.known:
                status, answer = self.http.ask("GET", f"/admin/v1/history/{generation}")
                assert status == 200, f"generation {generation}: {answer}"
                texts = {document["name"]: document["text"] or "" for document in answer["documents"]}
                values = dict(re.findall(r"^(\w+)=(.*)$", texts.pop(".env", ""), re.M))
                text = re.sub(r"\$\{(\w+)\}", lambda name: values.get(name[1], name[0]), "\n".join(texts.values()))
                self.known[generation] = dict(re.findall(r"^  (\w+): (.*)$", text.split("backends:")[0], re.M))
                if len(self.known) > 50:
                    self.known.popitem(last=False)
            return self.known[generation]

    def allowed(self, generation, model):
        """Returns the backends that a model may be answered by."""
        line = re.sub(r"mirror: {[^}]*}", "", self.lines(generation)[model])
        return {name for name in re.findall(r"\w+", line) if name in self.backends}


class Judge:
    """Counts outcomes, and excuses failures only by what was done on purpose."""

    def __init__(self, quirks):
        self.lock = threading.Lock()
        self.outcomes, self.problems, self.unexplained = collections.Counter(), [], 0
        quirks.touch()
        self.file = open(quirks, "rb")
        self.quirks = collections.OrderedDict()
        self.kills = collections.defaultdict(list)

    def killed(self, name):
        self.kills[name].append([time.monotonic(), float("inf")])

    def is_back(self, name):
        self.kills[name][-1][1] = time.monotonic()

    def problem(self, text):
        """Notes what nothing explains."""
        with self.lock:
            self.unexplained += 1
            if len(self.problems) < 20:
                self.problems.append(f"{time.strftime('%H:%M:%S')} {text}")
                print(f"UNEXPLAINED {self.problems[-1]}", flush=True)

    def count(self, outcome):
        with self.lock:
            self.outcomes[outcome] += 1

    def excuses(self, one):
        """Returns who was made to fail in a request, and how."""
        found = collections.defaultdict(set)
        with self.lock:
            for line in self.file:
                request, name, kind = line.decode().split()
                self.quirks.setdefault(request, []).append((name, kind))
            while len(self.quirks) > 20_000:
                self.quirks.popitem(last=False)
            for name, kind in self.quirks.get(one.id, []):
                if kind != "slow":
                    found[name].add(kind)
        for name, times in list(self.kills.items()):
            if any(down - SLACK <= one.ended and one.began <= up + SLACK for down, up in times):
                found[name].add("killed")
        return found


class Asked:
    """One request and what became of it."""

    number = 0
    lock = threading.Lock()

    def __init__(self, router, chance):
        with Asked.lock:
            Asked.number += 1
            self.id = f"soak-{Asked.number}"
        self.router, self.stream = router, chance.random() < 0.5
        models = router.models
        self.model = chance.choices(list(models), [models[name].share for name in models])[0]
        self.floor = router.tables.floor
        self.count = chance.choice([1, 8, 8, 20])
        self.caller, self.key = router.caller(chance)
        # how the client behaves
        self.fresh = chance.random() < 0.2
        self.leaves_after = chance.choice([0, 1, 200, 1500]) if chance.random() < 0.04 else None
        self.slow = chance.random() < 0.01
        if self.slow:
            self.stream, self.fresh, self.count = True, True, 3000
        self.began = self.ended = time.monotonic()
        self.status = self.generation = self.backend = self.error = None
        self.text = b""

    @property
    def prompt(self):
        return f"p{self.id}"

    def body(self):
        body = {"model": self.model, "stream": self.stream, "max_tokens": self.count}
        return json.dumps({**body, "messages": [{"role": "user", "content": self.prompt}]})


class Client(threading.Thread):
    """Asks at its pace until it is told to stop."""

    def __init__(self, routers, judge, seed, every, stop):
        super().__init__(daemon=True)
        self.routers, self.judge, self.chance = routers, judge, random.Random(seed)
        self.every, self.stop, self.connections = every, stop, {}

    def run(self):
        while not self.stop.is_set():
            router = self.chance.choices(self.routers, [one.share for one in self.routers])[0]
            one = Asked(router, self.chance)
            try:
                outcome = self.ask(one)
                one.ended = time.monotonic()
                self.judge.count(verdict(one, outcome, self.judge))
            except Exception as error:
                self.judge.problem(f"{one.id}: the judge fails: {type(error).__name__} {error}")
            self.stop.wait(max(0.0, one.began + self.every * self.chance.uniform(0.5, 1.5) - time.monotonic()))
        for connection in self.connections.values():
            connection.close()

    def connection(self, one):
        """Returns a connection; a slow reader's takes little before it is read."""
        port = one.router.process.port
        if not one.fresh:
            kept = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            return self.connections.setdefault(port, kept)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        if one.slow:
            connection.sock = socket.socket()
            connection.sock.settimeout(PATIENCE)
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            connection.sock.connect(("127.0.0.1", port))
        return connection

    def ask(self, one):
        """Asks, and tells how the exchange ended: whole, left, broken, or without an answer."""
        connection, outcome = self.connection(one), "no answer"
        try:
            headers = {"content-type": "application/json", "x-request-id": one.id}
            if one.key:
                headers["authorization"] = f"Bearer {one.key}"
            connection.request("POST", "/v1/chat/completions", one.body(), headers)
            if one.leaves_after == 0:
                time.sleep(self.chance.choice([0, 0.02]))
                outcome = "left"
                return outcome
            answer = connection.getresponse()
            one.status, one.backend = answer.status, answer.getheader("x-patchbay-backend")
            one.generation = int(answer.getheader("x-patchbay-generation"))
            outcome = "broken"
            while piece := answer.read1(2000 if one.slow else 65536):
                one.text += piece
                if one.leaves_after is not None and len(one.text) >= one.leaves_after:
                    outcome = "left"
                    return outcome
                if one.slow and len(one.text) < 200_000:
                    time.sleep(0.01)
            if answer.length:
                raise http.client.IncompleteRead(one.text, answer.length)
            answer.read()  # frees the connection for the next request
            outcome = "whole"
        except (OSError, http.client.HTTPException) as error:
            one.error = f"{type(error).__name__}: {error}"
        finally:
            if one.fresh or outcome != "whole":
                connection.close()
        return outcome


def verdict(one, outcome, judge):
    """Names an outcome for the table; tells the judge what nothing explains."""
    if outcome == "left":
        return "left by the client"
    if one.generation is not None and one.generation < one.floor:
        judge.problem(f"{one.id}: generation {one.generation} answered after {one.floor} was live")
    if outcome == "whole" and one.status == 200:
        wrong = read(one)
        if not wrong:
            return "whole stream" if one.stream else "whole answer"
        if wrong != AN_ERROR:
            judge.problem(f"{one.id}: {one.model} by {one.backend}, generation {one.generation}: {wrong}")
            return "wrong"
    return excused(one, outcome, judge)


def read(one):
    """Returns what is wrong with a whole answer; nothing mostly."""
    # Who asked for a stream gets an error of its last backend as that gave it: in one piece.
    streamed = one.stream and not one.text.startswith(b'{"error"')
    choices, names, ended = [], set(), not streamed
    if streamed:
        events = [block[6:] for block in one.text.decode().split("\n\n") if block.startswith("data: ")]
        ended = bool(events) and events[-1] == "[DONE]"
        values = [json.loads(event) for event in events if event != "[DONE]"]
    else:
        values = [json.loads(one.text)]
    for value in values:
        if "error" in value:
            return AN_ERROR
        names.add(value["id"].removeprefix("chatcmpl-").split("-")[0])
        part = value["choices"][0]["delta" if one.stream else "message"]
        choices.append(part.get("content") or "")
    if not ended:
        return "a stream without its end"
    allowed = one.router.tables.allowed(one.generation, one.model)
    if not names <= allowed or one.backend not in allowed:
        return f"MISROUTED: {names} answered, {allowed} may"
    if one.backend not in names and not one.router.models[one.model].resumes:
        return f"the head says {one.backend}, the answer {names}"
    if len(names) > 1 and not one.router.models[one.model].resumes:
        return f"an answer of several backends: {names}"
    if "echo" not in names and "".join(choices) != "".join(words(one.prompt, one.count)):
        return f"another text: {''.join(choices)[:200]!r}"
    return None


def excused(one, outcome, judge):
    """Names a failure's excuse; there must be one."""
    model, code = one.router.models[one.model], None
    if outcome == "whole" and one.status != 200:
        code = json.loads(one.text).get("error", {}).get("code")
    if one.status == 429 and one.caller == "limited" and code == "rate_limit_exceeded":
        return "429 over the caller's limit"
    if one.status == 429 and model.limited and code == "model_at_limit":
        return "429 queue full"
    excuses = judge.excuses(one)
    begun = one.status == 200 and (one.stream or outcome != "whole")
    if begun:
        # The backend that had begun was made to break; a stream that is resumed has others.
        enough = 2 if model.resumes and one.stream else 1
        if one.backend in excuses and len(excuses) >= enough:
            return "cut, as it was made to be"
    elif one.status in (200, 500, 502, 503, 504) and not model.falls_back:
        pool = one.router.tables.allowed(one.generation, one.model)
        if pool <= set(excuses):
            return "failed with all of its pool"
    told = one.error or one.text[-300:]
    judge.problem(
        f"{one.id}: {one.model} at {one.router.name}, {outcome}, {one.status} by {one.backend}, "
        f"generation {one.generation}, {one.ended - one.began:.2f} s, excuses {dict(excuses)}: {told}"
    )
    return "unexplained"
