"""What this server adds to an instant upstream at `/v1/chat/completions`, with an API key and accounting on, beside LiteLLM in front of the same one, in one
run: added p50 and p99 (the difference to the upstream alone at the same rate, open loop), the most requests a second (closed loop) and CPU of a
request. One command; prints JSON.

    python -m venv /tmp/llm && /tmp/llm/bin/pip install 'litellm[proxy]'
    SAGA=target/release/saga LITELLM=/tmp/llm/bin/litellm python3 benches/gateways.py --seconds 8 --rates 50,100,1000

SAGA names the binary (target/release/saga), LITELLM the proxy; without it only ours is measured. The upstream and the load are this script's own
(asyncio, a process each): they share the machine, so what is added is overstated on both sides.
"""

import argparse
import asyncio
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROMPT = [{"role": "system", "content": "You are a story architect. " * 10},
          {"role": "user", "content": "Write the opening of a story. " * 10}]
ANSWER = json.dumps({
    "id": "x", "object": "chat.completion", "created": 1, "model": "fake", "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Once upon a time."}}]}).encode()
# LiteLLM is not asked for more than it can do: a queue that grows measures nothing.
LITELLM_MOST = 150


async def serve_upstream(port):
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(ANSWER)

    async def answer(reader, writer):
        try:
            while True:
                asked = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = next((int(line[15:]) for line in asked.split(b"\r\n") if line.startswith(b"content-length:")), 0)
                await reader.readexactly(length)
                writer.write(head + ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        await server.serve_forever()


class Load:
    """Requests of one kind over kept connections."""

    def __init__(self, port, model, key):
        body = json.dumps({"model": model, "messages": PROMPT}).encode()
        self.port, self.free = port, []
        self.request = (b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\nauthorization: Bearer %s\r\n"
                        b"content-length: %d\r\n\r\n" % (port, key.encode(), len(body))) + body

    async def begin(self):
        """Head of an answer. A kept connection that its server has closed meanwhile, as servers may, is followed by another one."""
        while True:
            kept = bool(self.free)
            reader, writer = self.free.pop() if kept else await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(self.request)
                return await reader.readuntil(b"\r\n\r\n"), reader, writer
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                writer.close()
                if not kept or getattr(error, "partial", b""):
                    raise

    async def ask(self):
        head, reader, writer = await self.begin()
        assert head.startswith(b"HTTP/1.1 200"), head + await reader.read(500)
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), None)
        if length is None:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        else:
            await reader.readexactly(length)
        if b"connection: close" in lines:
            writer.close()
        else:
            self.free.append((reader, writer))

    async def open_loop(self, rate, seconds):
        """Seconds that each took from the moment it was due."""
        async def timed(due):
            await self.ask()
            took.append(time.perf_counter() - due)

        took, asked, begun = [], [], time.perf_counter() + 0.1
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            asked.append(asyncio.ensure_future(timed(due)))
        await asyncio.gather(*asked)
        return sorted(took)

    async def closed_loop(self, clients, seconds):
        end, done = time.perf_counter() + seconds, 0

        async def go_on():
            nonlocal done
            while time.perf_counter() < end:
                await self.ask()
                done += 1
        await asyncio.gather(*(go_on() for _ in range(clients)))
        return done / seconds


