"""Plays seeded client calls against LangGraph's own server and against this one, with LangGraph's own client, and compares what is told.

    pip install 'langgraph-cli[inmem]' langgraph-sdk
    python tests/clients/langgraph_compare.py --scripts 200 --seed 1

Starts both on free ports: `langgraph dev` with the graphs below, and the binary that SAGA names (target/debug/saga) with the same
graphs as definitions. Ids are named by their order, times and the server's own metadata are left out. A difference that `ALLOWED` has a reason
for is counted by that reason; any other one is printed and fails. `docs/langgraph.md` tells the reasons to clients. `--only N` plays one script,
`--json` prints the counts as JSON.
"""

import argparse
import asyncio
import collections
import contextlib
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

GRAPHS = '''
import asyncio
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


async def rest(state):
    await asyncio.sleep(1.0)
    return {}


def done(state):
    return {"draft": "slow"}


def chain(*nodes):
    graph, before = StateGraph(State), START
    for node in nodes:
        graph.add_node(node.__name__, node)
        graph.add_edge(before, node.__name__)
        before = node.__name__
    graph.add_edge(before, END)
    return graph.compile()


asker, plain, bad, slow = chain(write, ask), chain(write, check), chain(boom), chain(rest, done)
'''

WRITE = {"type": "transform", "output": "draft", "value": "About ${input.topic}"}
DEFINITIONS = {
    "asker": {"start": "write", "nodes": {"write": {**WRITE, "next": "ask"}, "ask": {
        "type": "question", "output": "review", "prompt": "Good?", "reason": "review", "value": "${values.draft}"}}},
    "plain": {"start": "write", "nodes": {"write": {**WRITE, "next": "check"}, "check": {
        "type": "transform", "output": "review", "value": "ok"}}},
    "bad": {"start": "boom", "nodes": {"boom": {"type": "transform", "attempts": 1, "output": "x", "value": "${input.nothing.more}"}}},
    "slow": {"start": "rest", "nodes": {"rest": {"type": "wait", "seconds": 1, "next": "done"}, "done": {
        "type": "transform", "output": "draft", "value": "slow"}}},
}

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
            told = {self.text(name): self.plain(one) for name, one in sorted(kept.items())}
            return told if step is None else {**told, "step": step, "source": value["metadata"].get("source")}
        if isinstance(value, list):
            return [self.plain(one) for one in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, text):
        return UUID.sub(lambda id: self.known.setdefault(id.group().replace("-", ""), f"id{len(self.known)}"), text)


MODES = [["values"], ["updates"], ["values", "updates"], ["updates", "custom"], ["values", "messages-tuple"]]
READS = [("read",), ("state",), ("history",), ("runs",), ("search",)]


def script(seed):
    """Some calls, in which each may go on from what was before."""
    dice = random.Random(seed)
    graph = dice.choice(["asker", "asker", "asker", "plain", "plain", "bad"])
    modes = lambda: dice.choice(MODES)
    topic = lambda: {"topic": dice.choice(["cats", "dogs", "tea", "rain"])}
    calls = [("thread", dice.choice(["a", "b"]))]
    for _ in range(dice.randint(2, 6)):
        calls.append(dice.choice([
            ("stream", graph, topic(), modes()),
            ("stream", graph, topic(), modes()),
            ("wait", graph, topic()),
            ("begin", graph, topic()),
            ("resume", dice.choice(["fine", 7, {"ok": True}]), modes()),
            ("resume by id", dice.choice(["fine", [1, 2]])),
            ("again", modes()),
            ("change", {"draft": dice.choice(["mine", "yours"])}),
            ("change as", {"draft": "as"}, "write"),
            ("fork", {"draft": "forked"}),
            ("goto", graph, {"draft": "steered"}),
            ("past",),
            ("copy",),
            ("label", {"tag": dice.choice(["x", "y"])}),
            ("rejoin",),
            ("alone", {"topic": "alone"}, dice.choice(["wait", "stream"])),
            ("batch", topic()),
            ("busy", dice.choice(["enqueue", "reject", "interrupt", "rollback"]), graph, topic()),
            ("stop", dice.choice(["interrupt", "rollback"])),
            ("forget a run",),
            ("unknown", dice.choice(["thread", "run", "assistant", "graph", "stream", "cancel"])),
            ("exists", dice.choice(["raise", "do_nothing"])),
            ("store", dice.choice(["tea", "rain"])),
            ("assistants", graph),
            ("pause", graph, topic(), dice.choice(["before", "after", "all"])),
            ("steps", graph),
        ]))
        calls.append(dice.choice(READS))
    return [*calls, ("read",), ("history",), ("runs",)]


