#!/bin/sh
# Makes the keys and passwords of chain.yml in secrets/, readable by you alone from outside and by the containers through Docker. What is
# there already stays. Needs the image `gondola`, which makes the key of backups.
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
random | tr -d '\n' | make object_key_id
random | tr -d '\n' | make object_key
printf 'postgres://gondola_app:%s@postgres/shop' "$(cat secrets/app_password)" | make database_url
printf 'postgres://gondola_owner:%s@postgres/shop' "$(cat secrets/owner_password)" | make database_admin_url
printf 'redis://:%s@redis:6379/0' "$(cat secrets/redis_password)" | make cache_url
# Who is named here can open backups; the servers need no more than the name.
if [ ! -e secrets/backup.env ]; then
  identity=$(docker run --rm --network none --entrypoint sh gondola -c 'gondola backup key /tmp/identity >/dev/null && cat /tmp/identity')
  printf '%s\n' "$identity" | make backup-identity.txt
  recipient=$(sed -n 's/^# public key: //p' secrets/backup-identity.txt)
  [ -n "$recipient" ] || { echo 'secrets/backup-identity.txt names no recipient' >&2; exit 1; }
  printf 'GONDOLA_BACKUP_RECIPIENT=%s\n' "$recipient" | make backup.env
fi
# Made by the program once it runs; Prometheus starts without.
: | make prometheus.key
chmod 0644 secrets/prometheus.key
echo 'secrets/ is there. Keep a copy of secrets/master.key away from the copies of the data; put proxy.pem there too.
Take secrets/backup-identity.txt to a safe place off this machine: it alone opens backups.'
