"""Durable workflows and books through the door, in one run; prints one JSON document.

    SAGA=target/release/saga python3 -P benches/workflows.py [--seconds 10] [--clients 16] [--restate DIR] [--postgres URL] [--langgraph] [--chapters 20]

- `three_steps`: a workflow of three steps, asked for and waited for by one request: median latency of one client, and runs a second of many.
  `--restate DIR` has Restate do the same (`npm install --prefix DIR @restatedev/restate-server @restatedev/restate-sdk`): a handler of three
  `ctx.run`. `--langgraph` has LangGraph with its SQLite saver do it in this process, `durability="sync"` (langgraph, langgraph-checkpoint-sqlite;
  `-P`, because a file beside this one has its name).
  Restate syncs each step. Saga does with `--postgres URL` (a database of its own that may be spoilt); on SQLite it writes each step before
  the next, and so does LangGraph here, but neither waits for the disk (`synchronous=NORMAL`), so compare those two, or Restate and PostgreSQL.
- `answer`: from sending the answer to a question until the first that is told of the next step, by the server's clock: of one
  so short that it is done, which is later than its beginning.
- `thousand_steps`: milliseconds a step of the first and of the last hundred of 1,000 steps, and bytes of the data folder a step.
- `book`: `saga fiction`, offline: so many chapters of 1,200 words.

What is asked of knowledge and of the checker without a door has programs of its own, named in `benches/README.md`.
"""

import argparse
import concurrent.futures
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAGA = pathlib.Path(os.environ.get("SAGA", ROOT / "target/release/saga")).resolve()
CHAIN = {"nodes": {
    "one": {"type": "transform", "value": "${input.n + 1}", "next": "two"},
    "two": {"type": "transform", "value": "${values.one * 2}", "next": "three"},
    "three": {"type": "transform", "value": "${values.two - 1}"}}, "output": "${values.three}"}
ASKING = {"start": "ask", "nodes": {
    "ask": {"type": "question", "prompt": "Go on?", "next": "after"}, "after": {"type": "transform", "value": 1}}}
# Two steps a round: a definition has at most 500 nodes.
LONG = {"start": "count", "output": "${values.count}", "nodes": {
    "count": {"type": "transform", "value": "${has(values.count) ? values.count + 1 : 1}", "next": "more"},
    "more": {"type": "branch", "cases": [{"when": "values.count < 500", "next": "count"}], "else": "end"}}}