class Player:
    """One script against one server."""

    def __init__(self, client, calls, mark):
        self.client, self.names, self.thread, self.mark = client, Names(), None, mark
        self.graph = next((call[1] for call in calls if call[0] in ("stream", "wait", "begin", "goto", "pause", "assistants")), "asker")
        self.run, self.heard = None, []

    async def listen(self, events):
        heard = [(event.event, event.data, event.id) async for event in events]
        self.heard = heard
        return [[name, self.names.plain(data)] for name, data, _ in heard]

    async def stream(self, thread, graph, **more):
        def begun(run):
            self.run = run["run_id"]
        return await self.listen(self.client.runs.stream(thread, graph, on_run_created=begun, **more))

    async def settle(self):
        for _ in range(400):
            if (await self.client.threads.get(self.thread))["status"] != "busy":
                return
            await asyncio.sleep(0.025)

    async def has_values(self):
        return bool((await self.client.threads.get_state(self.thread))["values"])

    async def checkpoints(self):
        past = await self.client.threads.get_history(self.thread, limit=50)
        return [one for one in past if one["next"] and one["next"] != ["__start__"]]

    async def call(self, call):
        name, *rest = call
        return await getattr(self, "do_" + name.replace(" ", "_"))(*rest)

    async def do_thread(self, tag):
        self.thread = (await self.client.threads.create(metadata={"tag": tag, "mark": self.mark}))["thread_id"]
        return "made"

    async def do_stream(self, graph, value, modes):
        return await self.stream(self.thread, graph, input=value, stream_mode=modes)

    async def do_wait(self, graph, value):
        return await self.client.runs.wait(self.thread, graph, input=value, raise_error=False)

    async def do_begin(self, graph, value):
        run = await self.client.runs.create(self.thread, graph, input=value)
        self.run = run["run_id"]
        first = {name: run[name] for name in ("status", "multitask_strategy", "thread_id")}
        joined = await self.client.runs.join(self.thread, self.run)
        await self.settle()
        return [first, joined, (await self.client.runs.get(self.thread, self.run))["status"]]

    async def do_resume(self, value, modes):
        if not await self.has_values():
            return "nothing yet"
        return await self.stream(self.thread, self.graph, command={"resume": value}, stream_mode=modes)

    async def do_resume_by_id(self, value):
        open_ones = [one for asked in (await self.client.threads.get(self.thread)).get("interrupts", {}).values() for one in asked]
        if not open_ones:
            return "nothing is asked"
        resume = {one["id"]: value for one in open_ones}
        return await self.stream(self.thread, self.graph, command={"resume": resume}, stream_mode=["updates"])

    async def do_again(self, modes):
        if not await self.has_values():
            return "nothing yet"
        return await self.stream(self.thread, self.graph, input=None, stream_mode=modes)

    async def do_change(self, values):
        return await self.client.threads.update_state(self.thread, values)

    async def do_change_as(self, values, node):
        if self.graph == "bad" or not await self.has_values():
            return "no such node"
        return await self.client.threads.update_state(self.thread, values, as_node=node)

    async def do_fork(self, values):
        old = await self.checkpoints()
        if not old:
            return "no past"
        return await self.client.threads.update_state(self.thread, values, checkpoint_id=old[-1]["checkpoint"]["checkpoint_id"])

    async def do_goto(self, graph, values):
        if graph == "bad" or not await self.has_values():
            return "nothing yet"
        return await self.stream(self.thread, graph, command={"update": values, "goto": "write"}, stream_mode=["updates"])

    async def do_past(self):
        old = await self.checkpoints()
        if not old:
            return "no past"
        return await self.client.threads.get_state(self.thread, checkpoint_id=old[-1]["checkpoint"]["checkpoint_id"])

    async def do_copy(self):
        copy = await self.client.threads.copy(self.thread)
        copy = await self.client.threads.get(copy["thread_id"])
        return [copy["status"], copy.get("values"), [one["values"] for one in await self.client.threads.get_history(copy["thread_id"], limit=50)][:1]]

    async def do_label(self, metadata):
        changed = await self.client.threads.update(self.thread, metadata=metadata)
        return (changed or await self.client.threads.get(self.thread))["metadata"]["tag"]

    async def do_rejoin(self):
        if self.graph == "bad":
            return "nothing to go on behind"
        modes = "updates"
        whole = await self.stream(self.thread, self.graph, input={"topic": "rejoined"}, stream_mode=modes, stream_resumable=True)
        ids = [id for _, _, id in self.heard]
        rest = await self.listen(self.client.runs.join_stream(self.thread, self.run, stream_mode=modes, last_event_id=ids[1]))
        return [whole, rest]

    async def do_alone(self, value, how):
        if how == "wait":
            return await self.client.runs.wait(None, "plain", input=value)
        events = self.client.runs.stream(None, "plain", input=value, stream_mode=["updates"])
        return [[event.event, self.names.plain(event.data)] async for event in events]

    async def do_batch(self, value):
        begun = await self.client.runs.create_batch([{"assistant_id": "plain", "input": value}, {"assistant_id": "plain", "input": {"topic": "two"}}])
        # A worker may have claimed one before it is told.
        return ["begun" if run["status"] in ("pending", "running") else run["status"] for run in begun]

    async def do_busy(self, strategy, graph, value):
        first = await self.client.runs.create(self.thread, "slow", input={"topic": "slow"})
        for _ in range(400):
            if (await self.client.runs.get(self.thread, first["run_id"]))["status"] == "running":
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        told = [(await self.client.threads.get(self.thread))["status"]]
        try:
            told.append(await self.client.runs.wait(self.thread, graph, input=value, multitask_strategy=strategy, raise_error=False))
        except Exception as error:  # noqa: BLE001
            told.append(type(error).__name__)
        await self.settle()
        try:
            told.append((await self.client.runs.get(self.thread, first["run_id"]))["status"])
        except Exception as error:  # noqa: BLE001
            told.append(type(error).__name__)
        return told

    async def do_stop(self, action):
        run = await self.client.runs.create(self.thread, "slow", input={"topic": "slow"})
        await asyncio.sleep(0.3)
        await self.client.runs.cancel(self.thread, run["run_id"], wait=True, action=action)
        await self.settle()
        try:
            return (await self.client.runs.get(self.thread, run["run_id"]))["status"]
        except Exception as error:  # noqa: BLE001
            return type(error).__name__

    async def do_forget_a_run(self):
        runs = await self.client.runs.list(self.thread, limit=50)
        if not runs:
            return "no run"
        await self.client.runs.delete(self.thread, runs[0]["run_id"])
        return len(await self.client.runs.list(self.thread, limit=50))

    async def do_unknown(self, what):
        none = "00000000-0000-4000-8000-000000000000"
        match what:
            case "thread":
                return await self.client.threads.get(none)
            case "run":
                return await self.client.runs.get(self.thread, none)
            case "assistant":
                return await self.client.assistants.get(none)
            case "graph":
                return await self.client.runs.create(self.thread, "no such graph", input={})
            case "stream":
                return await self.stream(none, "plain", input={"topic": "x"}, stream_mode=["updates"])
            case _:
                return await self.client.runs.cancel(self.thread, none)

    async def do_exists(self, then):
        return (await self.client.threads.create(thread_id=self.thread, if_exists=then))["thread_id"]

    async def do_store(self, key):
        store, space = self.client.store, [self.mark.replace(".", "-"), "notes"]
        await store.put_item(space, key, {"likes": key})
        found = await store.search_items(space, filter={"likes": key})
        told = [(await store.get_item(space, key))["value"], [item["key"] for item in found["items"]]]
        await store.delete_item(space, key)
        return told + [[item["key"] for item in (await store.search_items(space))["items"]]]

    async def do_assistants(self, graph):
        found = await self.client.assistants.search(graph_id=graph)
        drawn = await self.client.assistants.get_graph(found[0]["assistant_id"])
        edges = sorted((edge["source"], edge["target"]) for edge in drawn["edges"])
        return [len(found), found[0]["graph_id"], edges]

    async def do_pause(self, graph, value, where):
        chosen = {"before": {"interrupt_before": ["check", "ask"]}, "after": {"interrupt_after": ["write"]}, "all": {"interrupt_before": "*"}}[where]
        if graph == "bad":
            return "nothing to pause at"
        return await self.stream(self.thread, graph, input=value, stream_mode=["updates"], **chosen)

    async def do_steps(self, graph):
        steps = [{"updates": [{"values": {"topic": "given", "draft": draft}, "as_node": "write"}]} for draft in ("first", "kept")]
        if graph == "bad":
            return "no such node"
        made = await self.client.threads.create(graph_id=graph, supersteps=steps)
        state = await self.client.threads.get_state(made["thread_id"])
        return [state["values"], state["next"]]

    async def do_read(self):
        return await self.client.threads.get(self.thread)

    async def do_state(self):
        return await self.client.threads.get_state(self.thread)

    async def do_history(self):
        return await self.client.threads.get_history(self.thread, limit=50)

    async def do_runs(self):
        return [run["status"] for run in await self.client.runs.list(self.thread, limit=50)]

    async def do_search(self):
        found = await self.client.threads.search(metadata={"mark": self.mark}, limit=20)
        # A copy has its source's `created_at` there, so the order of both is chance.
        return sorted(one["status"] for one in found)


