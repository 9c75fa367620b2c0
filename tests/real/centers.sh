#!/usr/bin/env bash
# Checks the config centers' clients against the real servers, each in a temporary folder and on
# ports of its own on loopback: etcd, Consul, Redis and ZooKeeper.
#
#   tests/real/centers.sh [CENTER…]
#
# Runs the conformance checks of tests/it/centers/conformance, in which documents are published
# with each center's own client, and servers die by kill -9. What is missing is installed from
# Debian if that is possible; a center that can't be had is told, and counted as a skip.
# PATCHBAY_REAL_CACHE=FOLDER keeps what was downloaded.
#
# The checks call this script back:
#   tests/real/centers.sh control CENTER url|put FOLDER|get|delete|down|up|expire
# It ends with 3 where there is nothing to give.
set -euo pipefail

self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
root=$(cd "$(dirname "$0")/../.." && pwd)
all=(etcd consul redis zookeeper)
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

# ---- What is the same for all: a folder, a port, a process ----

folder() { echo "$PATCHBAY_TEST_CENTERS_FOLDER/$1"; }
port() { cat "$(folder "$1")/port${2:-}"; }

# Not one that the system gives to outgoing connections: the servers go away and come back.
free_port() {
  python3 - <<'PYTHON'
import random, socket
while True:
    port = random.randrange(18000, 32000)
    try:
        socket.socket().bind(("127.0.0.1", port))
    except OSError:
        continue
    print(port)
    break
PYTHON
}

# Starts a server in the background and notes its number: start CENTER PROGRAM ARGUMENT…
start() {
  local place
  place=$(folder "$1")
  shift
  (cd "$place" && exec setsid "$@") >>"$place/log" 2>&1 </dev/null &
  echo $! >"$place/pid"
}

