#!/bin/sh
# Makes the data folder on the first start, as the official image does for the settings named here, then runs the server.
set -eu

fail() {
  echo "docker-entrypoint: $1" >&2
  exit 1
}

# A password can come as a file, so that it is in no environment.
read_secret_file() {
  eval "file=\${$1_FILE:-}"
  [ -z "$file" ] && return
  eval "value=\${$1:-}"
  [ -z "$value" ] || fail "both $1 and $1_FILE are set"
  eval "$1=\$(cat \"\$file\")"
  unset "$1_FILE"
}

make_data_folder() {
  [ -n "${POSTGRES_PASSWORD:-}" ] || fail "POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE) must be set for a new data folder"
  user="${POSTGRES_USER:-postgres}"
  [ "${POSTGRES_DB:-$user}" = "$user" ] && [ "$user" = postgres ] || fail "only user and database postgres are made here"
  # Word splitting is the interface of POSTGRES_INITDB_ARGS.
  printf '%s\n' "$POSTGRES_PASSWORD" |
    initdb --username="$user" --pwfile=/dev/stdin --auth=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
}

case "${1:-}" in -*) set -- postgres "$@" ;; esac

if [ "${1:-}" = postgres ]; then
  [ "$(id -u)" -ne 0 ] || fail "run it as uid 999: PostgreSQL refuses root"
  [ -z "$(ls /docker-entrypoint-initdb.d 2>/dev/null)" ] || fail "/docker-entrypoint-initdb.d is not supported here"
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA"
  read_secret_file POSTGRES_PASSWORD
  [ -s "$PGDATA/PG_VERSION" ] || make_data_folder
  unset POSTGRES_PASSWORD
fi

exec "$@"