async def play(client, calls, mark):
    player, told = Player(client, calls, mark), []
    for call in calls:
        try:
            answer = await player.call(call)
        except Exception as error:  # noqa: BLE001, what a client raises is what is compared
            answer = type(error).__name__
        told.append(player.names.plain(answer))
    return told


def came(*names):
    """Whether such a call was made, now or before."""
    return lambda calls: any(call[0] in names for call in calls)


def same_but(names, a, b):
    """Whether two answers are the same without these fields."""
    def strip(value):
        if isinstance(value, dict):
            return {name: strip(one) for name, one in value.items() if name not in names}
        return [strip(one) for one in value] if isinstance(value, list) else value
    return strip(a) == strip(b)


# Names of what differs wherever tasks are left out, for ids are named in their order.
IDS = ("id", "checkpoint", "checkpoint_id", "parent_checkpoint", "parent_checkpoint_id")
STOPPING = (("busy", "interrupt"), ("busy", "rollback"))


def was_stopped(calls):
    return any(call[0] == "stop" or call[:2] in STOPPING for call in calls)


# What was under way when it was stopped: the only graph that is asked about this.
STOPPED = "slow"


def topic_of(state):
    return (state.get("values") or {}).get("topic") if isinstance(state, dict) else None


def is_older(a, b):
    """Whether theirs is a state from before ours."""
    return isinstance(a, dict) and isinstance(b, dict) and a.get("step", -9) < b.get("step", -9)


