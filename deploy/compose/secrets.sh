#!/bin/sh
# Makes the keys and passwords of chain.yml in secrets/, readable by you alone from outside and by the containers through Docker. What is
# there already stays.
set -eu
cd "$(dirname "$0")"
install -d -m 0700 secrets
make() {
  [ -e "secrets/$1" ] || { cat >"secrets/$1" && chmod 0444 "secrets/$1"; }
}
random() { openssl rand -hex 24; }
openssl rand -hex 32 | make master.key
random | tr -d '\n' | make owner_password
random | tr -d '\n' | make app_password
random | tr -d '\n' | make redis_password
random | tr -d '\n' | make grafana_password
printf 'postgres://gondola_app:%s@postgres/shop' "$(cat secrets/app_password)" | make database_url
printf 'postgres://gondola_owner:%s@postgres/shop' "$(cat secrets/owner_password)" | make database_admin_url
printf 'redis://:%s@redis:6379/0' "$(cat secrets/redis_password)" | make cache_url
printf '{"identities":[{"name":"gondola","credentials":[{"accessKey":"%s","secretKey":"%s"}],"actions":["Admin"]}]}\n' "$(random)" "$(random)" | make objects.json
# Made by the program once it runs; Prometheus starts without.
: | make prometheus.key
chmod 0644 secrets/prometheus.key
echo 'secrets/ is there. Keep a copy of secrets/master.key away from the copies of the data; put proxy.pem there too.'
