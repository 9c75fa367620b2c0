# etcd with a login, of Debian's package.
# shellcheck shell=bash

centers+=(etcd)
etcd_packages="etcd-server etcd-client"
etcd_has() { command -v etcd >/dev/null && command -v etcdctl >/dev/null; }

etcd_url() { echo "etcd://patch:s3cret@127.0.0.1:$(port etcd)/patchbay/routes.yaml"; }
etcd_ctl() { ETCDCTL_API=3 etcdctl --endpoints "127.0.0.1:$(port etcd)" --user root:r00t "$@"; }

etcd_up() {
  local client peer
  client="http://127.0.0.1:$(port etcd)" peer="http://127.0.0.1:$(port etcd 2)"
  start etcd etcd --name t1 --data-dir data --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "t1=$peer"
  until_up etcd curl -sf --max-time 2 "$client/health"
}

etcd_prepare() {
  another_port etcd 2
  etcd_up
  local open=(etcdctl --endpoints "127.0.0.1:$(port etcd)")
  export ETCDCTL_API=3
  "${open[@]}" user add root:r00t && "${open[@]}" user grant-role root root
  "${open[@]}" role add patch && "${open[@]}" role grant-permission patch --prefix=true readwrite patchbay/
  "${open[@]}" user add patch:s3cret && "${open[@]}" user grant-role patch patch
  "${open[@]}" auth enable
}

etcd_put() {
  local file
  for file in "$@"; do etcd_ctl put patchbay/routes.yaml <"$file"; done
}
etcd_get() {
  [ "$(etcd_ctl get patchbay/routes.yaml --keys-only | wc -c)" -gt 0 ] || return 3
  etcd_ctl get patchbay/routes.yaml --print-value-only | head -c -1
}
etcd_delete() { etcd_ctl del patchbay/routes.yaml; }
# A password that is set anew ends all logins.
etcd_expire() { echo s3cret | etcd_ctl user passwd patch --interactive=false; }