def alike(theirs, ours, same_values):
    """Whether two states are the same but for their numbers and names, and for nodes that theirs does not say."""
    nodes = theirs.get("next", [])
    return theirs.get("source") == ours.get("source") and nodes in ([], ours.get("next", [])) and same_values(theirs, ours)


def lacks_states(a, b, may_lack, same_values):
    """Whether theirs are ours, in their order, without some that may be lacking."""
    rest = list(b)
    for theirs in a:
        while rest and not alike(theirs, rest[0], same_values):
            if not may_lack(rest.pop(0)):
                return False
        if not rest:
            return False
        rest.pop(0)
    return all(may_lack(ours) for ours in rest)


def lacks_stopped(a, b):
    """Whether a history lacks no more than a stopped run's input and where that began."""
    return lacks_states(
        a, b, lambda ours: topic_of(ours) == STOPPED or ours.get("next") == ["__start__"],
        lambda theirs, ours: theirs.get("values") == ours.get("values")
        # What was before an input: there without the stopped run's.
        or topic_of(ours) == STOPPED and theirs.get("next") == ours.get("next") == ["__start__"])


def lacks_forgotten(a, b):
    """Whether a history lacks states, and the others lack values that those had."""
    return lacks_states(
        a, b, lambda ours: True, lambda theirs, ours: (theirs.get("values") or {}).items() <= (ours.get("values") or {}).items())


