#!/usr/bin/env bash
# Checks the config centers' clients against the real servers, each in a temporary folder and on
# ports of its own on loopback. A file of tests/real/centers stands for each.
#
#   tests/real/centers.sh [CENTER…]
#   tests/real/centers.sh install [CENTER…]     only gets them
#
# Runs the conformance checks of tests/it/centers/conformance, in which documents are published
# with each center's own client, and servers die by kill -9. What is missing is installed if that
# is possible; a center that can't be had is told, and counted as a skip.
# PATCHBAY_REAL_CACHE=FOLDER keeps what was downloaded; PATCHBAY_TEST_CENTERS_ONLY=WORDS runs the
# checks only that have these words in their names.
#
#   tests/real/centers.sh hold CENTER…
#
# Starts centers to play with instead, says where their document is, and stops them when it is
# stopped.
#
# The checks call this script back:
#   tests/real/centers.sh control CENTER url|put FOLDER|get|delete|down|up|expire|step_back|traits
# It ends with 3 where there is nothing to give.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

# shellcheck source=tests/real/debian.sh
. "$here/debian.sh"
# shellcheck source=tests/real/centers/common.sh
. "$here/centers/common.sh"
for file in "$here"/centers/*.sh; do
  # shellcheck disable=SC1090
  [ "${file##*/}" = common.sh ] || . "$file"
done

if [ "${1:-}" = control ]; then
  shift
  control "$@"
  exit
fi

hold=
if [ "${1:-}" = hold ]; then
  hold=yes
  shift
fi
work=$(mktemp -d)
export PATCHBAY_TEST_CENTERS_FOLDER=$work/centers PATCHBAY_TEST_CENTERS_CONTROL=$here/centers.sh
PATCHBAY_REAL_CACHE=$(realpath -m "${PATCHBAY_REAL_CACHE:-$work/cache}")
export PATCHBAY_REAL_CACHE
mkdir -p "$PATCHBAY_TEST_CENTERS_FOLDER" "$PATCHBAY_REAL_CACHE"

finish() {
  for place in "$PATCHBAY_TEST_CENTERS_FOLDER"/*; do down "${place##*/}"; done
  rm -rf "$work"
}
trap finish EXIT

# Gets a center; a center that can't be had is no failure.
get() {
  local center=$1 packages="${1}_packages" log="$work/$1.install"
  "${center}_has" && return
  echo "$center is not here; installing it"
  if is_function "${center}_install"; then
    "${center}_install" >"$log" 2>&1
  else
    # shellcheck disable=SC2086
    debian_packages ${!packages} >"$log" 2>&1
  fi || true
  "${center}_has" || { tail -n 5 "$log"; return 1; }
}

if [ "${1:-}" = install ]; then
  shift
  code=0
  for center in "${@:-${centers[@]}}"; do
    get "$center" || { echo "$center could not be installed"; code=1; }
  done
  exit "$code"
fi

skipped=0
skip() {
  echo "SKIPPED: the checks against a real $1: $2"
  skipped=$((skipped + 1))
}

ready=()
for center in "${@:-${centers[@]}}"; do
  is_function "${center}_has" || { echo "no such center: $center; there are ${centers[*]}" >&2; exit 2; }
  get "$center" || { skip "$center" "it is not here and could not be installed"; continue; }
  mkdir "$(folder "$center")"
  another_port "$center"
  set +e
  (set -e; "${center}_prepare") >"$work/$center.prepare" 2>&1
  code=$?
  set -e
  if [ "$code" = 0 ]; then
    ready+=("$center")
    echo "$center is up at $("${center}_url" | sed 's|//.*@|//|')"
  else
    tail -n 20 "$work/$center.prepare"
    skip "$center" "it could not be started"
  fi
done

if [ -n "$hold" ]; then
  for center in "${ready[@]}"; do "${center}_url"; done
  while [ "$skipped" = 0 ]; do sleep 1; done
  exit 1
fi

code=0
if [ "${#ready[@]}" -gt 0 ]; then
  export PATCHBAY_TEST_CENTERS="${ready[*]}"
  cd "$here/../.."
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
