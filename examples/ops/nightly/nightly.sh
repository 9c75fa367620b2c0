#!/usr/bin/env bash
# Points MODEL to TARGET, unless it is there already. For cron: prints only what has changed.
#
#   nightly.sh MODEL TARGET
#
# The router is the one at PATCHBAY_ADMIN. If it can't be done, because the router is being restarted
# or TARGET is still loading, it is tried five times within two minutes.
set -euo pipefail
model=$1 target=$2

for attempt in 1 2 3 4 5; do
  [ "$attempt" = 1 ] || sleep "${PAUSE:-30}"
  code=0
  answer=$(patchbay switch "$model" "$target" --wait 10s -m "nightly" --json) || code=$?
  if [ "$code" = 0 ]; then
    if grep -q '"changed": true' <<<"$answer"; then echo "$model is on $target now"; fi
    exit 0
  fi
done
exit "$code"