def kinds(events):
    """What is told, without what it says."""
    return {(name, *(data if name == "updates" and isinstance(data, dict) else ())) for name, data in events}


def lose_nodes(a, b):
    """Whether theirs are ours, but for states that say no nodes there, or those of one other graph in place of their own."""
    if isinstance(a, dict):
        a, b = [a], [b]

    def retold(theirs, ours):
        nodes = set(theirs.get("next", [])) - {"__start__"}
        of_one = any(nodes <= set(graph["nodes"]) for graph in DEFINITIONS.values())
        return of_one and same_but(("next", "tasks", "interrupts", *IDS), theirs, ours)
    return len(a) == len(b) and all(same_but(IDS, theirs, ours) or retold(theirs, ours) for theirs, ours in zip(a, b))


VALUES = ("topic", "draft", "review")


def lacks_values(a, b):
    """Whether theirs is ours, but for values that are missing or older there; ids are named in their order."""
    return same_but((*VALUES, "value", *IDS), a, b)


def written(events):
    """What the node that `goto` names gave."""
    return [data["write"] for name, data in events if name == "updates" and "write" in data]


# What is answered where there is nothing to go on from.
NOTHING = ("no past", "nothing yet", "nothing is asked", "no such node", "BadRequestError")

# What may differ, and why: a name, the reason, and whether a call with these two answers is such a case.
ALLOWED = [
    ("rollback", "a run that is stopped with a rollback while it works is `interrupted` there now and then; here it is gone from the list",
     lambda calls, a, b: calls[-1][:2] == ("stop", "rollback") and (a, b) == ("interrupted", "NotFoundError")),
    ("stop", "a run that is stopped in a step loses that step's input there, for states are written behind it, and with a rollback of the newest "
     "run sometimes what was before; here the input and the steps that were committed stay",
     lambda calls, a, b: was_stopped(calls) and (
         calls[-1][0] == "history" and lacks_stopped(a, b)
         or calls[-1][0] in ("state", "past") and isinstance(b, dict) and (a in NOTHING or topic_of(b) == STOPPED or is_older(a, b) and same_but(("step", *IDS), a, b))
         or calls[-1][0] == "read" and topic_of(b) == STOPPED and same_but(("values", "status", "interrupts"), a, b)
         or calls[-1][0] == "copy" and topic_of({"values": b[1]}) == STOPPED
         or a in NOTHING and b not in NOTHING and calls[-1][0] in ("again", "resume", "goto", "fork", "change as"))),
    ("graphs", "a thread's past is told by the graph of its newest run there, so steps of another graph lose their nodes, or have its; here it stays "
     "as it was",
     lambda calls, a, b: came("busy", "stop")(calls) and (
         calls[-1][0] in ("history", "state") and lose_nodes(a, b)
         # What these begin from is the oldest state that has a node.
         or calls[-1][0] == "past" and isinstance(b, dict) and (a == "no past" or is_older(b, a))
         or calls[-1][0] == "fork" and isinstance(b, dict) and (a == "no past" or same_but(IDS, a, b)))),
    ("fork", "after a fork the thread's `values` are those before the change there, until its next run; here they are the state's",
     lambda calls, a, b: came("fork", "change", "change as")(calls) and calls[-1][0] in ("read", "copy") and same_but(("values",), a, b)),
    ("change", "a thread whose state was changed by hand keeps its status there until its next run; here the status says what the state does",
     lambda calls, a, b: came("fork", "change", "change as", "goto")(calls) and calls[-1][0] in ("read", "search")
     and (calls[-1][0] == "search" and len(a) == len(b) or same_but(("status",), a, b))),
    ("forget", "with a run that is deleted its states go there, and who goes on begins without them; here the thread's past stays",
     lambda calls, a, b: came("forget a run")(calls) and (
         calls[-1][0] in ("state", "past") and is_older(a, b)
         or calls[-1][0] == "history" and len(a) < len(b) and lacks_forgotten(a, b)
         or calls[-1][0] == "read" and same_but(("status", "error", "values", "interrupts"), a, b)
         or calls[-1][0] == "search" and len(a) == len(b)
         or calls[-1][0] == "copy" and len(a[2]) <= len(b[2])
         or a in NOTHING and b not in NOTHING and calls[-1][0] in ("fork", "past", "again", "goto", "resume", "resume by id", "change as")
         or calls[-1][0] in ("stream", "wait", "begin", "again", "resume", "rejoin", "pause") and lacks_values(a, b))),
    ("copy", "a copy says neither values nor that it waits there, until its first run; here it says what its state says",
     lambda calls, a, b: calls[-1][0] == "copy" and a[:2] == ["idle", None] and a[2:] == b[2:]),
    ("goto", "with `goto` what was next is done, too, there, and the state that a command began from is told with its update; here the graph goes "
     "on at the named nodes alone, and the past stays as it was",
     lambda calls, a, b: calls[-1][0] == "goto" and isinstance(a, list) and isinstance(b, list) and written(a) == written(b) and kinds(b) <= kinds(a)
     or came("goto")(calls) and (
         calls[-1][0] in ("history", "past") and same_but(("draft", "review", "value", "next", "tasks", "interrupts", *IDS), a, b)
         or calls[-1][0] in ("read", "state") and same_but(("draft", "review", "value", "next", "tasks", "interrupts", "status", "step", *IDS), a, b))),
    ("by hand", "a state that was changed in a node's name is told as that node's result in the state before, and a change in no node's name is one of "
     "the node that ran last, so that what was next may be done with it, there; here the state before stays as it was, and so does what is next",
     lambda calls, a, b: came("change", "change as", "fork")(calls) and (
         calls[-1][0] in ("history", "past") and same_but(("result", *IDS), a, b)
         or came("change")(calls) and calls[-1][0] in ("history", "state", "past") and same_but(("result", "next", "tasks", "interrupts", *IDS), a, b))),
    ("rejoin", "whoever joins a stream that has just ended is told nothing more there now and then; here the rest behind `Last-Event-ID`, always",
     lambda calls, a, b: calls[-1][0] == "rejoin" and a[0] == b[0] and a[1] == []),
    ("fault", "a wrong field is 400 there in some places; here it is always 422, with its name",
     lambda calls, a, b: (a, b) == ("BadRequestError", "UnprocessableEntityError")),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server(command, url, log, **more):
    import httpx

    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, **more)
        try:
            for _ in range(600):
                assert process.poll() is None, log.read_text()[-2000:]
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(url).status_code == 200:
                        break
                time.sleep(0.1)
            else:
                raise AssertionError(f"{command[0]} did not come up: {log.read_text()[-2000:]}")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def make_key(base):
    """A key of somebody who has the graphs."""
    import httpx

    with httpx.Client(base_url=base, timeout=30) as client:
        person = {"username": "oracle", "email": "oracle@example.org", "password": "correct horse battery staple 9"}
        grant = client.post("/api/v1/auth/register", json=person).json()
        headers = {"authorization": "Bearer " + grant["access_token"]}
        for name, source in DEFINITIONS.items():
            put = client.put(f"/api/v1/workflow-definitions/{name}", json={"source": source}, headers=headers)
            assert put.status_code == 200, put.text
        scopes = ["workflows:read", "workflows:write"]
        made = client.post("/api/v1/api-keys", json={"name": "oracle", "scopes": scopes}, headers=headers)
        return made.json()["key"]


