#!/usr/bin/env bash
# Has the running router serve FILE, as it stands in a git checkout. For a pipeline, a hook or cron.
#
#   sync.sh FILE
#
# The router is the one at PATCHBAY_ADMIN. Ends with 0 if it serves FILE, with 1 if FILE was refused
# and the old table serves on, with 4 if others changed the table again and again.
set -euo pipefail
file=$1
why=$(git -C "$(dirname "$file")" log -1 --format='git %h: %s' -- "$(basename "$file")")

for attempt in 1 2 3 4 5; do
  [ "$attempt" = 1 ] || sleep 1
  code=0
  report=$(patchbay diff "$file" --json) || code=$?
  case $code in
    0) echo "$file is what serves"; exit 0 ;;
    3) generation=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["from"])' <<<"$report") ;;
    *) exit "$code" ;;
  esac
  code=0
  patchbay apply "$file" --if-gen "$generation" -m "$why" || code=$?
  [ "$code" = 4 ] || exit "$code"   # 4: somebody was faster, so read again
done
exit 4
