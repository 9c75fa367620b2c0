# Nacos 2.x and 3.x: Alibaba's source as others have built it for Maven. The documents are
# published with curl, as in Nacos' manual, and both sides log in as a user who may use the
# namespace `public` only.
#
# PATCHBAY_NACOS_MODE=http|grpc|poll has patchbay ask in this way, not in the one that it finds.
# PATCHBAY_NACOS_NAMING=yes starts the naming of 3.x as well, in which replicas are listed.
# shellcheck shell=bash

centers+=(nacos2 nacos3)
nacos2_traits="refuses-blank lists-nobody"
nacos3_traits="refuses-blank ${PATCHBAY_NACOS_NAMING:-lists-nobody}"

# ---- Getting and starting them ----

nacos2_has() { nacos_has nacos2; }
nacos3_has() { nacos_has nacos3; }
nacos2_install() { nacos_install nacos2; }
nacos3_install() { nacos_install nacos3; }
nacos2_prepare() { nacos_prepare nacos2; }
nacos3_prepare() { nacos_prepare nacos3; }
nacos2_up() { nacos_up nacos2; }
nacos3_up() { nacos_up nacos3; }

nacos_has() { [ -e "$PATCHBAY_REAL_CACHE/$1/classes/com/alibaba/nacos/Start.class" ]; }

# The jars stay where Maven keeps its own; what starts them is compiled.
nacos_install() {
  local place="$PATCHBAY_REAL_CACHE/$1" source="$here/nacos/${1#nacos}"
  command -v mvn >/dev/null && command -v javac >/dev/null || { echo "it needs a JDK and Maven"; return 1; }
  mkdir -p "$place"
  timeout 600 mvn -q -B -f "$source/pom.xml" dependency:build-classpath "-Dmdep.outputFile=$place/jars" || return
  javac -cp "$(cat "$place/jars")" -d "$place/classes" "$source/Start.java"
}

# Naming is left out if it is not asked for, as it keeps a raft log of half a gigabyte. Derby does not force its writes to
# the disk: the process is killed here, not the machine.
nacos_start() {
  local place="$PATCHBAY_REAL_CACHE/$1" home port mode=()
  home=$(folder "$1")
  port=$(port "$1")
  [ -n "${PATCHBAY_NACOS_NAMING:-}" ] || mode=(-Dnacos.functionMode=config)
  start "$1" java -Xmx400m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "-Duser.home=$home" "-Dnacos.home=$home" \
    "-Dserver.port=$port" "-Dnacos.server.main.port=$port" -Dnacos.standalone=true \
    "${mode[@]}" -Dderby.system.durability=test -cp "$home/conf:$place/classes:$(cat "$place/jars")" com.alibaba.nacos.Start
}

nacos_up() {
  nacos_start "$1"
  patience=180 until_up "$1" nacos_takes "$1"
}
nacos_takes() { nacos_config "$1" "$(nacos_token "$1")" up PUT =yes | nacos_done; }

# Raft is 1000 below the port for HTTP, gRPC 1000 above it and one more. In 2.x, gRPC listens
# on all interfaces.
nacos_ports() {
  local port offset
  while :; do
    another_port "$1"
    port=$(port "$1")
    [ "$port" -lt 31000 ] || continue
    for offset in -1000 1000 1001; do
      ! (exec 9<>"/dev/tcp/127.0.0.1/$((port + offset))") 2>/dev/null || continue 2
    done
    return
  done
}

nacos_key() { head -c 48 /dev/urandom | base64 -w 0; }

nacos_prepare() {
  local home
  home=$(folder "$1")
  nacos_ports "$1"
  mkdir "$home/conf"
  # 3.x without what it keeps of 2.x, as its later versions come.
  printf '%s\n' server.address=127.0.0.1 server.servlet.contextPath=/nacos server.error.include-message=ALWAYS \
    nacos.inetutils.ip-address=127.0.0.1 db.pool.config.connectionTimeout=60000 \
    nacos.core.api.compatibility.client.enabled=false nacos.core.auth.system.type=nacos nacos.core.auth.enabled=true \
    nacos.core.auth.admin.enabled=true nacos.core.auth.caching.enabled=false nacos.core.auth.server.identity.key=patch \
    nacos.core.auth.server.identity.value=bay "nacos.core.auth.plugin.nacos.token.secret.key=$(nacos_key)" \
    >"$home/conf/application.properties"
  nacos_start "$1"
  patience=180 until_up "$1" curl -sS --max-time 2 "$(nacos_at "$1" "")"
  nacos_users "$1"
  patience=180 until_up "$1" nacos_takes "$1"
}

