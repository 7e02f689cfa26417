#!/usr/bin/env bash
# Every measurement of `benches/` against one release binary, one after the other, in under 20 minutes once everything is built. Prints
# JSON lines and keeps them in OUT (benches.jsonl). What a measurement needs and the machine lacks is told in a line of its own:
# nothing is left out in silence.
#
#   cargo build --release && benches/all.sh
#
# BENCH     the folder of `../shared/bench`, with its peers set up in PERF_DIR as its README says (Apollo, Strawberry, wrk)
# LITELLM   the program of PyPI's `litellm[proxy]`; ORACLE the Python of a venv with `langgraph-cli[inmem]` and `langgraph-sdk`
# SAGA_TEST_POSTGRES_URL, SAGA_TEST_AMQP_URL: servers, as `.ci/services env` prints them
# BUILD=1   also those that `cargo bench` builds: engine, queue, fan-out, identity, spend
set -uo pipefail
cd "$(dirname "$0")/.."
export SAGA=${SAGA:-$PWD/target/release/saga}
BENCH=${BENCH:-../shared/bench} ORACLE=${ORACLE:-} LITELLM=${LITELLM:-} OUT=${OUT:-benches.jsonl}
export LITELLM PERF_DIR=${PERF_DIR:-$PWD/.bench}
python=$PERF_DIR/venv/bin/python

tell() { printf '{"test": "%s", "%s": "%s"}\n' "$1" "$2" "$3" | tee -a "$OUT"; }

# measure NAME LIMIT COMMAND...: its JSON lines; a failure is a line, too.
measure() {
    local name=$1 limit=$2
    shift 2
    echo "== $name (${SECONDS}s)" >&2
    timeout "$limit" "$@" 2>"${OUT%.jsonl}.$name.log" | grep '^{' | tee -a "$OUT"
    local status=${PIPESTATUS[0]}
    ((status == 0)) || tell "$name" failed "status $status; see ${OUT%.jsonl}.$name.log"
}

[[ -x $SAGA ]] || { echo "no binary at $SAGA: cargo build --release" >&2; exit 2; }
: >"$OUT"
printf '{"test": "machine", "revision": "%s", "cores": %s, "binary_mib": %s, "date": "%s"}\n' "$(git rev-parse --short HEAD)" "$(nproc)" \
    "$(($(stat -c %s "$SAGA") / 1048576))" "$(date --utc +%F)" | tee -a "$OUT"

measure start 120 benches/start.sh "$SAGA"
measure story 120 benches/story.sh "$PWD" "$SAGA"
measure signin 180 python3 benches/signin.py
measure chat 180 python3 benches/chat.py
measure gateways 240 python3 benches/gateways.py --seconds 6 --rates 50,100,1000
if [[ -x $python ]]; then
    PYTHONPATH=$BENCH measure graphql 240 "$python" benches/graphql.py 6 3
    PYTHONPATH=$BENCH measure bystander 180 "$python" benches/bystander.py 2
    PYTHONPATH=$BENCH measure subscriptions 180 "$python" benches/subscriptions.py 5000
else
    tell graphql skipped "no peers at $PERF_DIR: see $BENCH/README.md"
fi
if [[ -n $ORACLE ]]; then
    measure langgraph 120 "$ORACLE" benches/langgraph.py --seconds 10 --clients 8
else
    tell langgraph skipped "ORACLE names no Python"
fi
if command -v rclone >/dev/null; then
    measure backup 300 python3 benches/backup.py
else
    tell backup skipped "rclone is not installed"
fi
measure codeforge 180 python3 benches/codeforge.py --rounds 20
measure day 420 python3 benches/day.py 1000 180

if [[ ${BUILD:-} == 1 ]]; then
    measure fanout 1800 cargo bench --bench fanout
    measure flow_load 1800 cargo bench -p story-svc --bench flow_load
    measure auth 1800 cargo bench -p gateway --bench auth
    measure spend 1800 cargo bench -p billing-svc --bench spend
    if [[ -n ${SAGA_TEST_AMQP_URL:-} && -n ${SAGA_TEST_POSTGRES_URL:-} ]]; then
        measure queue_load 1800 cargo bench -p story-svc --bench queue_load -- 5000 100000
    else
        tell queue_load skipped "SAGA_TEST_AMQP_URL and SAGA_TEST_POSTGRES_URL name no servers"
    fi
else
    tell built skipped "BUILD=1 builds and runs fanout, flow_load, auth, spend and queue_load, too"
fi
