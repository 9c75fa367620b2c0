#!/usr/bin/env bash
# Runs the HTTP cases of tests/it/http against this router, nginx and HAProxy, each as its Debian
# package has it and forwarding to the same recorder, and writes what came of it as Markdown.
#
#   tests/real/http_peers.sh > docs/http-conformance.md
#
# Everything runs in a temporary folder and on ports of its own on loopback, and ends with the
# script. A proxy that isn't installed is told on stderr and left out.
set -euo pipefail
cd "$(dirname "$0")/../.."
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

work=$(mktemp -d)
proxy=
finish() {
  [ -z "$proxy" ] || kill "$proxy" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
recorder=127.0.0.1:$(free_port)

# Builds the router along with its tests.
cargo test --quiet --no-run --test it >&2

has() {
  [ "$1" = patchbay ] || command -v "$1" >/dev/null
}

version() {
  case $1 in
  patchbay) target/debug/patchbay --version | awk '{print $2}' ;;
  nginx) nginx -v 2>&1 | sed 's/.*nginx.//' ;;
  haproxy) haproxy -v | awk 'NR == 1 {print $3}' ;;
  esac
}

# Becomes the proxy, which listens on a port.
become_patchbay() {
  printf 'models:\n  m: http://%s/v1\n' "$recorder" >"$work/routes.yaml"
  exec target/debug/patchbay run -c "$work/routes.yaml" --listen "127.0.0.1:$1" --admin 127.0.0.1:0 \
    --state-dir "$work/state"
}

become_nginx() {
  cat >"$work/nginx.conf" <<END
daemon off;
user $(id -un) $(id -gn);
pid $work/nginx.pid;
error_log $work/nginx.error crit;
worker_processes 1;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path $work/body;
  proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fastcgi;
  uwsgi_temp_path $work/uwsgi;
  scgi_temp_path $work/scgi;
  client_max_body_size 64m;
  upstream recorder { server $recorder; keepalive 16; }
  server {
    listen 127.0.0.1:$1;
    location / {
      proxy_pass http://recorder;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
END
  exec nginx -p "$work" -c "$work/nginx.conf" -e "$work/nginx.error"
}

become_haproxy() {
  cat >"$work/haproxy.cfg" <<END
global
  maxconn 512
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout http-request 15s
  timeout http-keep-alive 75s
frontend front
  bind 127.0.0.1:$1
  default_backend recorder
backend recorder
  server recorder $recorder
END
  exec haproxy -db -f "$work/haproxy.cfg"
}

measured=()
for name in patchbay nginx haproxy; do
  if ! has "$name"; then
    echo "$name is not installed: left out" >&2
    continue
  fi
  port=$(free_port)
  ("become_$name" "$port") >"$work/$name.log" 2>&1 &
  proxy=$!
  for _ in $(seq 200); do
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.05
  done
  PATCHBAY_HTTP_PEER=127.0.0.1:$port PATCHBAY_HTTP_RECORDER=$recorder PATCHBAY_HTTP_REPORT=$work/$name.tsv \
    cargo test --quiet --test it http::peers:: >&2
  kill "$proxy"
  wait "$proxy" 2>/dev/null || true
  proxy=
  measured+=("$name")
done

fails() {
  awk -F'\t' -v level="$2" '$1 == level && $3 == "fails"' "$work/$1.tsv" | wc -l
}

cases=$(wc -l <"$work/patchbay.tsv")
cat <<END
# HTTP conformance

$cases cases on raw sockets, each named after the section of RFC 9110 or RFC 9112 that it is about:
\`tests/it/http/cases\`. A case is what a client sends, what a backend answers, and what must come of it.
What reached the backend, and what the client got, is judged by reading it again with a strict parser:
whatever two parsers could read in two ways fails. After each case, a good request on a connection of
its own must get its own answer.

The router runs them in CI. This page is the same cases against the packages of Debian, each forwarding
to the same recorder, with connections to it kept:

\`\`\`sh
tests/real/http_peers.sh > docs/http-conformance.md
\`\`\`

MUST and SHOULD are the words of the section. CARE is no duty: a known vector, or a bound that all need
and the text leaves open.

Read it with care. The cases were written for this router, so where it fails one, that was a bug and is
mended; they say where peers differ, not which is better. nginx and HAProxy are older than the text,
forward what is not HTTP/1.1 by the book so that it is served, and are here without any setting that
would make them stricter. No case asks for interim answers to be forwarded (RFC 9110, section 15.2):
that is asked of a proxy that the client has chosen, and this router swallows them.

| Proxy | Passes | Fails MUST | Fails SHOULD | Fails CARE |
|---|---|---|---|---|
END
for name in "${measured[@]}"; do
  passes=$(awk -F'\t' '$3 == "passes"' "$work/$name.tsv" | wc -l)
  echo "| $name $(version "$name") | $passes of $cases | $(fails "$name" MUST) | $(fails "$name" SHOULD) | $(fails "$name" CARE) |"
done
for name in "${measured[@]}"; do
  printf '\n## What %s fails\n\n' "$name"
  awk -F'\t' '$3 == "fails" {
    why = $4; gsub(/[|`]/, " ", why); gsub(/</, "\\&lt;", why)
    if (length(why) > 140) why = substr(why, 1, 140) "…"
    printf "- %s `%s`: %s\n", $1, $2, why; some = 1
  } END { if (!some) print "Nothing." }' "$work/$name.tsv"
done