def cpu_seconds(pid):
    """Of a process and its descendants."""
    total = 0.0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
            own, parent = int(stat.parent.name), int(fields[1])
            while own != pid and parent > 1:
                own, parent = parent, int((pathlib.Path("/proc") / str(parent) / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if own == pid:
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def measure(who, pid, load, asked, rates):
    async def all_of_it():
        await load.open_loop(20, 1)
        told = {}
        for rate in rates:
            before = cpu_seconds(pid)
            took = await load.open_loop(rate, asked.seconds)
            at = lambda share: round(took[min(len(took) - 1, int(len(took) * share))] * 1000, 3)
            told[str(rate)] = {"p50_ms": at(0.5), "p99_ms": at(0.99), "cpu_ms_per_request": round((cpu_seconds(pid) - before) * 1000 / len(took), 3)}
        return told, round(await load.closed_loop(16, asked.seconds))

    told, most = asyncio.run(all_of_it())
    print(f"{who}: {told}, most {most}/s", file=sys.stderr)
    return {"rates": told, "most_per_second": most}


def post(port, path, body, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"content-type": "application/json", **headers})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A server that is there as long as the block."""

    def __init__(self, command, port, folder, **env):
        self.port, self.log = port, open(folder / f"{port}.log", "w+b")
        self.process = subprocess.Popen([str(word) for word in command], stdout=self.log, stderr=self.log, cwd=ROOT, env={**os.environ, **env})

    def __enter__(self):
        for _ in range(1800):
            assert self.process.poll() is None, pathlib.Path(self.log.name).read_text()[-2000:]
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                time.sleep(1)
                return self.process
            except OSError:
                time.sleep(0.1)
        raise AssertionError("it did not come up")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rates", default="50,100,1000")
    parser.add_argument("--upstream", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.upstream:
        return asyncio.run(serve_upstream(asked.upstream))

    rates, measured = [int(rate) for rate in asked.rates.split(",")], {}
    with tempfile.TemporaryDirectory() as folder:
        folder, up, ours, theirs = pathlib.Path(folder), free_port(), free_port(), free_port()
        env = {"SAGA_DATA_DIR": str(folder / "data"), "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{ours}", "SAGA_ADMIN__LISTEN": "",
               "SAGA_GATEWAY__RATE_LIMITS__ENABLED": "false", "SAGA_MODELS__PROVIDERS__COMPATIBLE__BASE_URL": f"http://127.0.0.1:{up}/v1/",
               "SAGA_MODELS__PROVIDERS__COMPATIBLE__STREAMING": "false"}
        saga = pathlib.Path(os.environ.get("SAGA", ROOT / "target/release/saga")).resolve()
        with Process([sys.executable, __file__, "--upstream", up], up, folder) as upstream:
            measured["upstream"] = measure("upstream", upstream.pid, Load(up, "fake", "none"), asked, rates)
            with Process([saga, "serve"], ours, folder, **env) as process:
                grant = post(ours, "/api/v1/auth/register", {"email": "bench@saga.example", "password": "a fine measure of things"})
                made = post(ours, "/api/v1/api-keys", {"name": "bench", "scopes": ["models:use"]}, authorization=f"Bearer {grant['access_token']}")
                answer = post(ours, "/v1/chat/completions", {"model": "saga", "messages": PROMPT}, authorization=f"Bearer {made['key']}")
                assert answer["model"] == "compatible/default", answer
                measured["saga"] = measure("saga", process.pid, Load(ours, "saga", made["key"]), asked, rates)
            if os.environ.get("LITELLM"):
                config = folder / "litellm.yaml"
                config.write_text(json.dumps({
                    "model_list": [{"model_name": "fake", "litellm_params": {"model": "openai/fake", "api_base": f"http://127.0.0.1:{up}/v1", "api_key": "sk-x"}}],
                    "litellm_settings": {"telemetry": False, "num_retries": 0, "request_timeout": 30}, "general_settings": {"master_key": "sk-test"}}))
                command = [os.environ["LITELLM"], "--config", config, "--host", "127.0.0.1", "--port", theirs]
                bin_folder = str(pathlib.Path(os.environ["LITELLM"]).resolve().parent)
                with Process(command, theirs, folder, LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_MODE="PRODUCTION", LITELLM_LOG="ERROR",
                             PATH=f"{bin_folder}:{os.environ['PATH']}") as process:
                    time.sleep(5)
                    fitting = [rate for rate in rates if rate <= LITELLM_MOST]
                    measured["litellm"] = measure("litellm", process.pid, Load(theirs, "fake", "sk-test"), asked, fitting)

    for who in ("saga", "litellm"):
        for rate, told in measured.get(who, {}).get("rates", {}).items():
            direct = measured["upstream"]["rates"][rate]
            for name in ("p50_ms", "p99_ms"):
                told["added_" + name] = round(told[name] - direct[name], 3)
    print(json.dumps({"bench": "gateways", "seconds": asked.seconds, "load1": os.getloadavg()[0], **measured}))
    return None


if __name__ == "__main__":
    sys.exit(main())
