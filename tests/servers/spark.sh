#!/usr/bin/env bash
# Start a Spark cluster of one's own in a folder, or stop it: spark.sh start|stop FOLDER; spark.sh worker FOLDER NUMBER
#
# A master, two workers (or as many as SEGTOOL_SPARK_WORKERS says, 1 or 2) of one core each, and a Connect server. Prints SEGTOOL_SPARK='sc://…' once it answers, and
# SEGTOOL_SPARK_FOLDER, where NAME.pid has the process of each; `worker` starts one again that a test has killed. The
# cluster is the one in SPARK_HOME, else the package of the client's version is installed into the folder: the two
# do not stand side by side in one environment. Where there is no Java and the system's package of it cannot be
# installed, nothing is printed, and why is said.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin  # where runuser and what installs packages can be
what=$1 folder=$2

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

has_java() {
  local java=java
  if [ -n "${JAVA_HOME:-}" ]; then java=$JAVA_HOME/bin/java; fi
  local version
  version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p') || return 1
  [ "${version:-0}" -ge 17 ]
}

launch() {  # NAME CLASS ARGUMENTS… : a part of the cluster, in the background
  local name=$1
  shift
  "$SPARK_HOME/bin/$@" >"$folder/$name.log" 2>&1 </dev/null &
  echo $! >"$folder/$name.pid"
}

await() {  # NAME TEXT : until a part has said so
  for _ in $(seq 240); do
    if grep -q "$2" "$folder/$1.log" 2>/dev/null; then return; fi
    if ! kill -0 "$(cat "$folder/$1.pid")" 2>/dev/null; then break; fi
    sleep 0.25
  done
  tail -n 20 "$folder/$1.log" >&2
  return 1
}

settings() {
  export SPARK_LOCAL_IP=127.0.0.1 SPARK_LOCAL_HOSTNAME=127.0.0.1 SPARK_CONF_DIR="$folder/conf" SPARK_NO_DAEMONIZE=1
  export SPARK_HOME
  SPARK_HOME=$(cat "$folder/home")
}

worker() {
  settings
  launch "worker$1" spark-class org.apache.spark.deploy.worker.Worker "spark://127.0.0.1:$(cat "$folder/port")" \
    --host 127.0.0.1 --cores 1 --memory 2g --webui-port 0 --work-dir "$folder/work$1"
}

start() {
  if ! has_java && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openjdk-17-jre-headless; } >&2 || true
  fi
  if ! has_java; then
    echo "No Java of version 17 or later here, and none can be installed: tests that need Spark are skipped." >&2
    return
  fi
  mkdir -p "$folder/conf"
  if [ -z "${SPARK_HOME:-}" ]; then
    local version
    version=$(python3 -c 'from importlib.metadata import version; print(version("pyspark-client"))')
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/python" -m pip install --quiet --no-compile "pyspark==$version" >&2
    SPARK_HOME=$(echo "$folder"/venv/lib/python*/site-packages/pyspark)
  fi
  echo "$SPARK_HOME" >"$folder/home"
  settings
  local port connect
  port=$(free_port)
  echo "$port" >"$folder/port"
  # the zone is set as segtool would not choose it: it may not matter
  cat >"$folder/conf/spark-defaults.conf" <<SETTINGS
spark.driver.host                127.0.0.1
spark.driver.bindAddress         127.0.0.1
spark.driver.memory              1g
spark.executor.cores             1
spark.executor.memory            1g
spark.sql.session.timeZone       Asia/Tehran
spark.sql.shuffle.partitions     2
spark.sql.warehouse.dir          $folder/warehouse
spark.local.dir                  $folder/local
spark.ui.enabled                 false
spark.ui.showConsoleProgress     false
SETTINGS
  launch master spark-class org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "$port" --webui-port 0
  await master "New state: ALIVE"
  for number in $(seq "${SEGTOOL_SPARK_WORKERS:-2}"); do worker "$number"; done
  connect=$(free_port)
  launch connect spark-submit --master "spark://127.0.0.1:$port" \
    --conf spark.connect.grpc.binding.address=127.0.0.1 --conf "spark.connect.grpc.binding.port=$connect" \
    --class org.apache.spark.sql.connect.service.SparkConnectServer spark-internal
  for number in $(seq "${SEGTOOL_SPARK_WORKERS:-2}"); do await "worker$number" "Successfully registered"; done
  await connect "Spark Connect server started at"
  echo "SEGTOOL_SPARK='sc://127.0.0.1:$connect'"
  echo "SEGTOOL_SPARK_FOLDER='$folder'"
}

stop() {
  local processes=() process
  for name in connect worker1 worker2 master; do
    if [ -e "$folder/$name.pid" ]; then processes+=("$(cat "$folder/$name.pid")"); fi
  done
  for process in "${processes[@]+"${processes[@]}"}"; do kill "$process" 2>/dev/null || true; done
  for _ in $(seq 40); do
    local left=0
    for process in "${processes[@]+"${processes[@]}"}"; do
      if kill -0 "$process" 2>/dev/null; then left=1; fi
    done
    if [ "$left" = 0 ]; then return; fi
    sleep 0.25
  done
  for process in "${processes[@]+"${processes[@]}"}"; do kill -9 "$process" 2>/dev/null || true; done
}

"$what" "${@:3}"
