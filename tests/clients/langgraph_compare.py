"""Plays the same seeded client calls against LangGraph's own server and against this one, and prints every difference.

    pip install 'langgraph-cli[inmem]' langgraph-sdk
    python langgraph_compare.py graphs > graph.py         # the graphs for `langgraph dev` (langgraph.json names them)
    python langgraph_compare.py THEIRS OURS KEY [SCRIPTS] # e.g. http://127.0.0.1:2024 http://127.0.0.1:8000/langgraph saga_…

Both have the graphs `asker` (writes a draft, then asks), `plain` (writes, then checks) and `bad` (fails). Ids are named by their order, times,
the server's own metadata and what is empty are left out. What stays different, and why:

- `review` is the answer there and `{answer, declined, expired}` here: a question can be declined and can expire. Compared by its `answer`.
- A failure's `error` is a class of Python there; here `RunFailed`, and the message is the graph's own. Compared by being one.
- `updateState` with a name that the graph doesn't have changes nothing there, as its state is typed; here any name is a value. Not played.
- An unknown node in `as_node` is 400 there and 422 here, as every wrong field; so is input that is no object, where theirs begins and fails.
- `GET /assistants/NAME` is 422 there; here the graph's name is taken, too. An unknown checkpoint is an empty state there and 404 here.
- Deleting a run that works deletes it there; here it is 409. A thread that failed says so until its next run on both.
- A run without input on a thread without values begins and fails there; here it is 422. Not played.
- A thread's past is told by the graph of its newest run there, so steps of another graph lose their nodes; here it stays as it was. A script
  has one graph.
- Without `Last-Event-ID`, joining a stream begins at the run's beginning here, and with what comes next there.
"""

import asyncio
import json
import random
import re
import sys

GRAPHS = '''
from typing import Any, TypedDict
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt


class State(TypedDict, total=False):
    topic: str
    draft: str
    review: Any


def write(state):
    return {"draft": "About " + state["topic"]}


def ask(state):
    return {"review": interrupt({"reason": "review", "prompt": "Good?", "value": state["draft"]})}


def check(state):
    return {"review": "ok"}


def boom(state):
    raise ValueError("boom")


def chain(*nodes):
    graph, before = StateGraph(State), START
    for node in nodes:
        graph.add_node(node.__name__, node)
        graph.add_edge(before, node.__name__)
        before = node.__name__
    graph.add_edge(before, END)
    return graph.compile()


asker, plain, bad = chain(write, ask), chain(write, check), chain(boom)
'''

OWN = {
    "created_at", "updated_at", "state_updated_at", "metadata", "kwargs", "config", "version", "description", "context",
    "langsmith_session_name", "path", "checkpoint_ns", "user_id", "parents",
}
UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


class Names:
    """Ids by the order in which they came."""

    def __init__(self):
        self.known = {}

    def plain(self, value):
        if isinstance(value, dict):
            if set(value) == {"answer", "declined", "expired"}:
                return self.plain(value["answer"])
            if set(value) == {"error", "message"}:
                return "a failure"
            step = value["metadata"].get("step") if isinstance(value.get("metadata"), dict) else None
            value = {name: "a failure" if name == "error" and one else one for name, one in value.items()}
            kept = {name: one for name, one in value.items() if name not in OWN and one not in (None, {}, [])}
            told = {self.text(name): self.plain(one) for name, one in kept.items()}
            return told if step is None else {**told, "step": step, "source": value["metadata"].get("source")}
        if isinstance(value, list):
            return [self.plain(one) for one in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, text):
        return UUID.sub(lambda id: self.known.setdefault(id.group(), f"id{len(self.known)}"), text)


