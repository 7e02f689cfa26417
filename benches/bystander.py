"""How long somebody else's `{ __typename }` takes while ATTACKERS connections repeat an attack for SECS seconds, against the release
binary with its rate limits off; and how long each attack's own answer takes. The load is other processes, on the same cores. Prints a
JSON line for each attack, the first for no attack at all.

    cargo build --release
    PYTHONPATH=../shared/bench python benches/bystander.py [SECS] [ATTACKERS]
"""
import http.client, json, multiprocessing, os, pathlib, sys, tempfile, time

from lib import proc, report

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECS = float(sys.argv[1]) if len(sys.argv) > 1 else 3
ATTACKERS = int(sys.argv[2]) if len(sys.argv) > 2 else 4
PORT = 28503


def document(text):
    return json.dumps({"query": text}).encode()


def many(count, text):
    return "".join(text.replace("#", str(i)) for i in range(count))


# Fragments that each spread the next one a hundred times, four levels deep, in 2.5 KB.
BOMB = "{ ...F0 } " + "".join(f"fragment F{i} on Query {{ {f'...F{i + 1} ' * 100}}} " for i in range(4)) + \
    "fragment F4 on Query { __typename }"
CIRCLE = "a#:__schema{types{fields{type{fields{args{type{fields{name}}}}}}}}"
ATTACKS = {
    "nothing": None,
    "spread bomb": document(BOMB),
    "batch of bombs": json.dumps([{"query": BOMB}] * 10).encode(),
    "1 MB of parentheses": document("(" * 1_000_000),
    "64 KB of parentheses": document("(" * 65_536),
    "50,000 aliases": document("{" + many(50_000, "a#:__typename ") + "}"),
    "600 aliases": document("{" + many(600, "a#:__typename ") + "}"),
    "deep selections": document("{a" * 10_000 + "}" * 10_000),
    "deep lists": document("{a(b:" + "[" * 30_000 + "]" * 30_000 + ")}"),
    "variables too deep to read": b'{"query":"{__typename}","variables":{"a":' + b"[" * 400_000 + b"]" * 400_000 + b"}}",
    "large variables": json.dumps({"query": "{__typename}", "variables": {"a": "x" * 900_000}}).encode(),
    "introspection in circles": document("{" + many(20, CIRCLE) + "}"),
    "one introspection in circles": document("{" + many(1, CIRCLE) + "}"),
    "batch of 1,000": json.dumps([{"query": "{__typename}"}] * 1_000).encode(),
}


def ask(connection, body):
    started = time.perf_counter()
    connection.request("POST", "/graphql", body, {"content-type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return (time.perf_counter() - started) * 1e3, answer.status


def attack(body, until, times):
    connection, taken = http.client.HTTPConnection("127.0.0.1", PORT), []
    while time.time() < until:
        try:
            taken.append(ask(connection, body)[0])
        except OSError:
            # An answer that came before the whole body ends the connection.
            connection.close()
    times.put(taken)


def share(values, part):
    return round(values[min(len(values) - 1, int(len(values) * part))], 2) if values else None


def measure(name, body):
    until, queue = time.time() + SECS, multiprocessing.Queue()
    attackers = [multiprocessing.Process(target=attack, args=(body, until, queue)) for _ in range(ATTACKERS if body else 0)]
    for attacker in attackers:
        attacker.start()
    connection, times = http.client.HTTPConnection("127.0.0.1", PORT), []
    while time.time() < until:
        taken, status = ask(connection, document("{ __typename }"))
        assert status == 200, status
        times.append(taken)
        time.sleep(0.002)
    theirs = sorted(taken for _ in attackers for taken in queue.get())
    for attacker in attackers:
        attacker.join()
    times.sort()
    report("bystander", attack=name, bystander_ms={"p50": share(times, .5), "p99": share(times, .99), "max": share(times, 1)},
           asked=len(times), attacks=len(theirs), attack_p50_ms=share(theirs, .5))


env = {"SAGA_DATA_DIR": tempfile.mkdtemp(), "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{PORT}", "SAGA_ADMIN__LISTEN": "",
       "SAGA_GATEWAY__RATE_LIMITS__ENABLED": "false"}
with proc([os.environ.get("SAGA", ROOT / "target/release/saga"), "serve"], PORT, "saga", cwd=ROOT, settle=2, **env):
    for name, body in ATTACKS.items():
        measure(name, body)