nacos_users() {
  local token first=v1/auth/users/admin paths=(v1/auth/users v1/auth/roles v1/auth/permissions) public=':*:*'
  if [ "$1" = nacos3 ]; then
    first=v3/auth/user/admin paths=(v3/auth/user v3/auth/role v3/auth/permission) public='public:*:*'
  fi
  nacos_curl -d password=r00t "$(nacos_at "$1" "$first")"
  token=$(nacos_token "$1" nacos r00t)
  nacos_curl -d username=patch -d password=s3cret "$(nacos_at "$1" "${paths[0]}")?accessToken=$token"
  nacos_curl -d role=router -d username=patch "$(nacos_at "$1" "${paths[1]}")?accessToken=$token"
  nacos_curl -d role=router -d "resource=$public" -d action=rw "$(nacos_at "$1" "${paths[2]}")?accessToken=$token"
}

# ---- Using them ----

nacos2_url() { nacos_url nacos2; }
nacos3_url() { nacos_url nacos3; }
nacos_url() {
  echo "nacos://patch:s3cret@127.0.0.1:$(port "$1")/routes.yaml${PATCHBAY_NACOS_MODE:+?mode=$PATCHBAY_NACOS_MODE}"
}

nacos_at() { echo "http://127.0.0.1:$(port "$1")/nacos/$2"; }
nacos_curl() { curl -sS --fail-with-body --max-time 10 "$@"; }

# A login's token: nacos_token CENTER [USER PASSWORD]
nacos_token() {
  local door=v1/auth/login
  if [ "$1" = nacos3 ]; then door=v3/auth/user/login; fi
  nacos_curl -d "username=${2:-patch}" -d "password=${3:-s3cret}" "$(nacos_at "$1" "$door")" \
    | sed -n 's/.*"accessToken":"\([^"]*\)".*/\1/p' | grep .
}

# Handles a data id: nacos_config CENTER TOKEN DATA_ID GET|DELETE|PUT [=TEXT|@FILE]
nacos_config() {
  local path=v1/cs/configs group=group method=(-G)
  if [ "$1" = nacos3 ]; then path=v3/admin/cs/config group=groupName; fi
  case $4 in
    DELETE) method=(-G -X DELETE) ;;
    PUT) method=(-d type=yaml --data-urlencode "content$5") ;;
  esac
  nacos_curl -d "dataId=$3" -d "$group=DEFAULT_GROUP" "${method[@]}" "$(nacos_at "$1" "$path")?accessToken=$2"
}
nacos_done() { grep -q -e '^true$' -e '"data":true'; }

# What clients are given; it comes a moment after what was published: nacos_shows CENTER TOKEN
nacos_shows() {
  if [ "$1" = nacos3 ]; then
    nacos_curl -G -d "accessToken=$2" -d dataId=routes.yaml -d groupName=DEFAULT_GROUP \
      "$(nacos_at "$1" v3/client/cs/config)" \
      | python3 -c 'import json, sys; sys.stdout.buffer.write(json.load(sys.stdin)["data"]["content"].encode())'
  else
    nacos_config "$1" "$2" routes.yaml GET
  fi
}
nacos_shows_file() { nacos_shows "$1" "$2" | cmp - "$3"; }
nacos_shows_nothing() { ! nacos_shows "$1" "$2"; }

nacos2_put() { nacos_put nacos2 "$@"; }
nacos3_put() { nacos_put nacos3 "$@"; }
nacos_put() {
  local token file
  token=$(nacos_token "$1")
  for file in "${@:2}"; do nacos_config "$1" "$token" routes.yaml PUT "@$file" | nacos_done; done
  until_up "$1" nacos_shows_file "$1" "$token" "$file"
}

nacos2_get() { nacos_get nacos2; }
nacos3_get() { nacos_get nacos3; }
nacos_get() { nacos_shows "$1" "$(nacos_token "$1")" || return 3; }

nacos2_delete() { nacos_delete nacos2; }
nacos3_delete() { nacos_delete nacos3; }
nacos_delete() {
  local token
  token=$(nacos_token "$1")
  nacos_config "$1" "$token" routes.yaml DELETE | nacos_done
  until_up "$1" nacos_shows_nothing "$1" "$token"
}

# With another key, no login that was given before is good.
nacos2_expire() { nacos_expire nacos2; }
nacos3_expire() { nacos_expire nacos3; }
nacos_expire() {
  local token
  token=$(nacos_token "$1")
  sed -i "s|\(token.secret.key=\).*|\1$(nacos_key)|" "$(folder "$1")/conf/application.properties"
  until_up "$1" nacos_refuses "$1" "$token"
}
nacos_refuses() { ! nacos_config "$1" "$2" up GET; }
