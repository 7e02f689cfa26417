"""A thousand threads at once at LangGraph's door, by LangGraph's own Python client: each begins a run and reads its stream to the end, and what each is told is
its own. Starts the binary that SAGA names (target/debug/saga) by itself.

    pip install langgraph-sdk
    python tests/clients/langgraph_many.py [THREADS]
"""

import asyncio
import sys
import time

from langgraph_sdk import get_client

from langgraph_compare import our_server

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
# A client of theirs keeps at most a hundred connections, and the server gives one network a thousand (`gateway.max_connections_per_client`).
CLIENTS = min(8, max(1, THREADS // 50))


async def converse(client, number):
    thread = await client.threads.create(metadata={"number": number})
    told = [event async for event in client.runs.stream(
        thread["thread_id"], "asker", input={"topic": f"cats {number}"}, stream_mode=["values", "updates"])]
    assert [event.event for event in told] == ["metadata", "values", "updates", "values", "updates", "values"], told
    assert told[-1].data["draft"] == f"About cats {number}", told[-1]
    answered = await client.runs.wait(thread["thread_id"], "asker", command={"resume": number})
    assert answered["review"]["answer"] == number, answered
    assert (await client.threads.get(thread["thread_id"]))["status"] == "idle"


async def main(url, key):
    clients = [get_client(url=url, api_key=key, timeout=(30, 600, 600, 600)) for _ in range(CLIENTS)]
    begun = time.perf_counter()
    await asyncio.gather(*(converse(clients[number % CLIENTS], number) for number in range(THREADS)))
    print(f"{THREADS} threads, each asked and answered, in {time.perf_counter() - begun:.1f} s")


with our_server() as (ours, api_key):
    asyncio.run(main(ours, api_key))