@contextlib.contextmanager
def our_server():
    """Address and key of a server of ours that has the graphs."""
    with tempfile.TemporaryDirectory() as folder:
        port, folder = free_port(), pathlib.Path(folder)
        saga = pathlib.Path(os.environ.get("SAGA", ROOT / "target/debug/saga")).resolve()
        env = {**os.environ, "SAGA_DATA_DIR": str(folder / "data"), "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{port}", "SAGA_ADMIN__LISTEN": "",
               "SAGA_GATEWAY__RATE_LIMITS__ENABLED": "false"}
        base = f"http://127.0.0.1:{port}"
        with server([saga, "serve"], f"{base}/langgraph/ok", folder / "saga.log", cwd=ROOT, env=env):
            yield f"{base}/langgraph", make_key(base)


@contextlib.contextmanager
def their_server():
    with tempfile.TemporaryDirectory() as folder:
        port, folder = free_port(), pathlib.Path(folder)
        (folder / "graph.py").write_text(GRAPHS)
        graphs = {name: f"./graph.py:{name}" for name in DEFINITIONS}
        (folder / "langgraph.json").write_text(json.dumps({"dependencies": ["."], "graphs": graphs}))
        dev = [pathlib.Path(sys.executable).parent / "langgraph", "dev", "--no-browser", "--no-reload", "--port", str(port),
               "--n-jobs-per-worker", "8"]
        with server(dev, f"http://127.0.0.1:{port}/ok", folder / "theirs.log", cwd=folder):
            yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def both():
    """Clients of theirs and of ours."""
    from langgraph_sdk import get_client

    with our_server() as (ours, key), their_server() as theirs:
        yield get_client(url=theirs, api_key=None), get_client(url=ours, api_key=key)


