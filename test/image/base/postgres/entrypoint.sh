#!/bin/sh
# What the official image does with POSTGRES_USER and POSTGRES_PASSWORD, and no more.
set -eu
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
mkdir -p "$PGDATA" && chown postgres "$PGDATA" && chmod 0700 "$PGDATA"
mkdir -p /run/postgresql && chown postgres /run/postgresql
as_postgres() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=$(mktemp)
  chown postgres "$password"
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
  as_postgres initdb --username="$POSTGRES_USER" --pwfile="$password" --auth=scram-sha-256 --encoding=UTF8
  rm "$password"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
fi
exec setpriv --reuid postgres --regid postgres --init-groups postgres -c listen_addresses='*'
