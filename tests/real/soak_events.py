"""What happens to the routers of the soak while they serve. Each event waits until it is felt."""

import heapq
import re
import signal
import subprocess
import time

from etcd import Http

WITHIN = 30
POOL = ("a1", "a2", "a3")


class Events:
    """Does one thing after the other, by chance."""

    def __init__(self, routers, backends, center, judge, chance):
        self.routers, self.backends, self.center = routers, backends, center
        self.judge, self.chance = judge, chance
        self.file = routers[0]
        self.due, self.counts, self.keys = [], {}, 0
        self.shares = {
            self.switch: 12, self.save: 10, self.save_dotenv: 4, self.rotate_key: 2, self.bad_save: 6,
            self.hang_up: 2, self.drain_and_ready: 3, self.ramp_and_abort: 2, self.roll_back: 2,
            self.kill_backend: 8, self.kill_pool: 1,
        }
        if center:
            self.by_center = routers[1]
            self.shares |= {self.put: 8, self.bad_put: 4, self.switch_center: 3, self.kill_center: 1}

    def one(self):
        """Has one event happen."""
        event = self.chance.choices(list(self.shares), list(self.shares.values()))[0]
        try:
            event()
        except Exception as error:
            self.judge.problem(f"{event.__name__}: {type(error).__name__} {error}")

    def count(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def tick(self, all_of_them=False):
        """Starts again what was killed and whose time has come."""
        while self.due and (all_of_them or self.due[0][0] <= time.monotonic()):
            name = heapq.heappop(self.due)[1]
            self.backends.start(name)
            self.until(lambda: self.backends.answers(name), f"{name} after its restart")
            self.judge.is_back(name)

    def until(self, holds, what):
        """Waits for something, and lets time pass for the killed."""
        end = time.monotonic() + WITHIN
        while not holds():
            assert time.monotonic() < end, f"waited {WITHIN} s for {what}"
            time.sleep(0.02)
            self.tick()

    # --- what serves ---

    def line(self, router, model):
        """Returns what stands at a model in the table that serves."""
        return router.tables.lines(router.status()["generation"])[model]

    def until_live(self, router, model, has, kind):
        """Waits until a table serves whose model has a text; requests that begin later must have it."""
        self.until(lambda: has in self.line(router, model), f"{has} at {model} by {kind}")
        router.tables.floor = router.status()["generation"]
        self.count(kind)

    def command(self, router, verb, body, query="probe=0&wait=20s", expected=(200,)):
        status, answer = router.admin.ask("POST", f"/admin/v1/{verb}?{query}", body, If_Match="*")
        assert status in expected, f"{verb} {body}: {status} {answer}"
        return answer

    def another(self, router, model, targets):
        """Returns a target that is not the present one."""
        now = self.line(router, model)
        return self.chance.choice([one for one in targets if f"to: {one}," not in now])

    # --- switches ---

    def switch(self):
        """By the command, or by the API."""
        target = self.another(self.file, "flip", ["b1", "b2", "a1"])
        if self.chance.random() < 0.5:
            return self.switch_at(self.file, target, "switch by API")
        admin = f"http://127.0.0.1:{self.file.process.admin}"
        command = [self.file.process.binary, "switch", "flip", target, "--no-probe", "--admin", admin]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{command}: {done}"
        self.until_live(self.file, "flip", f"to: {target},", "switch by command")

    def switch_at(self, router, target, kind):
        answer = self.command(router, "switch", {"model": "flip", "to": target})
        assert answer["changed"], answer
        self.until_live(router, "flip", f"to: {target},", kind)

    def switch_center(self):
        target = self.another(self.by_center, "flip", ["b1", "b2", "a1"])
        self.switch_at(self.by_center, target, "switch at center")

    # --- saves ---

    def with_pool(self, text):
        """Returns a table with other shares of the pool."""
        shares = ", ".join(f"{name}: {self.chance.randint(1, 999)}" for name in POOL)
        return re.sub(r"(  chat: {to: ){[^}]*}", rf"\1{{{shares}}}", text), f"{{{shares}}}"

    def save(self):
        """By a rename, in place, or in place with a pause in the middle."""
        text, shares = self.with_pool(self.file.process.routes.read_text())
        kind = self.chance.choice(["save by rename", "save in place", "save in two halves"])
        if kind == "save by rename":
            self.file.process.save(text)
        else:
            with open(self.file.process.routes, "w") as file:
                if kind == "save in two halves":
                    file.write(text[: self.chance.randrange(1, len(text))])
                    file.flush()
                    time.sleep(self.chance.uniform(0.1, 1))
                    text = text[file.tell() :]
                file.write(text)
        self.until_live(self.file, "chat", shares, kind)

    def save_dotenv(self):
        target = self.another(self.file, "dotenv", ["b1", "b2", "a1"]) if self.counts else "b2"
        now = self.file.process.path(".env").read_text()
        self.file.process.save(re.sub("ENV_TARGET=.*", f"ENV_TARGET={target}", now), ".env")
        if f"ENV_TARGET={target}\n" not in now:
            self.until(lambda: self.backend_of("dotenv") == target, f"{target} by .env")
            self.file.tables.floor = self.file.status()["generation"]
            self.count("save of .env")

    def backend_of(self, model):
        answer = self.file.admin.ask("GET", f"/admin/v1/explain?model={model}")[1]
        return answer["candidates"][0]["backend"]

    def rotate_key(self):
        """Gives the second caller a new key, has the clients use it, and ends the first."""
        self.keys += 1
        old, key = self.file.keys, f"sk-soak-{self.keys}"
        other = "second" if "first" in old else "first"
        self.file.process.save(key, f"{other}.key")
        self.until(lambda: self.asks(key) == 200, f"the new key of {other}")
        self.file.keys = {other: key}
        self.count("key rotated")

    def asks(self, key):
        return Http(self.file.process.port).ask("GET", "/v1/models", authorization=f"Bearer {key}")[0]

    def bad(self, text):
        """Returns a table that must be refused."""
        ways = [text.replace("haven}", "heaven}", 1), text[: len(text) // 2] + "\n\t- {", text + "modls: {}\n"]
        return self.chance.choice([*ways, re.sub("(?m)^  flip:", "  chat:", text)])

    def refused(self, router, do, undo, kind):
        """Does what must be refused while the table goes on, and takes it back."""
        before = router.status()
        do()
        was = before["last_refused"] and before["last_refused"]["at"]
        self.until(lambda: (router.status()["last_refused"] or {}).get("at") != was, f"the refusal of a {kind}")
        after = router.status()
        assert after["generation"] == before["generation"], f"a {kind} went live: {after['last_refused']}"
        undo()
        self.count(kind)

    def bad_save(self):
        text = self.file.process.routes.read_text()
        bad = self.bad(text)
        if self.chance.random() < 0.5:
            do = lambda: self.file.process.save(bad)
        else:
            do = lambda: self.file.process.routes.write_text(bad)
        self.refused(self.file, do, lambda: self.file.process.save(text), "bad save")

    # --- commands ---

    def hang_up(self):
        self.file.process.process.send_signal(signal.SIGHUP)
        self.count("SIGHUP")

    def drain_and_ready(self):
        name = self.chance.choice(POOL)
        self.command(self.file, "drain", {"backend": name, "state": "drain"})
        time.sleep(self.chance.uniform(0, 1))
        self.command(self.file, "drain", {"backend": name, "state": "ready"})
        self.file.tables.floor = self.file.status()["generation"]
        self.count("drained and back")

    def ramp_and_abort(self):
        before = self.line(self.file, "canary")
        ramp = {"model": "canary", "to": "b1", "steps": [10, 50, 100], "every": "1s", "abort_if": "errors>99%"}
        self.command(self.file, "ramp", ramp)
        self.until(lambda: "b1" in self.line(self.file, "canary"), "the ramp's first step")
        time.sleep(self.chance.uniform(0, 1.5))
        # It is gone if its own guard was sooner: `b1` may have been killed meanwhile.
        self.command(self.file, "ramp", {"model": "canary", "action": "abort"}, expected=(200, 404))
        self.until_live(self.file, "canary", before, "ramp aborted")

    def roll_back(self):
        before = self.line(self.file, "chat")
        text, shares = self.with_pool(self.file.process.routes.read_text())
        self.file.process.save(text)
        self.until_live(self.file, "chat", shares, "save by rename")
        self.command(self.file, "rollback", {})
        self.until_live(self.file, "chat", before, "rollback")

    # --- kills ---

    def kill(self, names):
        self.tick()
        for name in names:
            if name not in [dead for _, dead in self.due]:
                self.backends.kill(name)
                heapq.heappush(self.due, (time.monotonic() + self.chance.uniform(0.5, 5), name))
                self.count("backend killed")

    def kill_backend(self):
        self.kill([self.chance.choice(["a1", "a2", "a3", "b1", "b2", "m1", "t1"])])

    def kill_pool(self):
        self.kill(self.chance.choice([POOL, ("b1", "b2")]))
        self.count("whole pool killed")

    def put(self):
        self.by_center.table, shares = self.with_pool(self.by_center.table)
        # A switch may have been written there since.
        target = re.search(r"to: (\w+),", self.line(self.by_center, "flip"))[1]
        self.by_center.table = re.sub(r"(  flip: {to: )\w+", rf"\g<1>{target}", self.by_center.table)
        self.center.put(self.by_center.table)
        self.until_live(self.by_center, "chat", shares, "put to center")

    def bad_put(self):
        bad = self.bad(self.by_center.table)
        undo = lambda: self.center.put(self.by_center.table)
        self.put()
        self.refused(self.by_center, lambda: self.center.put(bad), undo, "bad put")

    def kill_center(self):
        self.center.kill()
        end = time.monotonic() + self.chance.uniform(0.5, 5)
        self.until(lambda: time.monotonic() > end, "the end of a pause")
        self.center.start()
        self.count("center killed")
        self.put()
