"""Stream events a second over LangGraph's door, beside `langgraph dev` with the same graph, in one run: clients that each begin runs of a two-node graph
on threads of their own and read the streams to their ends (`values` and `updates`: a run is six events). Prints JSON.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install 'langgraph-cli[inmem]' langgraph-sdk
    SAGA=target/release/saga /tmp/oracle/bin/python benches/langgraph.py --seconds 10 --clients 8

SAGA names the binary (target/release/saga). Ours commits every step to its database (SQLite); theirs keeps its states in memory.
"""

import argparse
import asyncio
import json
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/clients"))


async def count_events(client, clients, seconds):
    begun = time.perf_counter()
    end, events, runs, first = begun + seconds, 0, 0, []

    async def go_on():
        nonlocal events, runs
        while time.perf_counter() < end:
            thread = await client.threads.create()
            asked, is_first = time.perf_counter(), True
            async for _ in client.runs.stream(thread["thread_id"], "plain", input={"topic": "cats"}, stream_mode=["values", "updates"]):
                if is_first:
                    first.append(time.perf_counter() - asked)
                is_first, events = False, events + 1
            runs += 1

    await asyncio.gather(*(go_on() for _ in range(clients)))
    took, first = time.perf_counter() - begun, sorted(first)
    return {"events_per_second": round(events / took, 1), "runs": runs, "events": events, "first_event_p50_ms": round(first[len(first) // 2] * 1000, 1),
            "first_event_p99_ms": round(first[int(len(first) * 0.99)] * 1000, 1)}


async def measure(clients, asked):
    told = {}
    for who, client in zip(("langgraph", "saga"), clients):
        await count_events(client, 1, 1)
        told[who] = await count_events(client, asked.clients, asked.seconds)
        print(f"{who}: {told[who]}", file=sys.stderr)
    return told


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=8)
    asked = parser.parse_args()
    os.environ.setdefault("SAGA", str(ROOT / "target/release/saga"))

    from langgraph_compare import both

    with both() as clients:
        told = asyncio.run(measure(clients, asked))
    print(json.dumps({"bench": "langgraph", "clients": asked.clients, "load1": os.getloadavg()[0], **told}))


if __name__ == "__main__":
    main()
