#!/bin/bash
# As the official image's: makes the cluster at the first start, of POSTGRES_USER, POSTGRES_PASSWORD (each also by _FILE),
# POSTGRES_DB and POSTGRES_INITDB_ARGS, then becomes the server.
set -euo pipefail

from_file() {
  local file="${1}_FILE"
  if [ -n "${!file:-}" ]; then export "$1"="$(< "${!file}")"; fi
}
from_file POSTGRES_USER; from_file POSTGRES_PASSWORD; from_file POSTGRES_DB
: "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}" "${POSTGRES_INITDB_ARGS:=}"

if [ "${1:0:1}" = '-' ]; then set -- postgres "$@"; fi

if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then echo 'POSTGRES_PASSWORD has to be given' >&2; exit 1; fi
  mkdir -p "$PGDATA"; chmod 700 "$PGDATA"
  fresh="$PGDATA/unfinished"; rm -rf "$fresh"
  # shellcheck disable=SC2086 -- arguments are words
  initdb --pgdata="$fresh" --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 $POSTGRES_INITDB_ARGS
  echo 'host all all all scram-sha-256' >> "$fresh/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    printf 'CREATE DATABASE "%s"\n' "${POSTGRES_DB//\"/\"\"}" | postgres --single -D "$fresh" postgres > /dev/null
  fi
  # PG_VERSION last: a start that was cut off begins again.
  find "$fresh" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv -f -t "$PGDATA" {} +
  mv "$fresh/PG_VERSION" "$PGDATA/"; rmdir "$fresh"
fi

if [ "$1" = postgres ]; then shift; set -- postgres -D "$PGDATA" -c listen_addresses='*' "$@"; fi
exec "$@"
