#!/usr/bin/env bash
# Runs every script here for real, against routers on ports of their own in a temporary folder.
#
#   examples/ops/test.sh [PATCHBAY]          default: target/release/patchbay
#
# Two routers: one that the scripts change, and one that stands for the servers of `green`, so that
# they can be made to fail. Ansible comes from PyPI; PATCHBAY_OPS_VENV=FOLDER keeps and reuses it. If
# it can't be had, that is told and counted as a skip.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "${1:-$here/../../target/release/patchbay}")
ansible='ansible-core==2.19.14'

work=$(mktemp -d)
children=()
finish() {
  local code=$?
  trap - EXIT
  [ "${#children[@]}" = 0 ] || kill "${children[@]}" 2>/dev/null || true
  wait
  rm -rf "$work"
  [ "$code" = 0 ] || failed=1
  echo "ops: $passed passed, $failed failed, $skipped skipped"
  exit "$code"
}
trap finish EXIT
passed=0 failed=0 skipped=0

mkdir "$work/bin" "$work/home"
ln -s "$binary" "$work/bin/patchbay"
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$work/bin/python3" # not a slow shim
export PATH="$work/bin:$PATH" HOME=$work/home NO_COLOR=1 PAUSE=0.1
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

# Ansible takes a while to come, so it comes while the rest is tried.
venv=${PATCHBAY_OPS_VENV:-$work/venv}
get_ansible() {
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  [ -x "$venv/bin/ansible-playbook" ] \
    || timeout 180 "$venv/bin/python" -m pip install -q --disable-pip-version-check --only-binary :all: "$ansible"
}
get_ansible >"$work/ansible.log" 2>&1 &
getting=$!

fail() {
  echo "FAILED: $1"
  [ -z "${2:-}" ] || printf '%s\n' "$2"
  exit 1
}

# Runs a command that has to end with CODE and print WORDS: expect CODE WORDS COMMAND…
expect() {
  local wanted=$1 words=$2 code=0 said
  shift 2
  said=$("$@" 2>&1) || code=$?
  [ "$code" = "$wanted" ] || fail "$* ended with $code, not $wanted" "$said"
  [[ $said == *"$words"* ]] || fail "$* did not print: $words" "$said"
  [ -n "$words" ] || [ -z "$said" ] || fail "$* should have printed nothing" "$said"
  echo "ok: ${*##*/}"
  passed=$((passed + 1))
}

is() { [ "$2" = "$3" ] || fail "$1: $2, not $3"; }
generation() { patchbay ls --json | sed -n 's/.*"generation": \([0-9]*\).*/\1/p'; }
goes_to() { is "where $1 goes" "$(patchbay ls | awk -v model="$1" '$1 == model { print $2 }')" "$2"; }

# Starts a router on the table in a folder of $work and sets api and admin.
start() {
  local log=$work/$1/log
  (cd "$work/$1" && exec patchbay --listen 127.0.0.1:0 --admin 127.0.0.1:0 --state-dir state) 2>"$log" &
  children+=($!)
  for _ in $(seq 400); do
    api=$(sed -nE 's#^ *API +(http://[0-9.:]+)/.*#\1#p' "$log")
    admin=$(sed -nE 's#^ *(page|status) +(http://[0-9.:]+)/.*#\2#p' "$log")
    if [ -n "$api" ] && [ -n "$admin" ]; then return; fi
    sleep 0.05
  done
  fail "the router did not start" "$(cat "$log")"
}

# Sends N requests to chat over one connection.
traffic() {
  curl -sS --max-time 60 -o "$work/answers" "$api/v1/chat/completions?[1-$1]" \
    -d '{"model":"chat","messages":[{"role":"user","content":"hi"}]}'
}

# Has the servers of green answer, or fail.
servers() {
  case $1 in
    answer) echo 'models: {chat: "echo://green"}' ;;
    fail) echo 'models: {chat: "echo://green?fail=1"}' ;;
  esac >"$work/$1.yaml"
  patchbay apply --admin "$servers_admin" "$work/$1.yaml" >"$work/answer"
}

mkdir "$work/servers" "$work/router"
echo 'models: {chat: "echo://green"}' >"$work/servers/routes.yaml"
start servers
servers_admin=$admin
sed "s#green: echo://green#green: $api/v1#" "$here/routes.yaml" >"$work/router/routes.yaml"
start router
export PATCHBAY_ADMIN=$admin

echo "== blue-green"
blue_green=$here/blue-green/blue-green.sh
while sleep 0.1; do traffic 1; done &
children+=($!)
expect 0 "nothing failed on green" "$blue_green" chat green 2
goes_to chat green
expect 0 "chat is on green already" "$blue_green" chat green 2
expect 1 "no backend has the name" "$blue_green" chat gren 2
patchbay switch chat blue >"$work/answer"
(
  for _ in $(seq 200); do
    if [[ $(patchbay ls) == *green* ]]; then servers fail; break; fi
    sleep 0.05
  done
) &
expect 1 "going back" "$blue_green" chat green 30
goes_to chat blue
servers answer
kill "${children[-1]}"
unset 'children[-1]'

