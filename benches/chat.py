"""What a chat costs here, beside the model's provider that it asks, which is an instant one in this file: how much later than from the
provider the first token comes (streamed, with the classifier's call before it, as always), what is added to an unstreamed answer at a
fixed rate, and what many streams at once take in memory and in time of one core. Python's standard library alone. Prints JSON lines; ratios
and differences are of one run. The provider is a process of its own; it, the client and the server share the machine. For the many
streams a server is started anew that may use one core alone (`taskset`), and everybody else another one, if there is one.

    cargo build --release && python3 benches/chat.py

SAGA names another binary, SECONDS (8), RATE (500 a second), STREAMS (500) and FIRSTS (300) another load.
"""
import asyncio, contextlib, json, multiprocessing, os, pathlib, socket, subprocess, tempfile, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAGA = pathlib.Path(os.environ.get("SAGA", ROOT / "target/release/saga")).resolve()
SECONDS, RATE, STREAMS, FIRSTS = (int(os.environ.get(name, default)) for name, default in
                                  (("SECONDS", 8), ("RATE", 500), ("STREAMS", 500), ("FIRSTS", 300)))
WORDS = [f"word{number} " for number in range(20)]
# Words of a slow stream come this far apart, in seconds.
PAUSE = 0.5


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def in_ms(values):
    return {"p50_ms": round(1000 * percentile(values, 0.5), 2), "p99_ms": round(1000 * percentile(values, 0.99), 2), "count": len(values)}


# The provider: OpenAI's chat completions, as fast as it can; slowly when the message says `slowly`.
async def read_request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length")), 0)
    return json.loads(await reader.readexactly(length))


def chunk(delta, finish=None):
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "instant",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return f"data: {json.dumps(body)}\n\n".encode()


async def provide(reader, writer):
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            asked = await read_request(reader)
            said = json.dumps(asked["messages"])
            # The classifier's question ends in a schema, or has one beside it; the answer's does not.
            words = ['{"responsible":["task"]}'] if "response_format" in asked or "responsible" in said else WORDS
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            events = [chunk({"role": "assistant", "content": word}) for word in words]
            events += [chunk({}, "stop"), b"data: [DONE]\n\n"]
            for event in events:
                writer.write(b"%x\r\n%s\r\n" % (len(event), event))
                if "slowly" in said and len(words) > 1:
                    await writer.drain()
                    await asyncio.sleep(PAUSE)
            writer.write(b"0\r\n\r\n")
            await writer.drain()
    writer.close()


def serve_provider(port):
    async def main():
        server = await asyncio.start_server(provide, "127.0.0.1", port, backlog=4096)
        await server.serve_forever()
    asyncio.run(main())


# The client: one connection for each request, so that both sides pay for the same.
async def ask(port, path, body, **headers):
    """Seconds until the first token, and until the end."""
    text = json.dumps(body).encode()
    fields = {"host": "127.0.0.1", "content-type": "application/json", "content-length": len(text), "connection": "close", **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + text)
    first, seen = None, b""
    while piece := await reader.read(65536):
        seen += piece
        # A token's frame, which may hold a part of a word, or a word in the provider's chunk.
        if first is None and (b"event: token" in seen or b"word" in seen):
            first = time.perf_counter() - began
        # The provider keeps its connections open.
        if b"[DONE]" in seen[-64:]:
            break
    writer.close()
    assert b" 200 " in seen[:20], seen[:400]
    return first, time.perf_counter() - began


class Sides:
    def __init__(self, provider, gateway, token):
        self.provider, self.gateway, self.token = provider, gateway, token

    def at_provider(self, message):
        return ask(self.provider, "/v1/chat/completions", {"model": "instant", "stream": True, "messages": [{"role": "user", "content": message}]})

    def at_saga(self, message, accept):
        return ask(self.gateway, "/api/v1/chat", {"message": message}, authorization=f"Bearer {self.token}", accept=accept)


