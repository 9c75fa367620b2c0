# ZooKeeper, of Debian's package; spoken to by kazoo, which is what Python uses: its own client is
# a Java program with an uncertain way of quoting.
# shellcheck shell=bash

centers+=(zookeeper)
zookeeper_packages="zookeeper python3-kazoo default-jre-headless"
zookeeper_has() {
  command -v java >/dev/null && [ -e /usr/share/java/zookeeper.jar ] && /usr/bin/python3 -c 'import kazoo' 2>/dev/null
}
zookeeper_jars() {
  local jar
  for jar in zookeeper zookeeper-jute slf4j-api slf4j-nop netty-all metrics-core snappy-java commons-cli jline2; do
    ls "/usr/share/java/$jar.jar" 2>/dev/null || true
  done | paste -sd:
}

zookeeper_url() { echo "zookeeper://patch:s3cret@127.0.0.1:$(port zookeeper)/dbgpt/routes.yaml"; }

zookeeper_up() {
  printf '%s\n' tickTime=500 "dataDir=$(folder zookeeper)/data" "clientPort=$(port zookeeper)" \
    clientPortAddress=127.0.0.1 admin.enableServer=false 4lw.commands.whitelist=srvr forceSync=no \
    >"$(folder zookeeper)/zoo.cfg"
  start zookeeper java -Xmx128m -cp "$(zookeeper_jars)" org.apache.zookeeper.server.ZooKeeperServerMain zoo.cfg
  until_up zookeeper zookeeper_is_up
}
zookeeper_is_up() {
  exec 9<>"/dev/tcp/127.0.0.1/$(port zookeeper)" || return 1
  echo srvr >&9
  timeout 2 cat <&9 | grep -q '^Mode:'
}

zookeeper_prepare() { zookeeper_up; }

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
