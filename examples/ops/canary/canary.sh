#!/usr/bin/env bash
# A canary, one step a call: NEW gets 10 %, 50 %, then all of MODEL's requests, if it does well.
#
#   canary.sh MODEL OLD NEW
#
# A person begins it: patchbay weight MODEL OLD=99 NEW=1. From then on cron calls this script. If too
# much fails on NEW, all goes to OLD again, and the script ends with 1 and does nothing until a person
# begins anew. The router is the one at PATCHBAY_ADMIN.
set -euo pipefail
model=$1 old=$2 new=$3
enough=50   # requests to NEW before its next step
most=2      # per cent of them that may fail
counted=$HOME/.canary-${model//\//-}   # NEW's counters at the last step

route=$(patchbay explain "$model" --json)
backends=$(patchbay ps --json)
numbers=$(python3 - "$new" "$route" "$backends" <<'PYTHON'
import json, sys
new, route, backends = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])["backends"]
target = [c for c in route["candidates"] if c["backend"] == new and c["tier"] == 0]
share = sum(c["weight"] * 100 // c["weight_of"] for c in target)
counts = [sum(b[key] for b in backends if b["name"] == new) for key in ("answered", "failed")]
print(route["generation"], share, *counts)
PYTHON
)
read -r generation share answered failed <<<"$numbers"

if [ "$share" = 0 ] || [ "$share" = 100 ]; then   # not begun, or done
  rm -f "$counted"
  exit 0
fi
if [ ! -f "$counted" ]; then
  echo "$answered $failed" >"$counted"
  exit 0
fi
read -r answered_then failed_then <"$counted"
if ((answered < answered_then || failed < failed_then)); then   # a router that was started anew
  answered_then=0 failed_then=0
fi
bad=$((failed - failed_then))
all=$((answered - answered_then + bad))

if ((bad * 100 > most * (all > enough ? all : enough))); then
  patchbay switch "$model" "$old" --if-gen "$generation" -m "canary: $bad of $all failed on $new"
  echo "$bad of $all requests failed on $new" >&2
  rm -f "$counted"
  exit 1
fi
((all >= enough)) || exit 0

why="canary: $bad of $all failed on $new"
if ((share < 10)); then
  patchbay weight "$model" "$old=90" "$new=10" --if-gen "$generation" -m "$why"
elif ((share < 50)); then
  patchbay weight "$model" "$old=50" "$new=50" --if-gen "$generation" -m "$why"
else
  patchbay switch "$model" "$new" --if-gen "$generation" -m "$why"
fi
echo "$answered $failed" >"$counted"