async def first_tokens(sides):
    direct, ours = [], []
    for _ in range(FIRSTS):
        direct.append((await sides.at_provider("hello"))[0])
        ours.append((await sides.at_saga("hello", "text/event-stream"))[0])
    # Two calls are made of the provider: what is ours is what comes on top of both.
    added = [mine - 2 * theirs for mine, theirs in zip(ours, direct)]
    print(json.dumps({"what": "first token", "provider": in_ms(direct), "saga": in_ms(ours), "added_beyond_two_calls": in_ms(added)}), flush=True)


async def at_rate(make):
    """Open loop: a request begins when it is due, however long those before it take."""
    began, tasks = time.perf_counter(), []
    for number in range(RATE * SECONDS):
        await asyncio.sleep(max(0, began + number / RATE - time.perf_counter()))
        tasks.append(asyncio.create_task(make()))
    ended = await asyncio.gather(*tasks)
    return [total for _, total in ended], len(ended) / (time.perf_counter() - began)


async def unstreamed(sides):
    direct, direct_rate = await at_rate(lambda: sides.at_provider("hello"))
    ours, our_rate = await at_rate(lambda: sides.at_saga("hello", "application/json"))
    added = round(in_ms(ours)["p50_ms"] - in_ms(direct)["p50_ms"], 2)
    print(json.dumps({"what": "unstreamed", "asked_per_second": RATE, "provider": {**in_ms(direct), "per_second": round(direct_rate)},
                      "saga": {**in_ms(ours), "per_second": round(our_rate)}, "added_at_p50_ms": added}), flush=True)


def memory_kib(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS", "RssAnon"))}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def many_streams(sides, pid):
    before, cpu = memory_kib(pid), cpu_seconds(pid)
    streams = [asyncio.create_task(sides.at_saga("slowly, please", "text/event-stream")) for _ in range(STREAMS)]
    most = dict(before)
    while not all(stream.done() for stream in streams):
        await asyncio.sleep(0.1)
        now = memory_kib(pid)
        most = {name: max(most[name], now[name]) for name in now}
    ended = await asyncio.gather(*streams)
    print(json.dumps({"what": "streams at once", "streams": STREAMS, "first": in_ms([first for first, _ in ended]),
                      "before_kib": before, "most_kib": most, "cpu_s": round(cpu_seconds(pid) - cpu, 2),
                      "cores": len(os.sched_getaffinity(pid))}), flush=True)


def post(port, path, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def until_healthy(port):
    for _ in range(600):
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health").read()
        time.sleep(0.1)
    raise SystemExit("the server does not come up")


async def measure_times(sides, _pid):
    await sides.at_saga("hello", "application/json")
    await first_tokens(sides)
    await unstreamed(sides)


async def measure_streams(sides, pid):
    await sides.at_saga("hello", "application/json")
    await many_streams(sides, pid)


def with_server(provider, measure, cores=None):
    """Starts a server, on some cores alone or on all, and lets somebody measure it."""
    gateway = free_port()
    alone = ["taskset", "--cpu-list", cores] if cores else []
    with tempfile.TemporaryDirectory() as data, open(os.path.join(data, "bench.log"), "w") as log:
        env = {**os.environ, "SAGA_DATA_DIR": data, "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{gateway}", "SAGA_ADMIN__LISTEN": "",
               "SAGA_GATEWAY__RATE_LIMITS__ENABLED": "false",
               "SAGA_MODELS__PROVIDERS__COMPATIBLE__BASE_URL": f"http://127.0.0.1:{provider}/v1/"}
        server = subprocess.Popen([*alone, SAGA, "serve"], env=env, stdout=log, stderr=log)
        try:
            until_healthy(gateway)
            person = {"email": "bench@saga.example", "username": "bench", "password": "a fine measure of things"}
            token = post(gateway, "/api/v1/auth/register", person)["access_token"]
            asyncio.run(measure(Sides(provider, gateway, token), server.pid))
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    provider = free_port()
    providing = multiprocessing.Process(target=serve_provider, args=(provider,), daemon=True)
    providing.start()
    try:
        with_server(provider, measure_times)

        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            for pid in (0, providing.pid):
                os.sched_setaffinity(pid, cores[1:])
        with_server(provider, measure_streams, str(cores[0]))
    finally:
        providing.terminate()
