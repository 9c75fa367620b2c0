"""One real etcd on loopback, which can be killed and started again with what it held. Stdlib only."""

import http.client
import json
import random
import shutil
import socket
import subprocess
import time
from base64 import b64encode


def fixed_port():
    """Returns a free port that the system gives to no outgoing connection: its server comes back."""
    while True:
        port = random.randrange(18000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Http:
    """A kept connection that speaks JSON."""

    def __init__(self, port, timeout=60):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def ask(self, method, path, body=None, **headers):
        """Returns the status and the answer as a value."""
        text = None if body is None else json.dumps(body)
        headers = {"content-type": "application/json", **{name.replace("_", "-"): headers[name] for name in headers}}
        try:
            self.connection.request(method, path, text, headers)
            answer = self.connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise


class Etcd:
    """A server without a login, of Debian's package."""

    def __init__(self, folder, key):
        self.folder, self.key = folder, key
        self.port, self.peer = fixed_port(), fixed_port()
        self.log = open(folder / "etcd.log", "ab")
        self.process = None
        self.start()

    @staticmethod
    def is_here():
        """Tells whether there is one to start."""
        return shutil.which("etcd") is not None

    @property
    def source(self):
        """The document's address, as `--source` takes it."""
        return f"etcd://127.0.0.1:{self.port}/{self.key}"

    def start(self, within=30):
        """Starts it and waits until it answers."""
        client, peer = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.peer}"
        command = ["etcd", "--name", "one", "--data-dir", str(self.folder / "etcd"), "--log-level", "error"]
        command += ["--listen-client-urls", client, "--advertise-client-urls", client]
        command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        command += ["--initial-cluster", f"one={peer}"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        end = time.monotonic() + within
        while not self.is_well():
            assert time.monotonic() < end and self.process.poll() is None, "etcd does not come up"
            time.sleep(0.05)

    def is_well(self):
        """Tells whether it answers."""
        try:
            return Http(self.port, timeout=2).ask("GET", "/health")[0] == 200
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def put(self, text):
        """Replaces the document."""
        body = {"key": b64encode(self.key.encode()).decode(), "value": b64encode(text.encode()).decode()}
        status, answer = Http(self.port).ask("POST", "/v3/kv/put", body)
        assert status == 200, answer

    def kill(self):
        """Ends it as nothing ends it more surely."""
        self.process.kill()
        self.process.wait()
