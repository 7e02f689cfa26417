"""Memory of idle subscriptions: SOCKETS connections of `graphql-transport-ws`, each with SUBSCRIPTIONS of a run that waits, against the
release binary. Prints a JSON line: proportional memory of the server before and after, and bytes a socket and a subscription.

    cargo build --release
    PYTHONPATH=../shared/bench python benches/subscriptions.py [SOCKETS] [SUBSCRIPTIONS]

Needs `websockets` and a hard limit of open files a little above SOCKETS (`ulimit -Hn`).
"""
import asyncio, json, os, pathlib, resource, sys, tempfile, urllib.request

import websockets
from lib import proc, report, usage

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOCKETS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
SUBSCRIPTIONS = int(sys.argv[2]) if len(sys.argv) > 2 else 1
PORT = 28501
QUERY = "subscription($id: UUID!) { storyProgress(id: $id) { number } }"


def start_story():
    """A story that nobody works on: this server runs no worker, so its run stays queued and its watchers idle."""
    body = json.dumps({"repoUrl": "https://github.com/expressjs/express"}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}/api/stories/generate", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["id"]


async def watch(story, gate):
    async with gate:
        socket = await websockets.connect(f"ws://127.0.0.1:{PORT}/graphql", subprotocols=["graphql-transport-ws"],
                                          ping_interval=None, compression=None, max_queue=4)
        await socket.send('{"type":"connection_init"}')
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        for i in range(SUBSCRIPTIONS):
            payload = {"query": QUERY, "variables": {"id": story}}
            await socket.send(json.dumps({"id": str(i), "type": "subscribe", "payload": payload}))
        # The first event of a queued run comes at once; after it the subscription is idle.
        for _ in range(SUBSCRIPTIONS):
            message = json.loads(await asyncio.wait_for(socket.recv(), 60))
            assert message["type"] == "next", message
    return socket


async def main():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    roles = [part for role in ("gateway", "auth", "story", "agent") for part in ("--role", role)]
    env = {"SAGA_DATA_DIR": tempfile.mkdtemp(), "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{PORT}", "SAGA_ADMIN__LISTEN": "",
           "SAGA_RPC__LISTEN": "127.0.0.1:28502", "SAGA_GATEWAY__RATE_LIMITS__ENABLED": "false",
           "SAGA_GATEWAY__MAX_CONNECTIONS": "20000", "SAGA_GATEWAY__STREAM__MAX_CLIENTS": "200000"}
    with proc([os.environ.get("SAGA", ROOT / "target/release/saga"), "serve", *roles], PORT, "saga", cwd=ROOT, settle=2, **env) as server:
        story = start_story()
        before, _ = usage(server.pid)
        gate = asyncio.Semaphore(64)
        sockets = await asyncio.gather(*(watch(story, gate) for _ in range(SOCKETS)))
        await asyncio.sleep(3)
        after, _ = usage(server.pid)
        grown = (after - before) * 1024 * 1024
        report("saga.idle_subscriptions", sockets=SOCKETS, subscriptions=SOCKETS * SUBSCRIPTIONS, before_mib=round(before),
               after_mib=round(after), bytes_per_socket=round(grown / SOCKETS),
               bytes_per_subscription=round(grown / (SOCKETS * SUBSCRIPTIONS)))
        for socket in sockets:
            socket.transport.abort()


asyncio.run(main())