async def compare(clients, seeds, told):
    equal, listed, apart = 0, collections.Counter(), 0
    # Theirs and ours at once; scripts one after another, so that nothing of one is seen by another.
    for seed in seeds:
        calls = script(seed)
        played = await asyncio.gather(*(play(client, calls, f"s{seed}") for client in clients))
        different, reasons = [], set()
        for place, (call, a, b) in enumerate(zip(calls, *played)):
            if a == b:
                continue
            reason = next((name for name, _, fits in ALLOWED if fits(calls[:place + 1], a, b)), None)
            if reason is None:
                different.append((call, a, b))
            else:
                reasons.add(reason)
                # What follows from it differs, too.
                break
        listed.update(reasons)
        apart += bool(different)
        equal += not different and not reasons
        for call, a, b in different[:1]:
            print(f"script {seed}: {call}\n  theirs {json.dumps(a, sort_keys=True)}\n  ours   {json.dumps(b, sort_keys=True)}", file=told)
    return {"scripts": len(seeds), "equal": equal, "listed": dict(listed), "apart": apart}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scripts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    seeds = [asked.only] if asked.only is not None else range(asked.seed * 1000, asked.seed * 1000 + asked.scripts)
    with both() as clients:
        counted = asyncio.run(compare(clients, seeds, sys.stderr))
    if asked.json:
        print(json.dumps(counted))
    else:
        print(f"{counted['equal']} of {counted['scripts']} scripts are told alike, {counted['scripts'] - counted['equal'] - counted['apart']} but for "
              f"what is listed, {counted['apart']} are not")
        for name, reason, _ in ALLOWED:
            if counted["listed"].get(name):
                print(f"  {counted['listed'][name]:4} {name}: {reason}")
    return 1 if counted["apart"] else 0


if __name__ == "__main__":
    sys.exit(main())
