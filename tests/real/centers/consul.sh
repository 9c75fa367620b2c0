# Consul, of the last Debian that had it.
# shellcheck shell=bash

centers+=(consul)
consul_program() { command -v consul || echo "$PATCHBAY_REAL_CACHE/consul/usr/bin/consul"; }
consul_has() { [ -x "$(consul_program)" ]; }

# Unpacked only: it needs nothing but libc.
consul_install() {
  local place="$PATCHBAY_REAL_CACHE" mirror options
  local sum=e4e888bba104daba1d9161f49bfc52649a7e4efd45b1a7ead5bc54f2cb9c89d9
  mirror=$(awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/debian.sources 2>/dev/null)
  mkdir -p "$place/lists/partial" "$place/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} bullseye main" \
    >"$place/bullseye.list"
  options=(-o "Dir::Etc::sourcelist=$place/bullseye.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$place/lists/" -o "Dir::Cache=$place" -o Dir::State::status=/dev/null
    -o Acquire::Check-Valid-Until=false -o Acquire::Retries=2 -o APT::Sandbox::User=root)
  timeout 120 apt-get "${options[@]}" update || return 1
  (cd "$place" && timeout 120 apt-get "${options[@]}" download consul) || return 1
  (cd "$place" && echo "$sum  $(ls consul_*.deb)" | sha256sum -c - && dpkg -x consul_*.deb consul)
}

consul_url() { echo "consul://127.0.0.1:$(port consul)/patchbay/routes.yaml"; }
consul_api() { curl -sS --fail-with-body --max-time 10 "http://127.0.0.1:$(port consul)/v1/$1"; }
consul_kv() { "$(consul_program)" kv "$1" -http-addr="127.0.0.1:$(port consul)" "${@:2}"; }

consul_up() {
  start consul "$(consul_program)" agent -server -bootstrap-expect=1 -data-dir=data -bind=127.0.0.1 -client=127.0.0.1 \
    -http-port="$(port consul)" -dns-port=-1 -grpc-port=-1 -serf-lan-port="$(port consul 2)" -serf-wan-port=-1 \
    -server-port="$(port consul 3)" -hcl 'performance { raft_multiplier = 1 }'
  until_up consul consul_is_up
}
consul_is_up() { [ "$(consul_api status/leader)" != '""' ] && consul_kv put up yes; }

consul_prepare() {
  another_port consul 2
  another_port consul 3
  consul_up
  consul_kv put patchbay/routes.yaml 'models: {demo: "echo://earlier"}'
  "$(consul_program)" snapshot save -http-addr="127.0.0.1:$(port consul)" "$(folder consul)/earlier"
}
consul_step_back() {
  "$(consul_program)" snapshot restore -http-addr="127.0.0.1:$(port consul)" "$(folder consul)/earlier"
}

consul_put() {
  local file
  for file in "$@"; do consul_kv put patchbay/routes.yaml "@$file"; done
}
consul_get() { consul_api "kv/patchbay/routes.yaml?raw" || return 3; }
consul_delete() { consul_kv delete patchbay/routes.yaml; }
