# Redis with a user of its own, of Debian's package.
# shellcheck shell=bash

centers+=(redis)
redis_packages="redis-server redis-tools"
redis_traits=takes-anything
redis_has() { command -v redis-server >/dev/null && command -v redis-cli >/dev/null; }

redis_url() { echo "redis://patch:s3cret@127.0.0.1:$(port redis)/dbgpt:routes.yaml?db=3"; }
redis_ctl() { redis-cli -h 127.0.0.1 -p "$(port redis)" -n 3 "$@"; }

redis_up() {
  start redis redis-server redis.conf --port "$(port redis)"
  until_up redis redis_is_up
}
redis_is_up() { [ "$(redis_ctl ping)" = PONG ]; }

redis_prepare() {
  # It is killed and must remember.
  printf '%s\n' 'bind 127.0.0.1' 'save ""' 'appendonly yes' 'appendfsync always' \
    'notify-keyspace-events Kg$' 'user patch on >s3cret ~dbgpt:* ~{dbgpt:* &* +@all' >"$(folder redis)/redis.conf"
  redis_up
}

redis_put() {
  local file
  for file in "$@"; do redis_ctl -x SET dbgpt:routes.yaml <"$file" | grep -q OK; done
}
redis_get() {
  [ "$(redis_ctl EXISTS dbgpt:routes.yaml)" = 1 ] || return 3
  redis_ctl --raw GET dbgpt:routes.yaml | head -c -1
}
redis_delete() { redis_ctl DEL dbgpt:routes.yaml; }
# A user who is deleted loses all connections.
redis_expire() {
  printf '%s\n' MULTI 'ACL DELUSER patch' 'ACL SETUSER patch on >s3cret ~dbgpt:* ~{dbgpt:* &* +@all' EXEC | redis_ctl | grep -q OK
}
