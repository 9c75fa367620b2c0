# r-nacos, which has the API of Nacos 2.x and gRPC. Nobody distributes it built; getting it takes
# some ten minutes of a core, so it is only checked where it is, or PATCHBAY_RNACOS=PROGRAM names it:
#
#   CARGO_PROFILE_DEV_DEBUG=0 cargo install rnacos --locked --version 0.8.8 --debug
#
# It does not look at casMd5; and an instance that went and came back shows what it said before.
# shellcheck shell=bash

centers+=(rnacos)
rnacos_traits=not-atomic
rnacos_program=${PATCHBAY_RNACOS:-rnacos}
rnacos_has() { command -v "$rnacos_program" >/dev/null; }
rnacos_install() { echo "tests/real/centers/rnacos.sh says how to get it"; }

rnacos_url() { nacos_url rnacos; }

rnacos_up() {
  start rnacos env RNACOS_SDK_HOST=127.0.0.1 RNACOS_CONSOLE_HOST=127.0.0.1 RNACOS_HTTP_PORT="$(port rnacos)" \
    RNACOS_GRPC_PORT="$(($(port rnacos) + 1000))" RNACOS_HTTP_CONSOLE_PORT="$(port rnacos 3)" RNACOS_DATA_DIR=data \
    RNACOS_RAFT_NODE_ADDR="127.0.0.1:$(port rnacos 2)" RNACOS_ENABLE_OPEN_API_AUTH=true \
    RNACOS_API_LOGIN_ONE_MINUTE_LIMIT=1000000 RNACOS_INIT_ADMIN_USERNAME=patch \
    RNACOS_INIT_ADMIN_PASSWORD=s3cret "$rnacos_program"
  until_up rnacos nacos_takes rnacos
}

rnacos_prepare() {
  nacos_ports rnacos
  echo $(($(port rnacos) + 1000)) >"$(folder rnacos)/port2"
  another_port rnacos 3
  rnacos_up
}

rnacos_put() { nacos_put rnacos "$@"; }
rnacos_get() { nacos_get rnacos; }
rnacos_delete() { nacos_delete rnacos; }
