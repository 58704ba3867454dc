#!/bin/sh
# Run once by PostgreSQL's image in an empty database: the user of the servers, who may not change tables.
set -eu
[ -s /run/secrets/app_password ] || { echo '/run/secrets/app_password is empty' >&2; exit 1; }
# psql reads the password itself: arguments are for all to see.
psql --set ON_ERROR_STOP=1 --username gondola_owner --dbname shop <<'SQL'
\set password `cat /run/secrets/app_password`
CREATE ROLE gondola_app LOGIN PASSWORD :'password';
REVOKE ALL ON DATABASE shop FROM PUBLIC;
GRANT CONNECT ON DATABASE shop TO gondola_app;
SQL