def script(seed):
    """Some calls, in which each may go on from what was before."""
    dice = random.Random(seed)
    graph = dice.choice(["asker", "asker", "plain", "bad"])
    calls = [("thread",)]
    for _ in range(dice.randint(2, 6)):
        calls.append(dice.choice([
            ("stream", graph, {"topic": dice.choice(["cats", "dogs"])}, modes(dice)),
            ("stream", graph, {"topic": dice.choice(["tea", "rain"])}, modes(dice)),
            ("wait", graph, {"topic": "tea"}),
            ("resume", dice.choice(["fine", 7, {"ok": True}]), modes(dice)),
            ("again", modes(dice)),
            ("change", {"draft": dice.choice(["mine", "yours"])}),
            ("fork", {"draft": "forked"}),
            ("unknown",),
            ("alone", {"topic": "alone"}),
        ]))
        calls.append(dice.choice([("read",), ("state",), ("history",), ("runs",)]))
    return [*calls, ("read",), ("history",), ("runs",)]


def modes(dice):
    return dice.choice([["values"], ["updates"], ["values", "updates"], ["updates", "custom"]])


async def play(client, calls):
    names, told, thread = Names(), [], None
    graph = next((call[1] for call in calls if call[0] in ("stream", "wait")), "asker")

    async def listen(assistant, **more):
        heard = [(event.event, event.data) async for event in client.runs.stream(thread, assistant, **more)]
        return [[name, names.plain(data)] for name, data in heard]

    for call in calls:
        try:
            match call:
                case ("thread",):
                    thread = (await client.threads.create())["thread_id"]
                    answer = "made"
                case ("stream", assistant, value, chosen):
                    answer = await listen(assistant, input=value, stream_mode=chosen)
                case ("wait", assistant, value):
                    answer = await client.runs.wait(thread, assistant, input=value, raise_error=False)
                case ("resume" | "again", *_) if not (await client.threads.get_state(thread))["values"]:
                    answer = "nothing yet"
                case ("resume", value, chosen):
                    answer = await listen(graph, command={"resume": value}, stream_mode=chosen)
                case ("again", chosen):
                    answer = await listen(graph, input=None, stream_mode=chosen)
                case ("change", values):
                    answer = await client.threads.update_state(thread, values)
                case ("fork", values):
                    past = await client.threads.get_history(thread, limit=50)
                    old = [one for one in past if one["next"] and one["next"] != ["__start__"]]
                    answer = "no past" if not old else await client.threads.update_state(
                        thread, values, checkpoint_id=old[-1]["checkpoint"]["checkpoint_id"])
                case ("unknown",):
                    answer = await client.threads.get("00000000-0000-4000-8000-000000000000")
                case ("alone", value):
                    answer = await client.runs.wait(None, "plain", input=value)
                case ("read",):
                    answer = await client.threads.get(thread)
                case ("state",):
                    answer = await client.threads.get_state(thread)
                case ("history",):
                    answer = await client.threads.get_history(thread, limit=50)
                case ("runs",):
                    answer = [run["status"] for run in await client.runs.list(thread, limit=50)]
        except Exception as error:  # noqa: BLE001, what a client raises is what is compared
            answer = type(error).__name__
        told.append(names.plain(answer))
    return told


async def compare(theirs, ours, key, count):
    from langgraph_sdk import get_client

    clients = [get_client(url=theirs, api_key=None), get_client(url=ours, api_key=key)]
    equal = 0
    for seed in range(count):
        calls = script(seed)
        played = [await play(client, calls) for client in clients]
        apart = [(call, a, b) for call, a, b in zip(calls, *played) if a != b]
        equal += not apart
        for call, a, b in apart[:1]:
            print(f"script {seed}: {call}\n  theirs {json.dumps(a, sort_keys=True)}\n  ours   {json.dumps(b, sort_keys=True)}")
    print(f"{equal} of {count} scripts are told alike")
    return equal == count


if sys.argv[1:] == ["graphs"]:
    print(GRAPHS)
else:
    there, here, api_key = sys.argv[1:4]
    scripts = int(sys.argv[4]) if len(sys.argv) > 4 else 200
    sys.exit(0 if asyncio.run(compare(there, here, api_key, scripts)) else 1)
