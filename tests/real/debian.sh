# For scripts to source that want programs of Debian's.
# shellcheck shell=bash

# Installs packages, whose services are not to be started: with this run level they aren't. No step
# of it waits for ever.
debian_packages() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "only root can install $*, and only with apt-get"
    return 1
  fi
  local apt=(timeout 180 apt-get -qq -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2)
  "${apt[@]}" update || return
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$@"
}
