# What is the same for all centers: a folder, ports, a process. Read by tests/real/centers.sh,
# which then reads all other files of this folder. A file gives one center or several:
#
#   centers+=(NAME)      makes it known; checks run in alphabetical order of the files
#   NAME_packages        Debian's packages that it needs, or
#   NAME_install         a function that gets it, into "$PATCHBAY_REAL_CACHE" if not by packages
#   NAME_has             whether all that it needs is here
#   NAME_prepare         makes what it needs in "$(folder NAME)" and starts it for the first time
#   NAME_up              starts it again, with what it held, on the port that "$(port NAME)" is
#                        by then, and waits until it takes writes
#   NAME_url             prints the document's address, with the login
#   NAME_put FILE…       publishes texts, one after the other, as the center's users do
#   NAME_get             prints the document; 3 if there is none
#   NAME_delete          deletes it
#   NAME_expire          ends all logins; 3 if it has none (also where this function is missing)
#   NAME_step_back       goes back to an earlier revision of the document; 3 if it can't, as above
#   NAME_traits          words of which a check must know: `takes-anything` if a document of 50 MB
#                        can be put into it, `refuses-blank` if one of blanks only can't, `not-atomic`
#                        if a replacement is more than one step,
#                        `stays-put` if it can't be started on another port to be written there,
#                        `lists-nobody` if it keeps no list of replicas,
#                        `written-apart` if NAME_put works without the server that is killed
#
# Only `centers+=` and definitions stand in a file: it is read for each single action.
# shellcheck shell=bash

centers=()

# Where a center lives, and the port that it was given; "$(port NAME 2)" is what the center's own
# `NAME_prepare` has noted by `another_port NAME 2`.
folder() { echo "$PATCHBAY_TEST_CENTERS_FOLDER/$1"; }
port() { cat "$(folder "$1")/port${2:-}"; }
another_port() { free_port >"$(folder "$1")/port${2:-}"; }

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

# Waits until a server answers, "$patience" seconds at most: until_up CENTER COMMAND…
patience=60
until_up() {
  local center=$1 end=$((SECONDS + patience))
  shift
  while [ "$SECONDS" -lt "$end" ]; do
    if "$@" >/dev/null 2>&1; then return; fi
    is_running "$center" || break
    sleep 0.1
  done
  echo "$center does not come up; its last words:" >&2
  tail -n 20 "$(folder "$center")/log" >&2
  return 1
}

# Kills a server as nothing kills more surely, and waits until it is gone.
down() {
  local pid
  pid=$(cat "$(folder "$1")/pid" 2>/dev/null) || return 0
  kill -9 "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
}

# Publishes into a center that is down: it is started on another port, where nobody looks for it.
put_aside() {
  local center=$1 kept
  kept=$(port "$center")
  another_port "$center"
  "${center}_up"
  "${center}_put" "${@:2}"
  down "$center"
  echo "$kept" >"$(folder "$center")/port"
}

traits() {
  local traits="$1_traits"
  echo "${!traits:-}"
}
is() { grep -qw -- "$2" <<<"$(traits "$1")"; }
is_function() { declare -F "$1" >/dev/null; }

# What the checks ask for: control CENTER ACTION [FOLDER]
control() {
  local center=$1 action=$2
  case $action in
    put)
      if is_running "$center" || is "$center" written-apart; then
        "${center}_put" "$3"/*
      else
        put_aside "$center" "$3"/*
      fi >/dev/null
      ;;
    down) down "$center" ;;
    up) is_running "$center" || "${center}_up" ;;
    delete) "${center}_delete" >/dev/null ;;
    expire | step_back)
      is_function "${center}_$action" || return 3
      "${center}_$action" >/dev/null
      ;;
    url | get) "${center}_$action" ;;
    traits) traits "$center" ;;
    *)
      echo "no such action: $action" >&2
      return 2
      ;;
  esac
}
