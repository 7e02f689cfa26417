#!/usr/bin/env bash
# Cold start to ready, and idle memory, of the release binary: median of RUNS starts on a fresh data folder each.
# Prints one JSON line. Usage: benches/start.sh [path of saga]
set -euo pipefail
saga=${1:-target/release/saga}
runs=${RUNS:-9}
times=() memories=()
for _ in $(seq "$runs"); do
    folder=$(mktemp -d)
    start=$(date +%s%N)
    coproc SERVER { exec "$saga" --data-dir "$folder" --set gateway.listen=127.0.0.1:0 --set admin.listen=127.0.0.1:0 serve 2>/dev/null; }
    pid=$SERVER_PID
    while read -r line <&"${SERVER[0]}"; do
        [[ $line == Ready:* ]] && break
    done
    times+=($((($(date +%s%N) - start) / 1000000)))
    sleep 2
    memories+=($(($(awk '/^Pss:/ { sum += $2 } END { print sum }' "/proc/$pid/smaps_rollup") / 1024)))
    kill -TERM "$pid"
    wait "$pid" || true
    rm -rf "$folder"
done
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
echo "{\"test\": \"saga.start\", \"ready_ms\": $(median "${times[@]}"), \"idle_pss_mib\": $(median "${memories[@]}"), \"runs\": $runs}"