is_running() {
  local pid
  pid=$(cat "$(folder "$1")/pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null
}

# Waits until a server answers: until_up CENTER COMMAND…
until_up() {
  local center=$1
  shift
  for _ in $(seq 600); do
    if "$@" >/dev/null 2>&1; then return; fi
    is_running "$center" || break
    sleep 0.1
  done
  echo "$center does not come up; its last words:" >&2
  tail -n 20 "$(folder "$center")/log" >&2
  return 1
}

down() {
  local pid
  pid=$(cat "$(folder "$1")/pid" 2>/dev/null) || return 0
  kill -9 "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
}

# ---- etcd ----

etcd_has() { command -v etcd >/dev/null && command -v etcdctl >/dev/null; }
etcd_packages="etcd-server etcd-client"
etcd_url() { echo "etcd://patch:s3cret@127.0.0.1:$(port etcd)/patchbay/routes.yaml"; }
etcd_ctl() { ETCDCTL_API=3 etcdctl --endpoints "127.0.0.1:$(port etcd)" --user root:r00t "$@"; }
etcd_up() {
  local client="http://127.0.0.1:$(port etcd)" peer="http://127.0.0.1:$(port etcd 2)"
  start etcd etcd --name t1 --data-dir data --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "t1=$peer"
  until_up etcd curl -sf --max-time 2 "$client/health"
}
etcd_prepare() {
  free_port >"$(folder etcd)/port2"
  etcd_up
  local open=(etcdctl --endpoints "127.0.0.1:$(port etcd)")
  export ETCDCTL_API=3
  "${open[@]}" user add root:r00t && "${open[@]}" user grant-role root root
  "${open[@]}" role add patch && "${open[@]}" role grant-permission patch readwrite patchbay/routes.yaml
  "${open[@]}" user add patch:s3cret && "${open[@]}" user grant-role patch patch
  "${open[@]}" auth enable
}
etcd_put() { etcd_ctl put patchbay/routes.yaml <"$1"; }
etcd_get() {
  [ "$(etcd_ctl get patchbay/routes.yaml --keys-only | wc -c)" -gt 0 ] || return 3
  etcd_ctl get patchbay/routes.yaml --print-value-only | head -c -1
}
etcd_delete() { etcd_ctl del patchbay/routes.yaml; }
# A password that is set anew ends all logins.
etcd_expire() { echo s3cret | etcd_ctl user passwd patch --interactive=false; }

# ---- Consul ----

consul_packages=
consul_program() { command -v consul || echo "$PATCHBAY_REAL_CACHE/consul/usr/bin/consul"; }
consul_has() { [ -x "$(consul_program)" ]; }
# Debian 11 was the last to have it.
consul_install() {
  local place="$PATCHBAY_REAL_CACHE" mirror options
  local sum=e4e888bba104daba1d9161f49bfc52649a7e4efd45b1a7ead5bc54f2cb9c89d9
  mirror=$(awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/debian.sources 2>/dev/null)
  mkdir -p "$place/lists/partial" "$place/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} bullseye main" \
    >"$place/bullseye.list"
  options=(-o "Dir::Etc::sourcelist=$place/bullseye.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$place/lists/" -o "Dir::Cache=$place" -o Dir::State::status=/dev/null
    -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update && (cd "$place" && apt-get "${options[@]}" download consul) || return 1
  (cd "$place" && echo "$sum  $(ls consul_*.deb)" | sha256sum -c - && dpkg -x consul_*.deb consul)
}
consul_url() { echo "consul://127.0.0.1:$(port consul)/patchbay/routes.yaml"; }
consul_api() { curl -sS --fail-with-body --max-time 10 "http://127.0.0.1:$(port consul)/v1/$1"; }
consul_ctl() { "$(consul_program)" "$@"; }
consul_up() {
  start consul "$(consul_program)" agent -server -bootstrap-expect=1 -data-dir=data -bind=127.0.0.1 -client=127.0.0.1 \
    -http-port="$(port consul)" -dns-port=-1 -grpc-port=-1 -serf-lan-port="$(port consul 2)" -serf-wan-port=-1 \
    -server-port="$(port consul 3)" -hcl 'performance { raft_multiplier = 1 }'
  until_up consul consul_is_up
}
consul_is_up() { [ "$(consul_api status/leader)" != '""' ] && consul_ctl kv put -http-addr="127.0.0.1:$(port consul)" up yes; }
consul_prepare() {
  free_port >"$(folder consul)/port2"
  free_port >"$(folder consul)/port3"
  consul_up
}
consul_put() { consul_ctl kv put -http-addr="127.0.0.1:$(port consul)" patchbay/routes.yaml "@$1"; }
consul_get() { consul_api "kv/patchbay/routes.yaml?raw" || return 3; }
consul_delete() { consul_ctl kv delete -http-addr="127.0.0.1:$(port consul)" patchbay/routes.yaml; }
consul_expire() { return 3; }

# ---- Redis ----

redis_packages="redis-server redis-tools"
redis_has() { command -v redis-server >/dev/null && command -v redis-cli >/dev/null; }
redis_url() { echo "redis://patch:s3cret@127.0.0.1:$(port redis)/dbgpt:routes.yaml?db=3"; }
redis_ctl() { redis-cli -h 127.0.0.1 -p "$(port redis)" -n 3 "$@"; }
redis_up() {
  start redis redis-server redis.conf
  until_up redis redis_is_up
}
redis_is_up() { [ "$(redis_ctl ping)" = PONG ]; }
redis_prepare() {
  # It is killed and must remember.
  printf '%s\n' "port $(port redis)" 'bind 127.0.0.1' 'save ""' 'appendonly yes' 'appendfsync always' \
    'notify-keyspace-events Kg$' 'user patch on >s3cret ~dbgpt:* &* +@all' >"$(folder redis)/redis.conf"
  redis_up
}
redis_put() { redis_ctl -x SET dbgpt:routes.yaml <"$1" | grep -q OK; }
redis_get() {
  [ "$(redis_ctl EXISTS dbgpt:routes.yaml)" = 1 ] || return 3
  redis_ctl --raw GET dbgpt:routes.yaml | head -c -1
}
redis_delete() { redis_ctl DEL dbgpt:routes.yaml; }
# A user who is deleted loses all connections.
redis_expire() {
  printf '%s\n' MULTI 'ACL DELUSER patch' 'ACL SETUSER patch on >s3cret ~dbgpt:* &* +@all' EXEC | redis_ctl | grep -q OK
}

# ---- ZooKeeper ----

zookeeper_packages="zookeeper python3-kazoo"
zookeeper_jars() {
  local jar
  for jar in zookeeper zookeeper-jute slf4j-api slf4j-nop netty-all metrics-core snappy-java commons-cli jline2; do
    ls "/usr/share/java/$jar.jar" 2>/dev/null || true
  done | paste -sd:
}
zookeeper_has() {
  command -v java >/dev/null && [ -e /usr/share/java/zookeeper.jar ] && /usr/bin/python3 -c 'import kazoo' 2>/dev/null
}
zookeeper_url() { echo "zookeeper://patch:s3cret@127.0.0.1:$(port zookeeper)/dbgpt/routes.yaml"; }
zookeeper_up() {
  start zookeeper java -Xmx128m -cp "$(zookeeper_jars)" org.apache.zookeeper.server.ZooKeeperServerMain zoo.cfg
  until_up zookeeper zookeeper_is_up
}
zookeeper_is_up() {
  exec 9<>"/dev/tcp/127.0.0.1/$(port zookeeper)" || return 1
  echo srvr >&9
  timeout 2 cat <&9 | grep -q '^Mode:'
}
zookeeper_prepare() {
  printf '%s\n' tickTime=500 "dataDir=$(folder zookeeper)/data" "clientPort=$(port zookeeper)" \
    clientPortAddress=127.0.0.1 admin.enableServer=false 4lw.commands.whitelist=srvr forceSync=no \
    >"$(folder zookeeper)/zoo.cfg"
  zookeeper_up
}
# Its own client is a Java program with an uncertain way of quoting; kazoo is what Python uses.
zookeeper_ctl() {
  /usr/bin/python3 - "$(port zookeeper)" "$@" <<'PYTHON'
import sys
from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError
from kazoo.security import CREATOR_ALL_ACL

port, action, *files = sys.argv[1:]
path = "/dbgpt/routes.yaml"
client = KazooClient(f"127.0.0.1:{port}", auth_data=[("digest", "patch:s3cret")], default_acl=CREATOR_ALL_ACL)
client.start(timeout=30)
try:
    if action == "get":
        sys.stdout.buffer.write(client.get(path)[0])
    if action == "delete":
        client.delete(path)
    for file in files:
        text = open(file, "rb").read()
        try:
            client.set(path, text)
        except NoNodeError:
            client.create(path, text, makepath=True)
except NoNodeError:
    sys.exit(3)
finally:
    client.stop()
    client.close()
PYTHON
}
zookeeper_put() { zookeeper_ctl put "$@"; }
zookeeper_get() { zookeeper_ctl get; }
zookeeper_delete() { zookeeper_ctl delete; }
zookeeper_expire() { return 3; }

# ---- What the checks ask for ----

control() {
  local center=$1 action=$2 file
  case $action in
    put)
      if [ "$center" = zookeeper ]; then
        zookeeper_put "$3"/*
      else
        for file in "$3"/*; do "${center}_put" "$file" >/dev/null; done
      fi
      ;;
    down) down "$center" ;;
    up) is_running "$center" || "${center}_up" ;;
    delete | expire) "${center}_$action" >/dev/null ;;
    url | get) "${center}_$action" ;;
    *)
      echo "no such action: $action" >&2
      return 2
      ;;
  esac
}

if [ "${1:-}" = control ]; then
  shift
  control "$@"
  exit
fi

# ---- The run ----

work=$(mktemp -d)
export PATCHBAY_TEST_CENTERS_FOLDER=$work/centers PATCHBAY_TEST_CENTERS_CONTROL=$self
export PATCHBAY_REAL_CACHE=${PATCHBAY_REAL_CACHE:-$work/cache}
mkdir -p "$PATCHBAY_TEST_CENTERS_FOLDER" "$PATCHBAY_REAL_CACHE"

finish() {
  for center in "${all[@]}"; do down "$center"; done
  rm -rf "$work"
}
trap finish EXIT

install() {
  local center=$1 packages="${1}_packages"
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return 1; fi
  if [ -n "${!packages}" ]; then
    # With this run level, packages don't start their services.
    # shellcheck disable=SC2086
    apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends ${!packages}
  else
    "${center}_install"
  fi >"$work/$center.install" 2>&1 || { tail -n 5 "$work/$center.install"; return 1; }
}

skipped=0
centers=()
skip() {
  echo "SKIPPED: the checks against a real $1: $2"
  skipped=$((skipped + 1))
}

for center in "${@:-${all[@]}}"; do
  "${center}_has" || install "$center" || { skip "$center" "it is not here and could not be installed"; continue; }
  mkdir "$(folder "$center")"
  free_port >"$(folder "$center")/port"
  if (set -e; "${center}_prepare") >"$work/$center.prepare" 2>&1; then
    centers+=("$center")
    echo "$center is up at $("${center}_url" | sed 's|//.*@|//|')"
  else
    tail -n 20 "$work/$center.prepare"
    skip "$center" "it could not be started"
  fi
done

code=0
if [ "${#centers[@]}" -gt 0 ]; then
  export PATCHBAY_TEST_CENTERS="${centers[*]}"
  cd "$root"
  set +e
  cargo test --locked --test it centers::conformance::real:: -- --nocapture 2>&1 | tee "$work/log" \
    | grep -E --line-buffered '^(passed|FAILED|not asked): |panicked|^  (left|right): |waited|error'
  code=${PIPESTATUS[0]}
  set -e
  [ "$code" = 0 ] || grep -q '^FAILED: ' "$work/log" || tail -n 40 "$work/log"
fi
passed=$(grep -c '^passed: ' "$work/log" 2>/dev/null || true)
failed=$(grep -c '^FAILED: ' "$work/log" 2>/dev/null || true)
echo "centers: ${passed:-0} passed, ${failed:-0} failed, $skipped skipped"
exit "$code"