echo "== canary"
canary=$here/canary/canary.sh
expect 0 "" "$canary" chat blue green # nobody has begun
patchbay weight chat blue=91 green=9 >"$work/answer"
expect 0 "" "$canary" chat blue green # counts from here
traffic 200
expect 0 "" "$canary" chat blue green # too few
traffic 400
expect 0 "{blue: 90, green: 10}" "$canary" chat blue green
traffic 500
expect 0 "[blue, green]" "$canary" chat blue green
traffic 100
expect 0 "-> green " "$canary" chat blue green
goes_to chat green
expect 0 "" "$canary" chat blue green # done
patchbay weight chat blue=90 green=10 >"$work/answer"
expect 0 "" "$canary" chat blue green
servers fail
traffic 40
expect 1 "failed on green" "$canary" chat blue green
goes_to chat blue
expect 0 "" "$canary" chat blue green # nothing until somebody begins anew
servers answer
expect 0 "{blue: 99, green: 1}" \
  patchbay ramp chat green --steps 1,10,50,100 --every 10m --abort-if 'errors>2%' --dry-run
goes_to chat blue

# Runs the lines of a crontab in cron's bare environment: those whose command holds WORDS.
cron() {
  local command
  command=$(sed -nE "/$2/s#^[0-9*][^ ]*( +[^ ]+){4} +##p" "$here/$1/crontab")
  [ -n "$command" ] || fail "no line of $1/crontab has $2"
  env -i HOME="$HOME" LOGNAME=ops PATH="$PATH" PATCHBAY_ADMIN="$PATCHBAY_ADMIN" PAUSE="$PAUSE" \
    /bin/sh -c "${command//\/opt\/patchbay/$here/$1}"
}
expect 0 "" cron canary green

echo "== nightly"
expect 0 "batch is on local now" cron nightly local
goes_to batch local
now=$(generation)
expect 0 "" cron nightly local
is "the generation after the same again" "$(generation)" "$now"
expect 0 "batch is on cloud now" cron nightly cloud
expect 1 "no backend has the name" "$here/nightly/nightly.sh" batch nobody
PATCHBAY_ADMIN=http://127.0.0.1:9 expect 6 "no router answers" "$here/nightly/nightly.sh" batch local
goes_to batch cloud
servers fail
expect 1 "green" "$here/nightly/nightly.sh" chat green # still loading, say
goes_to chat blue
servers answer
expect 0 "chat is on green now" "$here/nightly/nightly.sh" chat green
patchbay switch chat blue >"$work/answer"

echo "== gitops"
sync=$here/gitops/sync.sh
table=$work/git/routes.yaml
in_git() { git -C "$work/git" -c user.name=ops -c user.email=ops@example.com -c commit.gpgsign=false "$@"; }
git init -q "$work/git"
cp "$work/router/routes.yaml" "$table"
in_git add .
in_git commit -qm "Begin"
expect 0 "is what serves" "$sync" "$table"
sed -i 's/chat: blue/chat: green/' "$table"
in_git commit -qam "Put chat on green"
expect 0 "chat: blue -> green" "$sync" "$table"
expect 0 "Put chat on green" patchbay show "$(generation)"
expect 0 "is what serves" "$sync" "$table"
sed -i 's/chat: green/chat: gren/' "$table"
in_git commit -qam "Mistype it"
expect 1 "gren" "$sync" "$table"
goes_to chat green

# Between its look and its change somebody is faster, for so many times.
rivals() {
  echo "$1" >"$work/rivals"
  mkdir -p "$work/slow"
  cat >"$work/slow/patchbay" <<RIVAL
#!/bin/sh
left=\$(cat "$work/rivals")
if [ "\$1" = apply ] && [ "\$left" -gt 0 ]; then
  echo \$((left - 1)) >"$work/rivals"
  "$binary" weight batch cloud=1 local=\$left >/dev/null
fi
exec "$binary" "\$@"
RIVAL
  chmod +x "$work/slow/patchbay"
}
in_git revert --no-edit HEAD >"$work/answer"
sed -i 's/chat: green/chat: blue/' "$table"
in_git commit -qam "Put chat on blue"
rivals 1
PATH=$work/slow:$PATH expect 0 "chat: green -> blue" "$sync" "$table"
goes_to chat blue
goes_to batch cloud
sed -i 's/chat: blue/chat: green/' "$table"
rivals 9
PATH=$work/slow:$PATH expect 4 "by " "$sync" "$table"
goes_to chat blue
patchbay switch batch cloud >"$work/answer"

echo "== ansible"
if ! wait "$getting"; then
  tail -n 3 "$work/ansible.log"
  echo "SKIPPED: the playbooks: $ansible could not be installed"
  skipped=1
  exit
fi
play() { (cd "$here/ansible" && timeout 120 "$venv/bin/ansible-playbook" -i inventory.ini "$@"); }
export ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_PYTHON_INTERPRETER="$venv/bin/python" LC_ALL=C.UTF-8
now=$(generation)
expect 0 "changed=2" play --check switch.yml switch-uri.yml
is "the generation after --check" "$(generation)" "$now"
expect 0 "changed=1" play switch.yml switch-uri.yml # the second finds it done
goes_to chat green
expect 0 "changed=1" play switch-uri.yml -e target=blue
goes_to chat blue
expect 2 "no backend has the name" play switch.yml -e target=nobody
expect 2 "no backend has the name" play switch-uri.yml -e target=nobody
goes_to chat blue
