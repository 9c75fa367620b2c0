#!/usr/bin/env python3
"""From a change in a config center to the first answer of the new backend.

    cargo build --release && python3 benches/center_to_answer.py target/release/patchbay [etcd redis …]

Starts etcd, Consul, Redis, ZooKeeper, Nacos, r-nacos, Apollo and a web server, each on a free
loopback port and in a folder of its own. What is missing is installed by tests/real/centers.sh, into
the folder PATCHBAY_REAL_CACHE if it is no package, and what can't be had is said loudly. The change
is written in the center's own protocol over one kept connection; the router is asked again and again
over another (every 2 ms where the center itself looks once a second or less). Two figures for each change: since the write was sent (the center's own disk is part of it),
and since the center has confirmed it (at least the time that one request takes).
"""

import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse

BODY = json.dumps({"model": "demo", "messages": [{"role": "user", "content": "hi"}]})
ROUNDS = 200
CENTERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/real/centers.sh")
ZOOKEEPER = "/usr/share/zookeeper/bin/zkServer.sh"


def table(target):
    return f"models:\n  demo: {target}\nbackends:\n  blue: echo://blue\n  green: echo://green\n"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def connected(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Http:
    """One kept connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method, path, body=None, headers={}):
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise OSError(f"{answer.status} {text}")
        return answer, text


class Etcd:
    program = "etcd"

    @staticmethod
    def command(port, folder):
        client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
        return ["etcd", "--name", "one", "--data-dir", folder + "/data", "--listen-client-urls", client,
                "--advertise-client-urls", client, "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer, "--initial-cluster", f"one={peer}"]

    def __init__(self, port, folder):
        self.http, self.url = Http(port), f"etcd://127.0.0.1:{port}/patchbay/routes.yaml"

    def put(self, text):
        key, value = (base64.b64encode(t.encode()).decode() for t in ("patchbay/routes.yaml", text))
        self.http.ask("POST", "/v3/kv/put", json.dumps({"key": key, "value": value}))


class Consul:
    program = "consul"

    @staticmethod
    def command(port, folder):
        ports = [f"-{name}-port={free_port()}" for name in ("serf-lan", "serf-wan", "server")]
        return ["consul", "agent", "-dev", "-bind=127.0.0.1", "-client=127.0.0.1", f"-http-port={port}",
                "-dns-port=-1", "-grpc-port=-1", *ports]

    def __init__(self, port, folder):
        self.http, self.url = Http(port), f"consul://127.0.0.1:{port}/patchbay/routes.yaml"

    def put(self, text):
        self.http.ask("PUT", "/v1/kv/patchbay/routes.yaml", text)


class Redis:
    program = "redis-server"

    @staticmethod
    def command(port, folder):
        return ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder,
                "--notify-keyspace-events", "K$g"]

    def __init__(self, port, folder):
        self.connection, self.url = connected(port), f"redis://127.0.0.1:{port}/patchbay:routes"

    def put(self, text):
        words = [b"SET", b"patchbay:routes", text.encode()]
        self.connection.sendall(b"*3\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        answer = self.connection.recv(64)
        if answer != b"+OK\r\n":
            raise OSError(answer)


class Zookeeper:
    program = ZOOKEEPER

    @staticmethod
    def command(port, folder):
        with open(folder + "/zoo.cfg", "w") as file:
            file.write(f"clientPort={port}\nclientPortAddress=127.0.0.1\ndataDir={folder}/data\n"
                       "admin.enableServer=false\n")
        return [ZOOKEEPER, "start-foreground", folder + "/zoo.cfg"]

    def __init__(self, port, folder):
        self.connection, self.url = connected(port), f"zookeeper://127.0.0.1:{port}/routes"
        self.is_there = False
        # protocol version, last zxid, timeout in ms, session id, password
        self.exchange(struct.pack(">iqiqi16s", 0, 0, 60_000, 0, 16, b""))

    def exchange(self, message):
        self.connection.sendall(struct.pack(">i", len(message)) + message)
        (length,) = struct.unpack(">i", self.read(4))
        return self.read(length)

    def read(self, length):
        got = b""
        while len(got) < length:
            piece = self.connection.recv(length - len(got))
            if not piece:
                raise OSError("the connection broke")
            got += piece
        return got

    def put(self, text):
        def buffer(value):
            return struct.pack(">i", len(value)) + value

        node = buffer(b"/routes") + buffer(text.encode())
        if self.is_there:  # setData, of any version
            message = struct.pack(">ii", 1, 5) + node + struct.pack(">i", -1)
        else:  # create, open to the world
            world = struct.pack(">ii", 1, 31) + buffer(b"world") + buffer(b"anyone")
            message = struct.pack(">ii", 1, 1) + node + world + struct.pack(">i", 0)
        _xid, _zxid, error = struct.unpack(">iqi", self.exchange(message)[:16])
        if error:
            raise OSError(f"ZooKeeper says {error}")
        self.is_there = True


class Apollo:
    """Its portal takes a change in two steps: edit, release."""

    program, server = "java", "apollo"
    period = 1.0  # its config service looks for releases once a second
    patience = 600

    @staticmethod
    def command(port, folder):
        return ["bash", CENTERS, "hold", "apollo"]

    def __init__(self, port, folder):
        found = re.search(r"apollo://\S+", open(folder + "/center.log").read())
        if not found:
            raise OSError("it has not said where it is")
        self.url = found.group()
        address = urllib.parse.urlsplit(self.url)
        app, cluster, namespace = address.path.strip("/").split("/")
        said = dict(urllib.parse.parse_qsl(address.query))
        self.http = Http(urllib.parse.urlsplit(said["portal"]).port)
        self.place = f"/openapi/v1/envs/DEV/apps/{app}/clusters/{cluster}/namespaces/{namespace}/"
        self.headers = {"Authorization": said["token"], "Content-Type": "application/json"}

    def put(self, text):
        item = {"key": "content", "value": text, "dataChangeCreatedBy": "apollo", "dataChangeLastModifiedBy": "apollo"}
        release = {"releaseTitle": "bench", "releasedBy": "apollo"}
        edit = self.place + "items/content?createIfNotExists=true"
        self.http.ask("PUT", edit, json.dumps(item), self.headers)
        self.http.ask("POST", self.place + "releases", json.dumps(release), self.headers)


class Url:
    """A file behind Python's own web server, which has nothing like a push: it is asked every 5 s."""

    program = "python3"
    period = 5.0

    @staticmethod
    def command(port, folder):
        os.mkdir(folder + "/served")
        return ["python3", "-m", "http.server", str(port), "--bind", "127.0.0.1", "-d", folder + "/served"]

    def __init__(self, port, folder):
        connected(port).close()
        self.path, self.url = folder + "/served/routes.yaml", f"http://127.0.0.1:{port}/routes.yaml"

    def put(self, text):
        with open(self.path + ".new", "w") as file:
            file.write(text)
        os.rename(self.path + ".new", self.path)


class Nacos2:
    """Nacos 2.x, by its long poll. It looks for changes to hand out ten times a second."""

    program = "javac"
    patience = 600
    server, mode = "nacos2", ""
    door, path, group = "v1/auth/login", "v1/cs/configs", "group"

    @classmethod
    def command(cls, port, folder):
        return ["bash", CENTERS, "hold", cls.server]

    def __init__(self, port, folder):
        found = re.search(r"nacos://(.+):(.+)@127\.0\.0\.1:(\d+)/\S+", open(folder + "/center.log").read())
        if not found:
            raise OSError("it has not said where it is")
        user, password, port = found.groups()
        self.url, self.http = found.group() + self.mode, Http(int(port))
        _, login = self.post(self.door, {"username": user, "password": password})
        self.published_at = f"{self.path}?accessToken={json.loads(login)['accessToken']}"

    def post(self, path, form):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.http.ask("POST", "/nacos/" + path, urllib.parse.urlencode(form), headers)

    def put(self, text):
        form = {"dataId": "routes.yaml", self.group: "DEFAULT_GROUP", "content": text, "type": "yaml"}
        _, answer = self.post(self.published_at, form)
        if b"true" not in answer:
            raise OSError(answer)


class Nacos2Grpc(Nacos2):
    mode = "?mode=grpc"


class Nacos3(Nacos2):
    """Nacos 3.x, by gRPC."""

    server = "nacos3"
    door, path, group = "v3/auth/user/login", "v3/admin/cs/config", "groupName"


class Rnacos(Nacos2):
    program = os.environ.get("PATCHBAY_RNACOS", "rnacos")
    server = "rnacos"


class RnacosGrpc(Rnacos):
    mode = "?mode=grpc"


def is_there(center):
    """Whether a center is installed, by now."""
    server = getattr(center, "server", None)
    if server is None and shutil.which(center.program):
        return True
    install = ["bash", CENTERS, "install", server or center.__name__.lower()]
    return subprocess.run(install, stdout=sys.stderr, check=False).returncode == 0


def started(center, folder):
    """Starts a center, and waits until it takes a first table."""
    port = free_port()
    log = open(folder + "/center.log", "w")
    environment = dict(os.environ, ZOO_LOG_DIR=folder)
    process = subprocess.Popen(center.command(port, folder), cwd=folder, stdout=log, stderr=log,
                               env=environment, start_new_session=True)
    until = time.monotonic() + getattr(center, "patience", 60)
    while True:
        try:
            client = center(port, folder)
            client.put(table("blue"))
            return process, client
        except (OSError, http.client.HTTPException, struct.error) as error:
            if process.poll() is not None or time.monotonic() > until:
                stop(process)
                sys.exit(f"{center.program} does not come up: {error}\n" + open(log.name).read())
            time.sleep(0.1)


def stop(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


class Router:
    def __init__(self, binary, folder, url):
        command = [binary, "run", "--source", url, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        command += ["--state-dir", folder + "/state"]
        self.log = open(folder + "/router.log", "w+")
        self.process = subprocess.Popen(command, cwd=folder, stdout=self.log, stderr=self.log,
                                        env=dict(os.environ, RUST_LOG="warn"), start_new_session=True)
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/v1", self.said())):
            if self.process.poll() is not None:
                sys.exit(self.said())
            time.sleep(0.01)
        self.http = Http(int(found.group(1)))

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def backend(self):
        answer, _ = self.http.ask("POST", "/v1/chat/completions", BODY)
        return answer.headers["x-patchbay-backend"]


def measure(binary, center):
    with tempfile.TemporaryDirectory() as folder:
        process, client = started(center, folder)
        try:
            router = Router(binary, folder, client.url)
            try:
                return [change(client, router, number) for number in range(getattr(center, "rounds", ROUNDS))]
            finally:
                stop(router.process)
        finally:
            stop(process)


def change(client, router, number):
    target = ("green", "blue")[number % 2]
    # At every moment of whatever the center does regularly.
    period = getattr(client, "period", 0.1)
    time.sleep(0.05 + number * 0.37 * period % period)
    sent = time.perf_counter()
    client.put(table(target))
    confirmed = time.perf_counter()
    while router.backend() != target:
        if time.perf_counter() - sent > 60:
            sys.exit(f"{client.url}: not live after 60 s\n{router.said()}")
        if period >= 1:
            time.sleep(0.002)
    answered = time.perf_counter()
    return (answered - sent) * 1000, (answered - confirmed) * 1000


def percentiles(times):
    times = sorted(times)
    return statistics.median(times), times[len(times) * 99 // 100], times[-1]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    binary, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        cache = os.environ.setdefault("PATCHBAY_REAL_CACHE", folder)
        os.environ["PATH"] += os.pathsep + os.path.join(cache, "consul", "usr", "bin")
        measure_all(binary, wanted)


def measure_all(binary, wanted):
    print(f"{'ms':12}{'changes':>8}   since the write was sent       since it was confirmed")
    print(f"{'':20}   {'p50':>8}{'p99':>8}{'max':>8}   {'p50':>8}{'p99':>8}{'max':>8}")
    missing = []
    for center in (Etcd, Consul, Redis, Zookeeper, Apollo, Url, Nacos2, Nacos2Grpc, Nacos3, Rnacos, RnacosGrpc):
        name = center.__name__.lower()
        if wanted and name not in wanted:
            continue
        if not is_there(center):
            missing.append(f"{name}: NOT MEASURED, {center.program} could not be installed")
            continue
        times = measure(binary, center)
        figures = [percentiles([pair[column] for pair in times]) for column in (0, 1)]
        row = "   ".join("".join(f"{figure:8.2f}" for figure in column) for column in figures)
        print(f"{name:12}{len(times):8}   {row}", flush=True)
    for line in missing:
        print(line)
    if missing and wanted:
        sys.exit(1)


main()