SERVICE = """
import * as restate from "@restatedev/restate-sdk";
// Node.js 20 has none.
Promise.withResolvers ??= () => {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};
const chain = restate.service({ name: "chain", handlers: { run: async (ctx, { n }) => {
  const one = await ctx.run("one", () => n + 1);
  const two = await ctx.run("two", () => one * 2);
  return await ctx.run("three", () => two - 1);
} } });
restate.serve({ services: [chain], port: Number(process.env.PORT) });
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(command, log, env=None, cwd=None):
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, cwd=cwd)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


class Client:
    """One connection that is kept."""

    def __init__(self, base, headers=None):
        self.place, self.headers = urllib.parse.urlsplit(base), {"content-type": "application/json", **(headers or {})}
        self.line = http.client.HTTPConnection(self.place.hostname, self.place.port, timeout=120)

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        self.line.request(method, path, data, self.headers)
        answer = self.line.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500]}")
        return json.loads(text) if text else None

    def until(self, path, timeout=60):
        """Asks until it answers well."""
        end = time.time() + timeout
        while True:
            try:
                return self.ask("GET", path)
            except (OSError, RuntimeError, http.client.HTTPException, ValueError):
                self.line.close()
                if time.time() > end:
                    raise
                time.sleep(0.05)


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def load(make, seconds, clients):
    """`make()` gives a function that does one run and waits for its end."""
    one, times = make(), []
    for _ in range(20):
        one()
    end = time.perf_counter() + seconds / 2
    while len(times) < 10 or time.perf_counter() < end:
        begun = time.perf_counter()
        one()
        times.append((time.perf_counter() - begun) * 1000)

    def loop(run):
        done = 0
        while time.perf_counter() < end:
            run()
            done += 1
        return done

    runs = [make() for _ in range(clients)]
    begun = time.perf_counter()
    end = begun + seconds
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        done = sum(pool.map(loop, runs))
    return {"p50_ms": round(quantile(times, 0.5), 2), "p95_ms": round(quantile(times, 0.95), 2),
            "runs_per_second": round(done / (time.perf_counter() - begun), 1), "clients": clients}


@contextlib.contextmanager
def saga(folder, postgres):
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    env = {"SAGA_DATA_DIR": str(folder / "data"), "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{port}", "SAGA_ADMIN__LISTEN": "",
           "SAGA_GATEWAY__RATE_LIMITS__ENABLED": "false", **({"SAGA_DATABASE__URL": postgres} if postgres else {})}
    with serving([str(SAGA), "serve"], folder / "saga.log", env, ROOT):
        client = Client(base)
        client.until("/langgraph/ok")
        person = {"username": "bench", "email": "bench@example.org", "password": "correct horse battery staple 9"}
        token = client.ask("POST", "/api/v1/auth/register", person)["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        person = Client(base, headers)
        for name, source in (("chain", CHAIN), ("asking", ASKING), ("long", LONG)):
            person.ask("PUT", f"/api/v1/workflow-definitions/{name}", {"source": source})
        yield base, headers


def chain_at_saga(base, headers):
    client = Client(base, headers)

    def run():
        state = client.ask("POST", "/langgraph/runs/wait", {"assistant_id": "chain", "input": {"n": 4}})
        assert "three" in json.dumps(state), state
    return run


def events_of(client, workflow):
    """All numbered events of a workflow that has ended, with their times."""
    query = f'subscription {{ workflowEvents(id: "{workflow}", modes: [TASKS]) {{ number at kind data }} }}'
    client.line.request("POST", "/graphql", json.dumps({"query": query}), {**client.headers, "accept": "text/event-stream"})
    text = client.line.getresponse().read().decode()
    told = [json.loads(line[5:]) for line in text.splitlines() if line.startswith("data:") and line[5:].strip()]
    events = [event["data"]["workflowEvents"] for event in told if event.get("data")]
    return [(event["kind"], event["data"], datetime.datetime.fromisoformat(event["at"])) for event in events if event["at"]]


def begin(client, kind):
    workflow = client.ask("POST", "/api/v1/workflows", {"workflow_type": kind, "config": {}})["id"]
    client.ask("POST", f"/api/v1/workflows/{workflow}/execute", {"user_input": {"n": 1}})
    return workflow


def wait(client, workflow, *status):
    while True:
        now = client.ask("GET", f"/api/v1/workflows/{workflow}")
        if now["status"] in status:
            return now
        assert now["status"] not in ("failed", "cancelled"), now
        time.sleep(0.005)


def measure_answers(base, headers, rounds):
    client, times = Client(base, headers), []
    for _ in range(rounds):
        workflow = begin(client, "asking")
        wait(client, workflow, "interrupted")
        sent = datetime.datetime.now(datetime.timezone.utc)
        client.ask("POST", f"/api/v1/workflows/{workflow}/interrupt", {"human_response": "yes"})
        wait(client, workflow, "completed")
        started = [at for kind, data, at in events_of(client, workflow) if kind == "TASK" and data.get("node") == "after"]
        times.append((started[0] - sent).total_seconds() * 1000)
    return {"p50_ms": round(quantile(times, 0.5), 2), "p95_ms": round(quantile(times, 0.95), 2), "rounds": rounds}


def measure_steps(base, headers, folder):
    size = lambda: sum(file.stat().st_size for file in (folder / "data").rglob("*") if file.is_file())
    client, before = Client(base, headers), size()
    workflow = begin(client, "long")
    wait(client, workflow, "completed")
    ends = [at for kind, data, at in events_of(client, workflow) if kind == "TASK" and data.get("state") == "succeeded"]
    cost = lambda some: round((some[-1] - some[0]).total_seconds() * 1000 / (len(some) - 1), 3)
    return {"steps": len(ends), "first_hundred_ms": cost(ends[:100]), "last_hundred_ms": cost(ends[-100:]), "stored_bytes_per_step": (size() - before) // len(ends)}


@contextlib.contextmanager
def restate(home, folder):
    """The address at which Restate takes calls."""
    home = pathlib.Path(home).resolve()
    ingress, admin, node, service = free_port(), free_port(), free_port(), free_port()
    (home / "chain.mjs").write_text(SERVICE)
    env = {"RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ingress}", "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{admin}",
           "RESTATE_BIND_ADDRESS": f"127.0.0.1:{node}", "RESTATE_ADVERTISED_ADDRESS": f"http://127.0.0.1:{node}", "RESTATE_DISABLE_TELEMETRY": "true"}
    server = [str(home / "node_modules/.bin/restate-server"), "--base-dir", str(folder / "restate")]
    with serving(server, folder / "restate.log", env), serving(["node", "chain.mjs"], folder / "chain.log", {"PORT": str(service)}, home):
        Client(f"http://127.0.0.1:{admin}").until("/health")
        Client(f"http://127.0.0.1:{ingress}").until("/restate/health")
        register(f"http://127.0.0.1:{admin}", f"http://127.0.0.1:{service}")
        yield f"http://127.0.0.1:{ingress}"


def register(admin, service):
    end = time.time() + 30
    while True:
        try:
            return Client(admin).ask("POST", "/deployments", {"uri": service})
        except (OSError, RuntimeError):
            if time.time() > end:
                raise
            time.sleep(0.2)


def chain_at_restate(base):
    client = Client(base)

    def run():
        assert client.ask("POST", "/chain/run", {"n": 4}) == 9
    return run


def chain_in_langgraph(folder):
    import sqlite3
    import uuid
    from typing import TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph

    class State(TypedDict, total=False):
        n: int
        one: int
        two: int
        three: int

    line = sqlite3.connect(folder / "langgraph.sqlite", check_same_thread=False)
    line.execute("PRAGMA journal_mode=WAL")
    line.execute("PRAGMA synchronous=NORMAL")
    graph = StateGraph(State)
    graph.add_node("first", lambda state: {"one": state["n"] + 1})
    graph.add_node("second", lambda state: {"two": state["one"] * 2})
    graph.add_node("third", lambda state: {"three": state["two"] - 1})
    for source, target in ((START, "first"), ("first", "second"), ("second", "third"), ("third", END)):
        graph.add_edge(source, target)
    app = graph.compile(checkpointer=SqliteSaver(line))

    def run():
        made = app.invoke({"n": 4}, {"configurable": {"thread_id": str(uuid.uuid4())}}, durability="sync")
        assert made["three"] == 9
    return lambda: run


def measure_book(folder, chapters):
    begun = time.perf_counter()
    command = [str(SAGA), "--data-dir", str(folder / "book-data"), "fiction", "A retired cartographer finds a letter in the lighthouse.",
               "--chapters", str(chapters), "--words", "1200", "--genre", "mystery", "--seed", "11", "--out", str(folder / "book")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return {"chapters": chapters, "words": 1200, "seconds": round(time.perf_counter() - begun, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--chapters", type=int, default=20)
    parser.add_argument("--postgres", metavar="URL")
    parser.add_argument("--restate", metavar="DIR")
    parser.add_argument("--langgraph", action="store_true")
    asked = parser.parse_args()

    told = {"bench": "workflows", "binary": str(SAGA), "database": "postgres" if asked.postgres else "sqlite", "three_steps": {}}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with saga(folder, asked.postgres) as (base, headers):
            told["three_steps"]["saga"] = load(lambda: chain_at_saga(base, headers), asked.seconds, asked.clients)
            told["answer"] = measure_answers(base, headers, asked.rounds)
            told["thousand_steps"] = measure_steps(base, headers, folder)
        if asked.restate:
            with restate(asked.restate, folder) as base:
                told["three_steps"]["restate"] = load(lambda: chain_at_restate(base), asked.seconds, asked.clients)
        if asked.langgraph:
            told["three_steps"]["langgraph_sqlite"] = load(chain_in_langgraph(folder), asked.seconds, 1)
        told["book"] = measure_book(folder, asked.chapters)
    print(json.dumps({**told, "load1": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
