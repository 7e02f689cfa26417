"""CodeForge offline, in one run; prints one JSON document.

    SAGA=target/release/saga python3 benches/codeforge.py [--rounds 30] [--langgraph]

- `forge`: `saga forge` from an idea to a project in a folder: median seconds, CPU seconds and peak memory of the process. The aims are a second
  and 100 MiB.
- `agents`: what the four agents of the pipeline take themselves, each asked alone over the door: median milliseconds.
- `pipeline`: the same idea through `/v1/run-pipeline` until its stream ends: median milliseconds, and what is left of it for each of its five
  steps (the four agents and the one that writes the project as a revision) without what the agents take.
- `langgraph` (`--langgraph`; langgraph, langgraph-checkpoint-sqlite): the same four agents, asked in the same way by the nodes of a graph with
  LangGraph's SQLite saver in this process, `durability="sync"`; and what is left for each of its four steps. It keeps the states and writes
  no project. The time for a call over the door is a part of `agents`, and so of neither remainder.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import workflows

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAGA = workflows.SAGA
IDEA = ("A library app: books with title, author and isbn, members, and loans of books to members. Members can borrow at most 3 books. Mark loans "
        "as returned. Search books, filter by genre, and export the books as CSV. Only librarians can delete books.")
AGENTS = ("research", "wireframe", "code", "qa")


def median(values, digits=2):
    return round(statistics.median(values), digits)


def measure_forge(folder, rounds):
    walls, cpus, peaks = [], [], []
    for at in range(rounds):
        # The peak is that of the child alone: a process of its own asks for it.
        probe = ("import json, resource, subprocess, sys, time\nbegun = time.perf_counter()\n"
                 "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\nused = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
                 "print(json.dumps([time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))")
        command = [sys.executable, "-c", probe, str(SAGA), "forge", IDEA, "--out", str(folder / f"app-{at}")]
        wall, cpu, peak = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        walls.append(wall), cpus.append(cpu), peaks.append(peak)
    return {"seconds": median(walls, 3), "cpu_seconds": median(cpus, 3), "peak_mib": median(peaks, 1), "rounds": rounds}


@contextlib.contextmanager
def saga(folder):
    port = workflows.free_port()
    env = {"SAGA_DATA_DIR": str(folder / "data"), "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{port}", "SAGA_ADMIN__LISTEN": "",
           "SAGA_GATEWAY__RATE_LIMITS__ENABLED": "false"}
    with workflows.serving([str(SAGA), "serve"], folder / "saga.log", env, ROOT):
        base = f"http://127.0.0.1:{port}"
        client = workflows.Client(base)
        client.until("/api/health")
        person = {"username": "bench", "email": "bench@example.org", "password": "correct horse battery staple 9"}
        token = client.ask("POST", "/api/v1/auth/register", person)["access_token"]
        yield workflows.Client(base, {"authorization": f"Bearer {token}"})


def input_of(agent, made):
    app = {"idea": IDEA, "seed": 1}
    requirements = made.get("research", {}).get("requirements")
    if agent == "research":
        return {"app": app}
    if agent == "wireframe":
        return {"app": app, "requirements": requirements}
    if agent == "code":
        return {"task": "generate", "app": app, "requirements": requirements, "wireframe": made["wireframe"]}
    files = [{"path": file["file_path"], "content": file["content"]} for file in made["code"]["files"]]
    return {"requirements": requirements, "files": files, "dependencies": made["code"]["dependencies"]}


def ask(client, agent, made, times):
    begun = time.perf_counter()
    told = client.ask("POST", f"/api/v1/agents/codeforge.{agent}/execute", {"input": input_of(agent, made)})
    times.setdefault(agent, []).append((time.perf_counter() - begun) * 1000)
    return told.get("output", told)


def measure_agents(client, rounds):
    times = {}
    for _ in range(rounds):
        made = {}
        for agent in AGENTS:
            made[agent] = ask(client, agent, made, times)
    each = {agent: median(times[agent]) for agent in AGENTS}
    return {**each, "together_ms": round(sum(each.values()), 2)}


def run_pipeline(client):
    project = client.ask("POST", "/v1/projects/", {"title": "Library"})["id"]
    begun = time.perf_counter()
    job = client.ask("POST", "/v1/run-pipeline", {"project_id": project, "input_context": {"user_idea": IDEA, "seed": 1}})["job_id"]
    client.line.request("GET", f"/v1/jobs/{job}/stream", headers=client.headers)
    text = client.line.getresponse().read().decode()
    took = (time.perf_counter() - begun) * 1000
    assert "event: complete" in text, text[-500:]
    return took


def langgraph_of(client, folder):
    import sqlite3
    import uuid
    from typing import TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph

    State = TypedDict("State", {name: dict for name in AGENTS}, total=False)
    line = sqlite3.connect(folder / "langgraph.sqlite", check_same_thread=False)
    line.execute("PRAGMA journal_mode=WAL")
    line.execute("PRAGMA synchronous=NORMAL")
    graph, times = StateGraph(State), {}
    for agent in AGENTS:
        graph.add_node(f"{agent}_node", lambda state, agent=agent: {agent: ask(client, agent, state, times)})
    places = [START, *(f"{agent}_node" for agent in AGENTS), END]
    for source, target in zip(places, places[1:]):
        graph.add_edge(source, target)
    app = graph.compile(checkpointer=SqliteSaver(line))

    def run():
        times.clear()
        begun = time.perf_counter()
        made = app.invoke({}, {"configurable": {"thread_id": str(uuid.uuid4())}}, durability="sync")
        took = (time.perf_counter() - begun) * 1000
        assert made["qa"]["passed"]
        return took, took - sum(sum(each) for each in times.values())
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--langgraph", action="store_true")
    asked = parser.parse_args()

    told = {"bench": "codeforge", "binary": str(SAGA)}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        told["forge"] = measure_forge(folder, min(asked.rounds, 10))
        with saga(folder) as client:
            measure_agents(client, 2)
            told["agents"] = measure_agents(client, asked.rounds)
            together = told["agents"]["together_ms"]
            walls = [run_pipeline(client) for _ in range(asked.rounds)]
            told["pipeline"] = {"p50_ms": median(walls), "own_ms_per_step": round((statistics.median(walls) - together) / 5, 2), "rounds": asked.rounds}
            if asked.langgraph:
                run = langgraph_of(client, folder)
                run()
                runs = [run() for _ in range(asked.rounds)]
                own = median([rest for _, rest in runs])
                told["langgraph"] = {"p50_ms": median([wall for wall, _ in runs]), "own_ms_per_step": round(own / 4, 2), "rounds": asked.rounds}
    print(json.dumps({**told, "load1": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
