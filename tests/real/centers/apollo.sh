# Apollo: its config service, admin service and portal, over two H2 databases in files.
#
# Nobody publishes Apollo's servers in a package registry, so they can't be installed here.
# PATCHBAY_APOLLO names a folder that holds, at any depth, the jars of apollo-configservice,
# apollo-adminservice and apollo-portal, as the zips of a release have them, and the two scripts of
# scripts/sql/profiles/h2-default from Apollo's sources.
# shellcheck shell=bash

centers+=(apollo)
# Its portal and its database go on while the config service is away.
apollo_traits="not-atomic written-apart lists-nobody"
apollo_app=patchbay
apollo_namespace=routes.yaml

apollo_file() { find "${PATCHBAY_APOLLO:-/nowhere}" -path "*/$1" ! -name '*-sources.jar' -print -quit 2>/dev/null | grep .; }
apollo_has() {
  command -v java >/dev/null && apollo_file 'apollo-configservice-*.jar' && apollo_file 'apollo-adminservice-*.jar' \
    && apollo_file 'apollo-portal-*.jar' && apollo_file h2-default/apolloconfigdb.sql \
    && apollo_file h2-default/apolloportaldb.sql
} >/dev/null
apollo_install() {
  echo "Java and PATCHBAY_APOLLO=FOLDER are needed, with what tests/real/centers/apollo.sh says in it"
  return 1
}

