"""What the soak runs: backends that misbehave, a router with a file, one with etcd; and how they do."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from etcd import Etcd, Http, fixed_port
from scene import HERE, Patchbay
from soak_backend import KEY
from soak_load import Tables

QUIRKS = ["503=0.002", "error=0.01", "hush=0.01", "cut=0.01", "slow=0.02", "leave=0.05"]
BACKENDS = {
    **{name: QUIRKS for name in ("a1", "a2", "a3", "b1", "b2", "m1")},
    "t1": ["slow=0.3"],
    "haven": [],  # never fails, so that a model that falls back to it never does
}
SERVER = "server: {log: text, grace: 20s}\n"
KEYS = """keys:
  first: "${file:first.key}"
  second: "${file:second.key}"
  limited: {key: "${LIMITED_KEY}", requests_per_minute: 60}
"""


@dataclass
class Model:
    """What the judge must know of a model, and how often it is asked."""

    line: str
    share: int
    falls_back: bool = True
    resumes: bool = False
    limited: bool = False


def models(of_file):
    """Returns the models of the router with a file, or of the one with etcd."""
    both = {
        "chat": Model("{to: {a1: 1, a2: 1, a3: 1}, fallback: haven}", 4),
        "steady": Model("{to: [a1, a2, a3], fallback: haven, resume: true}", 3, resumes=True),
        "flip": Model("{to: b1, fallback: haven}", 4),
    }
    if not of_file:
        return both
    return {
        **both,
        "bare": Model("{to: [b1, b2], retry: {max: 1, budget: 50%}}", 2, falls_back=False),
        "tight": Model("t1", 1, falls_back=False, limited=True),
        "canary": Model("{to: a1, fallback: haven}", 2),
        "shadow": Model("{to: b2, fallback: haven, mirror: {to: m1, share: 10%}}", 2),
        "dotenv": Model('{to: "${ENV_TARGET}", fallback: haven}', 2),
        "inside": Model("echo", 1),
    }


class Backends:
    """The backends' processes, on ports that they keep."""

    def __init__(self, folder, seed, judge):
        self.folder, self.seed, self.judge = folder, seed, judge
        self.ports = {name: fixed_port() for name in BACKENDS}
        self.processes, self.log = {}, open(folder / "backends.log", "ab")
        for name in BACKENDS:
            self.start(name)

    def start(self, name):
        quirks = [str(self.folder / "quirks"), f"{self.seed}-{time.monotonic()}", *BACKENDS[name]]
        command = [sys.executable, str(HERE / "soak_backend.py"), name, str(self.ports[name]), *quirks]
        self.processes[name] = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=self.log)

    def answers(self, name):
        try:
            return Http(self.ports[name], timeout=5).ask("GET", "/v1/models")[0] == 200
        except OSError:
            return False

    def kill(self, name):
        self.judge.killed(name)
        self.processes[name].kill()
        self.processes[name].wait()
        self.processes[name].stdin.close()

    def stop(self):
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.log.close()

    def text(self):
        """Returns the block of routes.yaml."""
        lines = ["backends:", "  echo: echo://echo"]
        for name, port in self.ports.items():
            more = ", max_in_flight: {limit: 2, queue: 3, wait: 1s}" if name == "t1" else ""
            lines.append(f'  {name}: {{url: "http://127.0.0.1:{port}/v1", key: "${{BACKEND_KEY}}"{more}}}')
        return "\n".join(lines) + "\n"


class Router:
    """A router, its clients' view of it, and its samples."""

    def __init__(self, name, binary, backends, share, center=None):
        self.name, self.share, self.center = name, share, center
        self.models = models(center is None)
        self.keys = {"first": "sk-soak-0"} if center is None else {}
        table = "".join(f"  {model}: {self.models[model].line}\n" for model in self.models)
        self.table = f"models:\n{table}{backends.text()}" + (KEYS + SERVER if center is None else "")
        variables = {"BACKEND_KEY": KEY, "LIMITED_KEY": "sk-soak-limited"}
        arguments = ["--state-dir", "state"]
        if center:
            center.put(self.table)
            arguments += ["--source", center.source]
            self.process = Patchbay(binary, None, None, arguments, **variables)
        else:
            values = "".join(f"{name}={value}\n" for name, value in variables.items()) + "ENV_TARGET=b1\n"
            files = {"first.key": "sk-soak-0", "second.key": "sk-soak-unused"}
            self.process = Patchbay(binary, self.table, values, arguments, files)
        self.admin = Http(self.process.admin)
        self.tables = Tables(self.process.admin, set(BACKENDS) | {"echo"})
        self.samples, self.read_to = [], 0

    def caller(self, chance):
        """Returns the name and the key of one who asks."""
        if not self.keys:
            return None, None
        if chance.random() < 0.05:
            return "limited", "sk-soak-limited"
        return next(iter(self.keys.items()))

    def status(self):
        return self.admin.ask("GET", "/admin/v1/status")[1]

    def sample(self, began):
        """Notes what the process holds, and returns whether its log tells of a panic."""
        place = Path(f"/proc/{self.process.process.pid}")
        facts = dict(re.findall(r"^(\w+):\s+(\d+)", (place / "status").read_text(), re.M))
        kinds = []
        for entry in os.scandir(place / "fd"):
            try:
                kinds.append(os.readlink(entry.path))
            except OSError:
                continue
        sockets = sum(kind.startswith("socket:") for kind in kinds)
        status = Http(self.process.admin).ask("GET", "/admin/v1/status")[1]
        row = {"second": round(time.monotonic() - began), "router": self.name, "rss_kb": int(facts["VmRSS"])}
        row |= {"descriptors": len(kinds), "sockets": sockets, "threads": int(facts["Threads"])}
        self.samples.append(row | {"in_flight": status["in_flight"], "finishing": len(status["finishing"])})
        return self.log_is_bad()

    def log_is_bad(self):
        """Reads what was logged since; begins the file anew before it fills the disk."""
        with open(self.process.log, "r+b") as log:
            log.seek(self.read_to)
            bad = [line for line in log if b"panicked" in line]
            self.read_to = log.tell()
            if self.read_to > 64 << 20:
                log.truncate(0)
                self.read_to = 0
        return bad


def etcd(folder):
    """Starts a real etcd, which is installed if that is possible; nothing if there is none."""
    if not Etcd.is_here():
        subprocess.run([str(HERE / "centers.sh"), "install", "etcd"], check=False, timeout=600)
    if not Etcd.is_here():
        print("SKIPPED: the half of the soak with a center: there is no etcd, and it could not be installed")
        return None
    return Etcd(folder, "soak/routes.yaml")
