#!/usr/bin/env bash
# Start a PostgreSQL of one's own in a folder, or stop it: postgres.sh start|stop FOLDER
#
# Prints SEGTOOL_POSTGRES='postgresql://…' once it answers. Where there is none and the system's packages may be
# installed, it is; else nothing is printed, and why is said.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin  # where runuser and what installs packages can be
what=$1 folder=$2

programs() {  # the folder of its programs, if there is one
  local found
  for found in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(pg_config --bindir 2>/dev/null || true)"; do
    if [ -x "$found/initdb" ] && [ -x "$found/createdb" ]; then
      echo "$found"
      return
    fi
  done
}

as_owner() {  # PostgreSQL refuses to run as root
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start() {
  if [ -z "$(programs)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; } >&2
  fi
  bin=$(programs)
  if [ -z "$bin" ]; then
    echo "No PostgreSQL here, and its packages cannot be installed: tests that need one will say so." >&2
    return
  fi
  mkdir -p "$folder"
  cd "$folder"
  password=$(od -An -N 16 -tx1 /dev/urandom | tr -d ' \n')
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  (umask 077 && echo "$password" >password)
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$folder"; fi

  # Much is set as segtool would not choose: an order of texts by language, another zone, other dates and floats, and
  # texts in which a backslash counts. None of that may matter.
  init=("$bin/initdb" -D "$folder/data" -U segtool -A scram-sha-256 --pwfile="$folder/password" -E UTF8)
  as_owner "${init[@]}" --locale=C.UTF-8 --locale-provider=icu --icu-locale=en >init.log 2>&1 ||
    { rm -rf data && as_owner "${init[@]}" --locale=C.UTF-8 >init.log 2>&1; } || { cat init.log >&2; return 1; }
  cat >>data/postgresql.conf <<SETTINGS
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
timezone = 'Asia/Tehran'
datestyle = 'SQL, DMY'
extra_float_digits = -3
standard_conforming_strings = off
escape_string_warning = off
lc_messages = 'C'
SETTINGS
  as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w start >&2 || { cat log >&2; return 1; }
  PGPASSWORD=$password "$bin/createdb" -h 127.0.0.1 -p "$port" -U segtool segtool
  echo "SEGTOOL_POSTGRES='postgresql://segtool:$password@127.0.0.1:$port/segtool'"
}

stop() {
  if [ -e "$folder/data/postmaster.pid" ]; then
    as_owner "$(programs)/pg_ctl" -D "$folder/data" -m immediate -w stop >&2
  fi
}

"$what"