# Starts one of the three: apollo_start CENTER MODULE OPTION…
apollo_start() {
  local center=$1 module=$2
  shift 2
  start "$center" nice java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.net.preferIPv4Stack=true \
    -Dh2.bindAddress=127.0.0.1 -Dserver.address=127.0.0.1 -Dserver.port="$(port "$center")" \
    -Dspring.datasource.username=sa -Dspring.datasource.password= -Dlogging.file.name=apollo.log \
    "$@" -jar "$(apollo_file "apollo-$module-*.jar")"
}
# The first who opens a database serves it to the others, and that is never the one who is killed.
apollo_database() {
  echo "-Dspring.datasource.url=jdbc:h2:file:$(folder "$1")/data;AUTO_SERVER=TRUE;MODE=MySQL;BUILTIN_ALIAS_OVERRIDE=TRUE;DATABASE_TO_UPPER=FALSE"
}
apollo_tables() {
  echo "-Dspring.sql.init.mode=always"
  echo "-Dspring.sql.init.schema-locations=file:$(apollo_file "h2-default/$1")"
}
apollo_is_up() { [ "$(curl -s --max-time 5 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$(port "$1")/health")" = 200 ]; }
# What two services say of themselves in the database, in place of the Eureka in one of them.
apollo_registered() {
  echo "-Dspring.profiles.active=github,database-discovery"
  echo "-Dapollo.service.registry.uri=http://127.0.0.1:$(port "$1")/"
}

# Only the config service is killed: it is what clients speak to.
apollo_up() {
  local options
  mapfile -t options < <(apollo_registered apollo)
  apollo_start apollo configservice "${options[@]}" "$(apollo_database apollo-admin)"
  patience=180 until_up apollo apollo_is_up apollo
}

apollo_prepare() {
  local options center
  for center in apollo-admin apollo-portal; do
    mkdir "$(folder "$center")"
    another_port "$center"
  done
  mapfile -t options < <(apollo_registered apollo-admin && apollo_tables apolloconfigdb.sql)
  apollo_start apollo-admin adminservice "${options[@]}" "$(apollo_database apollo-admin)"
  mapfile -t options < <(apollo_tables apolloportaldb.sql)
  apollo_start apollo-portal portal -Dspring.profiles.active=github,auth "-Ddev_meta=http://127.0.0.1:$(port apollo)" \
    "${options[@]}" "$(apollo_database apollo-portal)"
  patience=180 until_up apollo-admin apollo_is_up apollo-admin
  apollo_up
  patience=180 until_up apollo-portal apollo_is_up apollo-portal
  apollo_make_app
}

# What a user does in the portal: apollo_console METHOD PATH [JSON]
apollo_console() {
  curl -sS --fail-with-body --max-time 20 -b "$(folder apollo-portal)/cookies" -X "$1" \
    "http://127.0.0.1:$(port apollo-portal)/$2" ${3:+-H 'Content-Type: application/json' -d "$3"}
}
# How a program names the document there, and itself.
apollo_place() {
  echo "http://127.0.0.1:$(port apollo-portal)/openapi/v1/envs/DEV/apps/$apollo_app/clusters/default/namespaces/$apollo_namespace"
}
apollo_token() { echo "Authorization: $(cat "$(folder apollo)/token")"; }
apollo_member() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

apollo_make_app() {
  local who='"orgId": "TEST1", "orgName": "one", "ownerName": "apollo"' namespace id
  namespace="{\"appId\": \"$apollo_app\", \"clusterName\": \"default\", \"namespaceName\": \"$apollo_namespace\"}"
  curl -sS --fail-with-body --max-time 20 -c "$(folder apollo-portal)/cookies" -o /dev/null \
    -d 'username=apollo&password=admin' "http://127.0.0.1:$(port apollo-portal)/signin"
  # The portal looks only now and then where the admin service is, and whether it is well; an app
  # that is made before is not made there.
  patience=60 until_up apollo-portal apollo_sees_admin
  apollo_console POST apps "{\"appId\": \"$apollo_app\", \"name\": \"patchbay\", \"admins\": [], $who}"
  # It tells the admin service of the app afterwards.
  until_up apollo-admin curl -sf --max-time 5 "http://127.0.0.1:$(port apollo-admin)/apps/$apollo_app/clusters/default"
  apollo_console POST "apps/$apollo_app/appnamespaces" \
    "{\"appId\": \"$apollo_app\", \"name\": \"${apollo_namespace%.*}\", \"format\": \"${apollo_namespace##*.}\", \"isPublic\": false}"
  apollo_console POST consumers "{\"appId\": \"deployer\", \"name\": \"deployer\", $who}" | apollo_member token >"$(folder apollo)/token"
  apollo_console POST "consumers/$(cat "$(folder apollo)/token")/assign-role?type=NamespaceRole" "$namespace"
  apollo_console POST "apps/$apollo_app/envs/DEV/accesskeys" '{"dataChangeCreatedBy": "apollo"}' >"$(folder apollo)/key"
  apollo_member secret <"$(folder apollo)/key" >"$(folder apollo)/secret"
  id=$(apollo_member id <"$(folder apollo)/key")
  apollo_console PUT "apps/$apollo_app/envs/DEV/accesskeys/$id/enable"
  until_up apollo apollo_wants_signature
}
apollo_sees_admin() {
  grep -q DEV <<<"$(apollo_console GET envs)" \
    && grep -q 'namespace not exist' <<<"$(apollo_console GET apps/nobody/envs/DEV/clusters/default/namespaces || true)"
}
apollo_wants_signature() {
  [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$(port apollo)/configs/$apollo_app/default/$apollo_namespace")" = 401 ]
}

apollo_url() {
  echo "apollo://127.0.0.1:$(port apollo)/$apollo_app/default/$apollo_namespace?secret=$(cat "$(folder apollo)/secret")&portal=http://127.0.0.1:$(port apollo-portal)&token=$(cat "$(folder apollo)/token")&env=DEV&user=apollo"
}
# All edits and releases by one curl, since one for each would take most of the time.
apollo_put() {
  local requests='import json, sys
for number, file in enumerate(sys.argv[1:]):
    item = {"key": "content", "value": open(file, newline="").read(), "comment": "",
            "dataChangeCreatedBy": "apollo", "dataChangeLastModifiedBy": "apollo"}
    release = {"releaseTitle": "by hand", "releasedBy": "apollo"}
    for method, what, body in [("PUT", "items/content?createIfNotExists=true", item), ("POST", "releases", release)]:
        print(method, what, json.dumps(body), sep="\n")'
  local method what body options=()
  while IFS= read -r method && IFS= read -r what && IFS= read -r body; do
    options+=(--next -sS --fail-with-body --fail-early --max-time 20 -X "$method" -H "$(apollo_token)"
      -H 'Content-Type: application/json' -d "$body" "$(apollo_place)/$what")
  done < <(python3 -c "$requests" "$@")
  curl "${options[@]:1}"
}
apollo_get() {
  local latest='import json, sys
content = json.loads(sys.stdin.read() or "{}").get("configurations", {}).get("content")
sys.exit(3) if content is None else sys.stdout.write(content)'
  curl -sS --fail-with-body --max-time 20 -H "$(apollo_token)" "$(apollo_place)/releases/latest" | python3 -c "$latest"
}
# A namespace can't go back to having no release, but it can be made anew.
apollo_delete() {
  apollo_console DELETE "apps/$apollo_app/envs/DEV/clusters/default/linked-namespaces/$apollo_namespace"
  apollo_console POST "apps/$apollo_app/namespaces" "[{\"env\": \"DEV\", \"namespace\": {\"appId\": \"$apollo_app\", \"clusterName\": \"default\", \"namespaceName\": \"$apollo_namespace\"}}]"
}
