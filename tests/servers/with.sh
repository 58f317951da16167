#!/usr/bin/env bash
# Run a command with the servers that some tests need, a PostgreSQL and a Spark cluster of two workers:
#
#     bash tests/servers/with.sh python -m pytest tests/test_engines.py
#
# They listen on this machine alone and end with the command. One whose address is said already, by SEGTOOL_POSTGRES
# or SEGTOOL_SPARK, is not started; one that cannot be had here is left out, and why is said.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/segtool-servers.XXXXXX")
chmod 711 "$folder"  # PostgreSQL runs as a user of its own

finish() {
  trap '' INT TERM
  for server in postgres spark; do
    bash "$here/$server.sh" stop "$folder/$server" || true
  done
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[ -n "${SEGTOOL_POSTGRES:-}" ] || bash "$here/postgres.sh" start "$folder/postgres" >"$folder/postgres.env"
[ -n "${SEGTOOL_SPARK:-}" ] || bash "$here/spark.sh" start "$folder/spark" >"$folder/spark.env"
set -a
for said in "$folder"/*.env; do
  # shellcheck disable=SC1090
  if [ -e "$said" ]; then . "$said"; fi
done
set +a
"$@"
