#!/bin/sh
# Brings both databases to the schema of this image's version: creates them, upgrades them, or finds nothing to do.
# Where the databases are, and as whom: SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD, which the tool reads itself.
set -eu

versions=${TEMPORAL_SCHEMA_DIRECTORY:-/etc/temporal/schema/postgresql/v12}

bring_up_to_date() {
  temporal-sql-tool --database "$1" create
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-dir "$versions/$2/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
